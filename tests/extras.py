"""Modules that need an extra of the package: without it the tests of a file are skipped, by name."""

import importlib
import warnings
from types import ModuleType

import pytest

LIBRARIES = {"render": ("build123d", "bd_warehouse", "vtk"), "train": ("torch",)}


def need(extra: str) -> None:
    """Skip the calling file unless the extra's libraries are there."""
    __tracebackhide__ = True  # so that the file is named that is skipped
    for library in LIBRARIES[extra]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # bd_warehouse reads its tables by a deprecated call
            pytest.importorskip(library, reason=f"photocode[{extra}] is not installed")


def imported(name: str) -> ModuleType:
    """A module whose dependencies warn while they load."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)
