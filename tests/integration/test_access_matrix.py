"""Every route, asked with every kind of credential: nobody is let in who should not be, nor kept out who should.

``ROUTES`` is what is expected, and not what the routes say of themselves: a route without a row fails the test.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from msgspec import structs

from service.access.tokens import Purpose, new_key, new_token
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import ELSEWHERE, TestClient
from tests.credentials import bearer, made_device, made_key
from tests.integration.conftest import Client
from tests.pictures import archive, picture

PUBLIC, KNOWN, LOOKUP, READ, WRITE, ADMIN = "public", "known", "lookup", "catalog:read", "catalog:write", "admin"
EVERYWHERE = "everywhere"
"""Beside a scope: clients that are bound to catalogs may not."""

Row = frozenset[str]


def row(*wanted: str) -> Row:
    return frozenset(wanted)


CATALOG = "/v1/catalogs/{catalog}"
ROUTES: Mapping[tuple[str, str], Row] = {
    ("GET", "/"): row(PUBLIC),
    ("GET", "/sw.js"): row(PUBLIC),
    ("GET", "/manifest.webmanifest"): row(PUBLIC),
    ("GET", "/page/{path}"): row(PUBLIC),
    ("GET", "/ca.crt"): row(PUBLIC),
    ("GET", "/livez"): row(PUBLIC),
    ("GET", "/healthz"): row(PUBLIC),
    ("GET", "/readyz"): row(PUBLIC),
    ("POST", "/v1/devices"): row(PUBLIC),
    ("GET", "/docs"): row(KNOWN),
    ("GET", "/docs/openapi.json"): row(KNOWN),
    ("GET", "/docs/assets/{file_path}"): row(KNOWN),
    ("HEAD", "/docs/assets/{file_path}"): row(KNOWN),
    ("GET", "/metrics"): row(ADMIN),
    ("GET", "/v1/catalogs"): row(LOOKUP, READ),
    ("POST", "/v1/catalogs"): row(WRITE, EVERYWHERE),
    ("GET", CATALOG): row(READ),
    ("GET", f"{CATALOG}/calibration"): row(READ),
    ("PUT", f"{CATALOG}/calibration"): row(WRITE),
    ("GET", f"{CATALOG}/tags"): row(READ),
    ("PUT", f"{CATALOG}/tags"): row(WRITE),
    ("GET", f"{CATALOG}/facets"): row(LOOKUP),
    ("GET", f"{CATALOG}/similar"): row(LOOKUP, READ),
    ("DELETE", CATALOG): row(ADMIN),
    ("GET", f"{CATALOG}/export"): row(READ),
    ("POST", f"{CATALOG}/pictures"): row(WRITE),
    ("POST", f"{CATALOG}/upserts"): row(WRITE),
    ("GET", f"{CATALOG}/self-test"): row(READ),
    ("POST", f"{CATALOG}/self-test"): row(WRITE),
    ("POST", f"{CATALOG}/import-previews"): row(WRITE),
    ("GET", f"{CATALOG}/import-previews/{{preview_id}}"): row(READ),
    ("POST", f"{CATALOG}/import-previews/{{preview_id}}/apply"): row(WRITE),
    ("POST", f"{CATALOG}/imports"): row(WRITE),
    ("GET", f"{CATALOG}/imports"): row(READ),
    ("GET", f"{CATALOG}/imports/{{import_id}}"): row(READ),
    ("GET", f"{CATALOG}/imports/{{import_id}}/events"): row(READ),
    ("GET", f"{CATALOG}/imports/{{import_id}}/failed-rows"): row(READ),
    ("POST", f"{CATALOG}/imports/{{import_id}}/pause"): row(WRITE),
    ("POST", f"{CATALOG}/imports/{{import_id}}/resume"): row(WRITE),
    ("POST", f"{CATALOG}/imports/{{import_id}}/cancel"): row(WRITE),
    ("POST", f"{CATALOG}/imports/{{import_id}}/retry"): row(WRITE),
    ("POST", f"{CATALOG}/products"): row(WRITE),
    ("GET", f"{CATALOG}/products/{{part_number}}"): row(READ),
    ("POST", f"{CATALOG}/products/{{part_number}}"): row(WRITE),
    ("PUT", f"{CATALOG}/products/{{part_number}}"): row(WRITE),
    ("PATCH", f"{CATALOG}/products/{{part_number}}"): row(WRITE),
    ("DELETE", f"{CATALOG}/products/{{part_number}}"): row(WRITE),
    ("GET", f"{CATALOG}/products"): row(READ),
    ("GET", f"{CATALOG}/references"): row(READ),
    ("GET", f"{CATALOG}/references/{{reference_id}}"): row(READ),
    ("DELETE", f"{CATALOG}/references/{{reference_id}}"): row(WRITE),
    ("PUT", f"{CATALOG}/references/{{reference_id}}/place"): row(WRITE),
    ("GET", f"{CATALOG}/removed-products"): row(READ),
    ("POST", f"{CATALOG}/removed-products/{{part_number}}"): row(WRITE),
    ("DELETE", f"{CATALOG}/removed-products/{{part_number}}"): row(ADMIN),
    ("POST", f"{CATALOG}/lookups"): row(LOOKUP),
    ("GET", "/v1/references/{reference_id}/image"): row(LOOKUP, READ),
    ("GET", "/v1/lookups/{lookup_id}"): row(LOOKUP),
    ("GET", "/v1/lookups/{lookup_id}/candidates"): row(LOOKUP),
    ("POST", "/v1/lookups/{lookup_id}/confirmation"): row(LOOKUP),
    # With ``lookup`` those that one asked oneself, which this one is not: tests/integration/test_erasing.py.
    ("DELETE", "/v1/lookups/{lookup_id}/photos"): row(ADMIN),
    ("GET", "/v1/devices"): row(ADMIN),
    ("POST", "/v1/devices/enrolments"): row(ADMIN),
    ("DELETE", "/v1/devices/{device_id}"): row(ADMIN),
    ("DELETE", "/v1/devices/{device_id}/photos"): row(ADMIN),
    ("GET", "/v1/devices/me"): row(KNOWN),
    ("DELETE", "/v1/devices/me/photos"): row(LOOKUP),
    ("PUT", "/v1/devices/me/worker"): row(KNOWN),
    ("GET", "/v1/keys"): row(ADMIN),
    ("POST", "/v1/keys"): row(ADMIN),
    ("GET", "/v1/keys/{key_id}"): row(ADMIN),
    ("DELETE", "/v1/keys/{key_id}"): row(ADMIN),
    ("POST", "/v1/keys/{key_id}/rotation"): row(ADMIN),
    ("GET", "/v1/audit"): row(ADMIN),
    ("GET", "/v1/limits"): row(ADMIN),
    ("GET", "/v1/limits/{subject}"): row(ADMIN),
    ("PUT", "/v1/limits/{subject}"): row(ADMIN),
    ("DELETE", "/v1/limits/{subject}"): row(ADMIN),
}
SPARED = {"{reference_id}": str(uuid4()), "{part_number}": "nothing"}
"""What is deleted in place of what all others are asked for."""
BOUND = ("{catalog}", "{lookup_id}", "{reference_id}")
"""What belongs to a catalog."""
HIDDEN = {"catalog_not_found", "lookup_not_found", "reference_not_found"}
REFUSED = {"device_token_missing", "device_token_invalid", "key_invalid", "key_expired", "scope_missing"}
ANY_OPTIONS = row(KNOWN)
"""``OPTIONS`` tells methods and nothing else; the routes of keys and figures are for administrators in that too."""


@dataclass(frozen=True, kw_only=True)
class Carried:
    """A credential. ``code``: of the refusal that it meets everywhere; else ``scopes`` and ``catalogs`` (None: all)."""

    name: str
    headers: Mapping[str, str]
    code: str | None = None
    scopes: frozenset[str] = frozenset()
    catalogs: frozenset[str] | None = None


def credentials(settings: Settings) -> Iterator[Carried]:
    yield Carried(name="none", headers={}, code="device_token_missing")
    bad = {
        "malformed key": ("pck_nonsense", "key_invalid"),
        "mistyped key": (new_key()[:-1] + "!", "key_invalid"),
        "malformed token": ("nonsense", "device_token_invalid"),
        "enrolment token": (new_token(Purpose.ENROLMENT), "device_token_invalid"),
        "unknown key": (new_key(), "key_invalid"),
        "unknown token": (new_token(Purpose.DEVICE), "device_token_invalid"),
        "expired key": (made_key(settings, ADMIN, client="e", lifetime=timedelta(seconds=-1))[1], "key_expired"),
        "revoked key": (made_key(settings, ADMIN, client="r", revoked=True)[1], "key_invalid"),
        "revoked device": (made_device(settings, ADMIN, revoked=True)[1], "device_token_invalid"),
    }
    for name, (token, code) in bad.items():
        yield Carried(name=name, headers=bearer(token), code=code)
    sets = [(LOOKUP,), (READ,), (WRITE,), (ADMIN,), (LOOKUP, READ), (LOOKUP, READ, WRITE)]
    for scopes in sets:
        bounds = [None] if ADMIN in scopes else [None, "mine", "other"]
        for bound in bounds:
            catalogs = None if bound is None else [bound]
            told = f"{'+'.join(scopes)} in {bound or 'all'}"
            key = made_key(settings, *scopes, client=told, catalogs=catalogs)[1]
            token = made_device(settings, *scopes, catalogs=catalogs)[1]
            only = None if bound is None else frozenset({bound})
            for kind, secret in (("key", key), ("device", token)):
                right = frozenset(scopes)
                yield Carried(name=f"{kind} {told}", headers=bearer(secret), scopes=right, catalogs=only)


@pytest.fixture
def stocked(settings: Settings, client: Client, run_import: Callable[..., dict[str, Any]]) -> dict[str, str]:
    """Two catalogs, a product, a reference image and a lookup in the one called ``mine``; gives what paths hold."""
    for name in ("mine", "other"):
        assert client.post("/v1/catalogs", json={"name": name}).status_code == 201
    table = "part_number,name,pictures\nP-1,part,1.jpg\n"
    assert run_import("mine", archive(table, {"1.jpg": picture("red")}))["state"] == "completed"
    answer = client.post("/v1/catalogs/mine/lookups", content=picture("red"), headers={"Content-Type": "image/jpeg"})
    reference = client.get("/v1/catalogs/mine/products/P-1").json()["referenceImages"][0]["id"]
    return {
        "catalog": "mine",
        "lookup_id": answer.json()["id"],
        "reference_id": reference,
        "part_number": "P-1",
        "import_id": str(uuid4()),
        "preview_id": str(uuid4()),
        "subject": "local",
        "device_id": str(uuid4()),
        "key_id": str(uuid4()),
        "path": "nothing.js",
        "file_path": "swagger-ui.css",
    }


@pytest.fixture
def outside(settings: Settings) -> Iterator[Client]:
    """Each request comes from another address: who fails again and again from one hears nothing else any more."""
    app = create_app(structs.replace(settings, proxies=ELSEWHERE), FakeEngine(), FakeSurface())
    with TestClient(app, address=ELSEWHERE, raise_server_exceptions=False) as client:
        yield client


def every_route(app: Litestar) -> set[tuple[str, str]]:
    return {(method, route.path_format) for route in app.routes for method in route.methods}


def expected(carried: Carried, wanted: Row, path: str) -> bool:
    """Whether such a credential is to be let in."""
    if PUBLIC in wanted:
        return True
    if carried.code is not None:
        return False
    scopes = wanted - {KNOWN, EVERYWHERE}
    if scopes and ADMIN not in carried.scopes and not scopes & carried.scopes:
        return False
    if carried.catalogs is None:
        return True
    foreign = any(part in path for part in BOUND) and "mine" not in carried.catalogs
    return not foreign and EVERYWHERE not in wanted


def test_every_route_has_a_row(client: Client) -> None:
    routes = {one for one in every_route(client.app) if one[0] != "OPTIONS"}
    assert routes == ROUTES.keys(), "tests/integration/test_access_matrix.py says who may ask which route"


class Asked(NamedTuple):
    """Who asks which route, and by what path."""

    by: Carried
    method: str
    template: str
    path: str


def everything_asked(
    carried: list[Carried], routes: set[tuple[str, str]], stocked: Mapping[str, str]
) -> Iterator[Asked]:
    for one in carried:
        for method, template in sorted(routes):
            if method == "OPTIONS" and any(PUBLIC in of for (_, path), of in ROUTES.items() if path == template):
                continue
            path = template
            for name, value in SPARED.items() if method == "DELETE" and CATALOG in path else ():
                path = path.replace(name, value)
            for name, value in stocked.items():
                path = path.replace(f"{{{name}}}", value)
            yield Asked(one, method, template, path)


def answers_to(outside: Client, asked: list[Asked]) -> list[httpx.Response]:
    """One after another, in the application's loop: to change threads for each would take longer than an answer."""

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(outside.app, raise_app_exceptions=False, client=(ELSEWHERE, 50000))
        async with httpx.AsyncClient(transport=transport, base_url=outside.base_url) as client:
            answers = []
            for number, (one, method, _, path) in enumerate(asked):
                headers = {**one.headers, "X-Forwarded-For": f"10.0.{number // 250}.{number % 250}"}
                answers.append(await client.request(method, path, headers=headers))
            return answers

    with outside.portal() as portal:
        return portal.call(ask)


