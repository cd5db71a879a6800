"""Smaller and faster versions of a bundle's towers: fp16 for GPUs, int8 for CPUs.

Both keep the inputs and outputs of the fp32 towers. None is used before ``photocode models gate`` has measured it.
"""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16
from onnxruntime.transformers.onnx_model import OnnxModel
from PIL import Image

from service.models.check import golden_pixels
from service.models.errors import ModelError
from service.models.folder import copy_manifest, digests, rewrite_manifest
from service.models.onnx_io import save_model, tower_files
from service.models.quantise import write_int8
from service.recognition.embedding.bundle import Bundle, Precision, Variant, open_bundle
from service.recognition.embedding.preprocess import preprocess

# Squares of features sum beyond fp16's 65504.
KEPT_IN_FP32 = [*DEFAULT_OP_BLOCK_LIST, "ReduceL2", "LpNormalization"]
DRAWN_SEEDS = range(200, 232)


def add_variant(folder: Path, precision: Precision, pictures: Sequence[Image.Image] = ()) -> Bundle:
    """Make the towers of another precision from the fp32 ones and enter them in the bundle, without a gate yet.

    Args:
        folder: of the bundle.
        precision: fp16 or int8.
        pictures: RGB, like those to come, to take the ranges of int8 activations from; drawn ones serve where there are
            none.

    Raises:
        ModelError: the bundle has no fp32 towers any more, or fp32 itself is asked for.

    """
    bundle = open_bundle(folder)
    full = bundle.manifest.variants.get("fp32")
    if full is None or precision == "fp32":
        raise ModelError(f"{precision} towers are made from fp32 ones: export the model again")
    names = {name: f"{Path(name).stem}.{precision}.onnx" for name in (full.visual, full.text) if name}
    for source, target in names.items():
        if precision == "fp16":
            _write_fp16(folder / source, folder / target)
        else:
            seen = _calibration(bundle, pictures) if source == full.visual else None
            write_int8(folder / source, folder / target, seen)
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


def _calibration(bundle: Bundle, pictures: Sequence[Image.Image]) -> NDArray[np.uint8]:
    spec = bundle.manifest.preprocessing
    if not pictures:
        return golden_pixels(spec, DRAWN_SEEDS)
    return np.stack([preprocess(picture, spec) for picture in pictures])
