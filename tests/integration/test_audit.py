"""The audit log: each change has its entry, and no entry is without a change."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner

from service.cli import main
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import ELSEWHERE, TestClient
from tests.credentials import bearer, made_key
from tests.enrolments import enrolment
from tests.integration.conftest import Client
from tests.pictures import colour_catalog, picture

AUDIT = "/v1/audit"


@pytest.fixture
def outside(settings: Settings) -> Iterator[Client]:
    app = create_app(settings, FakeEngine(), FakeSurface())
    with TestClient(app, address=ELSEWHERE, raise_server_exceptions=False) as client:
        yield client


def told(client: Client, **query: Any) -> list[tuple[str, str, int]]:
    entries = client.get(AUDIT, params={"limit": 500, **query}).json()["entries"]
    return [(one["operation"], one["target"], one["status"]) for one in reversed(entries)]


def test_what_is_changed_and_what_was_to_be_is_written_down(client: Client) -> None:
    assert told(client) == []
    client.post("/v1/catalogs", json={"name": "c"})
    client.post("/v1/catalogs", json={"name": "c"})
    client.put("/v1/catalogs/c/tags", json={"tags": [{"tag": "red"}]})
    client.put("/v1/catalogs/nothing/calibration", json={"wrongMatches": 0.02})
    headers = {"Content-Type": "application/zip"}
    started = client.post("/v1/catalogs/c/imports", content=colour_catalog(), headers=headers)
    broken = client.post("/v1/catalogs/c/imports", content=b"no archive", headers=headers)
    product = '{"partNumber": "A/1", "name": "a"}'
    form: Any = [("photo", ("p.jpg", picture("red"))), ("product", (None, product.encode(), "application/json"))]
    taught = [client.post("/v1/catalogs/c/products", files=form, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    key = client.post("/v1/keys", json={"client": "ERP", "scopes": ["lookup"]}).json()["id"]
    client.delete(f"/v1/keys/{key}")
    assert (broken.status_code, [one.status_code for one in taught]) == (422, [201, 201])
    assert told(client) == [
        ("createCatalog", "/v1/catalogs/c", 201),
        ("createCatalog", "/v1/catalogs", 409),
        ("putTags", "/v1/catalogs/c/tags", 200),
        ("putCalibration", "/v1/catalogs/nothing/calibration", 404),
        ("startImport", started.headers["location"], 202),
        ("startImport", "/v1/catalogs/c/imports", 422),
        # Repeated with the same key it was done once.
        ("teachProduct", "/v1/catalogs/c/products/A%2F1", 201),
        ("createKey", f"/v1/keys/{key}", 201),
        ("revokeKey", f"/v1/keys/{key}", 204),
    ]


def test_it_says_who_it_was_and_by_which_request(settings: Settings, client: Client, outside: Client) -> None:
    key_id, key = made_key(settings, "admin")
    answer = outside.post("/v1/catalogs", json={"name": "c"}, headers=bearer(key))
    client.post("/v1/catalogs", json={"name": "d"})
    token = enrolment(settings.database_url)
    device = outside.post("/v1/devices", json={"enrolmentToken": token, "name": "phone"}).json()["id"]
    entries = client.get(AUDIT).json()["entries"]
    assert [(one["subject"], one["address"]) for one in entries] == [
        (f"device:{device}", ELSEWHERE),
        ("local", "127.0.0.1"),
        (f"key:{key_id}", ELSEWHERE),
    ]
    assert entries[2]["requestId"] == answer.headers["x-request-id"]
    assert entries[0]["target"] == f"/v1/devices/{device}"
    assert token not in str(entries)


def test_reading_asking_and_being_refused_at_the_gate_is_not_written_down(
    settings: Settings, colours: Client, outside: Client
) -> None:
    before = told(colours)
    photo = {"Content-Type": "image/jpeg"}
    lookup = colours.post("/v1/catalogs/colours/lookups", content=picture("red"), headers=photo).json()["id"]
    colours.post(f"/v1/lookups/{lookup}/confirmation", json={"outcome": "unsure"})
    colours.get("/v1/catalogs")
    outside.post("/v1/catalogs", json={"name": "c"})
    outside.post("/v1/catalogs", json={"name": "c"}, headers=bearer(made_key(settings, "lookup")[1]))
    outside.post("/v1/devices", json={"enrolmentToken": "guess", "name": "phone"})
    assert told(colours) == before


def test_a_change_that_cannot_be_written_down_is_not_made(client: Client, settings: Settings) -> None:
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE audit_entry ADD CHECK (operation <> 'createCatalog')")
        assert client.post("/v1/catalogs", json={"name": "c"}).status_code == 500
        assert client.get("/v1/catalogs").json()["catalogs"] == []


def test_pages_hold_each_entry_once_while_more_are_written(client: Client) -> None:
    for number in range(7):
        client.post("/v1/catalogs", json={"name": f"c{number}"})
    seen, after = [], None
    while True:
        page = client.get(AUDIT, params={"limit": 3} | ({"after": after} if after else {})).json()
        seen += [one["target"] for one in page["entries"]]
        client.post("/v1/catalogs", json={"name": "c0"})
        if "next" not in page:
            break
        after = page["next"]
    assert seen == [f"/v1/catalogs/c{number}" for number in reversed(range(7))]
    assert len(told(client, operation="createCatalog", subject="local")) == 10
    assert told(client, subject=f"key:{uuid4()}") == []
    for wrong in ("x", "kQE=", "kf8"):
        answer = client.get(AUDIT, params={"after": wrong})
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert client.get(AUDIT, params={"limit": 501}).status_code == 400


def test_it_is_read_at_the_shell_too(client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PHOTOCODE_DATA", str(settings.data))
    assert "nothing was changed yet" in CliRunner().invoke(main, ["audit"]).output
    client.post("/v1/catalogs", json={"name": "c"})
    made = CliRunner().invoke(main, ["keys", "create", "[b]ERP", "--scope", "lookup"])
    assert made.exit_code == 0, made.output
    client.post("/v1/catalogs/c/products/%1b[2J")
    shown = CliRunner().invoke(main, ["audit"]).output
    assert re.search(r"201  createCatalog +/v1/catalogs/c  by local from 127\.0\.0\.1\n", shown)
    assert "/v1/catalogs/c/products/%1B%5B2J" in shown
    assert "\x1b" not in shown
    lines = [json.loads(line) for line in CliRunner().invoke(main, ["audit", "--json"]).output.splitlines()]
    assert [one["operation"] for one in lines] == ["addReferences", "createKey", "createCatalog"]
    assert lines[1]["subject"].startswith("command:")
    assert "address" not in lines[1]
    only = CliRunner().invoke(main, ["audit", "--json", "--operation", "createCatalog", "--limit", "1"]).output
    assert len(only.splitlines()) == 1
