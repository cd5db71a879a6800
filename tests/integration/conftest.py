"""A real PostgreSQL, and the application on it with the engine that knows colours only."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from service.app import create_app
from service.database.embedded import embedded_postgres
from service.fetching.pictures import PictureFetcher
from service.jobs import photos
from service.recognition import stages
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.clients import TestClient
from tests.databases import fresh_database, make_template
from tests.pictures import colour_catalog

Client = TestClient


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for the run."""
    with embedded_postgres(tmp_path_factory.mktemp("postgres")) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            # Tests kill processes, not the machine: what fsync guards against does not happen here.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        make_template(url)
        yield url


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    """A migrated database of the test's own."""
    with fresh_database(postgres) as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a service on the test's database. What is written on pictures is read where a test asks for it, and
    verdicts are fitted to catalogs where one does, and these tested where one does.
    """
    quiet = {"text": "off", "calibrate": "off", "self_test": "off"}
    return msgspec.structs.replace(Settings(database_url=database_url, data=tmp_path, connections=4), **quiet)


@pytest.fixture
def fetcher() -> PictureFetcher | None:
    """What fetches pictures by address; files have others."""
    return None


@pytest.fixture
def client(settings: Settings, fetcher: PictureFetcher | None) -> Iterator[Client]:
    """The running application."""
    app = create_app(settings, FakeEngine(), FakeSurface(), fetcher)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def unhurried_keeper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photos are kept however busy the machine is."""
    monkeypatch.setattr(photos, "WAIT_SECONDS", 60.0)


@pytest.fixture
def unhurried_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages are not left out for being late, however busy the machine is."""
    for stage in stages.BUDGETS:
        monkeypatch.setitem(stages.BUDGETS, stage, 30.0)


@pytest.fixture
def run_import(client: Client) -> Callable[..., dict[str, Any]]:
    """Import an upload into a catalog and wait for its end; gives the import's last status."""

    def run(catalog: str, upload: bytes) -> dict[str, Any]:
        started = client.post(
            f"/v1/catalogs/{catalog}/imports", content=upload, headers={"Content-Type": "application/zip"}
        )
        assert started.status_code == 202, started.text
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            status: dict[str, Any] = client.get(started.headers["Location"]).json()
            if status["state"] in ("completed", "failed"):
                return status
            time.sleep(0.02)
        raise AssertionError(f"the import did not end: {status}")

    return run


@pytest.fixture
def colours(client: Client, run_import: Callable[..., dict[str, Any]]) -> Client:
    """The application with the catalog ``colours`` in it."""
    assert client.post("/v1/catalogs", json={"name": "colours"}).status_code == 201
    assert run_import("colours", colour_catalog())["state"] == "completed"
    return client
