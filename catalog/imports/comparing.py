"""What a row of an import would change of the product that a catalog has. Reads, and writes nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.imports.rows import RowFields
from catalog.models import ProductRow
from catalog.products import known_references

METADATA = "metadata."


@dataclass(frozen=True, kw_only=True)
class KnownProduct:
    """A product as it is. ``pictures``: content hashes of those of the catalog's own."""

    product_id: UUID
    values: dict[str, str | None]
    metadata: dict[str, str]
    pictures: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Change:
    """A field that would change; ``field`` is a column's name, or ``metadata.`` and a key."""

    field: str
    old: str | None
    new: str | None


async def known_products(
    session: AsyncSession, catalog_id: UUID, part_numbers: Sequence[str]
) -> dict[str, KnownProduct]:
    """The products of a catalog that bear these numbers, by number."""
    statement = sa.select(ProductRow).where(
        ProductRow.catalog_id == catalog_id, ProductRow.part_number.in_(part_numbers)
    )
    pictures = await known_references(session, catalog_id, list(part_numbers))
    return {
        row.part_number: KnownProduct(
            product_id=row.id,
            values={
                "name": row.name,
                "description": row.description,
                "category": row.category,
                "superseded_by": row.superseded_by,
            },
            metadata=dict(row.attributes),
            pictures=frozenset(pictures[row.part_number]),
        )
        for row in await session.scalars(statement)
    }


def changes(known: KnownProduct, said: RowFields) -> list[Change]:
    """The fields that would change, in a fixed order. What a row does not say is removed, as the import does."""
    new = {
        "name": said.name,
        "description": said.description,
        "category": said.category,
        "superseded_by": said.superseded_by,
    }
    keys = dict.fromkeys((*known.metadata, *said.metadata))
    return [
        *(
            Change(field=field, old=known.values[field], new=value)
            for field, value in new.items()
            if known.values[field] != value
        ),
        *(
            Change(field=METADATA + key, old=known.metadata.get(key), new=said.metadata.get(key))
            for key in keys
            if known.metadata.get(key) != said.metadata.get(key)
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class Absent:
    """A product that a file does not have."""

    part_number: str
    name: str


async def absent_products(
    session: AsyncSession, catalog_id: UUID, present: Collection[UUID], most: int
) -> tuple[int, list[Absent]]:
    """How many products of a catalog are not among these, and the first of them by part number."""
    statement = sa.select(ProductRow.id, ProductRow.part_number, ProductRow.name)
    statement = statement.where(ProductRow.catalog_id == catalog_id).order_by(ProductRow.part_number)
    count, first = 0, list[Absent]()
    for product_id, part_number, name in await session.execute(statement):
        if product_id not in present:
            count += 1
            if len(first) < most:
                first.append(Absent(part_number=part_number, name=name))
    return count, first
