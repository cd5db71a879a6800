"""Services to ask: two that are well, and others with which something is wrong. Each is the real application on a real
database of its own.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from threading import Event
from typing import Any, Protocol

import httpx
import msgspec
import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy.engine import make_url

from catalog.database import Database
from catalog.devices import begin_enrolment
from catalog.grants import Grant
from catalog.keys import MadeKey, create_key
from mobile_contract.limits import REFERENCES_MAX
from service.access.attempts import MOST
from service.access.pepper import Pepper
from service.access.tokens import hash_of, keyed_hash, public_id
from service.fetching.addresses import Address
from service.fetching.pictures import PictureFetcher
from service.jobs import photos, self_tests
from service.recognition import stages
from service.recognition.embedding.fake import FakeEngine
from service.recognition.embedding.overload import Overloaded
from service.settings import Settings
from tests.applications import create_app
from tests.clients import ELSEWHERE, HERE, TestClient
from tests.contract.example_files import GTIN, PUMP, VALVE
from tests.integration.conftest import Client
from tests.pictures import archive, encoded, picture, printed

PATIENCE_SECONDS = 100
CATALOG = "pumps"
ENGINE = "colours"
JPEG = {"Content-Type": "image/jpeg"}
ENROLMENTS = (
    "pce_EnrolOneExampleExampleExampleExampleExample1G4iYZ",
    "pce_EnrolTwoExampleExampleExampleExampleExample3J5ogk",
    "pce_EnrolThreeExampleExampleExampleExampleExamp1xZVS0",
    "pce_EnrolFourExampleExampleExampleExampleExampl1zWlgb",
    "pce_EnrolFiveExampleExampleExampleExampleExampl4OtvgR",
)
"""Tokens of printed codes; each is good for one device."""
KEYS = {
    "pck_KeyExpired01_ExampleExampleExampleExampleExampleExampleE2l7sRP": timedelta(days=-1),
    "pck_KeyForLookup_ExampleExampleExampleExampleExampleExampleE3Lo0yx": None,
}
"""Keys for lookups, and for how long they are good."""


class Send(Protocol):
    """Sends a request with ``content`` as its body, and gives the answer, be it a redirect."""

    def __call__(self, method: str, path: str, headers: Mapping[str, str], content: bytes) -> httpx.Response: ...


class FailingEngine(FakeEngine):
    """Fails at every photo."""

    def __init__(self, failure: Exception) -> None:
        super().__init__(ENGINE)
        self.failure = failure

    async def embed_image(self, image: Image.Image, *, deadline: float | None = None) -> NDArray[np.float32]:
        raise self.failure


class HeldEngine(FakeEngine):
    """Holds photos until it is told to go on."""

    def __init__(self) -> None:
        super().__init__(ENGINE)
        self.holds, self.go_on = Event(), Event()

    async def embed_image(self, image: Image.Image, *, deadline: float | None = None) -> NDArray[np.float32]:
        self.holds.set()
        await asyncio.to_thread(self.go_on.wait, PATIENCE_SECONDS)
        return await super().embed_image(image, deadline=deadline)


@contextmanager
def _running(
    settings: Settings,
    engine: FakeEngine | None = None,
    fetcher: PictureFetcher | None = None,
    address: str = HERE,
) -> Iterator[Client]:
    """The application, whose lookups leave nothing out however busy the machine is."""
    app = create_app(settings, engine or FakeEngine(ENGINE), fetcher=fetcher)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stages, "BUDGETS", dict.fromkeys(stages.BUDGETS, 30.0))
        patched.setattr(photos, "WAIT_SECONDS", 60.0)
        with TestClient(app, address=address, raise_server_exceptions=False) as client:
            yield client


def _to(client: Client) -> Send:
    def send(method: str, path: str, headers: Mapping[str, str], content: bytes) -> httpx.Response:
        answer: httpx.Response = client.request(
            method, path, headers=_raw(headers), content=content, follow_redirects=False
        )
        return answer

    return send


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


def _make_catalog(client: Client) -> None:
    assert client.post("/v1/catalogs", json={"name": CATALOG, "title": "Pumps and valves"}).is_success


@contextmanager
def _stocked(settings: Settings) -> Iterator[Send]:
    """With a valve, two pumps that differ at the back only, and a seal, all of them described."""
    with _running(settings) as client:
        _make_catalog(client)
        client.put(f"/v1/catalogs/{CATALOG}/tags", json={"tags": [{"tag": "red"}, {"tag": "grey"}]}).raise_for_status()
        started = client.post(
            f"/v1/catalogs/{CATALOG}/imports", content=stock(), headers={"Content-Type": "application/zip"}
        )
        give_up = time.monotonic() + PATIENCE_SECONDS
        while _is_busy(client, started.headers["Location"]):
            assert time.monotonic() < give_up
            time.sleep(0.02)
        yield _to(client)


def _is_busy(client: Client, place: str) -> bool:
    status = client.get(place).json()
    if status["state"] != "completed" or status["enrichment"]["pending"]:
        return True
    photo = encoded(printed(VALVE))
    asked = client.post(f"/v1/catalogs/{CATALOG}/lookups", content=photo, headers={"Content-Type": "image/jpeg"})
    return bool(asked.json()["dropped"])  # while the index of surfaces is being loaded


def stock() -> bytes:
    rows = (
        ("VL-20", "Ball valve 3/4 in", "Valves/Ball valves", "brass", "", GTIN, "", "valve.png"),
        ("PX-100-24", "Pump PX 100", "Pumps", "steel", "24 V", "", "", "pump.png;pump-24.png"),
        ("PX-100-230", "Pump PX 100", "Pumps", "steel", "230 V", "", "", "pump.png;pump-230.png"),
        ("SE-5", "Shaft seal 5 mm", "Seals/Shaft seals", "NBR", "", "", "SE-7", "seal.png"),
    )
    table = "part_number,name,category,material,voltage,gtin,superseded_by,pictures\n"
    table += "".join(",".join(row) + "\n" for row in rows)
    seeds = {"valve.png": VALVE, "pump.png": PUMP, "pump-24.png": 60, "pump-230.png": 61, "seal.png": 2}
    return archive(table, {name: encoded(printed(seed), "PNG") for name, seed in seeds.items()})


@contextmanager
def _empty(settings: Settings) -> Iterator[Send]:
    with _running(settings) as client:
        _make_catalog(client)
        yield _to(client)


def _failing(failure: Exception) -> Callable[[Settings], AbstractContextManager[Send]]:
    @contextmanager
    def opening(settings: Settings) -> Iterator[Send]:
        with _running(settings, FailingEngine(failure)) as client:
            _make_catalog(client)
            yield _to(client)

    return opening


@contextmanager
def _of_another_model(settings: Settings) -> Iterator[Send]:
    with _running(settings) as client:
        _make_catalog(client)
    with _running(settings, FakeEngine("another")) as client:
        yield _to(client)


@contextmanager
def _keeping_no_photos(settings: Settings) -> Iterator[Send]:
    with _running(msgspec.structs.replace(settings, keep_photos="off")) as client:
        _make_catalog(client)
        yield _to(client)


@contextmanager
def _without_names(settings: Settings) -> Iterator[Send]:
    async def resolve(host: str, port: int) -> list[Address]:
        raise OSError

    with _running(settings, fetcher=PictureFetcher(resolve=resolve)) as client:
        _make_catalog(client)
        yield _to(client)


@contextmanager
def _without_database(settings: Settings) -> Iterator[Send]:
    name = make_url(settings.database_url).database or ""
    with _running(settings) as client:
        _make_catalog(client)
        with psycopg.connect(settings.database_url.replace(name, "postgres"), autocommit=True) as admin:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            try:
                yield _to(client)
            finally:
                admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@contextmanager
def _from_outside(settings: Settings) -> Iterator[Send]:
    """Asked by a phone, for which a code was printed, or by a program that has a key."""
    asyncio.run(_begin_enrolments(settings.database_url))
    asyncio.run(_make_keys(settings))
    with _running(settings, address=ELSEWHERE) as client:
        yield _to(client)


async def _begin_enrolments(database_url: str) -> None:
    database = Database(database_url, pool_size=1)
    async with database.write() as session:
        for token in ENROLMENTS:
            await begin_enrolment(session, hash_of(token), timedelta(minutes=15))
    await database.close()


async def _make_keys(settings: Settings) -> None:
    pepper = Pepper(settings.pepper, settings.data_folder)
    database = Database(settings.database_url, pool_size=1)
    async with database.write() as session:
        for key, lifetime in KEYS.items():
            hashed = keyed_hash(key, pepper.secret)
            stored = MadeKey(public_id=public_id(key) or "", key_hash=hashed, pepper=pepper.name)
            await create_key(session, key[4:16], stored, Grant(scopes=["lookup"]), lifetime)
    await database.close()


@contextmanager
def _besieged(settings: Settings) -> Iterator[Send]:
    """Somebody tries to enrol again and again."""
    with _running(settings, address=ELSEWHERE) as client:
        for _ in range(MOST):
            client.post("/v1/devices", json={"enrolmentToken": "guessed", "name": "guesser"})
        yield _to(client)


def _limited(**limits: int) -> Callable[[Settings], AbstractContextManager[Send]]:
    """Where this machine has looked up a photo, and may look up no other."""

    @contextmanager
    def opening(settings: Settings) -> Iterator[Send]:
        with _running(settings) as client:
            _make_catalog(client)
            client.put("/v1/limits/local", json=limits).raise_for_status()
            while time.time() % 60 > 55:
                time.sleep(0.1)  # so that its photo and the example's are of one minute
            client.post(f"/v1/catalogs/{CATALOG}/lookups", content=picture("red"), headers=JPEG).raise_for_status()
            yield _to(client)

    return opening


@contextmanager
def _closing(settings: Settings) -> Iterator[Send]:
    """Told to stop."""
    with _running(settings) as client:
        _make_catalog(client)
        client.blocking_portal.call(client.app.state.parts.admission.drain)
        yield _to(client)


@contextmanager
def _full(settings: Settings) -> Iterator[Send]:
    """The product DESK-1 has as many pictures as one may have."""
    with _running(settings) as client:
        _make_catalog(client)
        pictures = {f"{number}.jpg": picture("red", mark=number) for number in range(REFERENCES_MAX)}
        table = f"part_number,name,pictures\nDESK-1,Stapler,{';'.join(pictures)}\n"
        started = client.post(
            f"/v1/catalogs/{CATALOG}/imports",
            content=archive(table, pictures),
            headers={"Content-Type": "application/zip"},
        )
        give_up = time.monotonic() + PATIENCE_SECONDS
        while client.get(started.headers["Location"]).json()["state"] != "completed":
            assert time.monotonic() < give_up
            time.sleep(0.02)
        yield _to(client)


@contextmanager
def _without_a_worker(settings: Settings) -> Iterator[Send]:
    """Imports wait."""
    with _running(msgspec.structs.replace(settings, worker="off")) as client:
        yield _to(client)


@contextmanager
def _with_old_imports(settings: Settings) -> Iterator[Send]:
    """Two that failed as a whole: the older one's upload is no longer kept. Nobody goes on with them."""
    with _running(msgspec.structs.replace(settings, worker="off")) as client:
        _make_catalog(client)
        for seed in range(2):
            place = f"/v1/catalogs/{CATALOG}/imports"
            upload = archive(f"part_number,name\nP-{seed},part\n")
            client.post(place, content=upload, headers={"Content-Type": "application/zip"}).raise_for_status()
        with psycopg.connect(settings.database_url, autocommit=True) as connection:
            connection.execute("UPDATE import_job SET state = 'failed', finished_at = now()")
            connection.execute(
                "UPDATE import_job SET upload_dropped_at = now() "
                "WHERE created_at = (SELECT min(created_at) FROM import_job)"
            )
        yield _to(client)


