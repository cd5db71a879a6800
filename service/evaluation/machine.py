"""Names the machine that figures were measured on."""

import os
import platform
import re
from pathlib import Path

import msgspec
import onnxruntime
import psutil


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where and with what. ``load`` is the one-minute load average before the run: other programs' work."""

    cpu: str
    cores: int
    memory_gb: float
    load: float
    python: str
    onnxruntime: str


def this_machine() -> Machine:
    """The machine that runs this."""
    return Machine(
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 1e9, 1),
        load=round(psutil.getloadavg()[0], 2),
        python=platform.python_version(),
        onnxruntime=onnxruntime.__version__,
    )


def _cpu() -> str:
    try:
        said = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        said = None
    return said[1] if said else platform.processor() or platform.machine()
