"""Exporting: a local checkpoint, precisions, the command line, and what is refused."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

pytest.importorskip("torch", reason="torch is missing: pip install 'photocode[export]'")

import torch

from loadtests.local_models import save_roberta_tokenizer, save_small_model
from service.cli.models import models
from service.models.check import golden_pixels, replay_golden
from service.models.compare import compare_pictures, compare_texts
from service.models.errors import ModelError
from service.models.export import TowerSource, add_variant, export_bundle
from service.models.golden import GOLDEN_TEXTS, golden_picture
from service.models.open_clip_source import load_open_clip, preprocessing_of
from service.models.runner import BundleRunner
from service.models.trace import write_onnx
from service.recognition.embedding.bundle import open_bundle

import open_clip  # isort: skip  # needs torchvision, which the exporter's import made possible

KNOWN = {"size": 64, "mode": "RGB", "mean": (0.5,) * 3, "std": (0.5,) * 3}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> TowerSource:
    configuration = save_small_model(tmp_path_factory.mktemp("small") / "small-clip.json")
    return load_open_clip(str(configuration), seed=3)


def photocode(*words: object) -> Result:
    return CliRunner().invoke(models, [str(word) for word in words])


def test_local_checkpoint_becomes_the_bundle_of_its_weights(tmp_path: Path) -> None:
    configuration = save_small_model(tmp_path / "tiny-clip.json")
    open_clip.add_model_config(configuration)
    torch.manual_seed(11)
    trained = open_clip.create_model("tiny-clip")
    torch.save(trained.state_dict(), tmp_path / "weights.pt")

    done = photocode(
        "export",
        configuration,
        "--pretrained",
        tmp_path / "weights.pt",
        "--licence",
        "MIT",
        "--out",
        tmp_path / "bundle",
    )
    assert done.exit_code == 0, done.output

    bundle = open_bundle(tmp_path / "bundle")
    runner = BundleRunner(bundle)
    transform = open_clip.image_transform(64, is_train=False)
    tokenizer = open_clip.get_tokenizer("tiny-clip")
    pictures = [golden_picture(seed) for seed in (21, 22, 23)]
    trained.eval()
    with torch.no_grad():
        image_vectors = trained.encode_image(torch.stack([transform(p) for p in pictures]), normalize=True).numpy()
        text_vectors = trained.encode_text(tokenizer(list(GOLDEN_TEXTS)), normalize=True).numpy()
    assert np.abs(runner.embed_pictures(pictures) - image_vectors).max() < 1e-5
    assert np.abs(runner.embed_texts(GOLDEN_TEXTS) - text_vectors).max() < 1e-5
    assert bundle.manifest.licence == "MIT"
    assert bundle.manifest.provenance["weights"] == "weights.pt"
    assert str(tmp_path) not in (tmp_path / "bundle/bundle.json").read_text()


def test_checkpoint_that_does_not_fit_is_one_line(tmp_path: Path) -> None:
    configuration = save_small_model(tmp_path / "tiny-clip.json")
    torch.save({"visual.proj": torch.zeros(2)}, tmp_path / "other.pt")
    done = photocode("export", configuration, "--pretrained", tmp_path / "other.pt", "--out", tmp_path / "bundle")
    assert done.exit_code == 1
    assert done.output.startswith("Error: open_clip cannot make tiny-clip")
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize(
    "words", [(), ("--random-weights", "--pretrained", "openai")], ids=["neither weights", "two kinds of weights"]
)
def test_exactly_one_kind_of_weights(words: tuple[str, ...], tmp_path: Path) -> None:
    done = photocode("export", "ViT-B-32", *words, "--out", tmp_path / "bundle")
    assert done.exit_code == 2
    assert "--pretrained" in done.output


def test_unknown_model_is_one_line(tmp_path: Path) -> None:
    done = photocode("export", "ViT-nowhere", "--random-weights", "--out", tmp_path / "bundle")
    assert done.exit_code == 1
    assert "ViT-nowhere" in done.output


def test_weights_of_another_activation_are_refused_before_any_download(tmp_path: Path) -> None:
    done = photocode("export", "ViT-B-32", "--pretrained", "openai", "--out", tmp_path / "bundle")
    assert done.exit_code == 1
    assert "export ViT-B-32-quickgelu instead" in done.output


def test_folder_of_something_else_is_left_alone(tmp_path: Path, source: TowerSource) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ModelError, match="not a bundle"):
        export_bundle(source, tmp_path, licence="none", provenance={})
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_same_weights_give_the_same_identity(tmp_path: Path, source: TowerSource) -> None:
    first = export_bundle(source, tmp_path / "first", licence="none", provenance={"weights": "random"})
    second = export_bundle(source, tmp_path / "second", licence="MIT", provenance={})
    assert first.identity == second.identity
    cleaned = dataclasses.replace(source, text_cleaning="whitespace")
    third = export_bundle(cleaned, tmp_path / "third", licence="none", provenance={})
    assert third.identity != first.identity


def test_precisions_keep_identity_and_stay_close(tmp_path: Path, source: TowerSource) -> None:
    bundle = export_bundle(source, tmp_path / "bundle", licence="none", provenance={})
    identity = bundle.identity
    for precision in ("int8", "fp16"):
        bundle = add_variant(bundle.folder, precision)
        replay = replay_golden(bundle, precision)
        assert replay.ok
        assert replay.picture_difference > 0, "the towers of another precision cannot be the fp32 ones"
    assert bundle.identity == identity
    sizes = {name: bundle.path(v.visual).stat().st_size for name, v in bundle.manifest.variants.items()}
    assert sizes["int8"] < sizes["fp16"] < sizes["fp32"]


def test_model_without_texts(tmp_path: Path, source: TowerSource) -> None:
    blind = dataclasses.replace(source, text=None, tokenizer=None, context_length=None)
    bundle = export_bundle(blind, tmp_path / "bundle", licence="none", provenance={})
    assert sorted(path.name for path in bundle.folder.iterdir()) == ["bundle.json", "visual.onnx"]
    assert replay_golden(bundle, "fp32").ok
    with pytest.raises(ModelError, match="no text tower"):
        BundleRunner(bundle).embed_texts(["screw"])


def test_weights_beyond_one_file_lie_beside_the_graph(tmp_path: Path, source: TowerSource) -> None:
    pixels = torch.from_numpy(golden_pixels(source.preprocessing)).permute(0, 3, 1, 2).float()
    write_onnx(source.visual, pixels, tmp_path / "visual.onnx", names=("pixels", "vectors"), largest=1000)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["visual.onnx", "visual.onnx.data"]


def test_tokenizer_file_replaces_the_models_own(tmp_path: Path) -> None:
    configuration = save_small_model(tmp_path / "tiny-clip.json")
    save_roberta_tokenizer(tmp_path / "tokenizer")
    source = load_open_clip(str(configuration), seed=1, tokenizer_file=tmp_path / "tokenizer/tokenizer.json")
    bundle = export_bundle(source, tmp_path / "bundle", licence="none", provenance={})
    [ids] = BundleRunner(bundle).text_ids(["Kugellager"]).tolist()
    assert len(ids) == 77
    assert ids[0] == 0
    assert 2 in ids


def test_comparison_sees_other_weights(tmp_path: Path, source: TowerSource) -> None:
    bundle = export_bundle(source, tmp_path / "bundle", licence="none", provenance={})
    other = load_open_clip(str(save_small_model(tmp_path / "small-clip.json")), seed=4)
    runner = BundleRunner(bundle)
    assert compare_pictures(source, runner).centred_cosine > 0.999999
    assert compare_pictures(other, runner).centred_cosine < 0.9
    assert compare_texts(other, runner).centred_cosine < 0.9


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"resize_mode": "stretch"}, "stretch"),
        ({"interpolation": "lanczos"}, "lanczos"),
        ({"mode": "L"}, "'L'"),
        ({"size": (224, 336)}, "336"),
        ({"fill_color": "white"}, "white"),
        ({"mean": (0.5, 0.5)}, "0.5"),
        ({"gamma": 2.2}, "gamma"),
    ],
)
def test_unknown_preprocessing_is_refused(change: dict[str, object], named: str) -> None:
    with pytest.raises(ModelError, match=named):
        preprocessing_of({**KNOWN, **change})


def test_preprocessing_of_open_clip_is_taken_over() -> None:
    spec = preprocessing_of({**KNOWN, "size": (64, 64), "interpolation": "bilinear", "resize_mode": "squash"})
    assert (spec.size, spec.interpolation, spec.resize_mode) == (64, "bilinear", "squash")
    assert spec.mean == (0.5, 0.5, 0.5)
