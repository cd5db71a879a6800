"""The names of execution providers, apart from ONNX Runtime, so that naming one does not load it."""

from typing import Literal

Provider = Literal["cpu", "cuda"]
ProviderChoice = Literal["auto", "cpu", "cuda"]
