"""A network that loses answers: what is sent arrives, and the line is cut before the answer comes back."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import httpx


@dataclass
class Line:
    """``cuts``: of how many further requests the answer will be lost; ``after``: that many bytes of a connection's
    answers come before.
    """

    url: str
    cuts: int = 0
    after: int = 0


@contextmanager
def cut_line(url: str) -> Iterator[Line]:
    """A line to a service while the block runs."""
    far = httpx.URL(url)
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = Line(f"http://127.0.0.1:{server.getsockname()[1]}")

        def accept() -> None:
            with suppress(OSError):
                while True:
                    near, _ = server.accept()
                    threading.Thread(target=_carry, args=(near, (far.host, far.port), line), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield line
        server.shutdown(socket.SHUT_RDWR)


def _carry(near: socket.socket, place: tuple[str, int | None], line: Line) -> None:
    with near, socket.create_connection((place[0], place[1] or 80)) as far:
        threading.Thread(target=_copy, args=(near, far), daemon=True).start()
        passed = 0
        with suppress(OSError):
            while data := far.recv(65536):
                if line.cuts and passed >= line.after:
                    line.cuts -= 1
                    near.shutdown(socket.SHUT_RDWR)
                    return
                near.sendall(data)
                passed += len(data)


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
