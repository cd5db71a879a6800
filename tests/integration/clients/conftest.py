"""A real service on loopback, on a real PostgreSQL, and both clients of it."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any

import pytest

from mobile_contract.clients.python import AsyncPhotocode, Photocode, Retries
from service.app import create_app
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.databases import fresh_database
from tests.integration.loopback import on_loopback
from tests.integration.meddling import Meddled
from tests.pictures import colour_catalog

QUICK = Retries(tries=4, deadline=20, first=0.01, most=0.02)


@dataclass(frozen=True, kw_only=True)
class Service:
    """Its address and database, and what a test may do to its answers."""

    url: str
    database_url: str
    line: Meddled


@pytest.fixture(scope="module")
def service(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with the catalog ``colours`` in it, one for a file of tests."""
    with fresh_database(postgres) as database:
        data = tmp_path_factory.mktemp("data")
        settings = Settings(
            database_url=database, data=data, connections=4, text="off", calibrate="off", self_test="20"
        )
        line = Meddled(create_app(settings, FakeEngine(), FakeSurface()))
        with on_loopback(line) as url:
            with Photocode(url) as photocode:
                photocode.create_catalog("colours")
                photocode.wait_for_import(photocode.start_import("colours", colour_catalog()), poll=0.02)
            yield Service(url=url, database_url=database, line=line)


class Awaited:
    """The client that awaits, in a loop of its own: to be asked like the one that blocks."""

    def __init__(self, url: str, **options: Any) -> None:
        self._runner = asyncio.Runner()
        try:
            self._client = self._runner.run(self._open(url, options))
        except ValueError:
            self._runner.close()
            raise

    async def _open(self, url: str, options: dict[str, Any]) -> AsyncPhotocode:
        return AsyncPhotocode(url, **options)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        def run(*args: Any, **kwargs: Any) -> Any:
            if name == "further_candidates":
                return self._runner.run(self._all(method(*args, **kwargs)))
            assert iscoroutinefunction(method)
            return self._runner.run(method(*args, **kwargs))

        return run

    @staticmethod
    async def _all(found: Any) -> list[Any]:
        return [one async for one in found]

    def close(self) -> None:
        self._runner.run(self._client.close())
        self._runner.close()


@pytest.fixture(params=["blocking", "awaiting"])
def connect(request: pytest.FixtureRequest, service: Service) -> Iterator[Callable[..., Any]]:
    """Gives clients, of both kinds in turn; ``url`` is the service's unless said."""
    made: list[Any] = []

    def make(url: str = "", **options: Any) -> Any:
        kind: Any = Photocode if request.param == "blocking" else Awaited
        made.append(kind(url or service.url, **{"retries": QUICK, **options}))
        return made[-1]

    yield make
    for client in made:
        client.close()
