"""What a catalog's products have to be found by: how many have pictures, and which of these are weak."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.enrichment import LOOK
from catalog.models import ProductRow, ReferenceRow


@dataclass(frozen=True, kw_only=True)
class CategoryCount:
    """Products of a category (None: of those without one) that have pictures, and that have several."""

    category: str | None
    products: int
    with_pictures: int
    with_several: int


@dataclass(frozen=True, kw_only=True)
class FlawedPicture:
    """A reference with what is wrong with it; nothing of it where it cannot be decoded."""

    reference_id: UUID
    part_number: str
    flaws: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ProductName:
    """What a product is called."""

    part_number: str
    name: str
    category: str | None


async def count_categories(session: AsyncSession, catalog_id: UUID) -> list[CategoryCount]:
    """All categories of a catalog's products, by name; those without one last."""
    pictures = sa.func.count(ReferenceRow.id).label("pictures")
    of_product = (
        sa.select(ProductRow.category, pictures)
        .outerjoin(ReferenceRow, ReferenceRow.product_id == ProductRow.id)
        .where(ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None))
        .group_by(ProductRow.id)
        .subquery()
    )
    count = sa.func.count()
    statement = (
        sa.select(
            of_product.c.category,
            count.label("products"),
            count.filter(of_product.c.pictures > 0).label("with_pictures"),
            count.filter(of_product.c.pictures > 1).label("with_several"),
        )
        .group_by(of_product.c.category)
        .order_by(of_product.c.category.nulls_last())
    )
    return [
        CategoryCount(
            category=row.category,
            products=row.products,
            with_pictures=row.with_pictures,
            with_several=row.with_several,
        )
        for row in await session.execute(statement)
    ]


async def flawed_pictures(session: AsyncSession, catalog_id: UUID) -> list[FlawedPicture]:
    """References that are weak or cannot be decoded, by part number."""
    flawed = sa.and_(ReferenceRow.look_flaws.is_not(None), ReferenceRow.look_flaws != sa.text("'[]'::jsonb"))
    statement = (
        sa.select(ReferenceRow.id, ProductRow.part_number, ReferenceRow.look_state, ReferenceRow.look_flaws)
        .join(ProductRow, ProductRow.id == ReferenceRow.product_id)
        .where(
            ProductRow.catalog_id == catalog_id,
            ProductRow.deleted_at.is_(None),
            sa.or_(LOOK.state == LOOK.failed, flawed),
        )
        .order_by(ProductRow.part_number, ReferenceRow.id)
    )
    return [
        FlawedPicture(reference_id=reference_id, part_number=part_number, flaws=tuple(flaws or ()))
        for reference_id, part_number, _, flaws in await session.execute(statement)
    ]


async def product_names(session: AsyncSession, catalog_id: UUID) -> dict[UUID, ProductName]:
    """What each product of a catalog is called."""
    statement = sa.select(ProductRow.id, ProductRow.part_number, ProductRow.name, ProductRow.category)
    return {
        product_id: ProductName(part_number=part_number, name=name, category=category)
        for product_id, part_number, name, category in await session.execute(
            statement.where(ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None))
        )
    }
