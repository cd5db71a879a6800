"""Generated photos and a tiny bundle."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pillow_heif
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers

from service.recognition.embedding.bundle import (
    TOKENIZER,
    Bundle,
    Gate,
    GoldenVectors,
    Manifest,
    Precision,
    Preprocessing,
    Variant,
    file_digest,
    open_bundle,
    write_manifest,
)

Encode = Callable[..., bytes]
MakeBundle = Callable[..., Bundle]


@pytest.fixture(scope="session")
def scene() -> Callable[[int, int], Image.Image]:
    """A picture of any size with edges, colours and a marked top left corner."""

    def make(width: int, height: int) -> Image.Image:
        rng = np.random.default_rng(width * 10_007 + height)
        blocks = rng.integers(40, 256, (12, 16, 3), dtype=np.uint8)
        image = Image.fromarray(blocks).resize((width, height), Image.Resampling.NEAREST)
        image.paste((255, 0, 0), (0, 0, max(1, width // 4), max(1, height // 4)))
        return image

    return make


@pytest.fixture(scope="session")
def encode() -> Encode:
    """An image's file in one of the five formats."""

    def make(image: Image.Image, photo_format: str, **options: object) -> bytes:
        buffer = io.BytesIO()
        if photo_format == "heic":
            pillow_heif.from_pillow(image).save(buffer, **options)
        else:
            image.save(buffer, photo_format.upper(), **options)
        return buffer.getvalue()

    return make


def mean_colour_tower() -> onnx.ModelProto:
    """``uint8[n, 8, 8, 3]`` to the unit vector of (R, G, B, 1): fails for no picture, tells colours apart."""
    nodes = [
        helper.make_node("Cast", ["pixels"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float", "axes"], ["mean"], keepdims=0),
        helper.make_node("Pad", ["mean", "pads", "one"], ["padded"]),
        helper.make_node("LpNormalization", ["padded"], ["vector"], axis=1, p=2),
    ]
    initializers = [
        numpy_helper.from_array(np.array([1, 2], dtype=np.int64), "axes"),
        numpy_helper.from_array(np.array([0, 0, 0, 1], dtype=np.int64), "pads"),
        numpy_helper.from_array(np.array(1, dtype=np.float32), "one"),
    ]
    pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", 8, 8, 3])
    return _model(nodes, pixels, initializers)


def token_sum_tower() -> onnx.ModelProto:
    """``int64[n, 4]`` token ids to their unit vector."""
    nodes = [
        helper.make_node("Cast", ["ids"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("LpNormalization", ["float"], ["vector"], axis=1, p=2),
    ]
    return _model(nodes, helper.make_tensor_value_info("ids", TensorProto.INT64, ["n", 4]), [])


def _model(
    nodes: list[onnx.NodeProto], given: onnx.ValueInfoProto, initializers: list[onnx.TensorProto]
) -> onnx.ModelProto:
    vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["n", 4])
    graph = helper.make_graph(nodes, "tower", [given], [vector], initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def write_tokenizer(path: Path) -> None:
    """Four words, cut and padded to four tokens."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 1, "hex": 2, "nut": 3, "bolt": 4}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=4, pad_id=1)
    tokenizer.save(str(path))


@pytest.fixture
def make_bundle(tmp_path: Path) -> MakeBundle:
    """A bundle of tiny towers in the precisions asked for; ``gates`` says which passed their gate."""

    def make(
        *precisions: Precision,
        gates: dict[Precision, bool] | None = None,
        text: bool = True,
        dimension: int = 4,
        tower: onnx.ModelProto | None = None,
    ) -> Bundle:
        precisions = precisions or ("fp32",)
        (tmp_path / "visual.onnx").write_bytes((tower or mean_colour_tower()).SerializeToString())
        (tmp_path / "text.onnx").write_bytes(token_sum_tower().SerializeToString())
        write_tokenizer(tmp_path / TOKENIZER)
        variant = Variant(visual="visual.onnx", text="text.onnx" if text else None)
        variants = {
            one: Variant(visual=variant.visual, text=variant.text, gate=_gate((gates or {}).get(one)))
            for one in precisions
        }
        files = {name: file_digest(tmp_path / name) for name in ("visual.onnx", "text.onnx", TOKENIZER)}
        write_manifest(tmp_path, _manifest(variants, files, dimension))
        return open_bundle(tmp_path)

    return make


def _gate(passed: bool | None) -> Gate | None:
    if passed is None:
        return None
    return Gate(
        pictures=1,
        queries=1,
        top1_fp32=1.0,
        top1_variant=1.0,
        top1_loss_points=0.0,
        cosine_quantiles={},
        passed=passed,
        machine="test",
    )


def _manifest(variants: dict[Precision, Variant], files: dict[str, str], dimension: int) -> Manifest:
    return Manifest(
        format=1,
        name="tiny",
        dimension=dimension,
        context_length=4,
        preprocessing=Preprocessing(
            size=8, resize_mode="shortest", interpolation="bicubic", mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)
        ),
        towers_digest="tiny",
        variants=variants,
        files=files,
        licence="Apache-2.0",
        provenance={},
        golden=GoldenVectors(picture_seeds=[], picture_vectors=[], texts=[], text_ids=[], text_vectors=[]),
    )
