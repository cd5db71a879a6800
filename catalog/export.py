"""All of a catalog's products for a table, in the order of their part numbers, and the files of their pictures."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

AT_ONCE = 100
"""Rows that are worked through without letting lookups have the event loop: about 10 ms."""


@dataclass(frozen=True, kw_only=True)
class ExportedFile:
    """A picture's file in the picture store."""

    object_key: str
    media_type: str


@dataclass(frozen=True, kw_only=True)
class ExportedProduct:
    """A product as a table says it. ``notices``: as they are kept; ``pictures``: the first one first."""

    part_number: str
    name: str
    description: str | None
    category: str | None
    superseded_by: str | None
    metadata: dict[str, str]
    notices: Sequence[Any]
    pictures: Sequence[ExportedFile]


async def metadata_keys(session: AsyncSession, catalog_id: UUID) -> list[str]:
    """All keys of the products' metadata, in the order of their code points."""
    return list(await session.scalars(_KEYS, {"catalog": catalog_id}))


async def stream_products(session: AsyncSession, catalog_id: UUID) -> AsyncIterator[ExportedProduct]:
    """The products that are not removed; some at a time are in memory."""
    rows = await session.stream(_PRODUCTS, {"catalog": catalog_id}, execution_options={"yield_per": AT_ONCE})
    async for row in rows:
        files = zip(row.keys, row.types, strict=True)
        yield ExportedProduct(
            part_number=row.part_number,
            name=row.name,
            description=row.description,
            category=row.category,
            superseded_by=row.superseded_by,
            metadata=row.metadata,
            notices=row.notices,
            pictures=[ExportedFile(object_key=key, media_type=kind) for key, kind in dict(files).items()],
        )


async def stream_files(session: AsyncSession, catalog_id: UUID) -> AsyncIterator[ExportedFile]:
    """The files of their pictures, each once, by key."""
    rows = await session.stream(_FILES, {"catalog": catalog_id}, execution_options={"yield_per": AT_ONCE})
    async for row in rows:
        yield ExportedFile(object_key=row.object_key, media_type=row.media_type)


_KEYS = sa.text("""
    SELECT key COLLATE "C" AS key FROM (
        SELECT DISTINCT jsonb_object_keys(metadata) AS key FROM product
        WHERE catalog_id = :catalog AND deleted_at IS NULL
    ) AS keys ORDER BY 1""")

# By code points and not by the database's language, so that two databases export the same.
_PRODUCTS = sa.text("""
    SELECT p.part_number, p.name, p.description, p.category, p.superseded_by, p.metadata, p.notices,
        coalesce(r.keys, '{}') AS keys, coalesce(r.types, '{}') AS types
    FROM product p LEFT JOIN LATERAL (
        SELECT array_agg(object_key ORDER BY place, created_at, id) AS keys,
            array_agg(media_type ORDER BY place, created_at, id) AS types
        FROM reference_image WHERE product_id = p.id
    ) AS r ON true
    WHERE p.catalog_id = :catalog AND p.deleted_at IS NULL ORDER BY p.part_number COLLATE "C"
    """)

_FILES = sa.text("""
    SELECT DISTINCT ON (r.object_key COLLATE "C") r.object_key, r.media_type
    FROM reference_image r JOIN product p ON p.id = r.product_id
    WHERE p.catalog_id = :catalog AND p.deleted_at IS NULL ORDER BY r.object_key COLLATE "C"
    """)