def test_nobody_is_let_in_who_should_not_be(settings: Settings, stocked: dict[str, str], outside: Client) -> None:
    carried = list(credentials(settings))
    assert len(carried) > 40
    asked = list(everything_asked(carried, every_route(outside.app), stocked))
    wrong = []
    for (one, method, template, path), answer in zip(asked, answers_to(outside, asked), strict=True):
        wanted = ROUTES.get((method, template), ANY_OPTIONS)
        is_problem = answer.headers.get("content-type") == "application/problem+json"
        code = answer.json()["code"] if is_problem and method != "HEAD" else None
        if method == "HEAD" and answer.status_code == 401:
            code = one.code
        hidden = {"catalog_not_found"} if CATALOG in template else HIDDEN
        let_in = code not in REFUSED | hidden
        if method == "OPTIONS" and code == "scope_missing":
            continue  # stricter than needed
        refused_otherwise = not let_in and one.code is not None and code != one.code
        if let_in != expected(one, wanted, template) or refused_otherwise:
            wrong.append((one.name, method, template, answer.status_code, code))
        assert answer.status_code < 500, (one.name, method, path, answer.text)
    assert len(asked) > 3000
    assert wrong == []


def test_what_belongs_to_another_catalog_is_answered_as_what_is_not_there(
    settings: Settings, stocked: dict[str, str], outside: Client
) -> None:
    key = bearer(made_key(settings, LOOKUP, READ, WRITE, catalogs=["other"])[1])
    nothing = {"catalog": "nothing", "lookup_id": str(uuid4()), "reference_id": str(uuid4())}
    compared = 0
    for method, template in ROUTES:
        named = next((name for name in nothing if f"{{{name}}}" in template), None)
        if named is None or method == "DELETE":
            continue
        path = (
            template.replace("{part_number}", "P-1")
            .replace("{import_id}", str(uuid4()))
            .replace("{preview_id}", str(uuid4()))
        )
        told = []
        for value in (stocked[named], nothing[named]):
            answer = outside.request(method, path.replace(f"{{{named}}}", value), headers=key)
            body = {name: one for name, one in answer.json().items() if name != "requestId"}
            told.append((answer.status_code, {**body, "detail": body["detail"].replace(value, "X")}))
        assert told[0] == told[1], template
        compared += 1
    assert compared > 15


