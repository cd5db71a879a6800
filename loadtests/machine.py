"""Names the machine that figures were measured on."""

import os
import platform
import re
from pathlib import Path

import msgspec
import onnxruntime


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where and with what. ``load`` is the one-minute load average before the run: other programs' work."""

    cpu: str
    cores: int
    load: float
    python: str
    onnxruntime: str

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"{self.cpu}, {self.cores} cores, load {self.load:.1f} before the run, "
            f"Python {self.python}, ONNX Runtime {self.onnxruntime}"
        )


def this_machine() -> Machine:
    """The machine that runs this."""
    return Machine(
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        load=round(os.getloadavg()[0], 2),
        python=platform.python_version(),
        onnxruntime=onnxruntime.__version__,
    )


def _cpu() -> str:
    try:
        said = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    facts = {name: found[1] for name in ("model name", "cpu family") if (found := re.search(rf"{name}\s*: (.+)", said))}
    # Virtual machines hide the model's number; the family tells the generation.
    return f"{facts.get('model name', platform.machine())} (family {facts.get('cpu family', 'unknown')})"
