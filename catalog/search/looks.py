"""Pictures that are copies of one another, by their looks: a few bits a picture, compared by how many of them differ.

Up to 100,000 looks are compared with one in about a millisecond, in memory: 15 MB, and no index to keep.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.enrichment import LOOK
from catalog.models import ProductRow, ReferenceRow

LOOK_BITS: Final = 256
LOOK_TYPE: Final = np.dtype(
    [
        ("whole", "<u8", 4),
        ("content", "<u8", 4),
        ("middle", "<u8", 4),
        ("aspects", "<f4", 2),
        ("colours", "u1", (2, 27)),
    ]
)
"""A look: signs of the whole picture, of what stands out of its ground, and of its middle, lowest frequencies first;
natural logarithms of width by height of the first two, and colours of their ninths (RGB, row by row)."""

NEAR_BITS: Final = 48
"""At most so many of 256 bits differ in copies. Of 1,000 photos of groceries 2 in 500,000 pairs are as near; of copies
coded anew, scaled, made lighter or marked all are, of copies trimmed by 2 % 99 in 100, by 5 % 58."""
NEAR_LOW_BITS: Final = 18
"""And so many of the 64 lowest frequencies' bits."""
NEAR_ASPECT: Final = 0.15
NEAR_COLOUR: Final = 48
"""Levels of 255 by which any ninth may differ: siblings in another colour are no copies."""

# How two pictures may be copies: whole by whole, content by content, and one as the middle of the other.
_WAYS: Final = (("whole", "whole", 0), ("content", "content", 1), ("whole", "middle", 0), ("middle", "whole", 0))

Looks = NDArray[np.void]
"""Of :data:`LOOK_TYPE`."""


@dataclass(frozen=True, kw_only=True)
class LookedAt:
    """A reference whose look is known."""

    reference_id: UUID
    product_id: UUID
    part_number: str
    content_hash: str


@dataclass(frozen=True, eq=False)
class CatalogLooks:
    """A catalog's references and their looks, in one order; ``unknown``: references that nobody has looked at yet."""

    references: Sequence[LookedAt]
    looks: Looks
    unknown: int


def unpacked(content: Sequence[bytes]) -> Looks:
    """Looks as they are kept, one after the other."""
    return np.frombuffer(b"".join(content), dtype=LOOK_TYPE)


def near(one: np.void, others: Looks) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Which of the others are copies of this one, or it of them: their places, and how like they are, 0..1."""
    bits = np.full(len(others), LOOK_BITS, np.int64)
    for mine, theirs, frame in _WAYS:
        low = np.bitwise_count(others[theirs][:, 0] ^ one[mine][0])
        places = np.flatnonzero(low <= NEAR_LOW_BITS)
        if not len(places):
            continue
        some = others[places]
        differing = np.bitwise_count(some[theirs] ^ one[mine]).sum(axis=1, dtype=np.int64)
        colours = np.abs(some["colours"][:, frame].astype(np.int16) - one["colours"][frame].astype(np.int16))
        aspects = np.abs(some["aspects"][:, frame] - one["aspects"][frame])
        fits = (aspects <= NEAR_ASPECT) & (colours.max(axis=1) <= NEAR_COLOUR)
        bits[places] = np.minimum(bits[places], np.where(fits, differing, LOOK_BITS))
    found = np.flatnonzero(bits <= NEAR_BITS)
    return found, 1 - bits[found] / LOOK_BITS


def pairs(looks: Looks, start: int, end: int) -> Iterator[tuple[int, int, float]]:
    """Pairs of copies of which the first is in ``start`` to ``end`` and the other comes after it; with how like."""
    for place in range(start, end):
        found, likeness = near(looks[place], looks[place + 1 :])
        for other, like in zip(found.tolist(), likeness.tolist(), strict=True):
            yield place, place + 1 + other, like


async def catalog_looks(session: AsyncSession, catalog_id: UUID) -> CatalogLooks:
    """All that a catalog's references look like. Those of pictures with nothing on them have none."""
    of_catalog = ProductRow.catalog_id == catalog_id
    statement = (
        sa.select(
            ReferenceRow.id,
            ReferenceRow.product_id,
            ProductRow.part_number,
            ReferenceRow.content_hash,
            ReferenceRow.look,
        )
        .join(ProductRow, ProductRow.id == ReferenceRow.product_id)
        .where(of_catalog, ReferenceRow.look.is_not(None))
        .order_by(ReferenceRow.id)
    )
    references, looks = [], []
    for reference_id, product_id, part_number, content_hash, look in await session.execute(statement):
        references.append(
            LookedAt(
                reference_id=reference_id, product_id=product_id, part_number=part_number, content_hash=content_hash
            )
        )
        looks.append(look or b"")
    waiting = sa.select(sa.func.count()).select_from(ReferenceRow).join(ProductRow)
    unknown = await session.scalar(waiting.where(of_catalog, LOOK.state == LOOK.pending))
    return CatalogLooks(references=references, looks=unpacked(looks), unknown=unknown or 0)


async def identical_elsewhere(
    session: AsyncSession, catalog_id: UUID, content_hashes: Sequence[str]
) -> dict[str, list[LookedAt]]:
    """References of a catalog that are these very files, by content hash."""
    statement = (
        sa.select(ReferenceRow.id, ReferenceRow.product_id, ProductRow.part_number, ReferenceRow.content_hash)
        .join(ProductRow, ProductRow.id == ReferenceRow.product_id)
        .where(ProductRow.catalog_id == catalog_id, ReferenceRow.content_hash.in_(content_hashes))
        .order_by(ProductRow.part_number, ReferenceRow.id)
    )
    found: dict[str, list[LookedAt]] = {}
    for reference_id, product_id, part_number, content_hash in await session.execute(statement):
        one = LookedAt(
            reference_id=reference_id, product_id=product_id, part_number=part_number, content_hash=content_hash
        )
        found.setdefault(content_hash, []).append(one)
    return found


async def put_look(
    session: AsyncSession, reference_id: UUID, *, maker: str, look: bytes | None, flaws: Sequence[str]
) -> None:
    """Keep what a reference looks like, None where nothing is to be told, and what is wrong with it."""
    await session.execute(
        sa.update(ReferenceRow)
        .where(ReferenceRow.id == reference_id)
        .values(look_state=LOOK.done, look_maker=maker, look=look, look_flaws=list(flaws))
        .execution_options(synchronize_session=False)
    )


async def mark_unseen(session: AsyncSession, reference_id: UUID, *, maker: str) -> None:
    """A reference's picture cannot be looked at."""
    await session.execute(
        sa.update(ReferenceRow)
        .where(ReferenceRow.id == reference_id)
        .values(look_state=LOOK.failed, look_maker=maker, look=None, look_flaws=None)
        .execution_options(synchronize_session=False)
    )
