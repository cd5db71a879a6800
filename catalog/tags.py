"""A catalog's list of tags, which photos are compared with by their texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import CatalogNotFound
from catalog.models import CatalogRow


@dataclass(frozen=True, kw_only=True)
class CatalogTag:
    """A tag and the texts for it; none where the tag is its own text."""

    tag: str
    prompts: tuple[str, ...]


async def read_tags(session: AsyncSession, catalog_name: str) -> list[CatalogTag]:
    """The list, in its order.

    Raises:
        CatalogNotFound: none of this name.

    """
    return _tags(await session.scalar(sa.select(CatalogRow.tags).where(CatalogRow.name == catalog_name)), catalog_name)


async def replace_tags(session: AsyncSession, catalog_name: str, tags: Sequence[CatalogTag]) -> list[CatalogTag]:
    """Put a list in the place of the one before; gives it.

    Raises:
        CatalogNotFound: none of this name.

    """
    stored = [{"tag": one.tag, "prompts": list(one.prompts)} for one in tags]
    statement = sa.update(CatalogRow).where(CatalogRow.name == catalog_name).values(tags=stored)
    return _tags(await session.scalar(statement.returning(CatalogRow.tags)), catalog_name)


async def tags_of(session: AsyncSession, catalog_id: UUID) -> list[CatalogTag]:
    """The list of a catalog that is there."""
    stored = await session.scalar(sa.select(CatalogRow.tags).where(CatalogRow.id == catalog_id))
    return [_tag(one) for one in stored or []]


def _tags(stored: list[Any] | None, catalog_name: str) -> list[CatalogTag]:
    if stored is None:
        raise CatalogNotFound(f"there is no catalog {catalog_name!r}")
    return [_tag(one) for one in stored]


def _tag(stored: dict[str, Any]) -> CatalogTag:
    return CatalogTag(tag=stored["tag"], prompts=tuple(stored["prompts"]))
