"""An ASGI application on a port of loopback, in a thread of its own."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from service.cli.serve import free_port
from tests import asking

READY_SECONDS = 30.0


@contextmanager
def on_loopback(app: Any, *, probe: str = "/livez") -> Iterator[str]:
    """The application's address while the block runs. ``probe``: a path that answers once it is there."""
    port = free_port("127.0.0.1")
    server: Any = Server(app, port=port, interface=Interfaces.ASGI, log_level=LogLevels.warning)
    thread = threading.Thread(target=asyncio.run, args=(server.serve(),), name="loopback")
    thread.start()
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url + probe, thread)
        yield url
    finally:
        server.stop()
        thread.join(READY_SECONDS)


def _wait(url: str, thread: threading.Thread) -> None:
    give_up = time.monotonic() + READY_SECONDS
    while time.monotonic() < give_up:
        assert thread.is_alive(), "the server ended"
        try:
            asking.get(url, timeout=2)
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"nothing answers at {url}")
