"""The training loop on a toy: it stops in time, resumes, and becomes a bundle. Needs ``photocode[export,train]``."""

import json
import math
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image

from service.starter.real_photos import kept_apart, product_of
from tests.extras import imported, need

need("train")

torch = imported("torch")
run = imported("service.starter.train.run")
loop = imported("service.starter.train.loop")
losses = imported("service.starter.train.losses")
focus = imported("service.starter.train.focus")
compose = imported("service.starter.train.compose")
views = imported("service.starter.train.views")
text = imported("service.starter.train.text")
check = imported("service.models.check")

pytestmark = pytest.mark.filterwarnings("default")
PARTS, SIDE = 9, 24
PRODUCTS = ("milk", "juice", "tea", "salt", "rice", "oats")
TINY = loop.Recipe(
    parts=4,
    field_views=2,
    captions=6,
    siblings=2,
    real_pairs=2,
    mask_until=0.2,
    text_steps=3,
    sizes=((0.0, 32, 32), (0.5, 48, 32)),
)


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
    (folder / "grocery").mkdir()
    for product in PRODUCTS:
        for number in range(2):
            photo = Image.fromarray(rng.integers(0, 255, (32, 40, 3), np.uint8))
            photo.save(folder / "grocery" / f"{product}-{number}.jpg")
    said = {"noun": ["disc"], "kind": ["round disc"], "material": ["plastic"], "detail": []}
    about = {"category": "Discs", "recipe": "disc", "finish": "plastic", "asked": False}
    parts = [{**about, "class": i, "statements": {**said, "colour": [f"shade {i}"]}} for i in range(PARTS)]
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
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [line for line in log if "top1" in line][-1]["top5"] == 1.0  # among two
    bundle = run.export_starter(out, tmp_path / "bundle")
    assert check.replay_golden(bundle, "fp32").ok
    assert sum(path.stat().st_size for path in bundle.folder.iterdir()) < 25_000_000
    assert bundle.manifest.provenance["steps"] == second["steps"]
    curve = bundle.manifest.provenance["learning_curve"]
    assert "top-5 100.0%" in curve[-1]
    untrained = run.export_starter(out, tmp_path / "untrained", untrained=True)
    assert untrained.identity != bundle.identity


def test_no_renders_is_said(tmp_path: Path) -> None:
    (tmp_path / "parts.json").write_text(json.dumps({"seed": 1, "parts": []}))
    with pytest.raises(FileNotFoundError, match="starter render"):
        views.load_views(tmp_path, None)


