"""The service and its worker as processes of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx
import psutil

from service.cli.serve import free_port

READY_SECONDS: Final = 120


class Program:
    """A ``photocode`` command that is started, killed, and started again."""

    def __init__(self, log: Path, environment: Mapping[str, str], *arguments: str) -> None:
        """``log``: where it writes. Nothing runs yet."""
        self._log, self._arguments = log, arguments
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PHOTOCODE_")}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)  # compiling everything anew at each start is no deployment's habit
        self._environment = {**kept, **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and do not wait."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "service", *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
            )

    def kill(self) -> None:
        """End it and all below it at once."""
        if self._process is None:
            return
        with suppress(psutil.NoSuchProcess):
            for one in psutil.Process(self._process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    one.kill()
        self._process.kill()
        self._process.wait()

    @property
    def memory(self) -> int:
        """Bytes that it and all below it hold of their own, PostgreSQL aside; 0 where it does not run."""
        if self._process is None or self._process.poll() is not None:
            return 0
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(self._process.pid)
            family = [one for one in (root, *root.children(recursive=True)) if "postgres" not in one.name()]
            return sum(one.memory_info().rss for one in family)
        return 0


class Service(Program):
    """``photocode serve``."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """``folder``: for its log."""
        port = free_port("127.0.0.1")
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(folder / "serve.log", environment, "serve", "--port", str(port))

    def wait_until_ready(self) -> None:
        """Wait until it answers.

        Raises:
            TimeoutError: it does not.

        """
        give_up = time.monotonic() + READY_SECONDS
        while time.monotonic() < give_up:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz", timeout=2).is_success:
                    return
            time.sleep(0.1)
        raise TimeoutError(f"the service is not ready: {self._log.read_text()[-2000:]}")
