"""Keys: shown once, kept as hashes, replaced with an overlap, revoked everywhere within seconds."""

import asyncio
import stat
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from msgspec import structs

from catalog.database import Database
from catalog.errors import KeysTooMany
from catalog.grants import Grant
from catalog.keys import create_key
from mobile_contract.limits import REVOCATION_SECONDS
from service.access.fresh_keys import make_key
from service.access.pepper import Pepper
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests import asking
from tests.applications import create_app
from tests.clients import ELSEWHERE, TestClient
from tests.credentials import bearer, made_device, made_key
from tests.integration.conftest import Client
from tests.integration.fake_service import fake_services
from tests.pictures import picture

KEYS = "/v1/keys"
PEPPER = "a secret that two machines share, of more than 32 characters"


@pytest.fixture
def outside(settings: Settings) -> Iterator[Client]:
    """The application as programs elsewhere see it."""
    app = create_app(settings, FakeEngine(), FakeSurface())
    with TestClient(app, address=ELSEWHERE, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def admin(settings: Settings, outside: Client) -> Client:
    """With an administrator's key."""
    outside.headers.update(bearer(made_key(settings, "admin", client="admin")[1]))
    return outside


def made(asking: Client, **new: Any) -> dict[str, Any]:
    answer = asking.post(KEYS, json={"client": "ERP", "scopes": ["catalog:read"], **new})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{KEYS}/{found['id']}"
    return found


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_key_is_shown_once_and_does_what_it_may(admin: Client) -> None:
    key = made(admin, client=" ERP ", scopes=["catalog:write", "lookup"], days=90)
    assert key["key"].startswith(f"{key['prefix']}_")
    assert (len(key["key"]), len(key["prefix"])) == (66, 16)
    assert (key["client"], key["state"], key["scopes"]) == ("ERP", "live", ["lookup", "catalog:write"])
    lasts = datetime.fromisoformat(key["expiresAt"]) - datetime.fromisoformat(key["createdAt"])
    assert lasts == timedelta(days=90)
    shown = admin.get(f"{KEYS}/{key['id']}").json()
    assert shown == {name: value for name, value in key.items() if name != "key"}
    assert shown in admin.get(KEYS).json()["keys"]
    own = bearer(key["key"])
    assert admin.get("/v1/devices/me", headers=own).json()["key"]["client"] == "ERP"
    assert admin.get("/v1/devices/me", headers=own).json()["access"] == "key"
    assert admin.post("/v1/catalogs", json={"name": "own"}, headers=own).status_code == 201
    refused = admin.get("/v1/catalogs/own", headers=own)
    assert code_of(refused) == (403, "scope_missing")
    assert refused.json()["detail"] == "this needs the scope catalog:read; this client has catalog:write, lookup"
    assert refused.headers["www-authenticate"] == 'Bearer realm="photocode", error="insufficient_scope"'


def test_the_database_holds_no_key_and_nothing_that_one_can_be_told_by(admin: Client, settings: Settings) -> None:
    key = made(admin)["key"]
    with psycopg.connect(settings.database_url) as connection:
        rows = connection.execute(
            "SELECT access_key::text FROM access_key UNION ALL SELECT audit_entry::text FROM audit_entry"
        )
        stored = str(rows.fetchall())
    assert key not in stored
    assert key.split("_")[2] not in stored
    file = Path(settings.data_folder, "pepper")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text().strip()) == 64
    assert not [path for path in file.parent.iterdir() if path.name.startswith(".pepper")]


def test_keys_of_another_pepper_are_unknown(admin: Client, settings: Settings) -> None:
    key = bearer(made_key(structs.replace(settings, pepper=PEPPER), "admin", client="elsewhere")[1])
    assert code_of(admin.get(KEYS, headers=key)) == (401, "key_invalid")


