"""Pictures by address: what is fetched, what is refused, and that nothing private is ever connected to."""

import asyncio
import json
import socket
import ssl
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

import httpcore
import msgspec
import pytest

from service.fetching.addresses import Address, is_public
from service.fetching.pictures import FetchFailed, FetchRefused, FetchTooLarge, PictureFetcher
from service.fetching.pinned import Resolver
from service.recognition.embedding.fake import FakeEngine
from service.settings import Settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.conftest import Client
from tests.integration.hostile_addresses import NAMED, PUBLIC, hostile_addresses
from tests.integration.picture_host import NAME, PictureHost, Reply, picture_host
from tests.pictures import picture

RED = picture("red", mark=40)
LOOKUPS = "/v1/catalogs/colours/lookups"
REPLIES = {
    "/red.jpg": Reply(RED),
    "/moved": Reply(status=302, location="/red.jpg"),
    "/moved-away": Reply(status=301, location="https://127.0.0.1/red.jpg"),
    "/moved-plain": Reply(status=301, location=f"http://{NAME}/red.jpg"),
    "/round": Reply(status=302, location="/round"),
    "/gone": Reply(status=410),
    "/large": Reply(b"x" * 5000),
    "/slow": Reply(RED, pause=30),
    "/page": Reply(b"<html>no picture</html>"),
}


@pytest.fixture(scope="module")
def host() -> Iterator[PictureHost]:
    with picture_host(REPLIES) as running:
        yield running


@pytest.fixture
def fetcher(host: PictureHost) -> PictureFetcher:
    """The application's, too."""
    return host.fetcher()


def fetch(fetcher: PictureFetcher, url: str) -> bytes:
    return asyncio.run(fetcher.fetch(url))


def test_a_picture_comes_as_it_is_also_by_a_redirect(host: PictureHost, fetcher: PictureFetcher) -> None:
    assert fetch(fetcher, host.url("/red.jpg")) == RED
    assert fetch(fetcher, host.url("/moved")) == RED


@pytest.mark.parametrize(
    ("path", "why"),
    [("/gone", "answered 410"), ("/none", "answered 404"), ("/round", "redirected more than 3 times")],
)
def test_what_is_no_picture_fails(host: PictureHost, fetcher: PictureFetcher, path: str, why: str) -> None:
    with pytest.raises(FetchFailed, match=why):
        fetch(fetcher, host.url(path))


def test_bytes_and_time_are_bounded(host: PictureHost) -> None:
    with pytest.raises(FetchTooLarge):
        fetch(host.fetcher(most_bytes=4999), host.url("/large"))
    assert len(fetch(host.fetcher(most_bytes=5000), host.url("/large"))) == 5000
    with pytest.raises(FetchFailed, match=r"within 0\.3 seconds"):
        fetch(host.fetcher(seconds=0.3), host.url("/slow"))


def test_a_certificate_of_nobody_known_is_not_believed(host: PictureHost) -> None:
    with pytest.raises(FetchFailed):
        fetch(host.fetcher(trust=ssl.create_default_context()), host.url("/red.jpg"))


@pytest.mark.parametrize("path", ["/moved-away", "/moved-plain"])
def test_redirects_are_held_to_the_same_rules(host: PictureHost, fetcher: PictureFetcher, path: str) -> None:
    with pytest.raises(FetchRefused):
        fetch(fetcher, host.url(path))


def test_a_name_is_resolved_once_a_connection_and_all_its_addresses_count(host: PictureHost) -> None:
    """What gives a public address first and a private one afterwards gains nothing by it."""
    looks: list[str] = []

    async def rebinding(name: str, port: int) -> list[Address]:
        looks.append(name)
        return [ip_address("8.8.8.8" if len(looks) == 1 else "127.0.0.1")]

    async def mixed(name: str, port: int) -> list[Address]:
        return [ip_address("8.8.8.8"), ip_address("10.0.0.1")]

    watched = Watched()
    with pytest.raises(FetchFailed, match="cannot be reached"):
        fetch(PictureFetcher(resolve=rebinding, network=watched), "https://rebinding.test/a.jpg")
    assert (looks, watched.reached) == (["rebinding.test"], ["8.8.8.8"])
    with pytest.raises(FetchRefused):
        fetch(PictureFetcher(resolve=mixed, network=watched), "https://mixed.test/a.jpg")
    assert watched.reached == ["8.8.8.8"]


class Watched(httpcore.AsyncNetworkBackend):
    """A network that notes what it is asked to connect to, and reaches nothing."""

    def __init__(self) -> None:
        self.reached: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # as httpcore's interface has it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.reached.append(host)
        raise httpcore.ConnectError("nothing is reached here")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def named(name: str, port: int) -> list[Address]:
    if name in NAMED:
        return [ip_address(address) for address in NAMED[name]]
    resolver = Resolver(1)
    try:
        return await resolver(name, port)
    finally:
        resolver.close()


def test_no_hostile_address_leads_to_a_private_connection() -> None:
    """Each is refused, or fails before anything is connected to."""
    watched = Watched()

    fetcher = PictureFetcher(resolve=named, network=watched, seconds=5)
    hostile = hostile_addresses()
    assert len(hostile) >= 150
    for url in hostile:
        with pytest.raises((FetchRefused, FetchFailed)):
            fetch(fetcher, url)
    assert set(watched.reached) <= {PUBLIC}


