"""The training loop on a toy: it stops in time, resumes, and becomes a bundle. Needs ``photocode[export,train]``."""

import importlib
import json
import warnings
from pathlib import Path
from random import Random
from types import ModuleType

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="photocode[train] is not installed")


def _loaded(name: str) -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # open_clip's own dependencies warn while they load
        return importlib.import_module(name)


run = _loaded("service.starter.train.run")
loop = _loaded("service.starter.train.loop")
losses = _loaded("service.starter.train.losses")
compose = _loaded("service.starter.train.compose")
views = _loaded("service.starter.train.views")
check = _loaded("service.models.check")

pytestmark = pytest.mark.filterwarnings("default")
PARTS, SIDE = 9, 24
TINY = loop.Recipe(parts=4, field_views=2, captions=6, real_pairs=2)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Coloured discs for parts, noise for grounds and photos."""
    folder = tmp_path / "data"
    folder.mkdir()
    rng = np.random.default_rng(1)
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    disc = (x * x + y * y < 0.6).astype(np.uint8)
    colours = rng.integers(0, 255, (PARTS, 1, 1, 1, 3))
    for room in range(3):
        sprites = np.zeros((PARTS, 2, SIDE, SIDE, 5), np.uint8)
        sprites[..., :3] = colours * disc[..., None]
        sprites[..., 3] = sprites[..., 4] = disc * 255
        np.save(folder / f"room-{room:02}.npy", sprites)
    np.save(folder / "grounds.npy", rng.integers(0, 255, (12, 32, 32, 3), np.uint8))
    np.save(folder / "real.npy", rng.integers(0, 255, (12, 32, 32, 3), np.uint8))
    said = {"noun": ["disc"], "kind": ["round disc"], "material": ["plastic"], "detail": []}
    parts = [{"category": "Discs", "statements": {**said, "colour": [f"shade {i}"]}} for i in range(PARTS)]
    (folder / "parts.json").write_text(json.dumps({"seed": 1, "parts": parts}))
    return folder


def test_a_run_stops_in_time_resumes_and_becomes_a_bundle(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run.train_starter(data, data, out, 0.03, TINY, 1)
    first = json.loads((out / "run.json").read_text())
    run.train_starter(data, data, out, 0.06, TINY, 1)
    second = json.loads((out / "run.json").read_text())
    assert second["steps"] > first["steps"] > 0
    assert second["pictures"] > first["pictures"]
    assert second["held_out_parts"] == 2
    bundle = run.export_starter(out, tmp_path / "bundle")
    assert check.replay_golden(bundle, "fp32").ok
    assert sum(path.stat().st_size for path in bundle.folder.iterdir()) < 15_000_000
    assert bundle.manifest.provenance["steps"] == second["steps"]
    untrained = run.export_starter(out, tmp_path / "untrained", untrained=True)
    assert untrained.identity != bundle.identity


def test_no_renders_is_said(tmp_path: Path) -> None:
    (tmp_path / "parts.json").write_text(json.dumps({"seed": 1, "parts": []}))
    with pytest.raises(FileNotFoundError, match="starter render"):
        views.load_views(tmp_path, None)


def test_composed_pictures_follow_from_the_seed_and_show_the_part(data: Path) -> None:
    loaded = views.load_views(data, data)
    labels = np.arange(4)
    once, again = (compose.Composer(loaded, 3).field(labels, 48) for _ in range(2))
    assert once.shape == (4, 3, 48, 48)
    assert torch.equal(once, again)
    assert not torch.equal(once, compose.Composer(loaded, 4).field(labels, 48))
    studio = compose.Composer(loaded, 3).studio(labels, 48)
    assert float(studio[:, :, 0, 0].min()) > 0.7
    wanted = torch.from_numpy(np.array(loaded.rooms[0][:4, 0, SIDE // 2, SIDE // 2, :3])) / 255
    assert torch.allclose(studio[:, :, 24, 24], wanted, atol=0.1)


def test_losses_prefer_the_right_answer() -> None:
    corners = torch.eye(4)
    labels = torch.tensor([0, 0, 1, 1])
    together, apart = corners[[0, 0, 1, 1]], corners[[0, 1, 0, 1]]
    assert losses.same_part(together, labels) < losses.same_part(apart, labels)
    assert losses.same_photo(corners, corners) < losses.same_photo(corners, corners.flip(0))
    truth = torch.eye(4, dtype=torch.bool)
    caption_loss = losses.CaptionLoss()
    assert caption_loss(corners, corners, truth) < caption_loss(corners, corners.flip(0), truth)
    classifier = losses.CosineClassifier(4, 4)
    classifier.directions.data = torch.eye(4)
    assert classifier(corners, torch.arange(4)) < classifier(corners, torch.arange(4).flip(0))


def test_batches_hold_siblings_and_nothing_twice(data: Path) -> None:
    loaded = views.load_views(data, None)
    learner = loop.Learner(loaded, run._tokenizer(loaded, data / "tokenizer.json", 1), TINY)
    picked = learner._pick(Random(2))  # noqa: S311
    assert len(set(picked)) == TINY.parts
    assert set(picked) <= set(loaded.learnt)