@contextmanager
def _testing(settings: Settings) -> Iterator[Send]:
    """Catalogs are tested, without much delay."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(self_tests, "IDLE_SECONDS", 0.2)
        with _running(msgspec.structs.replace(settings, self_test="on")) as client:
            yield _to(client)


@contextmanager
def _busy_with_previews(settings: Settings) -> Iterator[Send]:
    """Another process has taken every preview of an import before this one can."""
    with _running(settings) as client, psycopg.connect(settings.database_url, autocommit=True) as connection:
        _make_catalog(client)
        connection.execute(
            "CREATE FUNCTION taken() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.held_until := now() + interval '1 h'; RETURN NEW; END $$"
        )
        connection.execute("CREATE TRIGGER taken BEFORE INSERT ON import_preview FOR EACH ROW EXECUTE FUNCTION taken()")
        yield _to(client)


@contextmanager
def _at_it(settings: Settings) -> Iterator[Send]:
    """The same request came a moment ago, and is being answered."""
    engine = HeldEngine()
    with _running(settings, engine) as client, ThreadPoolExecutor(1) as pool:
        _make_catalog(client)
        send = _to(client)

        def send_again(method: str, path: str, headers: Mapping[str, str], content: bytes) -> httpx.Response:
            first = pool.submit(send, method, path, headers, content)
            try:
                assert engine.holds.wait(PATIENCE_SECONDS)
                return send(method, path, headers, content)
            finally:
                engine.go_on.set()
                first.result()

        yield send_again


@contextmanager
def _left(settings: Settings) -> Iterator[Send]:
    """The client closes the connection in the middle of its body; the answer is what the service's log and metrics
    say.
    """
    with _running(settings) as client:
        _make_catalog(client)

        def send(method: str, path: str, headers: Mapping[str, str], content: bytes) -> httpx.Response:
            return client.blocking_portal.call(_send_and_leave, client, method, path, headers, content)

        yield send


async def _send_and_leave(
    client: Client, method: str, path: str, headers: Mapping[str, str], content: bytes
) -> httpx.Response:
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), *_raw(headers)],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    coming: list[Any] = [
        {"type": "http.disconnect"},
        {"type": "http.request", "body": content[: len(content) // 2], "more_body": True},
    ]
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> Any:
        return coming.pop() if len(coming) > 1 else coming[0]

    async def take(message: Any) -> None:
        sent.append(message)

    await client.app(scope, receive, take)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return httpx.Response(sent[0]["status"], headers=sent[0]["headers"], content=body)


Opening = Callable[[Settings], AbstractContextManager[Send]]

SERVICES: Mapping[str, Opening] = {
    "well": _stocked,
    "empty": _empty,
    "to list keys": _empty,
    "to list devices": _empty,
    "to list changes": _empty,
    "of another model": _of_another_model,
    "keeping no photos": _keeping_no_photos,
    "without names": _without_names,
    "overloaded": _failing(Overloaded("full")),
    "slow": _failing(TimeoutError()),
    "broken": _failing(RuntimeError("nobody foresaw this")),
    "without database": _without_database,
    "from outside": _from_outside,
    "besieged": _besieged,
    "full": _full,
    "without a worker": _without_a_worker,
    "with old imports": _with_old_imports,
    "out of rate": _limited(rate=1),
    "out of quota": _limited(quota=1),
    "closing": _closing,
    "testing": _testing,
    "busy with previews": _busy_with_previews,
    "at it": _at_it,
    "left": _left,
}
"""What an example's ``service`` may be. In ``well`` is the catalog ``pumps``, which no example is to change; what
writes has ``empty``, where the same catalog has no products; what lists all of a kind has one of its own.
"""
