"""Connections to PostgreSQL. A ``write`` commits when its block ends well; code below it only flushes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from catalog.search.vectors import SEARCH_SETTINGS

CONNECT_SECONDS = 5
CLOSE_SECONDS = 10
READ_ONLY_PRIMARY = "25006"

# Short queries: compiling them costs more than it saves.
CONNECTION_SETTINGS = "; ".join(f"SET {name} = {value}" for name, value in {"jit": "off", **SEARCH_SETTINGS}.items())

Connection = psycopg.AsyncConnection[Any]


def sqlalchemy_url(database_url: str) -> sa.URL:
    """A libpq-style URL as SQLAlchemy's for psycopg 3."""
    return make_url(database_url).set(drivername="postgresql+psycopg")


class Database:
    """One process's connections. Made once by the composition root; ``close`` at the end."""

    def __init__(self, database_url: str, *, pool_size: int = 4) -> None:
        """``database_url``: ``postgresql://...``; multi-host URLs fail over within seconds, not minutes."""
        url = sqlalchemy_url(database_url)
        self.engine: AsyncEngine = create_async_engine(
            url,
            async_creator=self._connect,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            # The connection used last is the next: its statements are prepared, and few processes stay warm.
            pool_use_lifo=True,
            pool_pre_ping=False,
            json_serializer=lambda value: msgspec.json.encode(value).decode(),
            json_deserializer=msgspec.json.decode,
        )
        _, address = self.engine.dialect.create_connect_args(url)
        self._arguments = {**address, "connect_timeout": CONNECT_SECONDS, "prepare_threshold": 3, "autocommit": True}
        self._connecting: set[asyncio.Task[Connection]] = set()
        sa.event.listen(self.engine.sync_engine, "handle_error", _drop_demoted_primary)
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._sessions = 0
        self._unused = asyncio.Event()
        self._unused.set()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session to read with. No transaction: ``BEGIN`` and ``ROLLBACK`` would be two round trips more."""
        async with self.statements() as session:
            yield session

    @asynccontextmanager
    async def statements(self) -> AsyncIterator[AsyncSession]:
        """A session whose statements commit one by one, for writes that are one statement."""
        async with self._session(self._autocommit) as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends without an exception."""
        async with self._session(self.engine) as session, session.begin():
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """A session whose statements all see the same moment, for reads that belong together."""
        async with self.write() as session:
            await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    async def ping(self) -> None:
        """Ask the server something.

        Raises:
            sqlalchemy.exc.DBAPIError: it does not answer.

        """
        async with self.read() as session:
            await session.execute(sa.text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections. What is under way on them, as a lookup's stage that was late, is waited for a while:
        afterwards nobody would close them.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._unused.wait()
                await asyncio.gather(*self._connecting, return_exceptions=True)
        await self.engine.dispose()

    async def _connect(self) -> Connection:
        """A new connection. Who is cancelled in the middle of connecting gets none, and it is closed: dropped, it would
        stay open until Python looks for garbage.
        """
        connecting = asyncio.create_task(_connected(self._arguments))
        self._connecting.add(connecting)
        connecting.add_done_callback(self._connecting.discard)
        try:
            return await asyncio.shield(connecting)
        except asyncio.CancelledError:
            connecting.add_done_callback(_close_unused)
            raise

    @asynccontextmanager
    async def _session(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        """In use until it has been closed: who is cancelled in the middle of that leaves it to end by itself."""
        session = AsyncSession(engine, expire_on_commit=False, autoflush=False)
        self._sessions += 1
        self._unused.clear()
        try:
            yield session
        finally:
            closing = asyncio.create_task(session.close())
            closing.add_done_callback(self._closed)
            await asyncio.shield(closing)

    def _closed(self, _closing: asyncio.Task[None]) -> None:
        self._sessions -= 1
        if not self._sessions:
            self._unused.set()


async def _connected(arguments: Mapping[str, Any]) -> Connection:
    connection = await Connection.connect(**arguments)
    try:
        await connection.execute(CONNECTION_SETTINGS)
        await connection.set_autocommit(False)
    except BaseException:
        await connection.close()
        raise
    return connection


def _close_unused(connecting: asyncio.Task[Connection]) -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().pgconn.finish()


def _drop_demoted_primary(context: Any) -> None:
    # After a failover the old primary still answers a ping, but refuses writes: throw its connections away.
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY_PRIMARY:
        context.is_disconnect = True
