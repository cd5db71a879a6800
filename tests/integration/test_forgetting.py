"""What would grow for ever is forgotten in time, a piece at a time, by any number of processes side by side."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import psycopg
import pytest
from alembic import command

from catalog.database import Database
from migrations.runner import configured
from mobile_contract.limits import IDEMPOTENCY_DAYS
from service.jobs.forgetting import AT_ONCE, Forgetter
from service.recognition.embedding.fake import FakeEngine
from service.settings import Settings, load_settings
from tests.applications import create_app
from tests.clients import TestClient
from tests.integration.conftest import Client
from tests.pictures import archive, picture

MANY = 3 * AT_ONCE + 7
LOOKUPS = "/v1/catalogs/colours/lookups"
DAYS = timedelta(days=90)


def forget(database_url: str, *, processes: int = 1, audit: timedelta = timedelta(0)) -> list[int]:
    """All that is due, by so many at once; gives the steps of each."""

    async def one() -> int:
        database, steps = Database(database_url, pool_size=1), 0
        try:
            while await Forgetter(database=database, audit=audit).step():
                steps += 1
        finally:
            await database.close()
        return steps

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(one() for _ in range(processes)))

    return asyncio.run(all_of_them())


def rows(database_url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        found = connection.execute(query)
        return found.fetchall() if found.description else []


def keyed(client: Client, key: str) -> httpx.Response:
    headers = {"Content-Type": "image/jpeg", "Idempotency-Key": key}
    return client.post(LOOKUPS, content=picture("red"), headers=headers)


def test_an_answer_is_given_again_for_thirty_days_and_no_longer(colours: Client, database_url: str) -> None:
    old, young = keyed(colours, "old"), keyed(colours, "young")
    for key, age in (("old", f"{IDEMPOTENCY_DAYS} days 1 minute"), ("young", f"{IDEMPOTENCY_DAYS - 1} days 23 hours")):
        rows(database_url, f"UPDATE idempotency SET lease_until = now() - interval '{age}' WHERE key = '{key}'")
    forget(database_url)
    assert rows(database_url, "SELECT key FROM idempotency") == [("young",)]
    assert keyed(colours, "young").content == young.content
    anew = keyed(colours, "old")
    assert "Idempotency-Replayed" not in anew.headers
    assert anew.json()["id"] != old.json()["id"]


def test_many_processes_forget_side_by_side(database_url: str) -> None:
    rows(
        database_url,
        f"INSERT INTO idempotency (scope, key, fingerprint, claim, lease_until) SELECT 's', n::text, 'f', "
        f"gen_random_uuid(), now() - interval '31 days' FROM generate_series(1, {MANY}) n",
    )
    steps = forget(database_url, processes=3)
    assert rows(database_url, "SELECT count(*) FROM idempotency") == [(0,)]
    assert sum(steps) >= MANY / AT_ONCE
    assert forget(database_url) == [0]


def test_nothing_to_do_is_known_from_an_index(database_url: str) -> None:
    """Of a hundred thousand keys that are young none is looked at."""
    rows(
        database_url,
        "INSERT INTO idempotency (scope, key, fingerprint, claim, lease_until) SELECT 's', n::text, 'f', "
        "gen_random_uuid(), now() FROM generate_series(1, 100000) n",
    )
    rows(database_url, "ANALYZE idempotency")
    plan = rows(
        database_url,
        "EXPLAIN SELECT scope, key FROM idempotency WHERE lease_until < now() - interval '30 days' LIMIT 1000",
    )
    assert "ix_idempotency_lease_until" in "\n".join(line for (line,) in plan)


def test_the_audit_log_is_kept_for_ever_unless_days_are_set(client: Client, database_url: str) -> None:
    for name in ("old", "new"):
        assert client.post("/v1/catalogs", json={"name": name}).status_code == 201
    rows(database_url, "UPDATE audit_entry SET created_at = now() - interval '91 days' WHERE sequence = 1")
    forget(database_url)
    assert rows(database_url, "SELECT count(*) FROM audit_entry") == [(2,)]
    forget(database_url, audit=DAYS)
    assert [one["target"] for one in client.get("/v1/audit").json()["entries"]] == ["/v1/catalogs/new"]
    assert rows(database_url, "SELECT sequence FROM audit_entry") == [(2,)]


def test_a_long_audit_log_goes_in_pieces_by_several(database_url: str) -> None:
    rows(
        database_url,
        "INSERT INTO audit_entry (created_at, subject, address, operation, target, request_id, status) "
        f"SELECT now() - make_interval(days => CASE WHEN n <= {MANY} THEN 100 ELSE 1 END), 's', '', 'o', 't', 'r', 200 "
        f"FROM generate_series(1, {MANY + 50}) n",
    )
    forget(database_url, processes=3, audit=DAYS)
    assert rows(database_url, "SELECT count(*), min(sequence) FROM audit_entry") == [(50, MANY + 1)]


def test_a_service_forgets_by_itself(settings: Settings, database_url: str) -> None:
    rows(
        database_url,
        "INSERT INTO audit_entry (created_at, subject, address, operation, target, request_id, status) "
        "VALUES (now() - interval '2 days', 's', '', 'o', 't', 'r', 200)",
    )
    days = load_settings({"PHOTOCODE_AUDIT_DAYS": "1.5"}).audit_days
    with TestClient(create_app(msgspec.structs.replace(settings, audit_days=days), FakeEngine())) as client:
        wait_for(database_url, "SELECT count(*) FROM audit_entry", 0)
        assert client.get("/v1/audit").json()["entries"] == []


def wait_for(database_url: str, query: str, wanted: int) -> None:
    give_up = time.monotonic() + 20
    while rows(database_url, query) != [(wanted,)]:
        assert time.monotonic() < give_up
        time.sleep(0.05)


@pytest.mark.parametrize("days", ["-1", "for ever"])
def test_days_that_are_none_are_refused(days: str) -> None:
    with pytest.raises(Exception, match=r"PHOTOCODE_\* variable"):
        load_settings({"PHOTOCODE_AUDIT_DAYS": days})


def test_rows_that_landed_well_go_a_week_after_their_import_and_its_counters_stay(
    client: Client, run_import: Any, database_url: str
) -> None:
    client.post("/v1/catalogs", json={"name": "colours"})
    table = "part_number,name,pictures\nP-1,red,red.jpg\nP-2,blue,gone.jpg\n,nameless,\nP-4,green,\n"
    status = run_import("colours", archive(table, {"red.jpg": picture("red")}))
    place = f"/v1/catalogs/colours/imports/{status['id']}"
    before, failed = client.get(place).json(), client.get(f"{place}/failed-rows").text
    forget(database_url)
    assert rows(database_url, "SELECT count(*) FROM import_item") == [(4,)]
    rows(database_url, "UPDATE import_job SET finished_at = finished_at - interval '8 days', upload_dropped_at = now()")
    forget(database_url, processes=2)
    assert rows(database_url, "SELECT line FROM import_item ORDER BY line") == [(3,), (4,)]
    after = client.get(place).json()
    assert (after["counters"], after["errors"]) == (before["counters"], before["errors"])
    assert client.get(f"{place}/failed-rows").text == failed
    assert forget(database_url) == [0]


def test_an_import_that_can_still_be_tried_again_keeps_its_rows(
    client: Client, run_import: Any, database_url: str
) -> None:
    client.post("/v1/catalogs", json={"name": "colours"})
    run_import("colours", archive("part_number,name,pictures\nP-1,red,\nP-2,blue,gone.jpg\n"))
    rows(database_url, "UPDATE import_job SET finished_at = finished_at - interval '8 days'")
    forget(database_url)
    assert rows(database_url, "SELECT count(*) FROM import_item") == [(2,)]


def test_the_migration_is_undone_and_done_again(database_url: str) -> None:

    command.downgrade(configured(database_url), "0016")
    assert rows(database_url, "SELECT to_regclass('in_hand') IS NULL") == [(True,)]
    command.upgrade(configured(database_url), "head")
    assert rows(database_url, "SELECT count(*) FROM in_hand") == [(0,)]
