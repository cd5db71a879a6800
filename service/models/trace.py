"""Tracing a torch module into an ONNX file."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import onnx
import torch
from torch import nn

from service.models.onnx_io import LARGEST_SINGLE_FILE, save_model

OPSET = 18


def write_onnx(
    module: nn.Module, example: torch.Tensor, path: Path, *, names: tuple[str, str], largest: int = LARGEST_SINGLE_FILE
) -> None:
    """Trace ``module`` and write it with a dynamic first axis of its one input and one output.

    ``names`` are those of the input and the output. Weights of more than ``largest`` bytes go to ``<path>.data``.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as scratch:
        draft = Path(scratch) / path.name
        with _traceable(), torch.no_grad():
            torch.onnx.export(
                module.eval(),
                (example,),
                str(draft),
                dynamo=False,
                opset_version=OPSET,
                input_names=[names[0]],
                output_names=[names[1]],
                dynamic_axes={name: {0: "n"} for name in names},
            )
        save_model(onnx.load(str(draft)), path, largest=largest)


@contextmanager
def _traceable() -> Iterator[None]:
    # The fused attention kernel of evaluation mode has no ONNX equivalent; without it the plain operators are traced.
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(value=False)
    try:
        with warnings.catch_warnings():
            # The tracing exporter is deprecated for one that needs the onnxscript package. It also warns where Python
            # values become constants; what it traced is compared with torch before a bundle is written.
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", torch.jit.TracerWarning)
            warnings.simplefilter("ignore", UserWarning)
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(value=fused)
