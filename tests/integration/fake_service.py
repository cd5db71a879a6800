"""A service that knows colours only, in processes of its own: ``python -m tests.integration.fake_service PORT PORT``.

One process a port, and one that has imported the service and forks them.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer
from litestar import Litestar

from service.app import create_app
from service.cli.serve import free_port
from service.recognition.embedding.fake import FakeEngine
from service.settings import load_settings
from tests import asking

READY_SECONDS = 90


def create() -> Litestar:
    return create_app(load_settings(), FakeEngine())


@contextmanager
def fake_services(count: int, database_url: str, data: Path, **settings: str) -> Iterator[list[str]]:
    """So many on one database while the block runs; gives their addresses. ``settings`` by their names."""
    with ExitStack() as stack:
        ports = [free_port("127.0.0.1") for _ in range(count)]
        own = {f"PHOTOCODE_{name.upper()}": value for name, value in settings.items()}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PHOTOCODE_")}
        shared = {"PHOTOCODE_DATA": str(data), "PHOTOCODE_SURFACE": "off", "PHOTOCODE_TEXT": "off"}
        environment = {**kept, "DATABASE_URL": database_url, "PHOTOCODE_CALIBRATE": "off", **shared, **own}
        command = [sys.executable, "-m", "tests.integration.fake_service", *map(str, ports)]
        process = subprocess.Popen(command, env=environment)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        for url in urls:
            _wait(url)
        yield urls


def _wait(url: str) -> None:
    give_up = time.monotonic() + READY_SECONDS
    while time.monotonic() < give_up:
        try:
            if asking.get(f"{url}/readyz", timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"nothing answers at {url}")


def forked(port: int) -> int:
    """Serve the port in a process of its own; gives its id."""
    child = os.fork()
    if not child:
        MPServer(
            "tests.integration.fake_service:create",
            port=port,
            interface=Interfaces.ASGI,
            factory=True,
            workers_kill_timeout=10,
            log_level=LogLevels.warning,
        ).serve()
        os._exit(0)  # what C++ has made before the fork is the parent's to take down
    return child


def main(ports: Sequence[int]) -> None:
    """Serve until told to stop."""
    children = [forked(port) for port in ports]

    def stop(*_: object) -> None:
        for child in children:
            os.kill(child, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main([int(port) for port in sys.argv[1:]])