def test_composed_pictures_follow_from_the_seed_and_show_the_part(data: Path) -> None:
    loaded = views.load_views(data, data)
    labels = np.arange(4)
    once, again, alone = (compose.Composer(loaded, 3, workers=n).field(labels, 48).pictures for n in (2, 2, 1))
    assert once.shape == (4, 48, 48, 3)
    assert np.array_equal(once, again)
    assert np.array_equal(once, alone)
    assert not np.array_equal(once, compose.Composer(loaded, 4).field(labels, 48).pictures)
    studio, masks = compose.Composer(loaded, 3).studio(labels, 48)
    assert masks.shape == (4, 32, 32)
    assert masks[:, 16, 16].min() > 0.95
    assert masks[:, 0, 0].max() == 0
    assert studio[:, 0, 0].min() > 180
    wanted = np.array(loaded.rooms[0][:4, 0, SIDE // 2, SIDE // 2, :3], int)
    assert np.abs(studio[:, 24, 24] - wanted).max() < 26


def test_pairs_of_real_photos_show_the_same_product(data: Path) -> None:
    loaded = views.load_views(data, data)
    assert all(len(photos) == 2 for photos in loaded.products)
    assert len(loaded.products) == sum(not kept_apart(name) for name in PRODUCTS)
    plain, seen = compose.Composer(loaded, 5).real(3, 48)
    assert plain.pictures.shape == seen.pictures.shape == (3, 48, 48, 3)
    assert not np.array_equal(plain.pictures, seen.pictures)
    assert plain.masks.min() == 1


def test_products_are_named_by_their_photos() -> None:
    assert product_of(Path("grocery/Alpro-Soyghurt-1650.jpg")) == "Alpro-Soyghurt"
    assert product_of(Path("clothing/dress-0001.jpg")) == "dress-0001"
    apart = [kept_apart(f"product {i}") for i in range(1000)]
    assert 200 < sum(apart) < 300


def test_parts_that_look_alike_are_never_on_both_sides(data: Path) -> None:
    about = json.loads((data / "parts.json").read_text())
    about["parts"][8]["class"] = 7  # one kept apart looks like one to learn from
    about["parts"][3]["class"] = 0
    (data / "parts.json").write_text(json.dumps(about))
    loaded = views.load_views(data, None)
    sides = [{loaded.parts[i]["class"] for i in side} for side in (loaded.learnt, loaded.held_out)]
    assert not sides[0] & sides[1]
    assert all(sides)


def test_nothing_is_learnt_from_parts_that_look_like_the_demos(data: Path) -> None:
    about = json.loads((data / "parts.json").read_text())
    before = views.load_views(data, None).learnt
    about["parts"][before[0]]["asked"] = True
    (data / "parts.json").write_text(json.dumps(about))
    assert views.load_views(data, None).learnt == before[1:]


def test_a_deeper_tower_goes_on_where_the_shallow_one_was(data: Path) -> None:
    loaded = views.load_views(data, None)
    tokenizer = run._tokenizer(loaded, data / "tokenizer.json", 1)
    learner, resumed = loop.Learner(loaded, tokenizer, TINY), loop.Learner(loaded, tokenizer, TINY)
    pictures = torch.rand(3, 3, 48, 48)
    learner.network.eval()
    with torch.no_grad():
        before, weights = learner.network.encode_image(pictures), len(list(learner.network.parameters()))
        learner.deepen()
        assert torch.equal(learner.network.eval().encode_image(pictures), before)
    deep = list(learner.network.parameters())
    assert len(deep) > weights
    assert len(deep) == len(list(learner.averaged.module.parameters()))
    composer = compose.Composer(loaded, 1, workers=1)
    learner.step(composer, Random(1), 0.9)  # noqa: S311
    composer.close()
    resumed.restore(learner.state())
    assert all(torch.equal(a, b) for a, b in zip(deep, resumed.network.parameters(), strict=True))
    assert [len(group["params"]) for group in resumed.optimiser.param_groups] == [
        len(group["params"]) for group in learner.optimiser.param_groups
    ]


def test_text_is_tuned_to_pictures_that_stay_as_they_are(data: Path) -> None:
    loaded = views.load_views(data, None)
    tokenizer = run._tokenizer(loaded, data / "tokenizer.json", 1)
    learner = loop.Learner(loaded, tokenizer, TINY)
    network = learner.network.eval()
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    text.tune_text(network, learner.caption_loss, tokenizer, loaded, 1, 3)
    changed = {name for name, weight in network.state_dict().items() if not torch.equal(weight, before[name])}
    assert any(name.startswith("transformer") for name in changed)
    assert not any(name.startswith("visual") for name in changed)


def test_pictures_grow_while_learning() -> None:
    recipe = loop.Recipe(sizes=((0.0, 64, 48), (0.4, 96, 64)))
    assert [recipe.sizes_at(share) for share in (0.0, 0.39, 0.4, 1.0)] == [(64, 48), (64, 48), (96, 64), (96, 64)]


@pytest.mark.parametrize("degrees", [0, 35, -70])
def test_what_the_mask_shows_fills_the_cut_lying_across(degrees: int) -> None:
    """A bar, wherever and however it lies, and with other things about, comes out in the middle, along x."""
    size, turn = 128, math.radians(degrees)
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size * 2 - 1
    dx, dy = x - 0.2, y + 0.25
    along, across = dx * math.cos(turn) + dy * math.sin(turn), dy * math.cos(turn) - dx * math.sin(turn)
    bar = ((np.abs(along) < 0.4) & (np.abs(across) < 0.08)).astype(np.float32)
    beside = ((np.abs(x + 0.8) < 0.1) & (np.abs(y - 0.8) < 0.1)).astype(np.float32)
    picture = torch.from_numpy(np.stack([bar, beside, np.zeros_like(bar)]))[None]
    mask = torch.nn.functional.interpolate(picture[:, :1], (focus.MASK, focus.MASK), mode="area")
    cut = focus.focused(picture, (mask * 2 - 1) * 12, 96)[0].numpy()
    rows, columns = np.nonzero(cut[0] > 0.5)
    assert abs(rows.mean() - 47.5) < 2
    assert abs(columns.mean() - 47.5) < 2
    assert np.ptp(columns) > 50
    assert np.ptp(columns) > 3 * np.ptp(rows)
    assert cut[1].max() < 0.2


def test_without_a_mask_the_whole_picture_is_cut() -> None:
    picture = torch.ones(1, 3, 64, 64)
    cut = focus.focused(picture, torch.full((1, 1, focus.MASK, focus.MASK), -12.0), 48)
    assert float((cut > 0.05).float().mean()) > 0.4


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
    attributes = losses.Attributes(4, 4, 4)
    attributes.kind.weight.data = attributes.finish.weight.data = torch.eye(4)
    right, wrong = torch.arange(4), torch.arange(4).flip(0)
    assert attributes(corners, right, right) < attributes(corners, right, wrong) < attributes(corners, wrong, wrong)


def test_batches_hold_siblings_and_nothing_twice(data: Path) -> None:
    loaded = views.load_views(data, None)
    learner = loop.Learner(loaded, run._tokenizer(loaded, data / "tokenizer.json", 1), TINY)
    picked = learner._pick(Random(2))  # noqa: S311
    assert len(set(picked)) == TINY.parts
    assert set(picked) <= set(loaded.learnt)
