"""A client of the application in this process, which can come from anywhere."""

from typing import Any

import httpx
import litestar.testing
from litestar import Litestar
from litestar.testing.transport import TestClientTransport

from tests.applications import give_back

HERE = "127.0.0.1"
ELSEWHERE = "192.168.1.77"


class TestClient(litestar.testing.TestClient[Litestar]):
    """Litestar's, from this very machine unless another ``address`` is given: from outside a token is needed."""

    def __init__(self, app: Litestar, *, address: str = HERE, raise_server_exceptions: bool = True) -> None:
        super().__init__(app, base_url="http://127.0.0.1:8700", raise_server_exceptions=raise_server_exceptions)
        self._transport = _From(self, address, raise_server_exceptions)  # type: ignore[assignment]

    def __exit__(self, *args: object) -> None:
        super().__exit__(*args)
        give_back(self.app)


class _From(TestClientTransport[TestClient]):
    def __init__(self, client: TestClient, address: str, raise_server_exceptions: bool) -> None:
        super().__init__(client, raise_server_exceptions=raise_server_exceptions)
        self._address = address

    def parse_request(self, request: httpx.Request) -> dict[str, Any]:
        return super().parse_request(request) | {"client": (self._address, 50000)}
