"""Products that a self-test asks about: which, and what came of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.calibrations import SampledReference
from catalog.models import (
    CheckState,
    ProductRow,
    ReferenceRow,
    RehearsalAnswerRow,
    SelfTestItemRow,
    SelfTestRow,
)
from catalog.rehearsals import prune_answers
from catalog.self_tests import DONE, FAILED, PENDING, HeldTest, pictures_now

OF_CATEGORY: Final = 5
"""Products of a category that are asked about at least, where the catalog is sampled."""


@dataclass(frozen=True, kw_only=True)
class SelfTestItem:
    """A product to be asked about by one of its pictures, and where the picture behind it lies."""

    place: int
    reference: SampledReference
    ground_key: str


@dataclass(frozen=True, kw_only=True)
class SelfTested:
    """What came of a product: as :class:`catalog.rehearsals.Seen`; ``base``: it is of the sample of the whole."""

    product_id: UUID
    base: bool
    drawn: bool
    rank: int | None
    candidates: list[tuple[UUID, float]]


async def plan_test(session: AsyncSession, test: HeldTest) -> HeldTest:
    """Choose what to ask about: a picture of each of ``most`` products, always the same, and where that leaves a
    category with fewer than five, more of it. Gives the test as it is then, with the pictures that the catalog has now.
    """
    count, newest = await pictures_now(session, test.catalog_id)
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
