"""Answers to a catalog's own pictures: whoever asks keeps them, so that the next check need not ask again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.models import RehearsalAnswerRow, SelfTestItemRow


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was found in a picture of a product, or a view of it (``drawn``), where the product was there.

    ``rank``: the product's, from 1; None where it was not found. ``candidates``: products and scores, best first, up to
    the product itself and all that score about as well.
    """

    reference_id: UUID
    product_id: UUID
    drawn: bool
    rank: int | None
    candidates: Sequence[tuple[UUID, float]]


async def put_answer(session: AsyncSession, catalog_id: UUID, maker: str, seen: Seen, *, reference_images: int) -> int:
    """Keep an answer; gives its id. ``maker``: what it was looked through."""
    row = RehearsalAnswerRow(
        catalog_id=catalog_id,
        reference_id=seen.reference_id,
        product_id=seen.product_id,
        maker=maker,
        drawn=seen.drawn,
        rank=seen.rank,
        candidates=[[str(product), score] for product, score in seen.candidates],
        reference_images=reference_images,
    )
    session.add(row)
    await session.flush()
    return row.id


async def find_answer(
    session: AsyncSession,
    reference_id: UUID,
    maker: str,
    *,
    drawn: bool,
    reference_images: int,
    since: datetime | None,
) -> int | None:
    """An answer that still holds: of this maker, given since the catalog has had just these pictures."""
    statement = sa.select(RehearsalAnswerRow.id).where(
        RehearsalAnswerRow.reference_id == reference_id,
        RehearsalAnswerRow.maker == maker,
        RehearsalAnswerRow.drawn == drawn,
        RehearsalAnswerRow.reference_images == reference_images,
    )
    if since is not None:
        statement = statement.where(RehearsalAnswerRow.asked_at > since)
    found: int | None = await session.scalar(statement.order_by(RehearsalAnswerRow.id).limit(1))
    return found


async def prune_answers(session: AsyncSession, catalog_id: UUID, *, before: datetime) -> None:
    """Forget answers from before a moment, except for those that a self-test rests on."""
    used = sa.exists().where(SelfTestItemRow.answer_id == RehearsalAnswerRow.id)
    await session.execute(
        sa.delete(RehearsalAnswerRow)
        .where(RehearsalAnswerRow.catalog_id == catalog_id, RehearsalAnswerRow.asked_at < before, ~used)
        .execution_options(synchronize_session=False)
    )
