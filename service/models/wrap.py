"""Gives ready ONNX towers the inputs and outputs of a bundle: pixels or ids in, unit vectors out."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper, version_converter

from service.models.errors import ModelError
from service.recognition.embedding.bundle import Preprocessing

OPSET = 18
PREFIX = "tower_"
NO_LENGTH = 1e-12


def wrap_visual(model: onnx.ModelProto, spec: Preprocessing, output: str | None) -> onnx.ModelProto:
    """Put normalisation before and scaling to length 1 after a visual tower.

    The tower takes ``uint8[n, size, size, 3]``, and then only the output is touched, or normalised
    ``float[n, 3, size, size]``: then pixels are divided by 255, ``mean`` is subtracted and ``std`` divided by, in the
    graph.

    Raises:
        ModelError: another input, a fixed batch size, or no single output of vectors.

    """
    [tower_input] = _inputs(model, 1)
    kind, shape = _type_and_shape(tower_input)
    if kind == TensorProto.UINT8 and shape[1:] == [spec.size, spec.size, 3]:
        return _finish(compose.add_prefix(model, PREFIX, rename_inputs=False), output)
    if kind != TensorProto.FLOAT or len(shape) != 4 or shape[1] not in (3, None):
        raise ModelError(
            f"the visual tower takes {_named(tower_input)}: wanted are uint8[n,size,size,3] or float[n,3,size,size]"
        )
    if any(side not in (None, spec.size) for side in shape[2:]):
        raise ModelError(f"the visual tower takes {shape[2:]} pixels where the preprocessing gives {spec.size}")
    nodes = [
        helper.make_node("Cast", ["pixels"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Div", ["planes", "white"], ["unit"]),
        helper.make_node("Sub", ["unit", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "std"], ["normalised"]),
    ]
    constants = {"white": [255.0], "mean": spec.mean, "std": spec.std}
    front = _graph("pixels", TensorProto.UINT8, ["n", spec.size, spec.size, 3], nodes, ["normalised"], constants)
    return _finish(_joined(front, model, {"normalised": tower_input.name}), output)


def wrap_text(model: onnx.ModelProto, context_length: int, padding_id: int, output: str | None) -> onnx.ModelProto:
    """Give a text tower one input ``int64[n, context_length]``, and scale its vectors to length 1.

    A second input whose name holds "mask" is filled with 1 where an id is not ``padding_id``.

    Raises:
        ModelError: other inputs, a fixed batch size, or no single output of vectors.

    """
    inputs = _inputs(model, 1, 2)
    masks = [entry for entry in inputs if "mask" in entry.name]
    ids = [entry for entry in inputs if "mask" not in entry.name]
    if len(ids) != 1 or any(
        _type_and_shape(entry)[0] not in (TensorProto.INT32, TensorProto.INT64) for entry in inputs
    ):
        raise ModelError(f"the text tower takes {', '.join(map(_named, inputs))}: wanted are ids, and a mask at most")
    if (length := _type_and_shape(ids[0])[1][1]) not in (None, context_length):
        raise ModelError(f"the text tower takes {length} ids where the tokenizer gives {context_length}")
    nodes = [helper.make_node("Cast", ["ids"], ["typed"], to=_type_and_shape(ids[0])[0])]
    joints = {"typed": ids[0].name}
    if masks:
        nodes += [
            helper.make_node("Equal", ["ids", "padding"], ["is_padding"]),
            helper.make_node("Not", ["is_padding"], ["is_text"]),
            helper.make_node("Cast", ["is_text"], ["mask"], to=_type_and_shape(masks[0])[0]),
        ]
        joints["mask"] = masks[0].name
    front = _graph("ids", TensorProto.INT64, ["n", context_length], nodes, list(joints), {"padding": [padding_id]})
    return _finish(_joined(front, model, joints), output)


def _inputs(model: onnx.ModelProto, *counts: int) -> list[onnx.ValueInfoProto]:
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [entry for entry in model.graph.input if entry.name not in weights]
    if len(inputs) not in counts:
        raise ModelError(f"the tower has {len(inputs)} inputs: {', '.join(map(_named, inputs))}")
    for entry in inputs:
        shape = _type_and_shape(entry)[1]
        if not shape or shape[0] is not None:
            raise ModelError(f"the tower's input {_named(entry)} has a fixed batch size: export it with a dynamic one")
    return inputs


def _type_and_shape(entry: onnx.ValueInfoProto) -> tuple[int, list[int | None]]:
    tensor = entry.type.tensor_type
    return tensor.elem_type, [side.dim_value if side.HasField("dim_value") else None for side in tensor.shape.dim]


def _named(entry: onnx.ValueInfoProto) -> str:
    kind, shape = _type_and_shape(entry)
    sides = ",".join("?" if side is None else str(side) for side in shape)
    return f"{entry.name} {TensorProto.DataType.Name(kind).lower()}[{sides}]"


def _graph(
    name: str,
    kind: int,
    shape: list[int | str],
    nodes: list[onnx.NodeProto],
    outputs: list[str],
    constants: Mapping[str, Sequence[float]],
) -> onnx.ModelProto:
    tensors = [_constant(key, values) for key, values in constants.items()]
    graph = helper.make_graph(
        nodes,
        "front",
        [helper.make_tensor_value_info(name, kind, shape)],
        [onnx.ValueInfoProto(name=output) for output in outputs],
        initializer=tensors,
    )
    return onnx.shape_inference.infer_shapes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)]))


def _constant(name: str, values: Sequence[float]) -> onnx.TensorProto:
    array = np.array(values)
    typed = array.astype(np.int64 if array.dtype.kind == "i" else np.float32)
    return numpy_helper.from_array(typed.reshape(1, 3, 1, 1) if len(typed) == 3 else typed, name)


def _joined(front: onnx.ModelProto, model: onnx.ModelProto, joints: dict[str, str]) -> onnx.ModelProto:
    opset = next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), OPSET)
    if opset != OPSET:
        front = version_converter.convert_version(front, opset)
    front.ir_version = model.ir_version
    renamed = compose.add_prefix(model, PREFIX)
    pairs = [(output, PREFIX + name) for output, name in joints.items()]
    merged = compose.merge_models(front, renamed, io_map=pairs)
    versions = {entry.domain: entry.version for entry in merged.opset_import}  # merging names each domain twice
    del merged.opset_import[:]
    merged.opset_import.extend(helper.make_opsetid(domain, version) for domain, version in versions.items())
    return merged


def _finish(model: onnx.ModelProto, output: str | None) -> onnx.ModelProto:
    """Keep one output, of vectors, and scale it to length 1."""
    outputs = list(model.graph.output)
    wanted = [entry for entry in outputs if output is None or entry.name in (output, PREFIX + output)]
    if len(wanted) != 1:
        raise ModelError(f"the tower's outputs are {', '.join(map(_named, outputs))}: name the one to use")
    [vectors] = wanted
    dimension = _type_and_shape(vectors)[1][-1:]
    opset = next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), OPSET)
    graph = model.graph
    length = helper.make_node("ReduceL2", [vectors.name], ["scale_length"], axes=[-1], keepdims=1)
    if opset >= 18:
        length = helper.make_node("ReduceL2", [vectors.name, "scale_axis"], ["scale_length"], keepdims=1)
        graph.initializer.append(numpy_helper.from_array(np.array([-1], dtype=np.int64), "scale_axis"))
    graph.initializer.append(numpy_helper.from_array(np.array(NO_LENGTH, dtype=np.float32), "scale_least"))
    graph.node.extend(
        [
            length,
            helper.make_node("Max", ["scale_length", "scale_least"], ["scale_positive"]),
            helper.make_node("Div", [vectors.name, "scale_positive"], ["vectors"]),
        ]
    )
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", *dimension]))
    return model
