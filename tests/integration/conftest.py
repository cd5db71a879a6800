"""A real PostgreSQL, and the application on it with the engine that knows colours only."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from service.database.embedded import embedded_postgres
from service.fetching.pictures import PictureFetcher
from service.jobs import photos
from service.recognition import stages
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.databases import fresh_database, make_template, server_folder
from tests.integration.stocks import (
    EMPTY,
    Prepare,
    Stock,
    import_file,
    make_catalog,
    open_client,
    prepared,
    quiet_settings,
)
from tests.pictures import colour_catalog

Client = TestClient


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for the run."""
    with server_folder(tmp_path_factory.mktemp("postgres")) as folder, embedded_postgres(folder) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            # Tests kill processes, not the machine: what fsync guards against does not happen here.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        make_template(url)
        yield url


@pytest.fixture(scope="session")
def prepare(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepare]:
    """Prepare a stock for as many tests as want to begin with it: who fills it is given a service's settings."""
    with ExitStack() as stack:
        yield lambda fill: stack.enter_context(prepared(postgres, tmp_path_factory.mktemp("stock"), fill))


@pytest.fixture(scope="session")
def colours_stock(prepare: Prepare) -> Stock:
    """The catalog ``colours``, imported once."""

    def fill(settings: Settings) -> None:
        with open_client(settings) as client:
            make_catalog(client, "colours", colour_catalog())

    return prepare(fill)


@pytest.fixture
def initial_stock(request: pytest.FixtureRequest) -> Stock:
    """What database and data folder of the test's service hold before it: by default nothing, and the catalog
    ``colours`` for who asks for that. A file may have one of its own, made by ``prepare``.
    """
    if "colours" not in request.fixturenames:
        return EMPTY
    found: Stock = request.getfixturevalue("colours_stock")
    return found


@pytest.fixture
def database_url(postgres: str, initial_stock: Stock) -> Iterator[str]:
    """A migrated database of the test's own."""
    with fresh_database(postgres, initial_stock.template) as url:
        yield url


@pytest.fixture
def settings(database_url: str, initial_stock: Stock, tmp_path: Path) -> Settings:
    """Settings of a service on the test's database. What is written on pictures is read where a test asks for it, and
    verdicts are fitted to catalogs where one does, and these tested where one does.
    """
    initial_stock.copy_data(tmp_path)
    return quiet_settings(database_url, tmp_path)


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

    return partial(import_file, client)


@pytest.fixture
def colours(client: Client) -> Client:
    """The application with the catalog ``colours`` in it."""
    return client
