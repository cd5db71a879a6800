"""Products and their reference images."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import ProductExists, ProductNotFound, ReferenceNotFound, ReferencesTooMany
from catalog.galleries import Gallery
from catalog.models import ItemState, ProductRow, ReferenceRole, ReferenceRow
from catalog.search.vectors import Vector, insert_vector


@dataclass(frozen=True, kw_only=True)
class ProductFields:
    """What an administrator says of a product. ``metadata`` maps text to text."""

    part_number: str
    name: str
    description: str | None = None
    category: str | None = None
    superseded_by: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NewReference:
    """A picture ready to become a reference image: stored, measured, embedded; and the import that brings it."""

    content_hash: str
    object_key: str
    media_type: str
    width: int
    height: int
    byte_count: int
    vector: Vector
    role: ReferenceRole = ReferenceRole.CATALOG
    import_job_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ProductWithReferences:
    """A product and its reference images, oldest first."""

    product: ProductRow
    references: list[ReferenceRow]


async def create_product(session: AsyncSession, catalog_id: UUID, fields: ProductFields) -> UUID:
    """Create a product, and only if its part number is free; gives its id.

    Raises:
        ProductExists: the part number is taken, perhaps just now.

    """
    statement = insert(ProductRow).values(catalog_id=catalog_id, part_number=fields.part_number, **_columns(fields))
    free = statement.on_conflict_do_nothing(index_elements=(ProductRow.catalog_id, ProductRow.part_number))
    product_id: UUID | None = await session.scalar(free.returning(ProductRow.id))
    if product_id is None:
        raise ProductExists(f"the catalog has a product {fields.part_number!r} already")
    return product_id


async def upsert_product(session: AsyncSession, catalog_id: UUID, fields: ProductFields) -> tuple[UUID, ItemState]:
    """Create or update a product by its part number; says which, or that nothing had to change."""
    values = _columns(fields)
    known = (
        await session.execute(
            sa.select(ProductRow).where(
                ProductRow.catalog_id == catalog_id, ProductRow.part_number == fields.part_number
            )
        )
    ).scalar_one_or_none()
    if known is None:
        row = ProductRow(catalog_id=catalog_id, part_number=fields.part_number, **values)
        session.add(row)
        await session.flush()
        return row.id, ItemState.CREATED
    if all(getattr(known, name) == value for name, value in values.items()):
        return known.id, ItemState.UNCHANGED
    for name, value in values.items():
        setattr(known, name, value)
    known.updated_at = sa.func.now()
    await session.flush()
    return known.id, ItemState.UPDATED


def _columns(fields: ProductFields) -> dict[str, Any]:
    return {
        "name": fields.name,
        "description": fields.description,
        "category": fields.category,
        "superseded_by": fields.superseded_by,
        "attributes": fields.metadata,
    }


async def known_references(session: AsyncSession, catalog_id: UUID, part_numbers: list[str]) -> dict[str, set[str]]:
    """Content hashes of the catalog pictures that products already have, by part number: they need no new vector."""
    statement = (
        sa.select(ProductRow.part_number, ReferenceRow.content_hash)
        .join(ReferenceRow)
        .where(
            ProductRow.catalog_id == catalog_id,
            ProductRow.part_number.in_(part_numbers),
            ReferenceRow.role == ReferenceRole.CATALOG.value,
        )
    )
    known: dict[str, set[str]] = {part_number: set() for part_number in part_numbers}
    for part_number, content_hash in await session.execute(statement):
        known[part_number].add(content_hash)
    return known


async def add_taught(
    session: AsyncSession, gallery: Gallery, product_id: UUID, taught: Sequence[NewReference], most: int
) -> None:
    """Add photos by which somebody teaches a product. Those that it has already, as it has them, stay as they are.

    Raises:
        ReferencesTooMany: it would have more than ``most`` reference images.

    """
    # Locked, so that two who teach the same product count each other's photos.
    await session.execute(sa.select(ProductRow.id).where(ProductRow.id == product_id).with_for_update())
    statement = sa.select(ReferenceRow.content_hash).where(ReferenceRow.product_id == product_id)
    known = set(await session.scalars(statement))
    new = {one.content_hash: one for one in taught if one.content_hash not in known}
    if len(known) + len(new) > most:
        raise ReferencesTooMany(f"a product has {most} reference images at most; this one has {len(known)}")
    for reference in new.values():
        await add_reference(session, gallery, product_id, reference)


async def find_product(session: AsyncSession, catalog_id: UUID, part_number: str) -> ProductRow:
    """A product by its part number.

    Raises:
        ProductNotFound: the catalog has none.

    """
    statement = sa.select(ProductRow).where(ProductRow.catalog_id == catalog_id, ProductRow.part_number == part_number)
    product = await session.scalar(statement)
    if product is None:
        raise ProductNotFound(f"the catalog has no product {part_number!r}")
    return product


async def add_reference(session: AsyncSession, gallery: Gallery, product_id: UUID, new: NewReference) -> None:
    """Add a reference image and its vector; one with the same content on this product is replaced.

    Its surface is described later: until then it waits, and is found by its vector.
    """
    values = {
        "role": new.role.value,
        "width": new.width,
        "height": new.height,
        "byte_count": new.byte_count,
        "media_type": new.media_type,
        "object_key": new.object_key,
        "import_job_id": new.import_job_id,
    }
    statement = insert(ReferenceRow).values(product_id=product_id, content_hash=new.content_hash, **values)
    statement = statement.on_conflict_do_update(
        index_elements=(ReferenceRow.product_id, ReferenceRow.content_hash), set_=values
    )
    reference_id = (await session.execute(statement.returning(ReferenceRow.id))).scalar_one()
    await insert_vector(session, gallery.partition, reference_id=reference_id, product_id=product_id, vector=new.vector)


async def drop_references_except(session: AsyncSession, product_id: UUID, content_hashes: set[str]) -> int:
    """Drop a product's catalog pictures that are no longer listed (their vectors go with them); says how many."""
    statement = sa.delete(ReferenceRow).where(
        ReferenceRow.product_id == product_id,
        ReferenceRow.role == ReferenceRole.CATALOG.value,
        ReferenceRow.content_hash.not_in(content_hashes),
    )
    dropped = await session.execute(statement.returning(ReferenceRow.id))
    return len(dropped.all())


