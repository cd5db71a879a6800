"""An S3-compatible store on loopback (moto's server, over HTTP), behind a line that can be cut."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from service.cli.serve import free_port
from tests import asking

BUCKET = "photocode-test"
READY_SECONDS = 60


@dataclass
class ObjectStore:
    """``url``: of the store itself. ``endpoint``: of the line to it, for the service."""

    url: str
    port: int
    away: bool = False
    refused: int = 0
    lines: set[socket.socket] = field(default_factory=set)

    @property
    def location(self) -> str:
        """What ``PHOTOCODE_PICTURES`` is set to."""
        return f"s3://{BUCKET}/site"

    @property
    def environment(self) -> dict[str, str]:
        """By which obstore finds the store."""
        return {
            "AWS_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def keys(self, prefix: str = "") -> list[str]:
        """What is in the bucket, asked of the store itself."""
        answer = asking.get(f"{self.url}/{BUCKET}", params={"list-type": "2", "prefix": f"site/{prefix}"})
        parts = answer.raise_for_status().text.split("<Key>")[1:]
        return [part.split("</Key>")[0].removeprefix("site/") for part in parts]

    def cut(self) -> None:
        """From now on nothing comes through, and what is under way breaks."""
        self.away = True
        for line in list(self.lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Everything comes through again."""
        self.away = False


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """A store with an empty bucket while the block runs. ``folder``: for its log."""
    port = free_port("127.0.0.1")
    with (folder / "moto.log").open("wb") as log:
        command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": ""})
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process)
        asking.put(f"{url}/{BUCKET}").raise_for_status()
        with socket.create_server(("127.0.0.1", 0)) as server:
            store = ObjectStore(url, server.getsockname()[1])
            thread = threading.Thread(target=_accept, args=(server, port, store), daemon=True)
            thread.start()
            yield store
            server.shutdown(socket.SHUT_RDWR)
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + READY_SECONDS
    while time.monotonic() < give_up:
        assert process.poll() is None, "the store ended"
        with suppress(httpx.TransportError):
            asking.get(url, timeout=2)
            return
        time.sleep(0.1)
    raise AssertionError("the store does not answer")


def _accept(server: socket.socket, port: int, store: ObjectStore) -> None:
    with suppress(OSError):
        while True:
            near, _ = server.accept()
            if store.away:
                store.refused += 1
                near.close()
                continue
            threading.Thread(target=_carry, args=(near, port, store), daemon=True).start()


def _carry(near: socket.socket, port: int, store: ObjectStore) -> None:
    with suppress(OSError), near, socket.create_connection(("127.0.0.1", port)) as far:
        store.lines |= {near, far}
        back = threading.Thread(target=_copy, args=(far, near), daemon=True)
        back.start()
        _copy(near, far)
        back.join()
        store.lines -= {near, far}


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
