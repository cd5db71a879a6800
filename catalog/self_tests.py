"""Self-tests of catalogs in the database: which are due, who works on one, which products it asks about, and what
came of it.

Whoever works on one holds a lease on it, and every product's result is a row: whoever comes after a worker that died
goes on where it was.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.calibrations import SampledReference
from catalog.enrichment import LOOK, SURFACE, count_of_catalog
from catalog.errors import SelfTestNotFound
from catalog.galleries import SpaceKey, describe_gallery
from catalog.models import (
    CatalogRow,
    CheckState,
    ImportJobRow,
    JobState,
    ProductRow,
    ReferenceRow,
    RehearsalAnswerRow,
    SelfTestItemRow,
    SelfTestRow,
)
from catalog.rehearsals import prune_answers

LEASE: Final = timedelta(minutes=1)
OF_CATEGORY: Final = 5
"""Products of a category that are asked about at least, where the catalog is sampled."""
KEPT: Final = 5
"""Self-tests of a catalog, of which the newest is shown."""
PENDING, DONE, FAILED = "pending", "done", "failed"
_OPEN: Final = (CheckState.QUEUED.value, CheckState.RUNNING.value)


@dataclass(frozen=True, kw_only=True)
class HeldTest:
    """A self-test in a worker's hands until ``until``. The rest as of the row."""

    id: UUID
    catalog_id: UUID
    state: str
    most: int
    reference_images: int
    newest: datetime | None
    until: datetime


@dataclass(frozen=True, kw_only=True)
class SelfTestItem:
    """A product to be asked about by one of its pictures, and where the picture behind it lies."""

    place: int
    reference: SampledReference
    ground_key: str


@dataclass(frozen=True, kw_only=True)
class SelfTestProgress:
    """A self-test, its catalog's name, how many products it asks about and how many of them it has."""

    row: SelfTestRow
    catalog_name: str
    asked: int
    done: int


@dataclass(frozen=True, kw_only=True)
class SelfTested:
    """What came of a product: as :class:`catalog.rehearsals.Seen`; ``base``: it is of the sample of the whole."""

    product_id: UUID
    base: bool
    drawn: bool
    rank: int | None
    candidates: list[tuple[UUID, float]]


async def ask_for_test(session: AsyncSession, catalog_id: UUID, most: int) -> None:
    """Let a catalog be tested; nothing new where a test of it waits or runs."""
    # Locked, so that two who ask at once ask for one.
    await session.execute(sa.select(CatalogRow.id).where(CatalogRow.id == catalog_id).with_for_update())
    under_way = sa.select(SelfTestRow.id).where(SelfTestRow.catalog_id == catalog_id, SelfTestRow.state.in_(_OPEN))
    if await session.scalar(under_way) is None:
        count, newest = await _pictures(session, catalog_id)
        session.add(SelfTestRow(id=uuid4(), catalog_id=catalog_id, most=most, reference_images=count, newest=newest))
        await session.flush()


async def newest_test(session: AsyncSession, catalog_id: UUID) -> SelfTestProgress:
    """A catalog's newest self-test.

    Raises:
        SelfTestNotFound: it has had none.

    """
    statement = sa.select(SelfTestRow, CatalogRow.name).join(CatalogRow).where(SelfTestRow.catalog_id == catalog_id)
    statement = statement.order_by(SelfTestRow.created_at.desc(), SelfTestRow.id).limit(1)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise SelfTestNotFound("the catalog has not been tested yet")
    of_test = SelfTestItemRow.self_test_id == row[0].id
    done = sa.func.count().filter(SelfTestItemRow.state != PENDING)
    asked, ended = (await session.execute(sa.select(sa.func.count(), done).where(of_test))).one()
    return SelfTestProgress(row=row[0], catalog_name=row[1], asked=asked, done=ended)