def test_a_key_is_told_by_all_of_it(admin: Client) -> None:
    one, other = made(admin, client="a")["key"], made(admin, client="b")["key"]
    mixed = one[:17] + other[17:]  # the public id of one and the secret of another
    assert code_of(admin.get(KEYS, headers=bearer(mixed))) == (401, "key_invalid")
    for place in (4, 20, 65):
        wrong = one[:place] + ("a" if one[place] != "a" else "b") + one[place + 1 :]
        assert code_of(admin.get(KEYS, headers=bearer(wrong))) == (401, "key_invalid")


def test_a_client_has_two_live_keys_at_most(admin: Client) -> None:
    first = made(admin)
    second = made(admin)
    third = admin.post(KEYS, json={"client": "ERP", "scopes": ["lookup"]})
    assert code_of(third) == (409, "keys_too_many")
    assert made(admin, client="another")["client"] == "another"
    assert code_of(admin.post(f"{KEYS}/{first['id']}/rotation", json={})) == (409, "keys_too_many")
    assert admin.delete(f"{KEYS}/{first['id']}").status_code == 204
    assert made(admin)["id"] != second["id"]


def test_of_many_at_once_two_are_made(settings: Settings) -> None:
    async def race() -> int:
        database = Database(settings.database_url, pool_size=8)

        async def attempt() -> bool:
            fresh = make_key(Pepper("", settings.data_folder))
            try:
                async with database.write() as session:
                    await create_key(session, "ERP", fresh.stored, Grant(scopes=["lookup"]), None)
            except KeysTooMany:
                return False
            return True

        try:
            return sum(await asyncio.gather(*(attempt() for _ in range(8))))
        finally:
            await database.close()

    assert asyncio.run(race()) == 2


def test_a_key_is_replaced_with_an_overlap(admin: Client) -> None:
    admin.post("/v1/catalogs", json={"name": "mine"})
    old = made(admin, catalogs=["mine"])
    answer = admin.post(f"{KEYS}/{old['id']}/rotation", json={"overlapHours": 2, "days": 30})
    new = answer.json()
    assert answer.status_code == 201
    assert [new[name] for name in ("client", "scopes", "catalogs")] == ["ERP", ["catalog:read"], ["mine"]]
    for key in (old, new):
        assert admin.get("/v1/catalogs/mine", headers=bearer(key["key"])).status_code == 200
    ends = datetime.fromisoformat(admin.get(f"{KEYS}/{old['id']}").json()["expiresAt"])
    assert timedelta(hours=1.9) < ends - datetime.now(ends.tzinfo) < timedelta(hours=2)
    admin.delete(f"{KEYS}/{old['id']}")
    again = admin.post(f"{KEYS}/{new['id']}/rotation", json={"overlapHours": 0}).json()
    assert code_of(admin.get("/v1/catalogs", headers=bearer(new["key"]))) == (401, "key_expired")
    assert admin.get("/v1/catalogs", headers=bearer(again["key"])).status_code == 200
    assert code_of(admin.post(f"{KEYS}/{new['id']}/rotation", json={})) == (404, "key_not_found")
    states = {one["id"]: one["state"] for one in admin.get(KEYS).json()["keys"]}
    assert [states[one["id"]] for one in (old, new, again)] == ["revoked", "expired", "live"]


def test_an_overlap_makes_no_key_last_longer(admin: Client) -> None:
    old = made(admin, days=0.5)
    admin.post(f"{KEYS}/{old['id']}/rotation", json={"overlapHours": 24})
    assert admin.get(f"{KEYS}/{old['id']}").json()["expiresAt"] == old["expiresAt"]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"client": " "}, (400, "validation_failed")),
        ({"client": "a\nb"}, (400, "validation_failed")),
        ({"scopes": []}, (400, "validation_failed")),
        ({"scopes": ["root"]}, (400, "validation_failed")),
        ({"scopes": ["admin"], "catalogs": ["mine"]}, (400, "validation_failed")),
        ({"catalogs": []}, (400, "validation_failed")),
        ({"catalogs": ["nothing"]}, (404, "catalog_not_found")),
        ({"days": 0}, (400, "validation_failed")),
        ({"secret": "mine"}, (400, "validation_failed")),
    ],
)
def test_what_can_be_no_key_is_none(admin: Client, wrong: dict[str, Any], expected: tuple[int, str]) -> None:
    admin.post("/v1/catalogs", json={"name": "mine"})
    body = {"client": "ERP", "scopes": ["lookup"], **wrong}
    assert code_of(admin.post(KEYS, json=body)) == expected
    assert [one["client"] for one in admin.get(KEYS).json()["keys"]] == ["admin"]


