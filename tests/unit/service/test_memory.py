"""Memory that one photo has freed is there for the next one."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import ctypes, resource, sys
from PIL import Image
from service.memory import keep_freed_memory
from service.recognition.surface.features import extract_features

def new_pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    extract_features(Image.effect_noise((480, 480), 64).convert("RGB"), 800)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

PR_SET_THP_DISABLE = 41
if hasattr(ctypes.CDLL(None), "prctl"):  # small pages on every machine, so that they can be counted
    ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)
if "keep" in sys.argv and not keep_freed_memory():
    sys.exit("another C library")
print(*(new_pages() for _ in range(4)))
"""


def new_pages(*arguments: str, **variables: str) -> list[int]:
    """By photo, one after the other, in a process of their own."""
    command = [sys.executable, "-c", SCRIPT, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | variables, check=False)
    if "another C library" in done.stderr:
        pytest.skip("needs glibc, whose allocator can be told to keep memory")
    assert done.returncode == 0, done.stderr
    return [int(one) for one in done.stdout.split()]


def test_a_second_photo_needs_no_new_memory() -> None:
    first, *others = new_pages("keep")
    assert first > 5_000
    assert max(others[1:]) < first / 10


def test_what_the_environment_says_goes_first() -> None:
    pages = new_pages("keep", MALLOC_TRIM_THRESHOLD_="131072", MALLOC_MMAP_THRESHOLD_="131072")
    assert min(pages) > 5_000
