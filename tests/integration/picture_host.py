"""A web server with pictures, over TLS on loopback, and fetchers that may go there."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from threading import Event, Thread
from typing import Any

import trustme

from service.fetching.addresses import Address
from service.fetching.pictures import PictureFetcher

NAME = "pictures.test"
LOOPBACK = IPv4Address("127.0.0.1")


@dataclass(frozen=True)
class Reply:
    """What a path answers. ``pause``: seconds before the body."""

    body: bytes = b""
    status: int = 200
    location: str = ""
    pause: float = 0.0


@dataclass(frozen=True)
class PictureHost:
    """Where it listens, who vouches for it, and the paths that were asked for."""

    port: int
    authority: trustme.CA
    asked: list[str]

    def url(self, path: str) -> str:
        """The address of a path by the host's name."""
        return f"https://{NAME}:{self.port}{path}"

    def fetcher(self, **options: Any) -> PictureFetcher:
        """One that finds the host by its name, may connect to it, and believes its certificate."""

        async def resolve(host: str, port: int) -> list[Address]:
            if host != NAME:
                raise OSError
            return [LOOPBACK]

        trust = ssl.create_default_context()
        self.authority.configure_trust(trust)
        given = {"resolve": resolve, "permit": lambda _: True, "ports": (self.port,), "trust": trust}
        return PictureFetcher(**{**given, **options})


@contextmanager
def picture_host(replies: Mapping[str, Reply]) -> Iterator[PictureHost]:
    """Serve these paths while the block runs."""
    authority, stopped = trustme.CA(), Event()
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else its second packet waits 40 ms

        def do_GET(self) -> None:
            asked.append(self.path)
            reply = replies.get(self.path, Reply(status=404))
            self.send_response(reply.status)
            if reply.location:
                self.send_header("Location", reply.location)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            stopped.wait(reply.pause)
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            pass

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME).configure_cert(tls)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield PictureHost(server.server_address[1], authority, asked)
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
