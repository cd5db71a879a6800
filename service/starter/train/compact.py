"""Halves a bundle's size: weights are stored in half precision and widened when the graph is loaded.

The fp32 towers are *defined* by the rounded weights: golden vectors and digests are taken afterwards, and computing
stays in fp32, so nothing is lost later and no gate is needed. Runtimes fold the casts away while they open the file.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from service.models.check import golden_pixels, record_golden
from service.models.folder import copy_manifest, digests, rewrite_manifest, towers_digest
from service.models.golden import GOLDEN_TEXTS
from service.models.onnx_io import save_model
from service.models.runner import BundleRunner
from service.recognition.embedding.bundle import Bundle

LEAST_SIZE = 1024  # smaller tensors stay as they are


def store_in_half(bundle: Bundle) -> Bundle:
    """Rewrite a fresh bundle's fp32 towers, its digests and its golden vectors."""
    variant = bundle.manifest.variants["fp32"]
    towers = [bundle.path(name) for name in (variant.visual, variant.text) if name]
    for path in towers:
        _narrow(path)
    made = digests(towers)
    files = {**bundle.manifest.files, **made}
    opened = rewrite_manifest(
        bundle.folder, copy_manifest(bundle.manifest, files=files, towers_digest=towers_digest(made))
    )
    runner = BundleRunner(opened, "fp32")
    pictures = runner.embed_pixels(golden_pixels(opened.manifest.preprocessing))
    texts = (runner.text_ids(GOLDEN_TEXTS), runner.embed_texts(GOLDEN_TEXTS)) if variant.text else None
    return rewrite_manifest(bundle.folder, copy_manifest(opened.manifest, golden=record_golden(pictures, texts)))


def _narrow(path: Path) -> None:
    """Store large float32 weights as float16, each behind a cast to float32."""
    model = onnx.load(str(path))
    casts = []
    for weight in list(model.graph.initializer):
        if weight.data_type != TensorProto.FLOAT or int(np.prod(weight.dims)) < LEAST_SIZE:
            continue
        stored = f"{weight.name}.half"
        narrow = numpy_helper.from_array(numpy_helper.to_array(weight).astype(np.float16), stored)
        casts.append(helper.make_node("Cast", [stored], [weight.name], f"widen.{weight.name}", to=TensorProto.FLOAT))
        model.graph.initializer.remove(weight)
        model.graph.initializer.append(narrow)
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    save_model(model, path)