def test_what_is_not_there_is_said(admin: Client) -> None:
    absent = f"{KEYS}/{uuid4()}"
    for answer in (admin.get(absent), admin.delete(absent), admin.post(f"{absent}/rotation", json={})):
        assert code_of(answer) == (404, "key_not_found")
    key = made(admin)
    for _ in range(2):
        assert admin.delete(f"{KEYS}/{key['id']}").status_code == 204


def test_that_a_key_was_used_is_noted(admin: Client) -> None:
    key = made(admin)
    assert "lastSeenAt" not in key
    admin.get("/v1/catalogs", headers=bearer(key["key"]))
    give_up = time.monotonic() + 10
    while "lastSeenAt" not in admin.get(f"{KEYS}/{key['id']}").json():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def test_this_machine_needs_a_key_where_that_is_set(settings: Settings) -> None:
    app = create_app(structs.replace(settings, access="keys"), FakeEngine(), FakeSurface())
    key = bearer(made_key(settings, "catalog:read")[1])
    with TestClient(app, raise_server_exceptions=False) as here:
        assert code_of(here.get("/v1/catalogs")) == (401, "device_token_missing")
        assert here.get("/v1/catalogs", headers=key).status_code == 200
        # A tunnel that adds no header passes on whatever name it was asked by.
        assert here.get("/v1/catalogs", headers=key | {"Host": "photocode.example"}).status_code == 200
        assert here.get("/livez").status_code == 200


def test_who_asked_is_kept_with_a_lookup_and_its_confirmation(
    colours: Client, settings: Settings, outside: Client
) -> None:
    (key_id, key), (device_id, token) = made_key(settings, "lookup"), made_device(settings, "lookup")
    asked: list[tuple[UUID | None, UUID | None]] = []
    for secret in (key, token):
        photo = {"Content-Type": "image/jpeg"} | bearer(secret)
        answer = outside.post("/v1/catalogs/colours/lookups", content=picture("red"), headers=photo)
        word = {"outcome": "unsure"}
        outside.post(f"/v1/lookups/{answer.json()['id']}/confirmation", json=word, headers=bearer(secret))
    with psycopg.connect(settings.database_url) as connection:
        for table in ("lookup", "confirmation"):
            rows = connection.execute(f"SELECT key_id, device_id FROM {table} ORDER BY created_at")
            asked += rows.fetchall()
    assert asked == [(key_id, None), (None, device_id)] * 2


def test_a_key_that_is_revoked_in_one_process_is_refused_by_another(
    database_url: str, settings: Settings, tmp_path: Path
) -> None:
    shared = structs.replace(settings, pepper=PEPPER)
    admin, key = made_key(shared, "admin", client="admin")[1], made_key(shared, "lookup")
    device = made_device(shared, "lookup")
    revoked = {key[1]: f"{KEYS}/{key[0]}", device[1]: f"/v1/devices/{device[0]}"}

    def status(url: str, secret: str) -> int:
        return asking.get(f"{url}/v1/catalogs", headers=bearer(secret)).status_code

    with fake_services(2, database_url, tmp_path, pepper=PEPPER, access="keys") as (one, other):
        since = {}
        assert [status(url, secret) for url in (one, other) for secret in revoked] == [200] * 4
        for secret, path in revoked.items():
            assert asking.delete(f"{one}{path}", headers=bearer(admin)).status_code == 204
            since[secret] = time.monotonic()
            assert status(one, secret) == 401
        for secret in revoked:
            while status(other, secret) != 401:
                assert time.monotonic() - since[secret] < REVOCATION_SECONDS
                time.sleep(0.05)
        assert not (tmp_path / "pepper").exists()
