"""A service of the demo's own, as a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

START_SECONDS = 360
STOP_SECONDS = 30


class DemoServerError(Exception):
    """The service did not start; its output says why."""


@contextmanager
def running_service(port: int, log: Path) -> Iterator[str]:
    """Run ``photocode serve`` while the block runs; gives its URL. Its output goes to ``log``.

    Raises:
        DemoServerError: it ended, or was not ready within six minutes.
    """
    url = f"http://127.0.0.1:{port}"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        command = [sys.executable, "-m", "service", "serve", "--port", str(port)]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=dict(os.environ))  # noqa: S603  our own command
        try:
            _wait_until_ready(process, url, log)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/readyz", timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    said = log.read_text(errors="replace").strip().splitlines()[-15:]
    raise DemoServerError("the service did not start:\n" + "\n".join(said))
