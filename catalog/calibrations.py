"""Calibrations of catalogs in the database: which are due, who makes one, what it is made from, and which one counts.

What makes one holds a lease on its catalog, so that of several processes one works on it; whoever dies lets it run out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.enrichment import SURFACE, count_of_catalog
from catalog.errors import CatalogNotFound
from catalog.galleries import SpaceKey, describe_gallery
from catalog.lookups import CONFIRMED, NONE_OF_THESE, newest_word
from catalog.models import CalibrationRow, CatalogRow, ConfirmationRow, LookupRow, ProductRow, ReferenceRow

LEASE: Final = timedelta(minutes=1)

GROWN: Final = 0.1
"""Share of references that came or went since a catalog was rehearsed, from which on it is rehearsed anew."""

CONFIRMED_ANEW: Final = 20
"""Confirmations since the last calibration from which on they are taken in."""

MOST_CONFIRMED: Final = 2_000
"""Confirmed lookups that a calibration is made from; the newest."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """A catalog that wants to be calibrated. ``last``: the calibration that counts until then; ``rehearse``: whether
    its answers no longer hold, so that the catalog is to be asked about its pictures again.
    """

    catalog_id: UUID
    wrong_matches: float
    reference_images: int
    last: CalibrationRow | None
    rehearse: bool


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """A lookup and what a worker said of it. ``right``: the first candidate is the product; ``absent``: none is."""

    logit: float
    right: bool
    absent: bool


@dataclass(frozen=True, kw_only=True)
class SampledReference:
    """One of a catalog's pictures. ``others``: how many more its product has."""

    reference_id: UUID
    product_id: UUID
    object_key: str
    others: int


async def next_due(session: AsyncSession, maker: str, space: SpaceKey) -> Due | None:
    """A catalog to be calibrated that is searched in this space and that nobody is at. None is while references wait to
    be described.
    """
    free = sa.or_(CatalogRow.calibrating_until.is_(None), CatalogRow.calibrating_until < sa.func.now())
    here = CatalogRow.deleted_at.is_(None)
    for catalog in await session.scalars(sa.select(CatalogRow).where(free, here).order_by(CatalogRow.created_at)):
        if (await describe_gallery(session, catalog.id)).space != space:
            continue
        counts = await count_of_catalog(session, SURFACE, catalog.id)
        if counts.pending or not counts.done or _given_up(catalog, counts.done):
            continue
        last = await _newest(session, catalog.id)
        stale = last is None or last.maker != maker or _changed(last.reference_images, counts.done)
        if stale or await _wants(session, catalog, last, maker):
            return Due(
                catalog_id=catalog.id,
                wrong_matches=catalog.wrong_matches,
                reference_images=counts.done,
                last=last,
                rehearse=stale,
            )
    return None


async def take(session: AsyncSession, catalog_id: UUID, *, until: datetime | None = None) -> datetime | None:
    """Take the right to calibrate a catalog for a minute, or keep it: ``until`` is what this gave the last time. None:
    somebody else has it, or the catalog is gone.
    """
    held = CatalogRow.calibrating_until
    free = sa.or_(held.is_(None), held < sa.func.now()) if until is None else held == until
    statement = sa.update(CatalogRow).where(CatalogRow.id == catalog_id, free)
    statement = statement.values(calibrating_until=sa.func.clock_timestamp() + LEASE)
    return await session.scalar(statement.returning(CatalogRow.calibrating_until))


async def give_back(session: AsyncSession, catalog_id: UUID) -> None:
    """Give back the right to calibrate a catalog."""
    statement = sa.update(CatalogRow).where(CatalogRow.id == catalog_id).values(calibrating_until=None)
    await session.execute(statement.execution_options(synchronize_session=False))


async def fail(session: AsyncSession, catalog_id: UUID, *, failure: str, code: str, reference_images: int) -> None:
    """Give a catalog's calibration up, until somebody asks for it or a tenth of its references have come or gone;
    gives back the right to make one.
    """
    await _set_failure(session, catalog_id, failure, code, reference_images)
    await give_back(session, catalog_id)


async def sample_references(session: AsyncSession, catalog_id: UUID, most: int) -> list[SampledReference]:
    """Described pictures of a catalog, always the same: one of as many products as can be, then a second one."""
    scrambled = sa.func.md5(sa.cast(ReferenceRow.id, sa.Text))
    product = ReferenceRow.product_id
    numbered = (
        sa.select(
            ReferenceRow.id,
            ReferenceRow.product_id,
            ReferenceRow.object_key,
            sa.func.row_number().over(partition_by=product, order_by=scrambled).label("place"),
            (sa.func.count().over(partition_by=product) - 1).label("others"),
            scrambled.label("scrambled"),
        )
        .join(ProductRow, ProductRow.id == ReferenceRow.product_id)
        .where(ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None), SURFACE.state == SURFACE.done)
        .subquery()
    )
    statement = sa.select(numbered).order_by(numbered.c.place, numbered.c.scrambled).limit(most)
    return [
        SampledReference(reference_id=row.id, product_id=row.product_id, object_key=row.object_key, others=row.others)
        for row in await session.execute(statement)
    ]


