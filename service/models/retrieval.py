"""Exact lookups over labelled pictures: every query against every reference, max-pooled to products."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.models.pictures import LabelledPicture, opened
from service.models.runner import BundleRunner


@dataclass(frozen=True)
class Embedded:
    """Pictures and their vectors, ``float32[n, d]`` in the same order."""

    pictures: Sequence[LabelledPicture]
    vectors: NDArray[np.float32]


@dataclass(frozen=True)
class Lookups:
    """What exact lookups found, one entry per lookup: cosine of the best product, its lead, right or not."""

    score: NDArray[np.float32]
    margin: NDArray[np.float32]
    correct: NDArray[np.bool_]
    present: NDArray[np.bool_]


def embed(runner: BundleRunner, pictures: Sequence[LabelledPicture]) -> Embedded:
    """Embed pictures from disk, one by one."""
    vectors = np.concatenate([runner.embed_pictures([image]) for image in opened(pictures)])
    return Embedded(pictures, vectors)


def product_scores(embedded: Embedded) -> tuple[NDArray[np.float32], list[str], list[str]]:
    """``float32[queries, products]`` cosines, best reference each; the products' labels, the queries' labels."""
    roles = np.array([picture.role for picture in embedded.pictures])
    labels = [picture.label for picture in embedded.pictures]
    references, queries = np.flatnonzero(roles == "reference"), np.flatnonzero(roles == "query")
    products = sorted({labels[at] for at in references})
    cosines = embedded.vectors[queries] @ embedded.vectors[references].T
    owner = np.array([labels[at] for at in references])
    scores = np.stack([cosines[:, owner == product].max(axis=1) for product in products], axis=1)
    return scores, products, [labels[at] for at in queries]


def right_answers(embedded: Embedded) -> NDArray[np.bool_]:
    """Whether each query's best product is its own."""
    scores, products, asked = product_scores(embedded)
    found = [products[at] for at in scores.argmax(axis=1)]
    return np.array([product == own for product, own in zip(found, asked, strict=True)])


def lookups(embedded: Embedded) -> Lookups:
    """Look every query up twice: in the catalog as it is, and without the query's own product."""
    scores, products, asked = product_scores(embedded)
    own = np.array(products)[None, :] == np.array(asked)[:, None]
    without = np.where(own, -1.0, scores).astype(np.float32)
    both = np.concatenate([scores, without])
    first, second = np.sort(both, axis=1)[:, -1], np.sort(both, axis=1)[:, -2]
    present = np.concatenate([own.any(axis=1), np.zeros(len(asked), dtype=np.bool_)])
    hit = np.concatenate([own, np.zeros_like(own)])[np.arange(len(both)), both.argmax(axis=1)]
    return Lookups(score=first, margin=first - second, correct=hit, present=present)
