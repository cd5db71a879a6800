"""Connections to PostgreSQL: none is left behind."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import psycopg
import pytest
import sqlalchemy as sa

from catalog.database import Database

STARTS = 40
MOMENT = 0.0002
WORK = "SELECT pg_sleep(0.4)"
OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def still_open(url: str) -> int:
    """Connections to this database once PostgreSQL has noticed which have gone."""
    give_up = time.monotonic() + 5
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            ((count,),) = connection.execute(OPEN).fetchall()
            if not count or time.monotonic() > give_up:
                return int(count)
            time.sleep(0.05)


@asynccontextmanager
async def at_work(database: Database, *, write: bool) -> AsyncIterator[tuple[asyncio.Task[None], asyncio.Event]]:
    """A statement that is under way while the block runs, and afterwards; and whether it was answered."""
    answered = asyncio.Event()

    async def work() -> None:
        async with database.write() if write else database.read() as session:
            await session.execute(sa.text(WORK))
            answered.set()

    task = asyncio.create_task(work())
    await asyncio.sleep(0.2)
    yield task, answered
    await asyncio.wait([task])


@pytest.mark.parametrize("write", [False, True])
def test_what_is_under_way_ends_before_connections_are_closed(database_url: str, write: bool) -> None:
    async def run() -> None:
        database = Database(database_url)
        async with at_work(database, write=write) as (task, answered):
            await database.close()
            assert answered.is_set()
        await task

    asyncio.run(run())
    assert still_open(database_url) == 0


def test_what_is_cut_off_leaves_none_open(database_url: str) -> None:
    async def run() -> None:
        database = Database(database_url)
        async with at_work(database, write=False) as (task, _answered):
            task.cancel()
            await database.close()

    asyncio.run(run())
    assert still_open(database_url) == 0


@pytest.fixture
def no_garbage_search() -> Iterator[None]:
    """Python finds no cycles meanwhile: what is left behind stays, as it may for minutes."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_garbage_search")
def test_what_is_cut_off_while_it_connects_leaves_none_open(database_url: str) -> None:
    async def run() -> int:
        database = Database(database_url, pool_size=STARTS)
        await database.ping()
        cut_off = 0
        for start in range(STARTS):
            ping = asyncio.create_task(database.ping())
            # Each a little later than the one before: connecting has many places to be cut off at.
            await asyncio.sleep(start * MOMENT)
            ping.cancel()
            (answer,) = await asyncio.gather(ping, return_exceptions=True)
            cut_off += isinstance(answer, asyncio.CancelledError)
        await database.close()
        return cut_off

    assert asyncio.run(run()) > 0
    assert still_open(database_url) == 0


def test_a_database_that_was_not_used_is_closed_at_once(database_url: str) -> None:
    start = time.monotonic()
    asyncio.run(Database(database_url).close())
    assert time.monotonic() - start < 5


def test_what_an_address_says_of_connecting_is_no_hindrance(database_url: str) -> None:
    async def run() -> None:
        database = Database(f"{database_url}&connect_timeout=3&application_name=of-the-address")
        async with database.read() as session:
            assert await session.scalar(sa.text("SHOW application_name")) == "of-the-address"
            assert await session.scalar(sa.text("SHOW jit")) == "off"
        await database.close()

    asyncio.run(run())
