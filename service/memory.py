"""What the process does with memory that is freed."""

import ctypes
import os
from typing import Final

KEPT: Final = 128 << 20
"""Bytes kept for the next lookup, of what the process has freed. A photo's local features take 45 MB for a moment: new
from the kernel each time, page by page, they cost as much as the work in them."""

LARGEST: Final = 32 << 20
"""Bytes of a block from which it is asked of the kernel, and given back, by itself: the most that glibc allows."""

_OPTIONS: Final = {"MALLOC_TRIM_THRESHOLD_": (-1, KEPT), "MALLOC_MMAP_THRESHOLD_": (-3, LARGEST)}
"""By the environment variable that sets the same: option of glibc's ``mallopt`` (mallopt(3)), and its value."""


def keep_freed_memory() -> bool:
    """Have the C library keep freed memory; whether it is one that can be told, which is glibc.

    What the environment says goes first.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is None:
        return False
    for variable, (option, value) in _OPTIONS.items():
        if variable not in os.environ:
            mallopt(option, value)
    return True