def test_only_ones_own_catalogs_are_listed(settings: Settings, stocked: dict[str, str], outside: Client) -> None:
    def listed(*scopes: str, catalogs: list[str] | None) -> list[str]:
        key = made_key(settings, *scopes, client=str(uuid4()), catalogs=catalogs)[1]
        return [one["name"] for one in outside.get("/v1/catalogs", headers=bearer(key)).json()["catalogs"]]

    assert listed(READ, catalogs=["mine"]) == ["mine"]
    assert listed(LOOKUP, catalogs=["other", "mine"]) == ["mine", "other"]
    assert listed(ADMIN, catalogs=None) == ["mine", "other"]


def test_a_route_that_says_nothing_of_itself_is_for_administrators(
    settings: Settings, stocked: dict[str, str], outside: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    (handler,) = (
        handler
        for route in outside.app.routes
        for handler in getattr(route, "route_handlers", ())
        if getattr(handler, "operation_id", None) == "getTags"
    )
    monkeypatch.setattr(handler, "opt", {})
    every, admin = made_key(settings, LOOKUP, READ, WRITE)[1], made_key(settings, ADMIN)[1]
    refused = outside.get("/v1/catalogs/mine/tags", headers=bearer(every))
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert outside.get("/v1/catalogs/mine/tags", headers=bearer(admin)).status_code == 200


def test_expiry_is_noticed_at_once_and_not_after_seconds(settings: Settings, outside: Client) -> None:
    for seconds in (1, 2, 4, 8, 16):  # the first that this machine, however busy, needs less than
        key = bearer(made_key(settings, READ, lifetime=timedelta(seconds=seconds))[1])
        if outside.get("/v1/catalogs", headers=key).status_code == 200:
            break
    else:
        pytest.fail("no key was good for as long as it should be")
    time.sleep(seconds + 0.1)
    refused = outside.get("/v1/catalogs", headers=key)
    assert (refused.status_code, refused.json()["code"]) == (401, "key_expired")
    assert refused.headers["www-authenticate"] == 'Bearer realm="photocode", error="invalid_token"'
