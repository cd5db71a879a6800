"""How well the demo's photos find their products: top-1, top-5, what unknown parts score, what words find."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalog.search.surface.index import IndexBuilder
from catalog.search.surface.segment import Entry
from service.models.runner import BundleRunner
from service.recognition.embedding.bundle import Bundle
from service.recognition.surface.features import QUERY_FEATURES, REFERENCE_FEATURES, extract_features
from service.recognition.surface.signing import sign_query, sign_reference
from service.recognition.surface.vocabulary import Vocabulary
from service.starter.demo_set import Query, Reference, queries, references, upright
from service.starter.parts.families import demo_parts
from service.starter.parts.words import statements
from service.starter.wording import FIRST, share_right, wordings

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[Image.Image]], Vectors]


@dataclass(frozen=True)
class Figures:
    """Shares in 0..1. ``top1``, ``top5``: photos of products that have no twin, among all products; ``twins_top1``,
    ``twins_top5``: of those that have one. ``sibling_auc``, ``other_auc``: how often a product's photo scores higher
    than one of a sibling (without a twin), of another part, that is in no catalog. ``text_top5``: share of right
    products among the first five (fewer where fewer are right) for a colour and a noun. ``milliseconds`` a picture.
    """

    name: str
    photos: int
    top1: float
    top5: float
    twins_top1: float
    twins_top5: float
    sibling_auc: float
    other_auc: float
    text_top5: float | None
    milliseconds: float


def score_pictures(
    name: str, embed: Embed, folder: Path, *, words: Callable[[Vectors], float] | None = None
) -> Figures:
    """Embed the demo's references and photos and count, each photo against all references, best one per product.

    ``words``: the figure ``text_top5`` of the references' vectors.
    """
    catalog, photos = references(folder), queries(folder)
    gallery = embed([upright(reference.path) for reference in catalog])
    pictures = [upright(photo.path) for photo in photos]
    start = time.perf_counter()
    found = embed(pictures)
    milliseconds = (time.perf_counter() - start) * 1000 / len(pictures)
    return count(name, found @ gallery.T, catalog, photos, milliseconds, words(gallery) if words else None)


def count(
    name: str,
    scores: Vectors,
    catalog: Sequence[Reference],
    photos: Sequence[Query],
    milliseconds: float,
    text_top5: float | None = None,
) -> Figures:
    """Figures of ``scores``, float32[photos, references]."""
    numbers = sorted({reference.part_number for reference in catalog})
    owners = np.array([numbers.index(reference.part_number) for reference in catalog])
    pooled = best_per_product(scores, owners)
    best = pooled.max(axis=1)
    known = np.array([photo.part_number is not None for photo in photos])
    answers = np.array([numbers.index(photo.part_number) for photo in photos if photo.part_number is not None])
    ranks = rank_of(pooled[known], answers)
    paired = np.array([photo.twin for photo in photos])
    twins = paired[known]
    kinds = np.array([photo.kind for photo in photos])
    return Figures(
        name=name,
        photos=len(answers),
        top1=_share(ranks[~twins] < 1),
        top5=_share(ranks[~twins] < FIRST),
        twins_top1=_share(ranks[twins] < 1),
        twins_top5=_share(ranks[twins] < FIRST),
        sibling_auc=_share(best[known][:, None] > best[(kinds == "sibling") & ~paired][None, :]),
        other_auc=_share(best[known][:, None] > best[kinds == "other"][None, :]),
        text_top5=text_top5,
        milliseconds=milliseconds,
    )


def _share(true: NDArray[np.bool_]) -> float:
    """NaN of nothing."""
    return float(true.mean()) if true.size else float("nan")


def score_bundle(name: str, bundle: Bundle, folder: Path) -> Figures:
    """The same for a bundle, on the first precision it has, with texts where it has a text tower."""
    runner = BundleRunner(bundle, next(iter(bundle.manifest.variants)))
    words = None if bundle.manifest.context_length is None else partial(text_score, runner, references(folder))
    return score_pictures(name, runner.embed_pictures, folder, words=words)


def score_surface(name: str, words: Vocabulary, folder: Path) -> Figures:
    """The same for local features under visual words, without geometry."""
    catalog, photos = references(folder), queries(folder)
    entries = [Entry(UUID(int=at), UUID(int=at), "") for at in range(len(catalog))]
    described = [extract_features(upright(one.path), REFERENCE_FEATURES) for one in catalog]
    builder = IndexBuilder()
    builder.add((entry, sign_reference(one, words)) for entry, one in zip(entries, described, strict=True))
    index = builder.build()
    scores = np.zeros((len(photos), len(catalog)), np.float32)
    start = time.perf_counter()
    for row, photo in zip(scores, photos, strict=True):
        asked = sign_query(extract_features(upright(photo.path), QUERY_FEATURES), words, fine=index.fine)
        for hit in index.top(asked, len(catalog)):
            row[hit.reference_id.int] = hit.score
    milliseconds = (time.perf_counter() - start) * 1000 / len(photos)
    return count(name, scores, catalog, photos, milliseconds)


def best_per_product(scores: Vectors, owners: NDArray[np.int64]) -> Vectors:
    """``[photos, references]`` to ``[photos, products]``: the best reference's score."""
    return np.stack([scores[:, owners == product].max(axis=1) for product in range(owners.max() + 1)], axis=1)


def rank_of(scores: Vectors, answers: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many products score higher than the right one, for each photo."""
    right = scores[np.arange(len(answers)), answers]
    ranks: NDArray[np.int64] = (scores > right[:, None]).sum(axis=1)
    return ranks


def text_score(runner: BundleRunner, catalog: Sequence[Reference], gallery: Vectors) -> float:
    """Ask for every colour and noun that some product has, as "red knob"; references stand for products.

    ``gallery``: the references' vectors, float32[references, d].
    """
    numbers = sorted({reference.part_number for reference in catalog})
    owners = np.array([numbers.index(reference.part_number) for reference in catalog])
    known = {part.part_number: statements(part) for part in demo_parts()}
    said = [known[number] for number in numbers]
    found = runner.embed_texts([" ".join(words) for words in wordings(said)]) @ gallery.T
    return share_right(best_per_product(found, owners), said)
