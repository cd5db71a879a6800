"""The mask network, cut off a bundle's visual tower: what stands before the tower looks at what it shows."""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

from service.recognition.evidence.part_mask import CELLS

MASK = "/encoder/visual/Sigmoid_output_0"
"""What the exporter calls the masks of :class:`service.starter.train.focus.FocusedTower`."""


class NoMask(Exception):
    """The bundle's visual tower has none."""


def cut_mask(bundle: Path, out: Path) -> None:
    """Write the network of ``bundle`` as an ONNX file of its own, from the same pictures to their masks.

    Raises:
        NoMask: the tower looks at whole pictures.

    """
    model = onnx.load(bundle / "visual.onnx")
    needed, nodes = {MASK}, []
    for node in reversed(model.graph.node):
        if needed & set(node.output):
            nodes.append(node)
            needed |= set(node.input)
    if not nodes:
        raise NoMask(f"{bundle} holds no mask network")
    weights = [one for one in model.graph.initializer if one.name in needed]
    masks = helper.make_tensor_value_info(MASK, TensorProto.FLOAT, ["n", 1, CELLS, CELLS])
    graph = helper.make_graph(nodes[::-1], "mask", list(model.graph.input), [masks], weights)
    onnx.save(helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version), out)
