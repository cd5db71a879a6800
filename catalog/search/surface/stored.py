"""Reading signatures from the database: all of a catalog, some by id, and which have changed since. Those of removed
products are not there.

Statements go to psycopg itself and results come in binary: a catalog's signatures are hundreds of megabytes, and the
statement that asks for changes runs at every lookup.
"""

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from psycopg import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.models import SurfaceChangeRow
from catalog.search.surface.index import SurfaceIndex, build_index
from catalog.search.surface.kernel import KernelParameters
from catalog.search.surface.segment import Entry
from catalog.search.surface.signatures import Signatures

ROWS_AT_ONCE = 500
"""Of signatures in one statement: about 4 MB."""

CHANGES_KEPT = timedelta(days=1)
"""How long the log must reach back. Whoever has not read it for as long has to read everything."""

SignatureRow = tuple[UUID, UUID, str, bytes]
"""Reference id, product id, key of the features, packed signatures."""

_COLUMNS = "SELECT reference_id, product_id, features_key, signatures FROM surface_signature"
_OF_CATALOG = "catalog_id = %s AND vocabulary = %s AND NOT parked"
_BY_ID = f"{_COLUMNS} WHERE reference_id = ANY(%s) AND {_OF_CATALOG}"
_PAGE = f"{_COLUMNS} WHERE {_OF_CATALOG} AND reference_id > %s ORDER BY reference_id LIMIT %s"
_COUNT = "SELECT count(*) FROM surface_signature WHERE catalog_id = %s AND vocabulary = %s AND NOT parked"
# The join keeps one row where nothing has changed: the horizon is needed as well.
_CHANGES = (
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text, c.sequence, c.reference_id, c.xact::text "
    "FROM (VALUES (1)) AS always LEFT JOIN surface_change c ON c.catalog_id = %s AND c.xact >= %s::xid8"
)


@dataclass(frozen=True, kw_only=True)
class LogPosition:
    """How far a reader has read the log of changes.

    ``horizon``: all transactions before it had ended, so their changes were seen. Changes of those from it on may
    still appear, in any order; ``applied`` are the sequence numbers of those that have been seen.
    """

    horizon: int
    applied: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Changes:
    """References whose signatures were put, changed or removed, and where to read on."""

    position: LogPosition
    reference_ids: frozenset[UUID]


async def log_end(session: AsyncSession, catalog_id: UUID) -> LogPosition:
    """The position to read changes from, if everything is read after this."""
    return LogPosition(horizon=(await read_changes(session, catalog_id, LogPosition(horizon=2**63))).position.horizon)


async def read_changes(session: AsyncSession, catalog_id: UUID, position: LogPosition) -> Changes:
    """What has changed in a catalog since ``position``. Read the rows of these references after this."""
    rows = await _fetch(session, _CHANGES, (catalog_id, str(position.horizon)))
    horizon = int(rows[0][0])
    changes = [(sequence, reference, int(xact)) for _, sequence, reference, xact in rows if sequence is not None]
    return Changes(
        position=LogPosition(
            horizon=horizon, applied=frozenset(sequence for sequence, _, xact in changes if xact >= horizon)
        ),
        reference_ids=frozenset(reference for sequence, reference, _ in changes if sequence not in position.applied),
    )


async def prune_changes(session: AsyncSession) -> int:
    """Forget changes older than :data:`CHANGES_KEPT`; gives how many."""
    old = sa.delete(SurfaceChangeRow).where(SurfaceChangeRow.created_at < sa.func.now() - CHANGES_KEPT)
    pruned = await session.execute(old.returning(SurfaceChangeRow.sequence))
    return len(pruned.all())


async def count_signatures(session: AsyncSession, catalog_id: UUID, vocabulary: str) -> int:
    """How many of a catalog's references have signatures of this vocabulary."""
    return int((await _fetch(session, _COUNT, (catalog_id, vocabulary)))[0][0])


async def stream_signatures(database: Database, catalog_id: UUID, vocabulary: str) -> AsyncIterator[list[SignatureRow]]:
    """All of a catalog's signatures of this vocabulary, some at a time; between them no connection is held."""
    after = UUID(int=0)
    while True:
        async with database.read() as session:
            rows = await _fetch(session, _PAGE, (catalog_id, vocabulary, after, ROWS_AT_ONCE))
        if rows:
            yield rows
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1][0]


async def read_signatures(
    session: AsyncSession, catalog_id: UUID, vocabulary: str, reference_ids: Collection[UUID]
) -> list[SignatureRow]:
    """Signatures of these references; those that have none of this catalog and vocabulary are left out."""
    return await _fetch(session, _BY_ID, (list(reference_ids), catalog_id, vocabulary))


def unpack(rows: Iterable[SignatureRow]) -> list[tuple[Entry, Signatures]]:
    """Rows as the index takes them."""
    return [
        (Entry(reference_id, product_id, features_key), Signatures.from_bytes(packed))
        for reference_id, product_id, features_key, packed in rows
    ]


def index_of(rows: Iterable[SignatureRow], parameters: KernelParameters | None = None) -> SurfaceIndex:
    """A small index of a few references: ranks another channel's candidates where a catalog is too large for memory."""
    return build_index(unpack(rows), parameters)


async def _fetch(session: AsyncSession, statement: str, values: tuple[object, ...]) -> list[Any]:
    pooled = await (await session.connection()).get_raw_connection()
    driver = cast("AsyncConnection[tuple[Any, ...]]", pooled.driver_connection)
    return await (await driver.execute(statement, values, binary=True)).fetchall()