async def due_catalog(session: AsyncSession, space: SpaceKey, *, surfaces: bool) -> UUID | None:
    """A catalog into which something was imported since its last self-test, which is searched in this space, whose
    pictures have all been looked at (and described, with ``surfaces``), and which nobody calibrates just now.
    """
    free = sa.or_(CatalogRow.calibrating_until.is_(None), CatalogRow.calibrating_until < sa.func.now())
    last = (
        sa.select(sa.func.max(SelfTestRow.created_at))
        .where(SelfTestRow.catalog_id == CatalogRow.id)
        .correlate(CatalogRow)
        .scalar_subquery()
    )
    imported = sa.exists().where(
        ImportJobRow.catalog_id == CatalogRow.id,
        ImportJobRow.state == JobState.COMPLETED.value,
        sa.or_(last.is_(None), ImportJobRow.finished_at > last),
    )
    for catalog_id in await session.scalars(sa.select(CatalogRow.id).where(free, imported)):
        if (await describe_gallery(session, catalog_id)).space != space:
            continue
        if await _settled(session, catalog_id, surfaces=surfaces) and await _changed(session, catalog_id):
            return catalog_id
    return None


async def take_test(session: AsyncSession, space: SpaceKey, *, surfaces: bool) -> HeldTest | None:
    """Take a self-test that waits, or whose worker has died; None where there is none whose pictures are settled."""
    free = sa.or_(SelfTestRow.held_until.is_(None), SelfTestRow.held_until < sa.func.now())
    waiting = sa.select(SelfTestRow).where(SelfTestRow.state.in_(_OPEN), free).order_by(SelfTestRow.created_at)
    for row in await session.scalars(waiting.with_for_update(skip_locked=True)):
        same = (await describe_gallery(session, row.catalog_id)).space == space
        if not same or not await _settled(session, row.catalog_id, surfaces=surfaces):
            continue
        statement = sa.update(SelfTestRow).where(SelfTestRow.id == row.id)
        statement = statement.values(held_until=sa.func.clock_timestamp() + LEASE)
        until = await session.scalar(
            statement.returning(SelfTestRow.held_until).execution_options(synchronize_session=False)
        )
        if until is not None:
            return HeldTest(
                id=row.id,
                catalog_id=row.catalog_id,
                state=row.state,
                most=row.most,
                reference_images=row.reference_images,
                newest=row.newest,
                until=until,
            )
    return None


async def keep_test(session: AsyncSession, test_id: UUID, until: datetime) -> datetime | None:
    """Keep a self-test for another minute; None: somebody else has it, or it is gone."""
    statement = sa.update(SelfTestRow).where(SelfTestRow.id == test_id, SelfTestRow.held_until == until)
    statement = statement.values(held_until=sa.func.clock_timestamp() + LEASE)
    return await session.scalar(
        statement.returning(SelfTestRow.held_until).execution_options(synchronize_session=False)
    )


async def give_test_back(session: AsyncSession, test_id: UUID, until: datetime) -> None:
    """Let the next worker have it at once."""
    statement = sa.update(SelfTestRow).where(SelfTestRow.id == test_id, SelfTestRow.held_until == until)
    await session.execute(statement.values(held_until=None).execution_options(synchronize_session=False))


async def plan_test(session: AsyncSession, test: HeldTest) -> HeldTest:
    """Choose what to ask about: a picture of each of ``most`` products, always the same, and where that leaves a
    category with fewer than five, more of it. Gives the test as it is then, with the pictures that the catalog has now.
    """
    count, newest = await _pictures(session, test.catalog_id)
    chosen = await _chosen(session, test.catalog_id, test.most)
    keys = [key for _, _, key, _ in chosen]
    items = [
        {
            "self_test_id": test.id,
            "place": place,
            "product_id": product_id,
            "reference_id": reference_id,
            "ground_key": ground,
            "base": base,
        }
        for place, ((reference_id, product_id, _, base), ground) in enumerate(
            zip(chosen, [*keys[1:], *keys[:1]], strict=True)
        )
    ]
    if items:
        await session.execute(sa.insert(SelfTestItemRow), items)
    values = {"state": CheckState.RUNNING.value, "reference_images": count, "newest": newest}
    statement = sa.update(SelfTestRow).where(SelfTestRow.id == test.id).values(values)
    await session.execute(statement.execution_options(synchronize_session=False))
    if newest is not None:
        await prune_answers(session, test.catalog_id, before=newest)
    return HeldTest(
        id=test.id,
        catalog_id=test.catalog_id,
        state=CheckState.RUNNING.value,
        most=test.most,
        reference_images=count,
        newest=newest,
        until=test.until,
    )


