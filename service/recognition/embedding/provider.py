"""Which execution provider ONNX Runtime can really use on this machine."""

import contextlib
import ctypes
import io
import sys
from typing import Final

import onnxruntime
import structlog

from service.recognition.embedding.provider_names import Provider, ProviderChoice

EXECUTION_PROVIDERS: Final[dict[Provider, str]] = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_log = structlog.get_logger(__name__)


class ProviderUnavailableError(Exception):
    """CUDA was demanded and cannot be used here; the message says why."""


def candidates(choice: ProviderChoice) -> list[Provider]:
    """The providers to try, best first.

    Raises:
        ProviderUnavailableError: ``cuda`` is demanded and this machine or this onnxruntime cannot.

    """
    if choice == "cpu":
        return ["cpu"]
    reason = why_not_cuda()
    if reason is None:
        load_cuda_libraries()
        return ["cuda"] if choice == "cuda" else ["cuda", "cpu"]
    if choice == "cuda":
        raise ProviderUnavailableError(f"CUDA cannot be used: {reason}")
    _log.info("cuda_not_used", reason=reason)
    return ["cpu"]


def why_not_cuda() -> str | None:
    """Why CUDA is out of the question, or None where it is worth trying.

    Asked of the driver first: a session that asks for CUDA where there is none writes errors to the terminal.
    """
    if EXECUTION_PROVIDERS["cuda"] not in onnxruntime.get_available_providers():
        return "this onnxruntime is built without CUDA"
    count = ctypes.c_int(0)
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        failed = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    except (OSError, AttributeError):
        return "there is no NVIDIA driver"
    return "the driver finds no GPU" if failed or not count.value else None


def load_cuda_libraries() -> None:
    """Load CUDA and cuDNN from the wheels of the ``[gpu]`` extra; what ONNX Runtime prints of it goes to the log."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        onnxruntime.preload_dlls()
    if said.getvalue():
        _log.warning("cuda_libraries", said=said.getvalue().strip())
