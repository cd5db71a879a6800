"""Which photo to take next where one has not settled it: a better one, or one of another view.

What a view would tell is computed from the candidates' own reference pictures: a photo of a part from one side looks
like the reference picture of it from there, and the more the other candidates' pictures differ from that, the more
certain it would make the answer. This is the expected gain of experimental design (Lindley, On a Measure of the
Information Provided by an Experiment, 1956), with the probability of the first in place of the information.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from catalog.search.candidates import ReferenceFacts
from catalog.search.vectors import Vector
from service.recognition.search import CandidateSearch
from service.recognition.verdict.likelihood import Likelihood, Likely

CONTENDERS: Final = 5
"""Candidates that a further photo is to tell apart."""

PICTURES: Final = 12
"""Reference pictures of each that are thought of."""

SHARPNESS: Final = 12.0
"""By so much a photo's cosine makes the logit of a candidate larger. Only the order of views depends on it: it says how
much a clear difference between two outweighs small ones between many."""

LEAST_GAIN: Final = 0.01
"""Of probability: less is no reason to turn the part."""


class Way(StrEnum):
    """How the next photo is to differ from the last one."""

    SHARPER = "sharper"
    LIGHTER = "lighter"
    CLOSER = "closer"
    VIEW = "view"


_FAULTS: Final = {
    "too_dark": Way.LIGHTER,
    "blurred": Way.SHARPER,
    "too_far": Way.CLOSER,
    "too_small": Way.CLOSER,
}
"""By code of advice on a photo, in the order in which they are told."""


@dataclass(frozen=True, kw_only=True)
class NextPhoto:
    """``reference``: for a view, the picture to be imitated with the part in hand, which is of the product with this
    ``part_number``; ``gain``: by how much it may be expected to raise the probability of the first candidate, 0..1.
    """

    way: Way
    reference: ReferenceFacts | None = None
    part_number: str | None = None
    gain: float | None = None


async def next_photo(
    found: Likelihood | None, advice: Sequence[str], photos: Sequence[Vector], search: CandidateSearch
) -> NextPhoto | None:
    """The next photo to take of something whose photos, L2-normalised ``float32[d]`` each, left these candidates.

    A faulty photo is to be taken again: what is wrong with it (``advice``, of the last) hides more than a view does.
    None where no further photo promises to help.
    """
    for code, way in _FAULTS.items():
        if code in advice:
            return NextPhoto(way=way)
    contending = list(found.products[:CONTENDERS]) if found else []
    if len(contending) < 2 or not photos:
        return None
    vectors = await search.vectors_of([one.product.product_id for one in contending], PICTURES)
    view = best_view(contending, vectors, np.stack(photos))
    if view is None:
        return None
    reference, gain = view
    for hit in await search.describe([reference], None):
        return NextPhoto(way=Way.VIEW, reference=hit.reference, part_number=hit.part_number, gain=gain)
    return None


def best_view(
    contending: Sequence[Likely], vectors: Mapping[UUID, Mapping[UUID, Vector]], photos: NDArray[np.float32]
) -> tuple[UUID, float] | None:
    """The reference whose view tells most, and the gain of probability that may be expected of it; None where it is
    less than :data:`LEAST_GAIN`. ``photos``: ``float32[n, d]``, whose views have been seen.
    """
    there = [one for one in contending if one.product.product_id in vectors]
    if len(there) < 2:
        return None
    ids = [reference for one in there for reference in vectors[one.product.product_id]]
    counts = [len(vectors[one.product.product_id]) for one in there]
    pictures = np.stack([vector for one in there for vector in vectors[one.product.product_id].values()])
    shares = np.array([one.exact for one in there], dtype=np.float64)
    shares = shares / shares.sum() if shares.sum() > 0 else np.full(len(there), 1 / len(there))
    starts = np.cumsum([0, *counts[:-1]])
    seen = _nearest(photos @ pictures.T, starts).ravel()
    gains = _expected(shares, pictures, starts, seen) - shares.max()
    gains[seen] = -np.inf
    best = int(gains.argmax())
    return (ids[best], float(gains[best])) if gains[best] >= LEAST_GAIN else None


def _expected(
    shares: NDArray[np.float64], pictures: NDArray[np.float32], starts: NDArray[np.intp], seen: NDArray[np.intp]
) -> NDArray[np.float64]:
    """``float64[k]``: probability of the first that is to be expected after a photo of the view of each of ``pictures``
    (``float32[k, d]``; those of product i from ``starts[i]`` on).

    Whichever product it is, held like that view it looks like that picture of its own which is nearest. Where this has
    been ``seen``, the photo says nothing new of this product.
    """
    alike = pictures @ pictures.T
    logits = np.log(np.maximum(shares, 1e-9)) + SHARPNESS * np.maximum.reduceat(alike, starts, axis=1)
    after = np.exp(logits - logits.max(axis=1, keepdims=True))
    first = after.max(axis=1) / after.sum(axis=1)
    first[seen] = shares.max()
    expected: NDArray[np.float64] = first[_nearest(alike, starts)] @ shares
    return expected


def _nearest(alike: NDArray[np.float32], starts: NDArray[np.intp]) -> NDArray[np.intp]:
    """``intp[n, products]``: of each row of ``float32[n, pictures]`` the place of the largest of each product."""
    ends = [*starts[1:].tolist(), alike.shape[1]]
    return np.stack(
        [start + alike[:, start:end].argmax(axis=1) for start, end in zip(starts, ends, strict=True)], axis=1
    )
