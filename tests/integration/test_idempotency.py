"""The same key gives the same answer; the work is done once; transient failures stay retryable."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from loadtests.replays import Replaying, stored_lookups
from tests import asking
from tests.integration.conftest import Client
from tests.integration.fake_service import fake_services
from tests.pictures import picture

LOOKUPS = "/v1/catalogs/colours/lookups"
JPEG = {"Content-Type": "image/jpeg"}


def count(database_url: str, table: str) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None
        return int(row[0])


def test_a_repeated_lookup_gets_the_same_bytes_and_is_stored_once(colours: Client, database_url: str) -> None:
    headers = {**JPEG, "Idempotency-Key": "k1"}
    first = colours.post(LOOKUPS, content=picture("red"), headers=headers)
    second = colours.post(LOOKUPS, content=picture("red"), headers=headers)
    assert first.content == second.content
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert count(database_url, "lookup") == 1


def test_the_boundary_of_a_form_is_not_part_of_what_is_compared(colours: Client, database_url: str) -> None:
    answers = [
        colours.post(LOOKUPS, files={"photo": ("p.jpg", picture("red"))}, headers={"Idempotency-Key": "k"})
        for _ in "ab"
    ]
    assert answers[0].request.headers["Content-Type"] != answers[1].request.headers["Content-Type"]
    assert answers[0].content == answers[1].content
    assert count(database_url, "lookup") == 1


def test_a_key_used_for_another_photo_is_refused(colours: Client) -> None:
    headers = {**JPEG, "Idempotency-Key": "k2"}
    colours.post(LOOKUPS, content=picture("red"), headers=headers)
    other = colours.post(LOOKUPS, content=picture("blue"), headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_final_refusal_is_kept_too(colours: Client) -> None:
    headers = {**JPEG, "Idempotency-Key": "k3"}
    first = colours.post(LOOKUPS, content=b"no photo", headers=headers)
    second = colours.post(LOOKUPS, content=b"no photo", headers=headers)
    assert first.status_code == 415
    assert first.content == second.content
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Content-Type"].startswith("application/problem+json")


def test_parallel_repeats_have_one_effect(colours: Client, database_url: str) -> None:
    def send(_: int) -> tuple[int, bytes]:
        answer = colours.post(LOOKUPS, content=picture("lime"), headers={**JPEG, "Idempotency-Key": "k4"})
        return answer.status_code, answer.content

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(send, range(10)))
    assert {status for status, _ in answers} <= {200, 409}
    assert len({body for status, body in answers if status == 200}) == 1
    assert count(database_url, "lookup") == 1


def test_a_claim_of_a_process_that_died_is_taken_over_when_its_lease_ends(colours: Client, database_url: str) -> None:
    headers = {**JPEG, "Idempotency-Key": "k5"}
    first = colours.post(LOOKUPS, content=picture("red"), headers=headers)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE idempotency SET status = NULL, body = NULL, media_type = NULL")
        held = colours.post(LOOKUPS, content=picture("red"), headers=headers)
        assert (held.status_code, held.json()["code"]) == (409, "idempotency_key_in_flight")
        assert held.headers["Retry-After"] == "1"
        connection.execute("UPDATE idempotency SET lease_until = now() - interval '1 second'")
    again = colours.post(LOOKUPS, content=picture("red"), headers=headers)
    assert again.status_code == 200
    assert again.json()["id"] != first.json()["id"]


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_malformed_key_is_refused(colours: Client, key: str) -> None:
    answer = colours.post(LOOKUPS, content=picture("red"), headers={**JPEG, "Idempotency-Key": key})
    assert answer.status_code == 400


def test_confirmations_repeat_safely(colours: Client, database_url: str) -> None:
    lookup = colours.post(LOOKUPS, content=picture("red"), headers=JPEG).json()
    path = f"/v1/lookups/{lookup['id']}/confirmation"
    said = {"outcome": "confirmed", "partNumber": "P-red"}
    answers = [colours.post(path, json=said, headers={"Idempotency-Key": "c1"}) for _ in range(3)]
    assert len({answer.content for answer in answers}) == 1
    assert colours.post(path, json=said).json() == answers[0].json()
    assert count(database_url, "confirmation") == 1


def test_many_keys_sent_five_times_at_once_have_one_effect_each(database_url: str, tmp_path: Path) -> None:
    """Over two processes; ``make replays`` does it with a thousand keys and the real model."""
    keys = 20
    photos = [picture(colour) for colour in ("red", "blue", "lime")]
    with fake_services(2, database_url, tmp_path) as urls:
        asking.post(f"{urls[0]}/v1/catalogs", json={"name": "c"}).raise_for_status()
        found = asyncio.run(Replaying(urls, "c", photos, repeats=5).run(keys))
    assert (found.wrong, found.unlike, found.fresh, found.replayed) == ([], 0, keys, 4 * keys)
    assert stored_lookups(database_url) == keys
    assert found.good(keys)
    assert not found.good(keys + 1)
