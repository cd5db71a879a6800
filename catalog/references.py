"""Reference images of products."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import ProductNotFound, ReferenceNotFound, ReferencesTooMany
from catalog.galleries import Gallery
from catalog.models import LookState, ProductRow, ReferenceRole, ReferenceRow, SurfaceState, TextState
from catalog.search.vectors import Vector, insert_vector

IN_ORDER = (ReferenceRow.place, ReferenceRow.created_at, ReferenceRow.id)
"""A product's reference images, the first one first."""


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