def test_no_hostile_address_opens_a_socket() -> None:
    """The same with the fetcher's own network: Python itself tells of every connection that is begun."""
    fetcher = PictureFetcher(resolve=named, seconds=5)
    hostile = [url for url in hostile_addresses() if PUBLIC not in url]
    assert len(hostile) >= 130
    with connections() as begun:
        for url in hostile:
            with pytest.raises((FetchRefused, FetchFailed)):
                fetch(fetcher, url)
        assert begun == []
        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
            assert len(begun) == 1, "connections are not told of"


@contextmanager
def connections() -> Iterator[list[Any]]:
    """Where this process connects to while the block runs."""
    begun: list[Any] = []
    watching = True

    def told(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event == "socket.connect":
            begun.append(arguments[1])

    sys.addaudithook(told)  # which stays for good
    try:
        yield begun
    finally:
        watching = False


def test_no_lookup_of_a_hostile_address_is_a_fault_of_the_service(settings: Settings) -> None:
    watched = Watched()
    app = create_app(
        msgspec.structs.replace(settings, surface="off"),
        FakeEngine(),
        fetcher=PictureFetcher(resolve=named, network=watched, seconds=5),
    )
    with TestClient(app, raise_server_exceptions=False) as client:
        client.post("/v1/catalogs", json={"name": "c"})
        found: Counter[str] = Counter()
        for url in hostile_addresses():
            answer = client.post("/v1/catalogs/c/lookups", json={"photoUrl": url})
            found[answer.json()["code"]] += 1
    assert set(found) <= {"photo_url_refused", "photo_url_failed", "validation_failed"}, found
    assert found["photo_url_refused"] > 100
    assert set(watched.reached) <= {PUBLIC}


class Public(Watched):
    """One host is on the internet, at 8.8.8.8; it stands here."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # as httpcore's interface has it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if (host, port) != ("8.8.8.8", self.port):
            return await super().connect_tcp(host, port)
        return await httpcore.AnyIOBackend().connect_tcp("127.0.0.1", port, timeout=timeout)

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port


def test_a_public_host_that_sends_one_on_to_them_gains_nothing() -> None:
    """Whatever it writes as the place is refused or fails; nothing is connected to, nothing is a fault of ours."""
    hostile = [url for url in hostile_addresses() if url.isascii() and url.isprintable() and "//" in url]
    assert len(hostile) >= 150
    with picture_host({f"/{at}": Reply(status=302, location=url) for at, url in enumerate(hostile)}) as there:
        watched = Public(there.port)

        async def public(name: str, port: int) -> list[Address]:
            return [ip_address("8.8.8.8")] if name == NAME else await named(name, port)

        fetcher = there.fetcher(resolve=public, permit=is_public, network=watched, ports=(443, there.port), seconds=5)
        for at in range(len(hostile)):
            with pytest.raises((FetchRefused, FetchFailed)):
                fetch(fetcher, there.url(f"/{at}"))
        assert {f"/{at}" for at in range(len(hostile))} <= set(there.asked)
    assert set(watched.reached) <= {PUBLIC}


def test_names_are_resolved_in_threads_of_their_own() -> None:
    """One whose servers never answer must not hold a thread that the event loop lends to everybody."""

    async def both() -> str:
        resolver = Resolver(1)
        name = (await resolver("127.0.0.1", 443))[0]
        return f"{name} {[one.name for one in threading.enumerate() if one.name.startswith('asyncio')]}"

    assert asyncio.run(both()) == "127.0.0.1 []"


def test_a_lookup_by_address_answers_as_by_bytes(colours: Client, host: PictureHost) -> None:
    options = {"photoUrl": host.url("/red.jpg"), "limit": 2, "clientLookupId": "by-address"}
    before = len(host.asked)
    headers = {"Idempotency-Key": "k1"}
    found = colours.post(LOOKUPS, json=options, headers=headers)
    assert found.status_code == 200, found.text
    assert (found.json()["candidates"][0]["partNumber"], found.json()["clientLookupId"]) == ("P-red", "by-address")
    assert len(found.json()["candidates"]) == 2
    again = colours.post(LOOKUPS, json=options, headers=headers)
    assert again.content == found.content
    assert len(host.asked) == before + 1  # a repeated request is not fetched again
    form = colours.post(LOOKUPS, files={"request": (None, json.dumps(options), "application/json")})
    assert form.json()["candidates"] == found.json()["candidates"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/gone", 502, "photo_url_failed"),
        ("/moved-away", 422, "photo_url_refused"),
        ("/page", 415, "photo_format_unsupported"),
    ],
)
def test_what_cannot_be_fetched_is_said(colours: Client, host: PictureHost, path: str, status: int, code: str) -> None:
    answer = colours.post(LOOKUPS, json={"photoUrl": host.url(path)})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_one_photo_by_bytes_or_by_address(colours: Client) -> None:
    both = colours.post(
        LOOKUPS,
        files={"photo": ("a.jpg", RED, "image/jpeg"), "request": (None, '{"photoUrl": "https://example.com/a"}')},
    )
    assert (both.status_code, both.json()["errors"][0]["field"]) == (400, "photoUrl")
    nothing = colours.post(LOOKUPS, json={"limit": 1})
    assert (nothing.status_code, nothing.json()["code"]) == (400, "photo_missing")
    wrong = colours.post(LOOKUPS, content=b"{", headers={"Content-Type": "application/json"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "validation_failed")
    private = colours.post(LOOKUPS, json={"photoUrl": "https://127.0.0.1/a.jpg"})
    assert (private.status_code, private.json()["code"]) == (422, "photo_url_refused")
