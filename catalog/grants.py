"""What a client is allowed: rights by name, in all catalogs or in some."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import CatalogNotFound
from catalog.models import CatalogRow

SEEN_EVERY: Final = timedelta(minutes=1)
"""So often at most it is written down that a client was seen."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Rights, and the catalogs that they are bound to by id; None: all, also those to come."""

    scopes: Sequence[str]
    catalogs: Sequence[UUID] | None = None


@dataclass(frozen=True, kw_only=True)
class LiveClient:
    """A device or key that is good. ``catalogs``: names by id of those that it is bound to and that there are, None for
    all. ``unseen``: that it was seen should be written down again. ``seconds_left``: until it expires, None for ever.
    ``client``: name of whose key it is, which another key may bear too; None of a device.
    """

    id: UUID
    scopes: frozenset[str]
    catalogs: Mapping[UUID, str] | None
    unseen: bool
    seconds_left: float | None = None
    client: str | None = None


async def bound_to(session: AsyncSession, names: Collection[str]) -> list[UUID]:
    """The catalogs of these names.

    Raises:
        CatalogNotFound: there is none of one of them.

    """
    rows = await session.execute(sa.select(CatalogRow.name, CatalogRow.id).where(CatalogRow.name.in_(names)))
    found: dict[str, UUID] = {row.name: row.id for row in rows}
    for name in names:
        if name not in found:
            raise CatalogNotFound(f"there is no catalog {name!r}")
    return [found[name] for name in names]


async def names_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    """Names of those of these catalogs that there are."""
    if not ids:
        return {}
    rows = await session.execute(sa.select(CatalogRow.id, CatalogRow.name).where(CatalogRow.id.in_(ids)))
    return {row.id: row.name for row in rows}
