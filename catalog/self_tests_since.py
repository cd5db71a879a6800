"""The self-test of a catalog since a moment, such as the end of an import."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.galleries import SpaceKey, describe_gallery
from catalog.models import SelfTestRow
from catalog.self_tests import pictures_changed


@dataclass(frozen=True, kw_only=True)
class SelfTestSince:
    """A catalog's newest self-test, begun since then; without an ``id``: one will be begun by itself. ``lost`` of
    ``asked`` products did not find themselves, once it is complete.
    """

    id: UUID | None = None
    state: str | None = None
    asked: int | None = None
    lost: int | None = None


async def self_test_since(
    session: AsyncSession, catalog_id: UUID, moment: datetime, expected_in: SpaceKey | None
) -> SelfTestSince | None:
    """The catalog's newest self-test, if it was begun since then; or the one that is still to come: where tests are
    made after imports, in the space ``expected_in``, if pictures came or went since the last one. None: neither.
    """
    counters = SelfTestRow.report["counters"]
    statement = (
        sa.select(
            SelfTestRow.created_at,
            SelfTestRow.id,
            SelfTestRow.state,
            counters["asked"].as_integer(),
            counters["lost"].as_integer(),
        )
        .where(SelfTestRow.catalog_id == catalog_id)
        .order_by(SelfTestRow.created_at.desc(), SelfTestRow.id)
        .limit(1)
    )
    newest = (await session.execute(statement)).one_or_none()
    if newest is not None and newest[0] >= moment:
        return SelfTestSince(id=newest[1], state=newest[2], asked=newest[3], lost=newest[4])
    if expected_in is None or (await describe_gallery(session, catalog_id)).space != expected_in:
        return None
    return SelfTestSince() if await pictures_changed(session, catalog_id) else None
