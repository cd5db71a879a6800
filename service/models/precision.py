"""Smaller and faster versions of a bundle's towers: fp16 for GPUs, int8 for CPUs.

Both keep the inputs and outputs of the fp32 towers. None is used before ``photocode models gate`` has measured it.
"""

import tempfile
import warnings
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.preprocess import quant_pre_process
from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16
from onnxruntime.transformers.onnx_model import OnnxModel

from service.models.errors import ModelError
from service.models.folder import copy_manifest, digests, rewrite_manifest
from service.models.onnx_io import save_model, tower_files
from service.recognition.embedding.bundle import Bundle, Precision, Variant, open_bundle

# Squares of features sum beyond fp16's 65504.
KEPT_IN_FP32 = [*DEFAULT_OP_BLOCK_LIST, "ReduceL2", "LpNormalization"]


def add_variant(folder: Path, precision: Precision) -> Bundle:
    """Make the towers of another precision from the fp32 ones and enter them in the bundle, without a gate yet.

    Raises:
        ModelError: the bundle has no fp32 towers any more, or fp32 itself is asked for.

    """
    bundle = open_bundle(folder)
    full = bundle.manifest.variants.get("fp32")
    if full is None or precision == "fp32":
        raise ModelError(f"{precision} towers are made from fp32 ones: export the model again")
    names = {name: f"{Path(name).stem}.{precision}.onnx" for name in (full.visual, full.text) if name}
    convert = _write_fp16 if precision == "fp16" else _write_int8
    for source, target in names.items():
        convert(folder / source, folder / target)
    made = digests(file for target in names.values() for file in tower_files(folder / target))
    variant = Variant(visual=names[full.visual], text=names[full.text] if full.text else None)
    manifest = copy_manifest(
        bundle.manifest,
        variants={**bundle.manifest.variants, precision: variant},
        files={**bundle.manifest.files, **made},
    )
    return rewrite_manifest(folder, manifest)


def _write_fp16(source: Path, target: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # one per weight that is rounded to zero or to the largest number
        model = convert_float_to_float16(
            onnx.load(str(source)), keep_io_types=True, op_block_list=KEPT_IN_FP32, disable_shape_infer=False
        )
    ordered = OnnxModel(model)
    ordered.topological_sort()  # the conversion puts its casts at the end
    save_model(ordered.model, target)


def _write_int8(source: Path, target: Path) -> None:
    """Quantise the weights of matrix products per channel; activations are scaled anew for every batch.

    Convolutions stay fp32: ONNX Runtime's dynamic ``ConvInteger`` is slower than its fp32 convolution.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".quantise-") as scratch:
        prepared, draft = Path(scratch) / "prepared.onnx", Path(scratch) / target.name
        large = len(tower_files(source)) > 1
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True, save_as_external_data=large)
        quantize_dynamic(
            str(prepared),
            str(draft),
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            use_external_data_format=large,
        )
        save_model(onnx.load(str(draft)), target)
