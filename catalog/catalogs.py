"""Catalogs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.enrichment import SURFACE, TEXT, Counts, count_of_catalog
from catalog.errors import CatalogExists, CatalogNotFound
from catalog.galleries import Gallery, SpaceKey, create_gallery, describe_gallery
from catalog.imports.jobs import fail_open_jobs
from catalog.models import CatalogRow, GalleryState, ProductRow, ReferenceRow


@dataclass(frozen=True, kw_only=True)
class CatalogSummary:
    """A catalog and what it holds."""

    id: UUID
    name: str
    title: str
    created_at: datetime
    products: int
    reference_images: int
    surface: Counts
    text: Counts
    gallery: Gallery


async def create_catalog(session: AsyncSession, name: str, title: str, space: SpaceKey) -> CatalogSummary:
    """Make a catalog with an empty live gallery in ``space``.

    Raises:
        CatalogExists: the name is taken.

    """
    statement = insert(CatalogRow).values(id=uuid4(), name=name, title=title or name)
    made = await session.scalar(statement.on_conflict_do_nothing().returning(CatalogRow.id))
    if made is None:
        raise CatalogExists(f"catalog {name!r} exists")
    await create_gallery(session, made, space, GalleryState.LIVE)
    return await catalog_summary(session, name)


async def find_catalog(session: AsyncSession, name: str) -> UUID:
    """The id of a catalog.

    Raises:
        CatalogNotFound: none of this name.

    """
    found = await session.scalar(sa.select(CatalogRow.id).where(CatalogRow.name == name))
    if found is None:
        raise CatalogNotFound(f"there is no catalog {name!r}")
    return found


async def catalog_summary(session: AsyncSession, name: str) -> CatalogSummary:
    """A catalog with its counts.

    Raises:
        CatalogNotFound: none of this name.

    """
    row = await session.scalar(sa.select(CatalogRow).where(CatalogRow.name == name))
    if row is None:
        raise CatalogNotFound(f"there is no catalog {name!r}")
    return await _summarize(session, row)


async def remove_catalog(session: AsyncSession, name: str) -> None:
    """Remove a catalog: at once nobody finds it, and its name is free. :mod:`catalog.purging` takes away what it held.

    Raises:
        CatalogNotFound: none of this name.

    """
    # A blank is in no catalog's name, so that this one is asked for by nobody.
    gone = sa.update(CatalogRow).where(CatalogRow.name == name)
    gone = gone.values(name=CatalogRow.name + " " + sa.cast(CatalogRow.id, sa.Text), deleted_at=sa.func.now())
    catalog_id = await session.scalar(gone.returning(CatalogRow.id))
    if catalog_id is None:
        raise CatalogNotFound(f"there is no catalog {name!r}")
    await fail_open_jobs(session, catalog_id, "catalog_removed", "the catalog was removed")


async def list_catalogs(session: AsyncSession, among: Collection[UUID] | None = None) -> list[CatalogSummary]:
    """All catalogs by name, or those of some ids."""
    statement = sa.select(CatalogRow).where(CatalogRow.deleted_at.is_(None)).order_by(CatalogRow.name)
    if among is not None:
        statement = statement.where(CatalogRow.id.in_(among))
    rows = await session.scalars(statement)
    return [await _summarize(session, row) for row in rows.all()]


async def _summarize(session: AsyncSession, row: CatalogRow) -> CatalogSummary:
    of_catalog = sa.and_(ProductRow.catalog_id == row.id, ProductRow.deleted_at.is_(None))
    products = await session.scalar(sa.select(sa.func.count()).select_from(ProductRow).where(of_catalog))
    references = await session.scalar(
        sa.select(sa.func.count()).select_from(ReferenceRow).join(ProductRow).where(of_catalog)
    )
    return CatalogSummary(
        id=row.id,
        name=row.name,
        title=row.title,
        created_at=row.created_at,
        products=products or 0,
        reference_images=references or 0,
        surface=await count_of_catalog(session, SURFACE, row.id),
        text=await count_of_catalog(session, TEXT, row.id),
        gallery=await describe_gallery(session, row.id),
    )
