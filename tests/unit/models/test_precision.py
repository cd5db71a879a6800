"""Smaller precisions, what they lose, and bundles that ship without fp32."""

from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest
from click.testing import CliRunner

from service.cli.models import models
from service.models.check import golden_pixels, replay_golden
from service.models.errors import ModelError
from service.models.folder import copy_manifest, rewrite_manifest
from service.models.gate import compare, measure_gates
from service.models.golden import golden_picture
from service.models.importer import import_towers
from service.models.pictures import LabelledPicture, read_pictures, thinned
from service.models.precision import add_variant
from service.models.retrieval import Embedded, lookups
from service.models.runner import BundleRunner
from service.models.slim import keep_precisions
from service.recognition.embedding.bundle import Bundle, Gate, GoldenVectors, open_bundle
from tests.unit.models.conftest import Bring, convolutional_tower, text_tower

PASSED = Gate(
    pictures=2,
    queries=1,
    top1_fp32=1,
    top1_variant=1,
    top1_loss_points=0,
    cosine_quantiles={"0.5": 1.0},
    passed=True,
    machine="a test",
)


@pytest.fixture
def bundle(bring: Bring, tmp_path: Path) -> Bundle:
    return import_towers(bring(text=text_tower()), tmp_path / "bundle")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six products of one reference each, 120 queries: every photo shows its product, rotated and cropped."""
    folder = tmp_path_factory.mktemp("own") / "photos"
    folder.mkdir()
    rows = ["path,label,role"]
    for product in range(6):
        picture = golden_picture(50 + product)
        picture.save(folder / f"{product}.png")
        rows.append(f"{product}.png,part {product},reference")
        for query in range(20):
            name = f"{product}-{query}.png"
            picture.rotate(2 + query / 4).crop((10, 10, picture.width - query, picture.height - 12)).save(folder / name)
            rows.append(f"{name},part {product},query")
    (folder / "manifest.csv").write_text("\n".join(rows))
    return folder


def with_gate(bundle: Bundle, gate: Gate) -> Bundle:
    variants = dict(bundle.manifest.variants)
    variants["int8"] = msgspec.structs.replace(variants["int8"], gate=gate)
    return rewrite_manifest(bundle.folder, copy_manifest(bundle.manifest, variants=variants))


@pytest.mark.parametrize("precision", ["int8", "fp16"])
def test_variant_takes_pixels_and_gives_unit_vectors(bundle: Bundle, precision: str) -> None:
    added = add_variant(bundle.folder, precision)  # type: ignore[arg-type]
    assert added.identity == bundle.identity
    pixels = golden_pixels(bundle.manifest.preprocessing, range(20, 26))
    full, smaller = BundleRunner(added).embed_pixels(pixels), BundleRunner(added, precision).embed_pixels(pixels)  # type: ignore[arg-type]
    assert 0 < np.abs(full - smaller).max() < 0.05
    assert np.allclose(np.linalg.norm(smaller, axis=1), 1, atol=1e-3)
    assert replay_golden(added, precision).ok  # type: ignore[arg-type]


def test_convolutions_are_quantised_by_what_pictures_show(bring: Bring, tmp_path: Path, photos: Path) -> None:
    import_towers(bring(convolutional_tower()), tmp_path / "bundle")
    words = ["add", str(tmp_path / "bundle"), "--precision", "int8", "--pictures", str(photos)]
    done = CliRunner().invoke(models, words)
    assert done.exit_code == 0, done.output
    bundle = open_bundle(tmp_path / "bundle")
    kinds = {node.op_type for node in onnx.load(str(bundle.path("visual.int8.onnx"))).graph.node}
    assert "DequantizeLinear" in kinds
    pixels = golden_pixels(bundle.manifest.preprocessing, range(20, 26))
    full, smaller = BundleRunner(bundle).embed_pixels(pixels), BundleRunner(bundle, "int8").embed_pixels(pixels)
    assert np.sum(full * smaller, axis=1).min() > 0.98
    assert np.abs(full - smaller).max() > 0


def test_calibration_needs_pictures(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    words = ["add", str(bundle.folder), "--precision", "int8", "--pictures", str(tmp_path / "none")]
    done = CliRunner().invoke(models, words)
    assert done.exit_code == 1
    assert "no pictures" in done.output


def test_slim_bundle_is_the_same_model(bundle: Bundle) -> None:
    with_gate(add_variant(bundle.folder, "int8"), PASSED)
    slim = keep_precisions(bundle.folder, ("int8",))
    assert slim.identity == bundle.identity
    left = sorted(path.name for path in slim.folder.iterdir())
    assert left == ["bundle.json", "text.int8.onnx", "tokenizer.json", "visual.int8.onnx"]
    assert replay_golden(slim, "int8").ok
    with pytest.raises(ModelError, match="no fp32 towers"):
        BundleRunner(slim)
    with pytest.raises(ModelError, match="export the model again"):
        add_variant(slim.folder, "fp16")


@pytest.mark.parametrize("gate", [None, msgspec.structs.replace(PASSED, passed=False)], ids=["no gate", "failed gate"])
def test_slim_needs_a_passed_gate(bundle: Bundle, gate: Gate | None) -> None:
    added = add_variant(bundle.folder, "int8")
    if gate:
        added = with_gate(added, gate)
    before = sorted(added.folder.iterdir())
    with pytest.raises(ModelError, match="passed its gate"):
        keep_precisions(added.folder, ("int8",))
    assert sorted(added.folder.iterdir()) == before


def test_gate_is_measured_and_written(bundle: Bundle, photos: Path) -> None:
    add_variant(bundle.folder, "int8")
    done = CliRunner().invoke(models, ["gate", str(bundle.folder), "--pictures", str(photos)])
    assert done.exit_code == 0, done.output
    variant = open_bundle(bundle.folder).manifest.variants["int8"]
    assert variant.gate is not None
    assert (variant.gate.pictures, variant.gate.queries) == (126, 120)
    assert variant.gate.top1_fp32 > 0.5
    assert variant.gate.cosine_quantiles["0.01"] > 0.98
    assert variant.gate.passed == (variant.gate.top1_loss_points < 0.5)


def test_few_queries_cannot_pass(bundle: Bundle, photos: Path) -> None:
    added = add_variant(bundle.folder, "fp16")
    _, results = measure_gates(added, thinned(read_pictures(photos), 30))
    [smaller] = [result for result in results if result.precision == "fp16"]
    assert smaller.gate is not None
    assert smaller.gate.queries == 30
    assert not smaller.gate.passed


def made_up(wrong: int) -> Embedded:
    """200 queries of two products; the first ``wrong`` ones lie nearer to the other product."""
    pictures = [LabelledPicture(Path(str(at)), f"part {at % 2}", "reference") for at in range(2)]
    pictures += [LabelledPicture(Path(str(at)), f"part {at % 2}", "query") for at in range(200)]
    vectors = np.eye(2, dtype=np.float32)[[at % 2 for at in range(2)] + [(at + (at < wrong)) % 2 for at in range(200)]]
    return Embedded(pictures, vectors)


@pytest.mark.parametrize(("before", "after", "loss", "passed"), [(0, 0, 0, True), (0, 1, 0.5, False), (3, 1, -1, True)])
def test_loss_is_paired_and_strict(before: int, after: int, loss: float, *, passed: bool) -> None:
    gate = compare(made_up(before), made_up(after), machine="a test")
    assert gate.top1_loss_points == pytest.approx(loss)
    assert gate.passed is passed


def test_lookups_without_their_product_are_never_right() -> None:
    found = lookups(made_up(10))
    assert len(found.score) == 400
    assert found.present.sum() == 200
    assert found.correct.sum() == 190
    assert not (found.correct & ~found.present).any()


def test_thresholds_are_written(bundle: Bundle, photos: Path) -> None:
    done = CliRunner().invoke(models, ["thresholds", str(bundle.folder), "--pictures", str(photos)])
    assert done.exit_code == 0, done.output
    written = open_bundle(bundle.folder).manifest.thresholds
    assert written is not None
    assert written.source == "photos: 240 lookups, half of them without their product, fp32"
    assert written.no_match_score <= written.match_score


def test_check_tells_a_changed_tower(bundle: Bundle) -> None:
    golden = bundle.manifest.golden
    other = msgspec.structs.replace(golden, picture_vectors=[row[::-1] for row in golden.picture_vectors])
    rewrite_manifest(bundle.folder, copy_manifest(bundle.manifest, golden=other))
    done = CliRunner().invoke(models, ["check", str(bundle.folder)])
    assert done.exit_code == 1
    assert "DIFFERS" in done.output


def test_check_tells_changed_ids(bundle: Bundle) -> None:
    golden = bundle.manifest.golden
    other: GoldenVectors = msgspec.structs.replace(golden, text_ids=[[*row[:-1], 5] for row in golden.text_ids])
    rewrite_manifest(bundle.folder, copy_manifest(bundle.manifest, golden=other))
    assert not replay_golden(open_bundle(bundle.folder), "fp32").ok


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("path,label\na.png,x", "no column 'role'"),
        ("path,label,role\na.png,x,reference", "both roles"),
        ("path,label,role\na.png,x,reference\nb.png,x,training", "both roles"),
    ],
)
def test_pictures_without_roles_are_refused(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "manifest.csv").write_text(text)
    with pytest.raises(ModelError, match=named):
        read_pictures(tmp_path)
