"""One tower in ONNX Runtime. Knows providers, threads and memory only."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from service.recognition.embedding.bundle import Precision
from service.recognition.embedding.provider import EXECUTION_PROVIDERS
from service.recognition.embedding.provider_names import Provider

_ERRORS_ONLY = 3


class SessionError(Exception):
    """The file is not a tower that can run here, or a run failed."""


class Session:
    """A tower: one input, one output ``float[n, d]`` of unit vectors. May be called from any one thread at a time."""

    def __init__(self, path: Path, *, provider: Provider, threads: int, precision: Precision = "fp32") -> None:
        """Load the graph. Ask :attr:`provider` what it runs on: ONNX Runtime falls back to the CPU on its own.

        Args:
            path: of the ``.onnx`` file.
            provider: to prefer.
            threads: of one run on the CPU; 0 lets ONNX Runtime choose.
            precision: of the file.

        Raises:
            SessionError: not a graph of one input and one output, or not loadable.

        """
        onnxruntime.set_default_logger_severity(_ERRORS_ONLY)
        wanted = [(EXECUTION_PROVIDERS[provider], _provider_options(provider))]
        if provider != "cpu":
            wanted.append((EXECUTION_PROVIDERS["cpu"], {}))
        # ONNX Runtime 1.31 dies of a segmentation fault where this optimizer meets fp16 on the CPU
        without = ["NchwcTransformer"] if precision == "fp16" else []
        try:
            self._session = onnxruntime.InferenceSession(
                path, _options(threads), providers=wanted, disabled_optimizers=without
            )
        except Exception as error:  # ONNX Runtime's classes share no base but Exception
            raise SessionError(f"{path.name} cannot be loaded: {error}") from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1:
            raise SessionError(f"{path.name} has {len(inputs)} inputs and {len(outputs)} outputs instead of one each")
        self._input, self._output = inputs[0], outputs[0].name
        self._dtype = {"tensor(int32)": np.int32, "tensor(int64)": np.int64}.get(self._input.type, np.uint8)

    @property
    def provider(self) -> Provider:
        """What ONNX Runtime says it runs on."""
        return "cuda" if self._session.get_providers()[0] == EXECUTION_PROVIDERS["cuda"] else "cpu"

    def run(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        """``float32[n, d]`` for a batch of n.

        Raises:
            SessionError: the run failed, out of memory on a GPU for example.

        """
        try:
            [output] = self._session.run([self._output], {self._input.name: batch.astype(self._dtype, copy=False)})
        except Exception as error:  # as above
            raise SessionError(f"a batch of shape {batch.shape} failed: {error}") from error
        return np.asarray(output, dtype=np.float32)


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # threads that spin for work take the cores from decoding and from the database
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _provider_options(provider: Provider) -> dict[str, str]:
    return {"arena_extend_strategy": "kSameAsRequested"} if provider == "cuda" else {}
