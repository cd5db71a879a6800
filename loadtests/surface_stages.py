"""What a photo's surface stages cost: features, signing, the check of the best 20; on real photos, or on the demo's."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

import cv2
from PIL import Image

from catalog.search.surface.index import SurfaceIndex, build_index
from catalog.search.surface.segment import Entry
from catalog.search.surface.signatures import Signatures
from service.demo.data_set import DATA
from service.evaluation.manifest import read_photo_set
from service.memory import keep_freed_memory
from service.recognition.proposals import to_check
from service.recognition.surface.channel import SurfaceChannel
from service.recognition.surface.features import QUERY_FEATURES, LocalFeatures, extract_features
from service.recognition.surface.signing import sign_query
from service.recognition.surface.vocabulary import Vocabulary

PHOTOS: Final = 60
MOST_REFERENCES: Final = 405

T = TypeVar("T")

Picture = tuple[str, Path]
"""A product and a picture of it."""


@dataclass(frozen=True, kw_only=True)
class StageTimes:
    """Milliseconds, one of each photo. ``source``: which photos."""

    source: str
    features: list[float] = field(default_factory=list)
    signing_coarse: list[float] = field(default_factory=list)
    signing_fine: list[float] = field(default_factory=list)
    geometry: list[float] = field(default_factory=list)

    def signing(self, *, fine: bool) -> list[float]:
        """By fine words or by coarse ones."""
        return self.signing_fine if fine else self.signing_coarse


def measure_stages(photos: Path, vocabulary: Vocabulary) -> StageTimes:
    """One photo after the other, as one lookup would be; the references checked are those that a lookup would
    check by what recall gives.
    """
    source, asked, references = _pictures(photos)
    keep_freed_memory()
    threads = cv2.getNumThreads()
    channel = SurfaceChannel(vocabulary)
    try:
        return asyncio.run(_measure(channel, vocabulary, source, asked, references))
    finally:
        cv2.setNumThreads(threads)


def _pictures(photos: Path) -> tuple[str, list[Path], list[Picture]]:
    if (photos / "grocery").is_dir():
        groceries = read_photo_set(photos / "grocery")
        asked = [one.path for one in groceries.queries("Packages")]
        references = [(one.label, one.path) for one in groceries.references("views")]
        source = "packages of groceries"
    else:
        asked = sorted((DATA / "queries").glob("*.jpg"))
        pictures = sorted((DATA / "references").glob("*.webp"))
        references = [(path.stem.rsplit("-", 1)[0], path) for path in pictures]
        source = "the demo's photos"
    random.Random(0).shuffle(asked)
    return source, asked[:PHOTOS], references[:MOST_REFERENCES]


async def _measure(
    channel: SurfaceChannel, vocabulary: Vocabulary, source: str, asked: Sequence[Path], references: Sequence[Picture]
) -> StageTimes:
    times = StageTimes(source=source)
    described = [channel.describe(_opened(path)) for _, path in references]
    products = [label for label, _ in references]
    index = build_index(_entries(products, [signatures for signatures, _ in described]))
    packed = {UUID(int=number): features for number, (_, features) in enumerate(described)}
    for path in asked:
        image = _opened(path)
        features = _timed(times.features, partial(extract_features, image, QUERY_FEATURES))
        for fine, kept in ((False, times.signing_coarse), (True, times.signing_fine)):
            _timed(kept, partial(sign_query, features, vocabulary, fine=fine))
        await _check(channel, features, index, packed, times.geometry)
    await channel.close()
    return times


async def _check(
    channel: SurfaceChannel,
    features: LocalFeatures,
    index: SurfaceIndex,
    packed: dict[UUID, bytes],
    milliseconds: list[float],
) -> None:
    recalled = await channel.recall(features, index)
    hits = [(hit.reference_id, hit.product_id, hit.features_key) for hit in recalled.hits]
    chosen = [(product, packed[reference]) for reference, product, _ in to_check(hits, ())]
    start = time.perf_counter()
    await channel.verify(features, chosen)
    milliseconds.append(1000 * (time.perf_counter() - start))


def _entries(products: Sequence[str], signed: Sequence[Signatures]) -> Iterator[tuple[Entry, Signatures]]:
    numbers = {product: UUID(int=number) for number, product in enumerate(dict.fromkeys(products))}
    for number, (product, signatures) in enumerate(zip(products, signed, strict=True)):
        yield Entry(UUID(int=number), numbers[product], ""), signatures


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def _timed(milliseconds: list[float], work: Callable[[], T]) -> T:
    start = time.perf_counter()
    result = work()
    milliseconds.append(1000 * (time.perf_counter() - start))
    return result
