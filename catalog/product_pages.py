"""A catalog's products page by page, in the order of their part numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from catalog.models import ProductRow, ReferenceRow
from catalog.references import IN_ORDER
from catalog.search.filters import Filter, conditions
from catalog.succession import Successor, successors_of


@dataclass(frozen=True, kw_only=True)
class PagedProduct:
    """A product, how many pictures it has, the first of them, and what has replaced it in the end, if anything has."""

    product: ProductRow
    pictures: int
    first: ReferenceRow | None
    successor: Successor | None


async def list_products(
    session: AsyncSession, catalog_id: UUID, *, where: Filter, after: str | None, since: datetime | None, limit: int
) -> list[PagedProduct]:
    """Up to ``limit`` products that pass the filter and come after a part number; ``since``: that were created or
    changed then or later, pictures included.
    """
    of_page = aliased(ProductRow, name="p")
    _, condition, values = conditions(where)
    statement = sa.select(of_page).where(of_page.catalog_id == catalog_id, of_page.deleted_at.is_(None))
    statement = statement.where(sa.text(condition).bindparams(**values))
    if after is not None:
        statement = statement.where(of_page.part_number > after)
    if since is not None:
        statement = statement.where(of_page.updated_at >= since)
    products = (await session.scalars(statement.order_by(of_page.part_number).limit(limit))).all()
    successors = await successors_of(session, catalog_id, products)
    firsts = await _first_pictures(session, [product.id for product in products])
    return [
        PagedProduct(
            product=product,
            pictures=row.pictures if row else 0,
            first=row.ReferenceRow if row else None,
            successor=successors.get(product.part_number),
        )
        for product in products
        for row in (firsts.get(product.id),)
    ]


async def _first_pictures(session: AsyncSession, product_ids: Sequence[UUID]) -> dict[UUID, sa.Row[ReferenceRow, int]]:
    of_product = sa.func.count().over(partition_by=ReferenceRow.product_id).label("pictures")
    statement = (
        sa.select(ReferenceRow, of_product)
        .where(ReferenceRow.product_id.in_(product_ids))
        .ext(distinct_on(ReferenceRow.product_id))
        .order_by(ReferenceRow.product_id, *IN_ORDER)
    )
    return {row.ReferenceRow.product_id: row for row in await session.execute(statement)}


async def list_removed(session: AsyncSession, catalog_id: UUID, *, after: str | None, limit: int) -> list[ProductRow]:
    """Up to ``limit`` removed products that come after a part number."""
    statement = sa.select(ProductRow).where(ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_not(None))
    if after is not None:
        statement = statement.where(ProductRow.part_number > after)
    return list(await session.scalars(statement.order_by(ProductRow.part_number).limit(limit)))