async def confirmed_answers(session: AsyncSession, catalog_id: UUID, maker: str) -> tuple[list[Confirmed], int]:
    """The newest confirmed lookups that this maker was asked, and the sequence of the last confirmation of all."""
    newest = newest_word()
    statement = (
        sa.select(
            LookupRow.certainty,
            LookupRow.answer["candidates"][0]["partNumber"].as_string().label("first"),
            newest.c.outcome,
            newest.c.part_number,
        )
        .select_from(LookupRow)
        .join(newest, sa.true())
        .where(LookupRow.catalog_id == catalog_id, LookupRow.certainty_maker == maker)
        .where(newest.c.outcome.in_((CONFIRMED, NONE_OF_THESE)))
        .order_by(LookupRow.created_at.desc(), LookupRow.id)
        .limit(MOST_CONFIRMED)
    )
    last = await session.scalar(sa.select(sa.func.max(ConfirmationRow.sequence)))
    return [
        Confirmed(logit=logit, right=outcome == CONFIRMED and first == said, absent=outcome == NONE_OF_THESE)
        for logit, first, outcome, said in await session.execute(statement)
    ], last or 0


async def put_calibration(session: AsyncSession, row: CalibrationRow) -> None:
    """Let a calibration count from now on, in the next version; gives back the right to make one."""
    newest = await session.scalar(
        sa.select(sa.func.max(CalibrationRow.version)).where(CalibrationRow.catalog_id == row.catalog_id)
    )
    row.version = (newest or 0) + 1
    session.add(row)
    await session.flush()
    await _set_failure(session, row.catalog_id, None, None, None)
    await give_back(session, row.catalog_id)


async def calibration_of(session: AsyncSession, catalog_id: UUID, maker: str) -> CalibrationRow | None:
    """The calibration that counts; None where there is none of this maker's log-odds."""
    last = await _newest(session, catalog_id)
    return last if last is not None and last.maker == maker else None


async def read_calibration(
    session: AsyncSession, catalog_name: str, maker: str
) -> tuple[CatalogRow, CalibrationRow | None]:
    """A catalog, which knows what share of wrong matches it wants, and the calibration that counts.

    Raises:
        CatalogNotFound: none of this name.

    """
    catalog = await session.scalar(sa.select(CatalogRow).where(CatalogRow.name == catalog_name))
    if catalog is None:
        raise CatalogNotFound(f"there is no catalog {catalog_name!r}")
    return catalog, await calibration_of(session, catalog.id, maker)


async def set_wrong_matches(session: AsyncSession, catalog_name: str, share: float) -> None:
    """Want this share of wrong ones among matches; the next calibration goes by it. One that was given up is tried
    anew.

    Raises:
        CatalogNotFound: none of this name.

    """
    statement = sa.update(CatalogRow).where(CatalogRow.name == catalog_name).values(wrong_matches=share)
    catalog_id = await session.scalar(statement.returning(CatalogRow.id))
    if catalog_id is None:
        raise CatalogNotFound(f"there is no catalog {catalog_name!r}")
    await _set_failure(session, catalog_id, None, None, None)


async def _set_failure(
    session: AsyncSession, catalog_id: UUID, failure: str | None, code: str | None, reference_images: int | None
) -> None:
    statement = sa.update(CatalogRow).where(CatalogRow.id == catalog_id)
    await session.execute(
        statement.values(
            calibration_failure=failure,
            calibration_failure_code=code,
            calibration_failed_images=reference_images,
        )
    )


async def _newest(session: AsyncSession, catalog_id: UUID) -> CalibrationRow | None:
    statement = sa.select(CalibrationRow).where(CalibrationRow.catalog_id == catalog_id)
    return (await session.scalars(statement.order_by(CalibrationRow.version.desc()).limit(1))).one_or_none()


def _given_up(catalog: CatalogRow, references: int) -> bool:
    failed = catalog.calibration_failed_images
    return failed is not None and not _changed(failed, references)


def _changed(before: int, now: int) -> bool:
    return abs(now - before) > GROWN * before


async def _wants(session: AsyncSession, catalog: CatalogRow, last: CalibrationRow | None, maker: str) -> bool:
    """Whether what holds of the rehearsal is to be fitted anew."""
    if last is None or last.wrong_matches != catalog.wrong_matches:
        return True
    anew = (
        sa.select(sa.func.count())
        .select_from(ConfirmationRow)
        .join(LookupRow, LookupRow.id == ConfirmationRow.lookup_id)
        .where(ConfirmationRow.sequence > last.last_confirmation)
        .where(LookupRow.catalog_id == catalog.id, LookupRow.certainty_maker == maker)
    )
    return (await session.scalar(anew) or 0) >= CONFIRMED_ANEW