async def add_products(session: AsyncSession, test: HeldTest, product_ids: Collection[UUID]) -> int:
    """Ask about these products too, beyond all samples; says how many had not been asked about."""
    first = _first_pictures(test.catalog_id).subquery()
    known = sa.select(SelfTestItemRow.product_id).where(SelfTestItemRow.self_test_id == test.id)
    statement = sa.select(first.c.id, first.c.product_id, first.c.object_key)
    statement = statement.where(first.c.product_id.in_(product_ids), first.c.product_id.not_in(known))
    chosen = (await session.execute(statement.order_by(first.c.scrambled))).all()
    place = await session.scalar(
        sa.select(sa.func.max(SelfTestItemRow.place)).where(SelfTestItemRow.self_test_id == test.id)
    )
    ground = await session.scalar(
        sa.select(SelfTestItemRow.ground_key).where(SelfTestItemRow.self_test_id == test.id).limit(1)
    )
    items = [
        {
            "self_test_id": test.id,
            "place": (place or 0) + at,
            "product_id": row.product_id,
            "reference_id": row.id,
            "ground_key": ground or row.object_key,
            "base": False,
        }
        for at, row in enumerate(chosen, start=1)
    ]
    if items:
        await session.execute(sa.insert(SelfTestItemRow), items)
    return len(items)


async def pending_items(session: AsyncSession, test_id: UUID) -> list[SelfTestItem]:
    """What is still to be asked, in order."""
    mine = sa.select(sa.func.count() - 1).where(ReferenceRow.product_id == SelfTestItemRow.product_id)
    others = mine.correlate(SelfTestItemRow).scalar_subquery().label("others")
    statement = (
        sa.select(
            SelfTestItemRow.place,
            SelfTestItemRow.ground_key,
            SelfTestItemRow.reference_id,
            SelfTestItemRow.product_id,
            ReferenceRow.object_key,
            others,
        )
        .join(ReferenceRow, ReferenceRow.id == SelfTestItemRow.reference_id)
        .where(SelfTestItemRow.self_test_id == test_id, SelfTestItemRow.state == PENDING)
        .order_by(SelfTestItemRow.place)
    )
    return [
        SelfTestItem(
            place=row.place,
            ground_key=row.ground_key,
            reference=SampledReference(
                reference_id=row.reference_id,
                product_id=row.product_id,
                object_key=row.object_key,
                others=row.others,
            ),
        )
        for row in await session.execute(statement)
    ]


async def finish_item(session: AsyncSession, test_id: UUID, place: int, answer_id: int | None) -> None:
    """Say what was answered; None: the picture is no photo that can be used."""
    statement = sa.update(SelfTestItemRow).where(
        SelfTestItemRow.self_test_id == test_id, SelfTestItemRow.place == place
    )
    values = {"state": DONE if answer_id is not None else FAILED, "answer_id": answer_id}
    await session.execute(statement.values(values).execution_options(synchronize_session=False))


async def tested_products(session: AsyncSession, test_id: UUID) -> list[SelfTested]:
    """What came of each product that was asked about and answered, in order."""
    statement = (
        sa.select(SelfTestItemRow.base, RehearsalAnswerRow)
        .join(RehearsalAnswerRow, RehearsalAnswerRow.id == SelfTestItemRow.answer_id)
        .where(SelfTestItemRow.self_test_id == test_id)
        .order_by(SelfTestItemRow.place)
    )
    return [
        SelfTested(
            product_id=answer.product_id,
            base=base,
            drawn=answer.drawn,
            rank=answer.rank,
            candidates=[(UUID(product), score) for product, score in answer.candidates],
        )
        for base, answer in await session.execute(statement)
    ]


