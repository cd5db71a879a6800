"""More requests with photos than can be answered in time are turned away at once, and the others answered."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from service.recognition.embedding.fake import FakeEngine
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.pictures import picture

MOST = 2
LOOKUPS = "/v1/catalogs/c/lookups"
JPEG = {"Content-Type": "image/jpeg"}


class SlowEngine(FakeEngine):
    """Embeds nothing before it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self.waiting = threading.Semaphore(0)

    async def embed_image(self, image: Image.Image, *, deadline: float | None = None) -> NDArray[np.float32]:
        self.waiting.release()
        while not self.go_on.is_set():  # noqa: ASYNC110  # set by another thread
            await asyncio.sleep(0.01)
        return await super().embed_image(image, deadline=deadline)


@pytest.fixture
def engine() -> SlowEngine:
    return SlowEngine()


@pytest.fixture
def narrow(settings: Settings, engine: SlowEngine) -> Iterator[TestClient]:
    app = create_app(msgspec.structs.replace(settings, lookups=MOST, surface="off"), engine)
    with TestClient(app, raise_server_exceptions=False) as client:
        client.post("/v1/catalogs", json={"name": "c"})
        yield client
        engine.go_on.set()


def look_up(client: TestClient) -> httpx.Response:
    return client.post(LOOKUPS, content=picture("red"), headers=JPEG)


def teach(client: TestClient) -> httpx.Response:
    product = (None, b'{"partNumber": "D-1", "name": "n"}', "application/json")
    return client.post(
        "/v1/catalogs/c/products", files={"photo": ("p.jpg", picture("red"), "image/jpeg"), "product": product}
    )


@pytest.mark.parametrize("ask", [look_up, teach])
def test_what_is_too_much_is_turned_away_at_once(
    narrow: TestClient, engine: SlowEngine, ask: Callable[[TestClient], httpx.Response]
) -> None:
    with ThreadPoolExecutor(MOST) as threads:
        under_way = [threads.submit(look_up, narrow) for _ in range(MOST)]
        assert all(engine.waiting.acquire(timeout=30) for _ in range(MOST))
        start = time.monotonic()
        refused = ask(narrow)
        took = time.monotonic() - start
        engine.go_on.set()
        assert [answer.result().status_code for answer in under_way] == [200] * MOST
    assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
    assert int(refused.headers["Retry-After"]) >= 1
    # Not measured, but told apart from waiting for the others' answers or for a connection.
    assert took < 5
    assert ask(narrow).status_code in (200, 201)


def test_other_requests_are_answered_meanwhile(narrow: TestClient, engine: SlowEngine) -> None:
    with ThreadPoolExecutor(MOST) as threads:
        under_way = [threads.submit(look_up, narrow) for _ in range(MOST)]
        assert all(engine.waiting.acquire(timeout=30) for _ in range(MOST))
        assert narrow.get("/v1/catalogs/c").status_code == 200
        assert narrow.get("/readyz").status_code == 200
        engine.go_on.set()
        assert [answer.result().status_code for answer in under_way] == [200] * MOST
