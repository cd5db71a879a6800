"""What an evaluation reads of a catalog: who can be found, confirmed photos, pictures for the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from catalog.lookups import CONFIRMED, NONE_OF_THESE, newest_word
from catalog.models import LookupRow, ProductRow, ReferenceRow
from service.evaluation.queries import Kind, Query
from service.recognition.region import Region
from service.recognition.verdict.statements import statements


@dataclass(frozen=True, kw_only=True)
class CatalogFacts:
    """Products and reference images of a catalog that can be found."""

    part_numbers: frozenset[str]
    references: int


async def catalog_facts(session: AsyncSession, catalog_id: UUID) -> CatalogFacts:
    """The products that have a reference image: no other one can be the answer of a lookup."""
    statement = (
        sa.select(ProductRow.part_number, sa.func.count())
        .join(ReferenceRow)
        .where(ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None))
        .group_by(ProductRow.part_number)
    )
    counts = {row[0]: row[1] for row in await session.execute(statement)}
    return CatalogFacts(part_numbers=frozenset(counts), references=sum(counts.values()))


async def confirmed_queries(session: AsyncSession, catalog_id: UUID, present: frozenset[str]) -> list[Query]:
    """A catalog's lookups whose photos are all kept, with the worker's newest word: the product, or that it was none of
    the candidates.

    Those whose photo has become a reference image are left out: it would find itself.
    """
    newest = newest_word()
    learned = (
        sa.exists()
        .where(ReferenceRow.product_id == ProductRow.id, ProductRow.catalog_id == catalog_id)
        .where(
            sa.or_(ReferenceRow.content_hash == LookupRow.photo_sha256, ReferenceRow.object_key == LookupRow.photo_key)
        )
    )
    named = aliased(ProductRow)
    statement = (
        sa.select(
            LookupRow.id,
            sa.type_coerce(LookupRow.photo_key, sa.Text),
            LookupRow.further_photos,
            LookupRow.answer["photo"]["region"],
            LookupRow.answer["text"],
            newest.c.outcome,
            newest.c.part_number,
            named.category,
            named.attributes,
        )
        .select_from(LookupRow)
        .join(newest, sa.true())
        .outerjoin(named, sa.and_(named.catalog_id == LookupRow.catalog_id, named.part_number == newest.c.part_number))
        .where(LookupRow.catalog_id == catalog_id, LookupRow.photo_key.is_not(None), ~learned)
        .where(newest.c.outcome.in_((CONFIRMED, NONE_OF_THESE)))
        .order_by(LookupRow.created_at, LookupRow.id)
    )
    rows = await session.execute(statement)
    whole = [row for row in rows if all(further["key"] for further in row.further_photos)]
    return [_query(*row, present=present) for row in whole]


@dataclass(frozen=True, kw_only=True)
class ShownProduct:
    """A product, and where its oldest reference image lies in the picture store."""

    part_number: str
    name: str
    object_key: str


async def shown_products(
    session: AsyncSession, catalog_id: UUID, part_numbers: Sequence[str]
) -> dict[str, ShownProduct]:
    """The products of these part numbers that have a reference image."""
    statement = (
        sa.select(ProductRow.part_number, ProductRow.name, ReferenceRow.object_key)
        .join(ReferenceRow)
        .where(ProductRow.catalog_id == catalog_id, ProductRow.part_number.in_(part_numbers))
        .order_by(ReferenceRow.created_at.desc(), ReferenceRow.id.desc())
    )
    # A product's last row, its oldest picture, is the one that stays.
    rows = await session.execute(statement)
    return {row[0]: ShownProduct(part_number=row[0], name=row[1], object_key=row[2]) for row in rows}


def _query(
    lookup_id: UUID,
    key: str,
    further: list[dict[str, str]],
    box: dict[str, float] | None,
    text: str | None,
    outcome: str,
    part_number: str | None,
    category: str | None,
    metadata: dict[str, str] | None,
    *,
    present: frozenset[str],
) -> Query:
    known = None if outcome == NONE_OF_THESE else part_number
    kind = Kind.STRANGER if known is None else Kind.PRESENT if known in present else Kind.LEFT_OUT
    return Query(
        name=str(lookup_id),
        sources=(key, *(one["key"] for one in further)),
        kind=kind,
        part_number=known,
        cluster=known or f"stranger {lookup_id}",
        region=Region(**box) if box else None,
        text=text,
        truth=frozenset(statements(known, category, metadata or {})) if known else frozenset(),
    )
