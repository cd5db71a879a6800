"""Devices: enrolled once, let in by token or cookie, seen, and revoked."""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import msgspec
import psycopg
import pytest
from httpx import Response
from litestar import Litestar

from catalog.database import Database
from catalog.devices import enrol, list_devices, revoke
from catalog.errors import EnrolmentInvalid
from mobile_contract.limits import REVOCATION_SECONDS
from mobile_contract.problems import KINDS, Code, Problem
from service.access.attempts import MOST
from service.access.routes import is_public
from service.access.tokens import Purpose, hash_of, new_token
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import ELSEWHERE, TestClient
from tests.enrolments import enrolment
from tests.integration.conftest import Client
from tests.pictures import picture

ME = "/v1/devices/me"
LOOKUP = {"Content-Type": "image/jpeg"}


@pytest.fixture
def phone(settings: Settings) -> Iterator[Client]:
    """The application as a phone sees it, from outside and without a token."""
    app = create_app(settings, FakeEngine(), FakeSurface())
    with TestClient(app, address=ELSEWHERE, raise_server_exceptions=False) as client:
        yield client


def in_database(url: str, statement: str, *values: object) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def enrolled(client: Client, database_url: str, **more: str) -> Response:
    body = {"enrolmentToken": enrolment(database_url), "name": "Ana's phone", **more}
    return client.post("/v1/devices", json=body)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def problem(response: Response, code: Code) -> Problem:
    assert response.headers["content-type"] == "application/problem+json", response.text
    said = msgspec.json.decode(response.content, type=Problem)
    assert (said.code, response.status_code) == (code, KINDS[code].status), response.text
    assert said.request_id == response.headers["x-request-id"]
    return said


def test_a_phone_is_let_in_with_the_token_that_it_was_given_for_an_enrolment(phone: Client, database_url: str) -> None:
    problem(phone.get(ME), Code.DEVICE_TOKEN_MISSING)
    answer = enrolled(phone, database_url, keep="token")
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert "set-cookie" not in answer.headers
    device = answer.json()
    assert device["token"].startswith("pcd_")
    found = phone.get(ME, headers=bearer(device["token"])).json()
    may = {"scopes": ["lookup", "catalog:read", "catalog:write"]}
    named = {"id": device["id"], "name": "Ana's phone", "createdAt": device["createdAt"], **may}
    assert found == {"access": "device", "device": named}


