"""What a row of an import would change of the product that a catalog has. Reads, and writes nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.imports.rows import NOTICES, RowFields
from catalog.models import ProductRow, ReferenceRole, ReferenceRow
from catalog.notices import stored
from catalog.references import digest_of

METADATA = "metadata."


@dataclass(frozen=True, kw_only=True)
class KnownPicture:
    """A reference image: the hashes (hex sha256) of what came and of what is kept, and whether it is the catalog's own
    and not taught or confirmed.
    """

    content_hash: str
    kept: str
    own: bool

    def is_of(self, digest: str) -> bool:
        """Whether it is what comes with this hash."""
        return digest == self.kept or (self.own and digest == self.content_hash)


@dataclass(frozen=True, kw_only=True)
class KnownProduct:
    """A product as it is. ``notices`` as the database keeps them."""

    product_id: UUID
    values: dict[str, str | None]
    metadata: dict[str, str]
    notices: list[Any]
    pictures: Sequence[KnownPicture]

    def has(self, digest: str) -> bool:
        """Whether the import of a picture of this hash adds nothing."""
        return any(one.is_of(digest) for one in self.pictures)

    def loses(self, listed: Collection[str]) -> int:
        """How many pictures go where the row lists those of these hashes."""
        return sum(one.own and one.content_hash not in listed and one.kept not in listed for one in self.pictures)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A field that would change; ``field`` is a column's name, or ``metadata.`` and a key."""

    field: str
    old: str | None
    new: str | None


async def known_products(
    session: AsyncSession, catalog_id: UUID, part_numbers: Sequence[str]
) -> dict[str, KnownProduct]:
    """The products of a catalog that bear these numbers, by number. One that was removed is none: it would come back as
    one that is created.
    """
    statement = sa.select(ProductRow).where(
        ProductRow.catalog_id == catalog_id,
        ProductRow.part_number.in_(part_numbers),
        ProductRow.deleted_at.is_(None),
    )
    rows = (await session.scalars(statement)).all()
    pictures = await _pictures(session, [row.id for row in rows])
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
            notices=list(row.notices),
            pictures=pictures.get(row.id, ()),
        )
        for row in rows
    }


async def _pictures(session: AsyncSession, product_ids: Sequence[UUID]) -> dict[UUID, list[KnownPicture]]:
    statement = sa.select(
        ReferenceRow.product_id, ReferenceRow.content_hash, ReferenceRow.object_key, ReferenceRow.role
    ).where(ReferenceRow.product_id.in_(product_ids))
    found: dict[UUID, list[KnownPicture]] = {}
    for product_id, content_hash, object_key, role in await session.execute(statement):
        own = role == ReferenceRole.CATALOG.value
        one = KnownPicture(content_hash=content_hash, kept=digest_of(object_key), own=own)
        found.setdefault(product_id, []).append(one)
    return found


def changes(known: KnownProduct, said: RowFields) -> list[Change]:
    """The fields that would change, in a fixed order. What a row does not say is removed, as the import does."""
    new = {
        "name": said.name,
        "description": said.description,
        "category": said.category,
        "superseded_by": said.superseded_by,
    }
    keys = dict.fromkeys((*known.metadata, *said.metadata))
    notices = known.notices if said.notices is None else stored(said.notices)
    return [
        *([Change(field=NOTICES, old=_shown(known.notices), new=_shown(notices))] if notices != known.notices else []),
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


def _shown(notices: Sequence[Any]) -> str | None:
    return msgspec.json.encode(notices).decode() if notices else None


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
    here = sa.and_(ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None))
    statement = statement.where(here).order_by(ProductRow.part_number)
    count, first = 0, list[Absent]()
    for product_id, part_number, name in await session.execute(statement):
        if product_id not in present:
            count += 1
            if len(first) < most:
                first.append(Absent(part_number=part_number, name=name))
    return count, first
