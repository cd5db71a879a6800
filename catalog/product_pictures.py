"""The pictures of a catalog's products, one by one: what is known of each, in which order, and without one."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import ReferenceNotFound
from catalog.models import ProductRow, ReferenceRow
from catalog.products import find_product
from catalog.references import IN_ORDER


@dataclass(frozen=True, kw_only=True)
class OwnedPicture:
    """A reference image and the part number of its product."""

    reference: ReferenceRow
    part_number: str


async def pictures_of(session: AsyncSession, catalog_id: UUID, part_number: str) -> list[OwnedPicture]:
    """A product's pictures, the first one first.

    Raises:
        ProductNotFound: the catalog has none.

    """
    product = await find_product(session, catalog_id, part_number)
    statement = sa.select(ReferenceRow).where(ReferenceRow.product_id == product.id).order_by(*IN_ORDER)
    return [OwnedPicture(reference=one, part_number=part_number) for one in await session.scalars(statement)]


async def find_picture(session: AsyncSession, catalog_id: UUID, reference_id: UUID) -> OwnedPicture:
    """A picture of a catalog.

    Raises:
        ReferenceNotFound: the catalog has none of this id.

    """
    statement = (
        sa.select(ReferenceRow, ProductRow.part_number)
        .join(ProductRow, ProductRow.id == ReferenceRow.product_id)
        .where(ReferenceRow.id == reference_id, ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None))
        .execution_options(populate_existing=True)
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise ReferenceNotFound(f"the catalog has no reference image {reference_id}")
    return OwnedPicture(reference=row[0], part_number=row[1])


async def remove_picture(session: AsyncSession, catalog_id: UUID, reference_id: UUID) -> None:
    """Delete a picture for good, with its vector and signatures.

    Raises:
        ReferenceNotFound: the catalog has none of this id.

    """
    product_id = await _lock_product(session, catalog_id, reference_id)
    gone = sa.delete(ReferenceRow).where(ReferenceRow.id == reference_id, ReferenceRow.product_id == product_id)
    if await session.scalar(gone.returning(ReferenceRow.id)) is None:
        raise ReferenceNotFound(f"the catalog has no reference image {reference_id}")
    await _touch(session, product_id)


async def place_picture(session: AsyncSession, catalog_id: UUID, reference_id: UUID, place: int) -> None:
    """Put a picture at a place among those of its product, from 0; the others keep their order.

    Raises:
        ReferenceNotFound: the catalog has none of this id.

    """
    product_id = await _lock_product(session, catalog_id, reference_id)
    statement = sa.select(ReferenceRow.id).where(ReferenceRow.product_id == product_id).order_by(*IN_ORDER)
    before = list(await session.scalars(statement))
    after = [one for one in before if one != reference_id]
    after.insert(place, reference_id)
    await _number(session, after)
    if after != before:
        await _touch(session, product_id)


async def _number(session: AsyncSession, reference_ids: Sequence[UUID]) -> None:
    placed = sa.func.array_position(sa.literal(list(reference_ids), sa.ARRAY(sa.Uuid())), ReferenceRow.id) - 1
    await session.execute(
        sa.update(ReferenceRow)
        .where(ReferenceRow.id.in_(reference_ids))
        .values(place=placed)
        .execution_options(synchronize_session=False)
    )


async def _lock_product(session: AsyncSession, catalog_id: UUID, reference_id: UUID) -> UUID:
    """The product of a picture, which until the end of the transaction gets no other order from anybody else."""
    statement = (
        sa.select(ProductRow.id)
        .join(ReferenceRow, ReferenceRow.product_id == ProductRow.id)
        .where(ReferenceRow.id == reference_id, ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None))
        .with_for_update(of=ProductRow, key_share=True)
    )
    product_id: UUID | None = await session.scalar(statement)
    if product_id is None:
        raise ReferenceNotFound(f"the catalog has no reference image {reference_id}")
    return product_id


async def _touch(session: AsyncSession, product_id: UUID) -> None:
    changed = sa.update(ProductRow).where(ProductRow.id == product_id).values(updated_at=sa.func.now())
    await session.execute(changed.execution_options(synchronize_session=False))
