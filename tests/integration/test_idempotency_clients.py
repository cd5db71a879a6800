"""An idempotency key is its client's: two clients that choose the same one never meet."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest

from catalog.keys import rotate_key
from service.access.fresh_keys import make_key
from service.access.pepper import Pepper
from service.recognition.embedding.fake import FakeEngine
from service.recognition.surface.fake import FakeSurface
from service.settings import Settings
from tests.applications import create_app
from tests.clients import ELSEWHERE, TestClient
from tests.credentials import bearer, in_database, made_device, made_key
from tests.integration.conftest import Client
from tests.integration.test_purging import Purge, purge
from tests.integration.test_teaching import form
from tests.pictures import picture

__all__ = ["purge"]

LOOKUPS = "/v1/catalogs/colours/lookups"
JPEG = {"Content-Type": "image/jpeg"}
SAME = {"Idempotency-Key": "1"}
SCOPES = ("lookup", "catalog:write")


@pytest.fixture
def outside(settings: Settings, colours: Client) -> Iterator[Client]:
    """The same service as clients elsewhere see it; its catalog is there."""
    with TestClient(create_app(settings, FakeEngine(), FakeSurface()), address=ELSEWHERE) as client:
        yield client


def look_up(client: Client, colour: str, token: str | None = None) -> httpx.Response:
    said = bearer(token) if token else {}
    return client.post(LOOKUPS, content=picture(colour), headers={**JPEG, **SAME, **said})


def one(database_url: str, query: str) -> Any:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def test_clients_that_use_the_same_key_never_meet(settings: Settings, colours: Client, outside: Client) -> None:
    """Two keys, two devices and this machine: five clients, one key, five photos, five effects."""
    tokens = [made_key(settings, *SCOPES, client=name)[1] for name in ("ERP", "shop")]
    tokens += [made_device(settings, *SCOPES)[1] for _ in range(2)]
    shown = ["red", "blue", "lime", "red"]
    answers = [look_up(outside, colour, token) for colour, token in zip(shown, tokens, strict=True)]
    answers.append(look_up(colours, "blue"))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert not any("Idempotency-Replayed" in answer.headers for answer in answers)
    assert len({answer.json()["id"] for answer in answers}) == 5
    again = [look_up(outside, colour, token) for colour, token in zip(shown, tokens, strict=True)]
    again.append(look_up(colours, "blue"))
    assert [answer.content for answer in again] == [answer.content for answer in answers]
    assert all(answer.headers["Idempotency-Replayed"] == "true" for answer in again)
    reused = look_up(outside, "lime", tokens[0])
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")


def test_one_client_does_not_wait_for_anothers_request(
    settings: Settings, colours: Client, outside: Client, database_url: str
) -> None:
    token = made_device(settings, *SCOPES)[1]
    assert look_up(outside, "red", token).status_code == 200
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE idempotency SET status = NULL, body = NULL, media_type = NULL")
    assert look_up(outside, "red", token).json()["code"] == "idempotency_key_in_flight"
    assert look_up(colours, "red").status_code == 200


def test_confirmations_taught_products_and_upserts_are_the_clients_own(
    settings: Settings, colours: Client, outside: Client
) -> None:
    tokens = [made_key(settings, *SCOPES, client=name)[1] for name in ("ERP", "shop")]
    lookup = look_up(colours, "red").json()["id"]
    for number, token in enumerate(tokens):
        headers = {**SAME, **bearer(token)}
        said = {"outcome": ("unsure", "none_of_these")[number]}
        assert outside.post(f"/v1/lookups/{lookup}/confirmation", json=said, headers=headers).status_code == 200
        body = [{"partNumber": f"U-{number}", "name": "a nut"}]
        upserted = outside.post("/v1/catalogs/colours/upserts", json=body, headers=headers)
        assert upserted.json()["created"] == 1, upserted.text
        files = form({"partNumber": f"T-{number}", "name": "taught"}, picture("lime"))
        taught = outside.post("/v1/catalogs/colours/products", files=files, headers=headers)
        assert taught.status_code == 201, taught.text


def test_a_rotated_key_is_the_same_clients(settings: Settings, outside: Client) -> None:
    """A queue that has not heard the answer asks again with the next key, and gets it."""
    key_id, token = made_key(settings, *SCOPES, client="ERP")
    first = look_up(outside, "red", token)
    fresh = make_key(Pepper(settings.pepper, settings.data_folder))
    in_database(
        settings.database_url,
        lambda session: rotate_key(session, key_id, fresh.stored, overlap=timedelta(hours=1), lifetime=None),
    )
    again = look_up(outside, "red", fresh.text)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")


def test_a_repeat_after_its_photo_was_erased_is_answered_and_keeps_no_photo_again(
    settings: Settings, outside: Client, database_url: str
) -> None:
    token = made_device(settings, *SCOPES)[1]
    first = look_up(outside, "red", token)
    photos = f"/v1/lookups/{first.json()['id']}/photos"
    assert outside.delete(photos, headers=bearer(token)).status_code == 204
    assert look_up(outside, "red", token).content == first.content
    assert one(database_url, "SELECT count(*) FROM lookup WHERE photo_key IS NOT NULL") == 0


def test_answers_go_with_their_catalog(colours: Client, purge: Purge, database_url: str) -> None:
    lookup = look_up(colours, "red").json()["id"]
    colours.post(f"/v1/lookups/{lookup}/confirmation", json={"outcome": "unsure"}, headers=SAME)
    colours.post("/v1/catalogs", json={"name": "other"})
    said = [{"partNumber": "U-1", "name": "a nut"}]
    kept = colours.post("/v1/catalogs/other/upserts", json=said, headers=SAME)
    assert kept.status_code == 200, kept.text
    assert one(database_url, "SELECT count(*) FROM idempotency") == 3
    assert colours.delete("/v1/catalogs/colours?confirm=colours").status_code == 204
    purge()
    assert one(database_url, "SELECT count(*) FROM idempotency") == 1
    assert colours.post("/v1/catalogs/other/upserts", json=said, headers=SAME).content == kept.content
