"""What has replaced a product: ``superseded_by`` followed from product to product, to the end."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

MOST_HOPS = 10


class Succession(StrEnum):
    """How a chain ends: with a product of the catalog, with one that it has not, where it has been before, or not
    within :data:`MOST_HOPS`.
    """

    FOUND = "found"
    MISSING = "missing"
    LOOP = "loop"
    TOO_LONG = "too_long"


@dataclass(frozen=True, kw_only=True)
class Successor:
    """Where a product's chain leads in ``hops`` steps. In a loop, the first step is given; in a chain that is too long,
    the last one that was taken. ``name``: None where the catalog has no such product.
    """

    part_number: str
    name: str | None
    hops: int
    end: Succession


class Product(Protocol):
    """What the beginning of a chain has."""

    @property
    def part_number(self) -> str:
        """Its own."""

    @property
    def superseded_by(self) -> str | None:
        """Of the product that has replaced it, if any has."""


async def successors_of(session: AsyncSession, catalog_id: UUID, products: Iterable[Product]) -> dict[str, Successor]:
    """The ends of the chains of those of these products that have been replaced, by their part numbers. Asks nothing
    where none has.
    """
    first = {one.part_number: one.superseded_by for one in products if one.superseded_by}
    if not first:
        return {}
    values = {"catalog": catalog_id, "origins": list(first), "nexts": list(first.values()), "most": MOST_HOPS}
    return {row.origin: _end(row, first[row.origin]) for row in await session.execute(_CHAINS, values)}


def _end(row: sa.Row[Any], first: str) -> Successor:
    if row.looped:
        # Its first step is in the catalog: the chain came past it. A product that replaces itself is its own.
        return Successor(part_number=first, name=row.first_name or row.name, hops=1, end=Succession.LOOP)
    if row.name is None:
        end = Succession.MISSING
    else:
        end = Succession.FOUND if row.superseded_by is None else Succession.TOO_LONG
    return Successor(part_number=row.part_number, name=row.name, hops=row.hops, end=end)


_CHAINS = sa.text("""
    WITH RECURSIVE chain (origin, part_number, hops, path) AS (
        SELECT o.origin, o.next, 1, ARRAY[o.origin]
        FROM unnest(CAST(:origins AS text[]), CAST(:nexts AS text[])) AS o (origin, next)
        UNION ALL
        SELECT c.origin, p.superseded_by, c.hops + 1, c.path || c.part_number
        FROM chain c JOIN product p
            ON p.catalog_id = :catalog AND p.part_number = c.part_number AND p.deleted_at IS NULL
        WHERE p.superseded_by IS NOT NULL AND c.part_number <> ALL (c.path) AND c.hops < :most
    ), last AS (
        SELECT DISTINCT ON (origin) * FROM chain ORDER BY origin, hops DESC
    )
    SELECT last.origin, last.part_number, last.hops, last.part_number = ANY (last.path) AS looped,
        p.name, p.superseded_by, f.name AS first_name
    FROM last
    LEFT JOIN product p ON p.catalog_id = :catalog AND p.part_number = last.part_number AND p.deleted_at IS NULL
    LEFT JOIN product f ON f.catalog_id = :catalog AND f.part_number = last.path[2] AND f.deleted_at IS NULL""")
