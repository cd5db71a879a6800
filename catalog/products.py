"""Products."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import ProductExists, ProductNotFound
from catalog.models import ItemState, ProductRow, ReferenceRow
from catalog.notices import Notice, stored
from catalog.references import IN_ORDER
from catalog.removal import revive
from catalog.succession import Successor, successors_of


@dataclass(frozen=True, kw_only=True)
class ProductFields:
    """What an administrator says of a product. ``metadata`` maps text to text. ``notices``: None leaves those that
    the product has.
    """

    part_number: str
    name: str
    description: str | None = None
    category: str | None = None
    superseded_by: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    notices: Sequence[Notice] | None = None


@dataclass(frozen=True, kw_only=True)
class ProductWithReferences:
    """A product, its reference images, the first one first, and what has replaced it in the end, if anything has."""

    product: ProductRow
    references: list[ReferenceRow]
    successor: Successor | None


async def create_product(session: AsyncSession, catalog_id: UUID, fields: ProductFields) -> UUID:
    """Create a product, and only if its part number is free; gives its id. A removed product of this part number makes
    way for good: this is another one, with pictures of its own.

    Raises:
        ProductExists: the part number is taken, perhaps just now.

    """
    removed = sa.delete(ProductRow).where(
        ProductRow.catalog_id == catalog_id,
        ProductRow.part_number == fields.part_number,
        ProductRow.deleted_at.is_not(None),
    )
    await session.execute(removed.execution_options(synchronize_session=False))
    statement = insert(ProductRow).values(catalog_id=catalog_id, part_number=fields.part_number, **_columns(fields))
    free = statement.on_conflict_do_nothing(index_elements=(ProductRow.catalog_id, ProductRow.part_number))
    product_id: UUID | None = await session.scalar(free.returning(ProductRow.id))
    if product_id is None:
        raise ProductExists(f"the catalog has a product {fields.part_number!r} already")
    return product_id


async def upsert_product(session: AsyncSession, catalog_id: UUID, fields: ProductFields) -> tuple[UUID, ItemState]:
    """Create or update a product by its part number; says which, or that nothing had to change. One that was removed
    comes back with its pictures, and counts as created.
    """
    values = _columns(fields)
    known = await lock_product(session, catalog_id, fields.part_number, removed=True)
    while known is None:
        new = insert(ProductRow).values(catalog_id=catalog_id, part_number=fields.part_number, **values)
        free = new.on_conflict_do_nothing(index_elements=(ProductRow.catalog_id, ProductRow.part_number))
        made: UUID | None = await session.scalar(free.returning(ProductRow.id))
        if made is not None:
            return made, ItemState.CREATED
        # Somebody made it a moment ago.
        known = await lock_product(session, catalog_id, fields.part_number, removed=True)
    back = known.deleted_at is not None
    if back:
        await revive(session, [known.id])
    elif all(getattr(known, name) == value for name, value in values.items()):
        return known.id, ItemState.UNCHANGED
    changed = sa.update(ProductRow).where(ProductRow.id == known.id).values(**values, updated_at=sa.func.now())
    await session.execute(changed.execution_options(synchronize_session=False))
    return known.id, ItemState.CREATED if back else ItemState.UPDATED


async def lock_product(
    session: AsyncSession, catalog_id: UUID, part_number: str, *, removed: bool = False
) -> ProductRow | None:
    """A product that until the end of the transaction nobody else changes or removes; None where there is none.
    ``removed``: whether a removed one counts.
    """
    statement = sa.select(ProductRow).where(ProductRow.catalog_id == catalog_id, ProductRow.part_number == part_number)
    if not removed:
        statement = statement.where(ProductRow.deleted_at.is_(None))
    statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    found: ProductRow | None = await session.scalar(statement)
    return found


def _columns(fields: ProductFields) -> dict[str, Any]:
    said = {} if fields.notices is None else {"notices": stored(fields.notices)}
    return said | {
        "name": fields.name,
        "description": fields.description,
        "category": fields.category,
        "superseded_by": fields.superseded_by,
        "attributes": fields.metadata,
    }


async def find_product(session: AsyncSession, catalog_id: UUID, part_number: str) -> ProductRow:
    """A product by its part number.

    Raises:
        ProductNotFound: the catalog has none.

    """
    statement = sa.select(ProductRow).where(
        ProductRow.catalog_id == catalog_id,
        ProductRow.part_number == part_number,
        ProductRow.deleted_at.is_(None),
    )
    product = await session.scalar(statement.execution_options(populate_existing=True))
    if product is None:
        raise ProductNotFound(f"the catalog has no product {part_number!r}")
    return product


async def get_product(session: AsyncSession, catalog_id: UUID, part_number: str) -> ProductWithReferences:
    """A product and its reference images by its part number.

    Raises:
        ProductNotFound: the catalog has none.

    """
    product = await find_product(session, catalog_id, part_number)
    references = await session.scalars(
        sa.select(ReferenceRow)
        .where(ReferenceRow.product_id == product.id)
        .order_by(*IN_ORDER)
        .execution_options(populate_existing=True)
    )
    return ProductWithReferences(
        product=product,
        references=list(references),
        successor=(await successors_of(session, catalog_id, [product])).get(part_number),
    )
