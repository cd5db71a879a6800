"""What a service holds before a test begins: imported once, then copied, database and data folder."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.engine import make_url

from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.databases import TEMPLATE, fresh_database

PATIENCE = 60.0
Fill = Callable[[Settings], None]


@dataclass(frozen=True, kw_only=True)
class Stock:
    """A database to be copied by its name, and a data folder, None where there is none."""

    template: str
    data: Path | None

    def copy_data(self, folder: Path) -> None:
        """Into a folder that exists."""
        if self.data is not None:
            shutil.copytree(self.data, folder, dirs_exist_ok=True)


EMPTY = Stock(template=TEMPLATE, data=None)
Prepare = Callable[[Fill], Stock]


def quiet_settings(database_url: str, data: Path) -> Settings:
    """Settings of a service that does nothing by itself: neither text nor calibrations nor self-tests."""
    quiet = {"text": "off", "calibrate": "off", "self_test": "off"}
    return msgspec.structs.replace(Settings(database_url=database_url, data=data, connections=4), **quiet)


@contextmanager
def prepared(server_url: str, data: Path, fill: Fill) -> Iterator[Stock]:
    """What ``fill`` leaves behind, once its service has ended."""
    with fresh_database(server_url) as url:
        fill(quiet_settings(url, data))
        yield Stock(template=make_url(url).database or "", data=data)


def open_client(settings: Settings) -> TestClient:
    """A service whose engine knows colours only; it runs while the client is entered."""
    return TestClient(create_app(settings, FakeEngine(), FakeSurface()), raise_server_exceptions=False)


def make_catalog(client: TestClient, name: str, upload: bytes) -> dict[str, Any]:
    """A new catalog with what is in the upload; gives the import's last status."""
    assert client.post("/v1/catalogs", json={"name": name}).status_code == 201
    status = import_file(client, name, upload)
    assert status["state"] == "completed", status
    return status


def import_file(client: TestClient, catalog: str, upload: bytes) -> dict[str, Any]:
    """Import an upload into a catalog and wait for its end; gives the import's last status."""
    started = client.post(
        f"/v1/catalogs/{catalog}/imports", content=upload, headers={"Content-Type": "application/zip"}
    )
    assert started.status_code == 202, started.text
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        status: dict[str, Any] = client.get(started.headers["Location"]).json()
        if status["state"] in ("completed", "failed"):
            return status
        time.sleep(0.02)
    raise AssertionError(f"the import did not end: {status}")
