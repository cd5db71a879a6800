"""Which galleries want an HNSW index: those that have outgrown a scan.

A gallery begins without one. Kept up with every row it costs PostgreSQL about as much as writing the rows does; built
at once, a fraction of that. Until it is there, searches scan: slower in large galleries, and exact.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.imports.jobs import OPEN
from catalog.search.vectors import EXACT_UP_TO, Partition

WHILE_IMPORTING: Final = 8
"""A gallery that is being imported into waits for its index until it is so many times as large."""
_LOCKS: Final = 0x1DE5
"""Key of the advisory locks, beside the gallery's id."""
_ROW: Final = 72
"""Bytes of a row beside its vector. Sizes are asked for, because counting reads whole tables."""

# A build that was cut off leaves an index that is not valid.
_OUTGROWN: Final = sa.text(
    """
    SELECT gallery.id, space.dimension
    FROM gallery
    JOIN embedding_space space ON space.id = gallery.space_id
    CROSS JOIN LATERAL (SELECT 'reference_embedding_g' || gallery.id AS name) vectors
    LEFT JOIN pg_index built ON built.indexrelid = to_regclass(vectors.name || '_hnsw') AND built.indisvalid
    WHERE built.indexrelid IS NULL
    AND pg_table_size(to_regclass(vectors.name)) > :least * (2 * space.dimension + :row) * CASE WHEN EXISTS (
        SELECT 1 FROM import_job job WHERE job.catalog_id = gallery.catalog_id AND job.state = ANY(:open)
    ) THEN :times ELSE 1 END
    ORDER BY gallery.id
    """
)


async def outgrown(session: AsyncSession) -> list[Partition]:
    """Galleries' vectors that want an index and have none."""
    values = {"least": EXACT_UP_TO, "row": _ROW, "open": list(OPEN), "times": WHILE_IMPORTING}
    rows = await session.execute(_OUTGROWN, values)
    return [Partition(gallery_id=row.id, dimension=row.dimension) for row in rows]


@asynccontextmanager
async def building(session: AsyncSession, partition: Partition) -> AsyncIterator[bool]:
    """Whether nobody else builds this index; nobody does while the block runs. The session keeps its connection."""
    key = {"locks": _LOCKS, "gallery": partition.gallery_id}
    locked = bool(await session.scalar(sa.text("SELECT pg_try_advisory_lock(:locks, :gallery)"), key))
    try:
        yield locked
    finally:
        if locked and not (await session.connection()).invalidated:
            await session.execute(sa.text("SELECT pg_advisory_unlock(:locks, :gallery)"), key)
