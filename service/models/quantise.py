"""int8 towers: weights per channel, activations by range."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.preprocess import quant_pre_process

from service.models.onnx_io import save_model, tower_files

PRODUCTS = ["MatMul", "Gemm"]


class _Pictures(CalibrationDataReader):  # type: ignore[misc]  # ONNX Runtime is untyped
    """Feeds calibration pictures one by one."""

    def __init__(self, name: str, pixels: NDArray[np.uint8]) -> None:
        self._batches: Iterator[dict[str, NDArray[np.uint8]]] = iter([{name: picture[None]} for picture in pixels])

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        return next(self._batches, None)


def write_int8(source: Path, target: Path, calibration: NDArray[np.uint8] | None) -> None:
    """Quantise one tower.

    Where matrix products hold most weights (transformers, text towers) only these are quantised, and activations are
    scaled anew for every input. Where convolutions do, ONNX Runtime is slow that way: then the range of every
    activation is fixed beforehand, to what ``calibration`` (``uint8[n, size, size, 3]``) showed.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".quantise-") as scratch:
        prepared, draft = Path(scratch) / "prepared.onnx", Path(scratch) / target.name
        large = len(tower_files(source)) > 1
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True, save_as_external_data=large)
        graph = onnx.load(str(prepared), load_external_data=False).graph
        if calibration is not None and mostly_convolutions(graph):
            quantize_static(
                str(prepared),
                str(draft),
                _Pictures(graph.input[0].name, calibration),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=["Conv", *PRODUCTS],
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                calibrate_method=CalibrationMethod.MinMax,
                use_external_data_format=large,
            )
        else:
            quantize_dynamic(
                str(prepared),
                str(draft),
                op_types_to_quantize=PRODUCTS,
                per_channel=True,
                weight_type=QuantType.QInt8,
                use_external_data_format=large,
            )
        save_model(onnx.load(str(draft)), target)


def mostly_convolutions(graph: onnx.GraphProto) -> bool:
    """Whether convolutions hold more weights than matrix products do."""
    sizes = {tensor.name: int(np.prod(tensor.dims)) for tensor in graph.initializer}
    held = {"Conv": 0, "MatMul": 0, "Gemm": 0}
    for node in graph.node:
        if node.op_type in held:
            held[node.op_type] += sum(sizes.get(name, 0) for name in node.input)
    return held["Conv"] > held["MatMul"] + held["Gemm"]