def test_a_page_keeps_its_token_in_a_cookie_that_no_script_reads(phone: Client, database_url: str) -> None:
    answer = enrolled(phone, database_url, keep="cookie")
    assert answer.json().keys() == {"id", "name", "createdAt"}
    cookie = answer.headers["set-cookie"]
    for attribute in ("photocode_device=pcd_", "HttpOnly", "Secure", "SameSite=strict", "Path=/", "Max-Age=34560000"):
        assert attribute in cookie, cookie
    carried = {"Cookie": cookie.split(";")[0]}
    assert phone.get(ME, headers=carried).json()["device"]["id"] == answer.json()["id"]
    own = carried | {"Sec-Fetch-Site": "same-origin"}
    assert phone.post("/v1/catalogs", json={"name": "own"}, headers=own).status_code == 201
    strange = carried | {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    problem(phone.post("/v1/catalogs", json={"name": "evil"}, headers=strange), Code.ORIGIN_REFUSED)


def test_this_machine_needs_no_token(client: Client) -> None:
    assert client.get(ME).json() == {"access": "loopback"}


def test_an_enrolment_token_is_good_once(phone: Client, database_url: str) -> None:
    token = enrolment(database_url)
    body = {"enrolmentToken": token, "name": "first"}
    assert phone.post("/v1/devices", json=body).status_code == 201
    problem(phone.post("/v1/devices", json=body | {"name": "second"}), Code.ENROLMENT_TOKEN_INVALID)
    assert in_database(database_url, "SELECT name FROM device") == [("first",)]


def test_of_many_at_once_one_is_enrolled(database_url: str) -> None:
    tokens = [enrolment(database_url) for _ in range(5)]

    async def race(token: str) -> int:
        database = Database(database_url, pool_size=8)

        async def attempt(name: str) -> bool:
            try:
                async with database.write() as session:
                    own = hash_of(new_token(Purpose.DEVICE))
                    await enrol(session, hash_of(token), name=name, token_hash=own)
                    await asyncio.sleep(0.01)
            except EnrolmentInvalid:
                return False
            return True

        try:
            return sum(await asyncio.gather(*(attempt(f"phone {i}") for i in range(8))))
        finally:
            await database.close()

    assert [asyncio.run(race(token)) for token in tokens] == [1] * len(tokens)
    assert in_database(database_url, "SELECT count(*) FROM device") == [(len(tokens),)]


def test_what_is_no_enrolment_token_enrols_nothing(phone: Client, database_url: str) -> None:
    old = enrolment(database_url, lifetime=timedelta(seconds=-1))
    good = enrolment(database_url)
    unknown = new_token(Purpose.ENROLMENT)
    for wrong in (old, unknown, good[:-1], f"{good[:-1]}!", good.swapcase(), new_token(Purpose.DEVICE), "x"):
        body = {"enrolmentToken": wrong, "name": "phone"}
        problem(phone.post("/v1/devices", json=body), Code.ENROLMENT_TOKEN_INVALID)
    assert in_database(database_url, "SELECT count(*) FROM device") == [(0,)]
    assert phone.post("/v1/devices", json={"enrolmentToken": f" {good}\n", "name": " phone "}).json()["name"] == "phone"


def test_a_device_has_a_name_that_can_be_listed(phone: Client, database_url: str) -> None:
    token = enrolment(database_url)
    for wrong in ("", " ", "a\nb", "\x1b[2J", "a\x00b", "a" * 101):
        answer = phone.post("/v1/devices", json={"enrolmentToken": token, "name": wrong})
        problem(answer, Code.VALIDATION_FAILED)
    for more in ({"keep": "file"}, {"owner": "x"}):
        answer = phone.post("/v1/devices", json={"enrolmentToken": token, "name": "a", **more})
        problem(answer, Code.VALIDATION_FAILED)
    assert phone.post("/v1/devices", json={"enrolmentToken": token, "name": "Zoë’s 📱"}).status_code == 201


def test_who_tries_too_often_has_to_wait(phone: Client, database_url: str) -> None:
    body = {"enrolmentToken": "pce_guess", "name": "phone"}
    for _ in range(MOST):
        problem(phone.post("/v1/devices", json=body), Code.ENROLMENT_TOKEN_INVALID)
    answer = phone.post("/v1/devices", json=body)
    problem(answer, Code.TOO_MANY_ATTEMPTS)
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    good = phone.post("/v1/devices", json={"enrolmentToken": enrolment(database_url), "name": "phone"})
    assert good.status_code == 201, "a good one from the same address is let in"
    again = phone.post("/v1/devices", json={"enrolmentToken": new_token(Purpose.ENROLMENT), "name": "phone"})
    problem(again, Code.TOO_MANY_ATTEMPTS)


def test_the_database_holds_no_token(phone: Client, database_url: str) -> None:
    given = enrolment(database_url)
    token = phone.post("/v1/devices", json={"enrolmentToken": given, "name": "phone"}).json()["token"]
    stored = in_database(database_url, "SELECT device::text, enrolment::text FROM device, enrolment")
    assert token not in str(stored)
    assert given not in str(stored)
    assert in_database(database_url, "SELECT token_hash FROM device") == [(hash_of(token),)]


def revoke_now(database_url: str) -> bool:
    async def go() -> bool:
        database = Database(database_url, pool_size=1)
        async with database.write() as session:
            gone = [await revoke(session, device.id) for device in await list_devices(session)]
        await database.close()
        return any(gone)

    return asyncio.run(go())


def test_a_revoked_device_is_out_within_five_seconds(phone: Client, database_url: str) -> None:
    carried = bearer(enrolled(phone, database_url).json()["token"])
    photo = picture("red")
    assert phone.post("/v1/catalogs", json={"name": "c"}, headers=carried).status_code == 201
    answer = phone.post("/v1/catalogs/c/lookups", content=photo, headers=LOOKUP | carried)
    assert answer.status_code == 200
    said = {"outcome": "unsure"}
    assert phone.post(f"{answer.headers['Location']}/confirmation", json=said, headers=carried).status_code == 200
    for table in ("lookup", "confirmation"):
        assert in_database(database_url, f"SELECT device_id = (SELECT id FROM device) FROM {table}") == [(True,)]
    assert revoke_now(database_url)
    assert not revoke_now(database_url)
    since = time.monotonic()
    while phone.get(ME, headers=carried).status_code == 200:
        assert time.monotonic() - since < REVOCATION_SECONDS
        time.sleep(0.05)
    answer = phone.post("/v1/catalogs/c/lookups", content=photo, headers=LOOKUP | carried)
    problem(answer, Code.DEVICE_TOKEN_INVALID)
    assert answer.headers["www-authenticate"] == 'Bearer realm="photocode", error="invalid_token"'


def test_that_a_device_was_seen_is_noted_once_a_minute(phone: Client, database_url: str) -> None:
    carried = bearer(enrolled(phone, database_url).json()["token"])

    def seen(*, since: object = None) -> Any:
        give_up = time.monotonic() + 10
        while (found := in_database(database_url, "SELECT last_seen_at FROM device")[0][0]) == since:
            assert time.monotonic() < give_up
            time.sleep(0.02)
        return found

    assert phone.get(ME, headers=carried).is_success
    first = seen()
    phone.app.state.parts.credentials.forget()
    assert phone.get(ME, headers=carried).is_success
    assert in_database(database_url, "SELECT last_seen_at FROM device")[0][0] == first
    in_database(database_url, "UPDATE device SET last_seen_at = last_seen_at - interval '61 s'")
    (old,) = in_database(database_url, "SELECT last_seen_at FROM device")[0]
    phone.app.state.parts.credentials.forget()
    assert phone.get(ME, headers=carried).is_success
    assert seen(since=old) > first


@pytest.mark.parametrize("header", ["", "Bearer", "Basic YTpi"])
def test_without_a_token_the_way_to_have_one_is_said(phone: Client, header: str) -> None:
    answer = phone.get(ME, headers={"Authorization": header} if header else {})
    code = Code.DEVICE_TOKEN_INVALID if header == "Bearer" else Code.DEVICE_TOKEN_MISSING
    problem(answer, code)
    assert answer.headers["www-authenticate"].startswith('Bearer realm="photocode"')


def test_another_sites_page_on_this_machine_changes_nothing(client: Client) -> None:
    for strange in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        problem(client.post("/v1/catalogs", json={"name": "evil"}, headers=strange), Code.ORIGIN_REFUSED)
    problem(client.get("/v1/catalogs/evil", headers={"Host": "rebound.example:8700"}), Code.HOST_REFUSED)
    own = {"Origin": "http://127.0.0.1:8700"}
    assert client.post("/v1/catalogs", json={"name": "own"}, headers=own).status_code == 201


def test_a_body_that_is_refused_is_not_read_before_the_answer(settings: Settings) -> None:
    app = create_app(settings, FakeEngine(), FakeSurface())
    said: list[Any] = []

    async def receive() -> Any:
        assert [one["type"] for one in said] == ["http.response.start", "http.response.body"], "the body was asked for"
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        said.append(message)

    scope: Any = {
        "type": "http",
        "method": "POST",
        "path": "/v1/catalogs/c/lookups",
        "raw_path": b"/v1/catalogs/c/lookups",
        "root_path": "",
        "query_string": b"",
        "scheme": "https",
        "http_version": "1.1",
        "headers": [(b"host", b"192.168.1.5"), (b"content-length", b"40000000")],
        "client": (ELSEWHERE, 50000),
        "server": ("192.168.1.5", 8700),
        "extensions": {},
    }
    with TestClient(app) as client:
        client.blocking_portal.call(cast("Any", app), scope, receive, send)
    assert said[0]["status"] == 401


def every_route(app: Litestar) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        assert route.scope_type == "http", f"{route.path} is no HTTP route: does the gate know whether it is public?"
        for method in sorted(route.methods):
            yield method, route.path_format


def test_every_route_is_public_or_guarded(phone: Client) -> None:
    """A new route needs a token unless service/access/routes.py says otherwise; what it says is pinned here."""
    routes = list(every_route(phone.app))
    assert len(routes) > 40
    open_to_all = set()
    for method, template in routes:
        path = template
        for name in [part for part in template.split("/") if part.startswith("{")]:
            path = path.replace(name, "0b5e5b0e-0000-4000-8000-000000000000")
        answer = phone.request(method, path, follow_redirects=False)
        if is_public(method, template):
            assert answer.status_code not in (401, 403), (method, template)
            open_to_all.add((method, template))
        else:
            assert answer.status_code == 401, (method, template, answer.status_code)
    reading = {(method, path) for method, path in open_to_all if method in ("GET", "HEAD", "OPTIONS")}
    assert open_to_all - reading == {("POST", "/v1/devices")}
    paths = {path for method, path in open_to_all if not path.startswith("/page")}
    expected = {"/", "/ca.crt", "/livez", "/healthz", "/readyz", "/v1/devices"}
    assert expected <= paths <= expected | {"/sw.js", "/manifest.webmanifest"}


@pytest.mark.parametrize("path", ["/page/../v1/devices/me", "//v1/devices/me", "/v1//devices/me/", "/livez/../metrics"])
def test_no_way_of_writing_an_address_goes_past_the_gate(phone: Client, path: str) -> None:
    request = phone.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=path.encode())
    assert phone.send(request).status_code in (401, 404)
