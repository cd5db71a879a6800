"""Embedding spaces and galleries: which vectors a catalog is searched by."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import CatalogNotFound, SpaceMismatch
from catalog.models import CatalogRow, GalleryRow, GalleryState, SpaceRow
from catalog.search.vectors import Partition, create_partition


@dataclass(frozen=True, kw_only=True)
class SpaceKey:
    """What makes two vectors comparable: the model, how pictures are prepared for it, and the dimension."""

    bundle_identity: str
    bundle_name: str
    preprocessing_revision: int
    dimension: int


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """A catalog's live vectors and the space they lie in."""

    id: int
    catalog_id: UUID
    space: SpaceKey

    @property
    def partition(self) -> Partition:
        """Where the vectors are."""
        return Partition(gallery_id=self.id, dimension=self.space.dimension)


async def create_gallery(session: AsyncSession, catalog_id: UUID, space: SpaceKey, state: GalleryState) -> Gallery:
    """Make an empty gallery with its partition."""
    row = GalleryRow(catalog_id=catalog_id, space_id=await _space_id(session, space), state=state.value)
    session.add(row)
    await session.flush()
    gallery = Gallery(id=row.id, catalog_id=catalog_id, space=space)
    await create_partition(await session.connection(), gallery.partition)
    return gallery


async def live_gallery(session: AsyncSession, catalog_id: UUID, space: SpaceKey) -> Gallery:
    """The catalog's live gallery, if it is of this space.

    Raises:
        SpaceMismatch: the catalog was embedded with another model; mixing the two would rank at random.

    """
    return _of_space(await describe_gallery(session, catalog_id), space)


async def live_gallery_by_name(session: AsyncSession, catalog_name: str, space: SpaceKey) -> Gallery:
    """As :func:`live_gallery`, in one round trip from the catalog's name.

    Raises:
        CatalogNotFound: none of this name.
        SpaceMismatch: the catalog was embedded with another model.

    """
    found = (await session.execute(_LIVE_BY_NAME, {"name": catalog_name})).one_or_none()
    if found is None:
        raise CatalogNotFound(f"there is no catalog {catalog_name!r}")
    catalog_id, gallery_id, row = found
    return _of_space(Gallery(id=gallery_id, catalog_id=catalog_id, space=_key(row)), space)


async def describe_gallery(session: AsyncSession, catalog_id: UUID) -> Gallery:
    """The catalog's live gallery, of whatever space."""
    statement = (
        sa.select(GalleryRow.id, SpaceRow)
        .join(SpaceRow, SpaceRow.id == GalleryRow.space_id)
        .where(GalleryRow.catalog_id == catalog_id, GalleryRow.state == GalleryState.LIVE.value)
    )
    gallery_id, space = (await session.execute(statement)).one()
    return Gallery(id=gallery_id, catalog_id=catalog_id, space=_key(space))


# Built once: SQLAlchemy takes longer to build a statement than PostgreSQL to answer it.
_LIVE_BY_NAME = (
    sa.select(CatalogRow.id, GalleryRow.id, SpaceRow)
    .join(GalleryRow, GalleryRow.catalog_id == CatalogRow.id)
    .join(SpaceRow, SpaceRow.id == GalleryRow.space_id)
    .where(CatalogRow.name == sa.bindparam("name"), GalleryRow.state == GalleryState.LIVE.value)
)


def _of_space(gallery: Gallery, space: SpaceKey) -> Gallery:
    if gallery.space.bundle_identity != space.bundle_identity:
        raise SpaceMismatch(
            f"the catalog was embedded with {gallery.space.bundle_name} ({gallery.space.bundle_identity[:12]}), "
            f"this service runs {space.bundle_name} ({space.bundle_identity[:12]})"
        )
    return gallery


def _key(row: SpaceRow) -> SpaceKey:
    return SpaceKey(
        bundle_identity=row.bundle_identity,
        bundle_name=row.bundle_name,
        preprocessing_revision=row.preprocessing_revision,
        dimension=row.dimension,
    )


async def _space_id(session: AsyncSession, space: SpaceKey) -> int:
    unique = (SpaceRow.bundle_identity, SpaceRow.preprocessing_revision, SpaceRow.dimension)
    added = insert(SpaceRow).values(
        bundle_identity=space.bundle_identity,
        bundle_name=space.bundle_name,
        preprocessing_revision=space.preprocessing_revision,
        dimension=space.dimension,
    )
    # The update changes nothing that matters; it makes RETURNING answer for a row that was there before.
    statement = added.on_conflict_do_update(
        index_elements=unique, set_={"bundle_name": added.excluded.bundle_name}
    ).returning(SpaceRow.id)
    return (await session.execute(statement)).scalar_one()