async def finish_test(session: AsyncSession, test: HeldTest, until: datetime, report: dict[str, Any]) -> None:
    """End a self-test, if it is still this worker's; those before the newest few are forgotten."""
    statement = sa.update(SelfTestRow).where(SelfTestRow.id == test.id, SelfTestRow.held_until == until)
    values = {"state": CheckState.COMPLETED.value, "report": report, "held_until": None, "finished_at": sa.func.now()}
    await session.execute(statement.values(values).execution_options(synchronize_session=False))
    newest = (
        sa.select(SelfTestRow.id)
        .where(SelfTestRow.catalog_id == test.catalog_id)
        .order_by(SelfTestRow.created_at.desc())
        .limit(KEPT)
    )
    old = sa.delete(SelfTestRow).where(SelfTestRow.catalog_id == test.catalog_id, SelfTestRow.id.not_in(newest))
    await session.execute(old.execution_options(synchronize_session=False))


def _first_pictures(catalog_id: UUID) -> sa.Select[Any]:
    """A picture of each product of a catalog: the one that a calibration asks about first, in the same order."""
    scrambled = sa.func.md5(sa.cast(ReferenceRow.id, sa.Text))
    numbered = (
        sa.select(
            ReferenceRow.id,
            ReferenceRow.product_id,
            ReferenceRow.object_key,
            ProductRow.category,
            scrambled.label("scrambled"),
            sa.func.row_number().over(partition_by=ReferenceRow.product_id, order_by=scrambled).label("of_product"),
        )
        .join(ProductRow, ProductRow.id == ReferenceRow.product_id)
        .where(ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None))
        .subquery()
    )
    return sa.select(numbered).where(numbered.c.of_product == 1)


async def _chosen(session: AsyncSession, catalog_id: UUID, most: int) -> Sequence[tuple[UUID, UUID, str, bool]]:
    """Reference, product, key, and whether it is of the sample of the whole."""
    first = _first_pictures(catalog_id).subquery()
    of_category = sa.func.row_number().over(partition_by=first.c.category, order_by=first.c.scrambled)
    place = sa.func.row_number().over(order_by=first.c.scrambled)
    numbered = sa.select(first, of_category.label("of_category"), place.label("place")).subquery()
    wanted = sa.or_(numbered.c.place <= most, numbered.c.of_category <= OF_CATEGORY)
    statement = sa.select(numbered).where(wanted)
    statement = statement.order_by(numbered.c.place > most, numbered.c.of_category, numbered.c.place).limit(2 * most)
    return [(row.id, row.product_id, row.object_key, row.place <= most) for row in await session.execute(statement)]


async def _pictures(session: AsyncSession, catalog_id: UUID) -> tuple[int, datetime | None]:
    statement = sa.select(sa.func.count(), sa.func.max(ReferenceRow.created_at)).select_from(ReferenceRow)
    count, newest = (
        await session.execute(
            statement.join(ProductRow).where(ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None))
        )
    ).one()
    return count, newest


async def _changed(session: AsyncSession, catalog_id: UUID) -> bool:
    """Whether pictures have come or gone since the last test."""
    statement = sa.select(SelfTestRow.reference_images, SelfTestRow.newest).where(SelfTestRow.catalog_id == catalog_id)
    last = (await session.execute(statement.order_by(SelfTestRow.created_at.desc()).limit(1))).one_or_none()
    now = await _pictures(session, catalog_id)
    return now[0] > 0 if last is None else (last[0], last[1]) != now


async def _settled(session: AsyncSession, catalog_id: UUID, *, surfaces: bool) -> bool:
    kinds = (LOOK, SURFACE) if surfaces else (LOOK,)
    return not any([(await count_of_catalog(session, kind, catalog_id)).pending for kind in kinds])
