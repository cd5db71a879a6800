"""A shop of printed labels on the real surface channel, for tests of lookups over HTTP."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from PIL import Image

from service.recognition import stages
from service.recognition.embedding.fake import FakeEngine
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.conftest import Client
from tests.pictures import PNG, PRINT, archive, encoded, printed

LABELS = range(1, 5)
BANDS = ("red", "lime", "blue", "yellow")
SIBLINGS, FRONT, BACK = 50, 70, 71
TABLE = "TABLE"

Things = Mapping[str, Sequence[Image.Image]]


def stock() -> Things:
    """Pictures by part number: labels of their own, siblings by the colour of a band, one with two sides, and a plain
    grey one that is all that colours see in a photo of anything on a table.
    """
    return {
        **{f"LABEL-{seed}": [printed(seed)] for seed in LABELS},
        **{f"BAND-{band}": [printed(SIBLINGS, band=band)] for band in BANDS},
        "TWO-SIDED": [printed(FRONT), printed(BACK)],
        TABLE: [Image.new("RGB", PRINT, (110, 110, 110))],
    }


def upload(things: Things) -> bytes:
    """As an import takes them; the category is the part number's beginning."""
    table = "part_number,name,category,pictures\n"
    pictures: dict[str, bytes] = {}
    for number, images in things.items():
        paths = [f"{number}-{i}.png" for i in range(len(images))]
        table += f"{number},{number},{number.partition('-')[0]},{';'.join(paths)}\n"
        pictures |= dict(zip(paths, (encoded(image, PNG) for image in images), strict=True))
    return archive(table, pictures)


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The running service with the catalog ``shop``."""

    client: Client

    def stock(self, things: Things) -> None:
        """Import products and wait until their surfaces are described."""
        started = self.client.post("/v1/catalogs/shop/imports", files={"archive": ("shop.zip", upload(things))})
        assert started.status_code == 202, started.text
        give_up = time.monotonic() + 100
        while time.monotonic() < give_up:
            status = self.client.get(started.headers["Location"]).json()
            if status["state"] == "completed" and not status.get("enrichment", {}).get("pending"):
                assert status["counters"]["failed"] == 0, status
                return
            time.sleep(0.02)
        raise AssertionError(status)

    def wait_for_index(self) -> None:
        """Look up until the index of signatures is in memory."""
        give_up = time.monotonic() + 60
        while self.look_up(encoded(printed(1)))["dropped"]:
            assert time.monotonic() < give_up
            time.sleep(0.02)

    def post(self, photo: bytes, query: str = "", **headers: str) -> httpx.Response:
        """The answer as it came."""
        return self.client.post(
            f"/v1/catalogs/shop/lookups{query}", content=photo, headers={"Content-Type": "image/jpeg", **headers}
        )

    def look_up(self, photo: bytes, query: str = "") -> dict[str, Any]:
        """A photo's answer."""
        answer = self.post(photo, query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def open_shop(settings: Settings, things: Things | None = None) -> Iterator[Shop]:
    """The service while the block runs; ``things`` are brought into a new catalog."""
    with TestClient(create_app(settings, FakeEngine()), raise_server_exceptions=False) as client:
        shop = Shop(client=client)
        if things is not None:
            assert client.post("/v1/catalogs", json={"name": "shop"}).status_code == 201
            shop.stock(things)
        yield shop


def unhurried() -> dict[str, float]:
    """Budgets that no stage exceeds, however busy the machine is."""
    return dict.fromkeys(stages.BUDGETS, 30.0)


def numbers(answer: dict[str, Any]) -> list[str]:
    """Part numbers of an answer's candidates."""
    return [candidate["partNumber"] for candidate in answer["candidates"]]