async def get_product(session: AsyncSession, catalog_id: UUID, part_number: str) -> ProductWithReferences:
    """A product and its reference images by its part number.

    Raises:
        ProductNotFound: the catalog has none.

    """
    product = await find_product(session, catalog_id, part_number)
    references = await session.scalars(
        sa.select(ReferenceRow)
        .where(ReferenceRow.product_id == product.id)
        .order_by(ReferenceRow.created_at, ReferenceRow.id)
    )
    return ProductWithReferences(product=product, references=list(references))


async def get_reference(session: AsyncSession, reference_id: UUID) -> ReferenceRow:
    """A reference image.

    Raises:
        ReferenceNotFound: there is none of this id.

    """
    row = await session.get(ReferenceRow, reference_id)
    if row is None:
        raise ReferenceNotFound(f"there is no reference image {reference_id}")
    return row


async def catalog_of_reference(session: AsyncSession, reference_id: UUID) -> UUID | None:
    """The catalog of a reference image; None where there is no such image."""
    statement = sa.select(ProductRow.catalog_id).join(ReferenceRow).where(ReferenceRow.id == reference_id)
    return await session.scalar(statement)


async def product_of_reference(session: AsyncSession, catalog_id: UUID, reference_id: UUID) -> UUID:
    """The product of a reference image of this catalog.

    Raises:
        ReferenceNotFound: the catalog has none of this id.

    """
    statement = (
        sa.select(ProductRow.id)
        .join(ReferenceRow)
        .where(ReferenceRow.id == reference_id, ProductRow.catalog_id == catalog_id)
    )
    product_id = await session.scalar(statement)
    if product_id is None:
        raise ReferenceNotFound(f"the catalog has no reference image {reference_id}")
    return product_id
