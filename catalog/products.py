"""Products and their reference images."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import ProductExists, ProductNotFound, ReferenceNotFound, ReferencesTooMany
from catalog.galleries import Gallery
from catalog.models import ItemState, LookState, ProductRow, ReferenceRole, ReferenceRow, SurfaceState, TextState
from catalog.notices import Notice, stored
from catalog.removal import revive
from catalog.search.vectors import Vector, insert_vector
from catalog.succession import Successor, successors_of

IN_ORDER = (ReferenceRow.place, ReferenceRow.created_at, ReferenceRow.id)
"""A product's reference images, the first one first."""


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


async def known_references(session: AsyncSession, catalog_id: UUID, part_numbers: list[str]) -> dict[str, set[str]]:
    """Content hashes of the pictures that products already have, by part number: they need no new vector. Those of what
    came and of what is kept and exported; a removed product's too, which comes back with them.
    """
    statement = (
        sa.select(ProductRow.part_number, ReferenceRow.content_hash, ReferenceRow.object_key, ReferenceRow.role)
        .join(ReferenceRow)
        .where(ProductRow.catalog_id == catalog_id, ProductRow.part_number.in_(part_numbers))
    )
    known: dict[str, set[str]] = {part_number: set() for part_number in part_numbers}
    for part_number, content_hash, object_key, role in await session.execute(statement):
        kept = digest_of(object_key)
        # What came as another role's picture is taken over by the catalog, unless it comes as it was exported.
        known[part_number] |= {content_hash, kept} if role == ReferenceRole.CATALOG.value else {kept}
    return known


def digest_of(object_key: str) -> str:
    """The hash (hex sha256) of a file in the picture store, which is named by it."""
    return object_key.rsplit("/", 1)[-1]


async def add_taught(
    session: AsyncSession, gallery: Gallery, product_id: UUID, taught: Sequence[NewReference], most: int
) -> None:
    """Add photos by which somebody teaches a product. Those that it has already, as it has them, stay as they are.

    Raises:
        ReferencesTooMany: it would have more than ``most`` reference images.
        ProductNotFound: it was removed meanwhile.

    """
    # Locked, so that two who teach the same product count each other's photos, and nobody removes it meanwhile.
    here = sa.select(ProductRow.id).where(ProductRow.id == product_id, ProductRow.deleted_at.is_(None))
    if await session.scalar(here.with_for_update()) is None:
        raise ProductNotFound("the product was removed a moment ago")
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
    statement = sa.select(ProductRow).where(
        ProductRow.catalog_id == catalog_id,
        ProductRow.part_number == part_number,
        ProductRow.deleted_at.is_(None),
    )
    product = await session.scalar(statement.execution_options(populate_existing=True))
    if product is None:
        raise ProductNotFound(f"the catalog has no product {part_number!r}")
    return product


async def add_reference(session: AsyncSession, gallery: Gallery, product_id: UUID, new: NewReference) -> None:
    """Add a reference image and its vector, after those that the product has; one with the same content is replaced.

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
    of_product = ReferenceRow.product_id == product_id
    place = sa.select(sa.func.coalesce(sa.func.max(ReferenceRow.place) + 1, 0)).where(of_product).scalar_subquery()
    # With all columns' values: SQLAlchemy loses their defaults beside a CTE.
    statement = insert(ReferenceRow).values(
        id=uuid4(),
        product_id=product_id,
        content_hash=new.content_hash,
        surface_state=SurfaceState.PENDING.value,
        text_state=TextState.PENDING.value,
        look_state=LookState.PENDING.value,
        place=place,
        **values,
    )
    # In the same round trip: whoever keeps a copy of the products asks for those that have changed.
    touched = sa.update(ProductRow).where(ProductRow.id == product_id).values(updated_at=sa.func.now())
    statement = statement.add_cte(touched.cte("touched"))
    statement = statement.on_conflict_do_update(
        index_elements=(ReferenceRow.product_id, ReferenceRow.content_hash), set_=values
    )
    reference_id = (await session.execute(statement.returning(ReferenceRow.id))).scalar_one()
    await insert_vector(session, gallery.partition, reference_id=reference_id, product_id=product_id, vector=new.vector)


async def drop_references_except(session: AsyncSession, product_id: UUID, content_hashes: set[str]) -> int:
    """Drop a product's catalog pictures that are no longer listed (their vectors go with them); says how many. They
    are listed by the hash of what came, or of what is kept.
    """
    statement = sa.select(ReferenceRow.id, ReferenceRow.content_hash, ReferenceRow.object_key).where(
        ReferenceRow.product_id == product_id, ReferenceRow.role == ReferenceRole.CATALOG.value
    )
    gone = [
        reference_id
        for reference_id, content_hash, object_key in await session.execute(statement)
        if not {content_hash, digest_of(object_key)} & content_hashes
    ]
    if gone:
        await session.execute(sa.delete(ReferenceRow).where(ReferenceRow.id.in_(gone)))
        await session.execute(sa.update(ProductRow).where(ProductRow.id == product_id).values(updated_at=sa.func.now()))
    return len(gone)


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


async def get_reference(session: AsyncSession, reference_id: UUID) -> ReferenceRow:
    """A reference image; a removed product's too, until it is purged, because earlier answers show it.

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
        .where(ReferenceRow.id == reference_id, ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None))
    )
    product_id = await session.scalar(statement)
    if product_id is None:
        raise ReferenceNotFound(f"the catalog has no reference image {reference_id}")
    return product_id
