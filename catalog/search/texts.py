"""Text that was read on reference pictures: kept by reference, given by product."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.enrichment import TEXT, mark
from catalog.models import ReferenceRow, TextState

KEPT_CHARACTERS = 4_000
"""Of a reference's text."""

TEXTS_OF_PRODUCT = 20
"""References of a product whose text is given: the oldest that have any."""


@dataclass(frozen=True, kw_only=True)
class ProductTexts:
    """What was read on a product's pictures, a text each, with lines. ``unread``: some are not read yet."""

    texts: Sequence[str]
    unread: bool


async def put_text(session: AsyncSession, reference_id: UUID, *, reader: str, lines: Sequence[str]) -> None:
    """Keep what a reader has read on a reference, in place of what was read before, and say that it is read."""
    text = "\n".join(" ".join(line.replace("\x00", " ").split()) for line in lines)
    await session.execute(
        sa.update(ReferenceRow)
        .where(ReferenceRow.id == reference_id)
        .values(text_read=text[:KEPT_CHARACTERS])
        .execution_options(synchronize_session=False)
    )
    await mark(session, TEXT, reference_id, TEXT.done, reader)


async def mark_unreadable(session: AsyncSession, reference_id: UUID, *, reader: str) -> None:
    """Say that a reference could not be read; what another reader has read goes."""
    await session.execute(
        sa.update(ReferenceRow)
        .where(ReferenceRow.id == reference_id)
        .values(text_read=None)
        .execution_options(synchronize_session=False)
    )
    await mark(session, TEXT, reference_id, TEXT.failed, reader)


async def texts_of(session: AsyncSession, product_ids: Collection[UUID]) -> dict[UUID, ProductTexts]:
    """The texts of each of these products that has pictures."""
    in_order = aggregate_order_by(ReferenceRow.text_read, ReferenceRow.created_at, ReferenceRow.id)
    statement = (
        sa.select(
            ReferenceRow.product_id,
            sa.func.array_agg(in_order).filter(ReferenceRow.text_read != ""),
            sa.func.bool_or(ReferenceRow.text_state == TextState.PENDING.value),
        )
        .where(ReferenceRow.product_id.in_(product_ids))
        .group_by(ReferenceRow.product_id)
    )
    return {
        product_id: ProductTexts(texts=(texts or [])[:TEXTS_OF_PRODUCT], unread=unread)
        for product_id, texts, unread in await session.execute(statement)
    }
