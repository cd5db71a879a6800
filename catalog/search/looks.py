"""Pictures that are copies of one another, by their looks: a few bits a picture, compared by how many of them differ.

Up to 100,000 looks are compared with one in about a millisecond, in memory: 35 MB, and no index to keep.
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
        ("levels", "i1", (3, 64)),
    ]
)
"""A look: signs of the whole picture, of what stands out of its ground, and of its middle, lowest frequencies first;
natural logarithms of width by height of the first two, and colours of their ninths (RGB, row by row); luma of 8 by 8
fields of all three, less its mean."""

NEAR_BITS: Final = 64
NEAR_LOW_BITS: Final = 20
"""At most so many of 256 bits differ in copies, and of the 64 lowest frequencies' bits."""
NEAR_LEVEL: Final = 24
"""Levels of 255 by which the luma of any field may differ: a hole more or less is another part, though it changes few
frequencies. ``python -m loadtests.near_duplicates`` tells what these find."""
NEAR_ASPECT: Final = 0.15
NEAR_COLOUR: Final = 48
"""Levels of 255 by which any ninth may differ: siblings in another colour are no copies."""

# How two pictures may be copies: whole by whole, content by content, and one as the middle of the other.
_FRAMES: Final = {"whole": 0, "content": 1, "middle": 2}
_WAYS: Final = (("whole", "whole"), ("content", "content"), ("whole", "middle"), ("middle", "whole"))


@dataclass(frozen=True, eq=False)
class Looks:
    """Looks in some order. ``rows`` are of :data:`LOOK_TYPE`; ``low`` are their lowest frequencies' signs, of each of
    the three apart, because all of them are compared and of the rest few.
    """

    rows: NDArray[np.void]
    low: NDArray[np.uint64]

    def __len__(self) -> int:
        """How many."""
        return len(self.rows)

    def __getitem__(self, some: slice) -> "Looks":
        """Some of them."""
        return Looks(self.rows[some], self.low[:, some])


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
    rows = np.frombuffer(b"".join(content), dtype=LOOK_TYPE)
    return Looks(rows, np.stack([rows[name][:, 0] for name in _FRAMES]))


def near(one: np.void, others: Looks) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Which of the others are copies of this one, or it of them: their places, and how like they are, 0..1."""
    bits = np.full(len(others), LOOK_BITS, np.int64)
    for mine, theirs in _WAYS:
        low = np.bitwise_count(others.low[_FRAMES[theirs]] ^ one[mine][0])
        places = np.flatnonzero(low <= NEAR_LOW_BITS)
        if len(places):
            some = others.rows[places]
            differing = np.bitwise_count(some[theirs] ^ one[mine]).sum(axis=1, dtype=np.int64)
            differing[~_fits(one, some, mine, theirs)] = LOOK_BITS
            bits[places] = np.minimum(bits[places], differing)
    found = np.flatnonzero(bits <= NEAR_BITS)
    return found, 1 - bits[found] / LOOK_BITS


def _fits(one: np.void, others: NDArray[np.void], mine: str, theirs: str) -> NDArray[np.bool_]:
    """Whether what is compared has about the same shape, colours and light and dark places."""
    frame = 1 if mine == "content" else 0
    aspects = np.abs(others["aspects"][:, frame] - one["aspects"][frame])
    colours = _farthest(others["colours"][:, frame], one["colours"][frame])
    levels = _farthest(others["levels"][:, _FRAMES[theirs]], one["levels"][_FRAMES[mine]])
    fits: NDArray[np.bool_] = (aspects <= NEAR_ASPECT) & (colours <= NEAR_COLOUR) & (levels <= NEAR_LEVEL)
    return fits


def _farthest(many: NDArray[np.integer], one: NDArray[np.integer]) -> NDArray[np.int16]:
    difference: NDArray[np.int16] = np.abs(many.astype(np.int16) - one.astype(np.int16)).max(axis=1)
    return difference


def pairs(looks: Looks, start: int, end: int) -> Iterator[tuple[int, int, float]]:
    """Pairs of copies of which the first is in ``start`` to ``end`` and the other comes after it; with how like."""
    for place in range(start, end):
        found, likeness = near(looks.rows[place], looks[place + 1 :])
        for other, like in zip(found.tolist(), likeness.tolist(), strict=True):
            yield place, place + 1 + other, like


async def catalog_looks(session: AsyncSession, catalog_id: UUID) -> CatalogLooks:
    """All that a catalog's references look like. Those of pictures with nothing on them have none."""
    of_catalog = sa.and_(ProductRow.catalog_id == catalog_id, ProductRow.deleted_at.is_(None))
    statement = (
        sa.select(
            ReferenceRow.id,
            ReferenceRow.product_id,
            ProductRow.part_number,
            ReferenceRow.content_hash,
            ReferenceRow.look,
        )
        .join(ProductRow, ProductRow.id == ReferenceRow.product_id)
        # What an earlier version has made, and is made anew now, is another thing.
        .where(of_catalog, sa.func.octet_length(ReferenceRow.look) == LOOK_TYPE.itemsize, LOOK.state == LOOK.done)
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
        .where(
            ProductRow.catalog_id == catalog_id,
            ProductRow.deleted_at.is_(None),
            ReferenceRow.content_hash.in_(content_hashes),
        )
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
