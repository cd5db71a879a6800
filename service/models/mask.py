"""The network that draws masks, cut out of the visual tower of a bundle that looks through one."""

from pathlib import Path

import onnx
from onnx.utils import extract_model

from service.recognition.embedding.bundle import Bundle


class NoMask(Exception):
    """The tower looks through no mask."""


def write_mask(bundle: Bundle, out: Path) -> None:
    """Write the graph from pixels, ``uint8[n, h, w, 3]``, to masks, ``float32[n, 1, 32, 32]`` in 0..1.

    Raises:
        NoMask: no sigmoid of the graph is sampled by a grid.

    """
    variant = bundle.manifest.variants.get("fp32") or next(iter(bundle.manifest.variants.values()))
    path = bundle.path(variant.visual)
    graph = onnx.load(path).graph
    sampled = {node.input[0] for node in graph.node if node.op_type == "GridSample"}
    masks = [node.output[0] for node in graph.node if node.op_type == "Sigmoid" and node.output[0] in sampled]
    if not masks:
        raise NoMask(f"{path.name} looks through no mask")
    out.parent.mkdir(parents=True, exist_ok=True)
    extract_model(path, out, [graph.input[0].name], masks[:1], check_model=False)
