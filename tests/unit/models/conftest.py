"""Small ONNX towers as somebody else might bring them, and bundles made of them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

Weights = dict[str, NDArray[Any]]

SIZE = 32
DIMENSION = 16
VOCABULARY = {"[PAD]": 0, "[UNK]": 1, **{letter: 2 + at for at, letter in enumerate("abcdefghijklmnopqrstuvwxyz ")}}
SPEC: Mapping[str, object] = {
    "name": "brought-along",
    "preprocessing": {
        "size": SIZE,
        "resize_mode": "shortest",
        "interpolation": "bicubic",
        "mean": [0.4, 0.5, 0.6],
        "std": [0.2, 0.25, 0.3],
    },
    "licence": "MIT",
    "source": "drawn in a test",
    "context_length": 12,
}


def visual_tower(batch: str | int = "n", kind: int = TensorProto.FLOAT) -> onnx.ModelProto:
    """``float[n, 3, 32, 32]`` to vectors that are not of length 1: pooled patches, two matrix products."""
    random = np.random.RandomState(0)
    weights: Weights = {
        "first": random.randn(3 * 64, 64).astype(np.float32) / 14,
        "second": random.randn(64, DIMENSION).astype(np.float32),
        "shape": np.array([0, 3 * 64], dtype=np.int64),
    }
    nodes = [
        helper.make_node("AveragePool", ["picture"], ["pooled"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Reshape", ["pooled", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "first"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["active"]),
        helper.make_node("MatMul", ["active", "second"], ["features"]),
    ]
    return _model(nodes, ("picture", kind, [batch, 3, SIZE, SIZE]), weights)


def convolutional_tower() -> onnx.ModelProto:
    """``float[n, 3, 32, 32]`` to vectors by convolutions alone."""
    random = np.random.RandomState(2)
    weights: Weights = {
        "first": random.randn(24, 3, 5, 5).astype(np.float32) / 9,
        "second": random.randn(DIMENSION, 24, 5, 5).astype(np.float32) / 24,
    }
    nodes = [
        helper.make_node("Conv", ["picture", "first"], ["edges"], strides=[2, 2]),
        helper.make_node("Relu", ["edges"], ["active"]),
        helper.make_node("Conv", ["active", "second"], ["shapes"], strides=[2, 2]),
        helper.make_node("GlobalMaxPool", ["shapes"], ["most"]),
        helper.make_node("Flatten", ["most"], ["features"]),
    ]
    return _model(nodes, ("picture", TensorProto.FLOAT, ["n", 3, SIZE, SIZE]), weights)


def text_tower(kind: int = TensorProto.INT64, *, masked: bool = False) -> onnx.ModelProto:
    """Ids, and a mask if asked for, to the sum of their embeddings."""
    random = np.random.RandomState(1)
    weights: Weights = {
        "table": random.randn(len(VOCABULARY), DIMENSION).astype(np.float32),
        "axis": np.array([1], dtype=np.int64),
        "last": np.array([2], dtype=np.int64),
        "turn": random.randn(DIMENSION, DIMENSION).astype(np.float32),
    }
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["words"])]
    if masked:
        nodes += [
            helper.make_node("Cast", ["attention_mask"], ["weight"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["weight", "last"], ["weights"]),
            helper.make_node("Mul", ["words", "weights"], ["kept"]),
        ]
    nodes += [
        helper.make_node("ReduceSum", ["kept" if masked else "words", "axis"], ["sum"], keepdims=0),
        helper.make_node("MatMul", ["sum", "turn"], ["features"]),
    ]
    model = _model(nodes, ("input_ids", kind, ["n", "length"]), weights)
    if masked:
        model.graph.input.append(helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["n", "length"]))
    return model


def _model(nodes: list[onnx.NodeProto], entry: tuple[str, int, list[str | int]], weights: Weights) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "tower",
        [helper.make_tensor_value_info(*entry)],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", DIMENSION])],
        initializer=[numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


Bring = Callable[..., Path]


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    """Write a folder for ``photocode models import``; any part may be replaced, or left out with None."""

    def write(visual: onnx.ModelProto | None = None, text: onnx.ModelProto | None = None, **spec: object) -> Path:
        folder = tmp_path / "brought"
        folder.mkdir()
        onnx.save(visual or visual_tower(), str(folder / "visual.onnx"))
        if text is not None:
            onnx.save(text, str(folder / "text.onnx"))
            tokenizer = Tokenizer(models.WordLevel(VOCABULARY, unk_token="[UNK]"))
            tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
            tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
            tokenizer.save(str(folder / "tokenizer.json"))
        (folder / "model.json").write_text(json.dumps({**SPEC, **spec}))
        return folder

    return write
