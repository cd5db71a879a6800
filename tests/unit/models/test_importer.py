"""Ready ONNX towers become a bundle, whatever their inputs are called; what does not fit is refused in one line."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from onnx import TensorProto

from service.cli.models import models
from service.models.check import golden_pixels, replay_golden
from service.models.errors import ModelError
from service.models.importer import import_towers
from service.models.runner import BundleRunner
from tests.unit.models.conftest import SPEC, Bring, text_tower, visual_tower


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths


def test_normalisation_goes_into_the_graph(bring: Bring, tmp_path: Path) -> None:
    folder = bring()
    bundle = import_towers(folder, tmp_path / "bundle")
    pixels = golden_pixels(bundle.manifest.preprocessing, (5, 6, 7, 8))
    said = bundle.manifest.preprocessing
    normalised = (pixels.astype(np.float32) / 255 - np.array(said.mean, np.float32)) / np.array(said.std, np.float32)
    plain = onnxruntime.InferenceSession(str(folder / "visual.onnx"), providers=["CPUExecutionProvider"])
    [features] = plain.run(None, {"picture": normalised.transpose(0, 3, 1, 2)})
    assert not np.allclose(np.linalg.norm(features, axis=1), 1, atol=0.1)
    assert np.abs(BundleRunner(bundle).embed_pixels(pixels) - unit(features)).max() < 1e-6


@pytest.mark.parametrize("masked", [True, False], ids=["mask", "no mask"])
@pytest.mark.parametrize("kind", [TensorProto.INT32, TensorProto.INT64], ids=["int32", "int64"])
def test_text_towers_of_other_makers(bring: Bring, tmp_path: Path, kind: int, *, masked: bool) -> None:
    folder = bring(text=text_tower(kind, masked=masked))
    bundle = import_towers(folder, tmp_path / "bundle")
    runner = BundleRunner(bundle)
    ids = runner.text_ids(["screw", "a longer text than twelve"])
    assert ids.shape == (2, 12)
    inputs = {"input_ids": ids.astype(np.int32 if kind == TensorProto.INT32 else np.int64)}
    if masked:
        inputs["attention_mask"] = (ids != 0).astype(np.int64)
    plain = onnxruntime.InferenceSession(str(folder / "text.onnx"), providers=["CPUExecutionProvider"])
    [features] = plain.run(None, inputs)
    assert np.abs(runner.embed_texts(["screw", "a longer text than twelve"]) - unit(features)).max() < 1e-6


def test_imported_bundle_passes_its_check(bring: Bring, tmp_path: Path) -> None:
    folder = bring(text=text_tower())
    done = CliRunner().invoke(models, ["import", str(folder), "--precision", "int8", "--out", str(tmp_path / "bundle")])
    assert done.exit_code == 0, done.output
    assert "16 dimensions, texts of 12 tokens" in done.output
    checked = CliRunner().invoke(models, ["check", str(tmp_path / "bundle")])
    assert checked.exit_code == 0, checked.output
    assert checked.output.count("ok") == 2


def test_a_bundle_can_be_imported_again(bring: Bring, tmp_path: Path) -> None:
    first = import_towers(bring(text=text_tower()), tmp_path / "bundle")
    (first.folder / "model.json").write_bytes((tmp_path / "brought/model.json").read_bytes())
    second = import_towers(first.folder, tmp_path / "again")
    pixels = golden_pixels(first.manifest.preprocessing)
    assert np.abs(BundleRunner(first).embed_pixels(pixels) - BundleRunner(second).embed_pixels(pixels)).max() < 1e-6
    assert replay_golden(second, "fp32").ok


def test_fixed_batch_is_refused(bring: Bring, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"picture float\[1,3,32,32\] has a fixed batch size"):
        import_towers(bring(visual_tower(batch=1)), tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_other_size_is_refused(bring: Bring, tmp_path: Path) -> None:
    preprocessing = {**SPEC["preprocessing"], "size": 48}  # type: ignore[dict-item]
    with pytest.raises(ModelError, match="preprocessing gives 48"):
        import_towers(bring(preprocessing=preprocessing), tmp_path / "bundle")


def test_other_input_type_is_refused(bring: Bring, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="picture float16"):
        import_towers(bring(visual_tower(kind=TensorProto.FLOAT16)), tmp_path / "bundle")


def test_unknown_output_is_refused(bring: Bring, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="name the one to use"):
        import_towers(bring(visual_output="logits"), tmp_path / "bundle")


@pytest.mark.parametrize("spec", [{"colour": "blue"}, {"preprocessing": {"size": 32}}], ids=["unknown", "incomplete"])
def test_unknown_specification_is_refused(bring: Bring, tmp_path: Path, spec: dict[str, object]) -> None:
    with pytest.raises(ModelError, match=r"model\.json cannot be used"):
        import_towers(bring(**spec), tmp_path / "bundle")


def test_tokenizer_without_length_is_refused(bring: Bring, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="say context_length"):
        import_towers(bring(text=text_tower(), context_length=None), tmp_path / "bundle")


def test_a_file_that_is_no_model_is_one_line(bring: Bring, tmp_path: Path) -> None:
    folder = bring()
    (folder / "visual.onnx").write_bytes(b"not a graph")
    done = CliRunner().invoke(models, ["import", str(folder), "--out", str(tmp_path / "bundle")])
    assert done.exit_code == 1
    assert "visual.onnx is not an ONNX model" in done.output
