"""A service as a proxy in front of it alters its answers."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Reply = tuple[int, dict[str, str], bytes]
Alter = Callable[[str, str, Reply], Reply]
"""Takes method, path and the service's reply (status, headers, body), and gives another one."""

PASSED_ON = ("Content-Type", "Idempotency-Key")
GIVEN_BACK = ("Content-Type", "Location", "Retry-After", "Idempotency-Replayed")


@contextmanager
def altering(url: str, alter: Alter) -> Iterator[str]:
    """The proxy while the block runs; gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._pass_on()

        def do_POST(self) -> None:
            self._pass_on()

        def log_message(self, *_: Any) -> None:
            pass

        def _pass_on(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:
                return  # the phone was cut off
            status, headers, content = alter(self.command, self.path, self._ask(body))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def _ask(self, body: bytes) -> Reply:
            connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
            headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            given = {name: value for name in GIVEN_BACK if (value := answer.getheader(name)) is not None}
            content = answer.read()
            connection.close()
            return answer.status, given, content

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # phones that close early

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
