"""Lets torchvision import beside a CPU-only torch."""

import contextlib
import importlib.util
from pathlib import Path

import torch

MISSING_OPERATORS = ("nms", "qnms")
SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def prepare_torchvision() -> None:
    """Make ``import torchvision`` possible; call it before importing torchvision or open_clip.

    A torchvision wheel built for CUDA carries operators that do not load beside a CPU torch. torchvision goes on
    without them, except that its import registers shape functions for ``torchvision::nms`` and ``torchvision::qnms``
    and fails where torch knows no such operators. Declaring their schemas is enough: nothing here ever calls box
    suppression. Where the compiled operators load, nothing is declared.
    """
    found = importlib.util.find_spec("torchvision")
    if found is not None and found.origin is not None:
        for library in Path(found.origin).parent.glob("_C*"):
            with contextlib.suppress(OSError):
                torch.ops.load_library(str(library))
    for name in MISSING_OPERATORS:
        if not hasattr(torch.ops.torchvision, name):
            torch.library.define(f"torchvision::{name}", SCHEMA)
