"""Writing ONNX models as one file, or as two where one is larger than a protobuf may be."""

from pathlib import Path

import onnx

# protobuf cannot hold 2 GiB in one message; a graph and its names take little beside the weights.
LARGEST_SINGLE_FILE = 1_900_000_000


def save_model(model: onnx.ModelProto, path: Path, *, largest: int = LARGEST_SINGLE_FILE) -> None:
    """Write and check a model; tensors go to ``<path>.data`` where they outgrow one file."""
    weights = sum(len(tensor.raw_data) for tensor in model.graph.initializer)
    data = path.with_name(path.name + ".data")
    data.unlink(missing_ok=True)
    if weights > largest:
        onnx.save_model(model, str(path), save_as_external_data=True, location=data.name)
    else:
        onnx.save_model(model, str(path))
    onnx.checker.check_model(str(path))


def tower_files(path: Path) -> list[Path]:
    """Give the files that a tower consists of: the graph and, for a large one, its weights."""
    data = path.with_name(path.name + ".data")
    return [path, data] if data.exists() else [path]
