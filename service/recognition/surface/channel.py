"""The surface channel: a photo's features, references that share them, the check of the best; off the event loop."""

import asyncio
import os
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import cv2
import structlog
from PIL import Image
from threadpoolctl import threadpool_limits

from catalog.search.surface.index import SurfaceIndex
from catalog.search.surface.scores import Hit, Scores
from catalog.search.surface.signatures import Signatures
from service.recognition.surface.features import (
    EDGE,
    QUERY_FEATURES,
    REFERENCE_FEATURES,
    FeaturesInvalid,
    LocalFeatures,
    extract_features,
)
from service.recognition.surface.packing import FORMAT, pack_features, unpack_features
from service.recognition.surface.signing import sign_query, sign_reference
from service.recognition.surface.verification import Verification, Verified, verify
from service.recognition.surface.vocabulary import Vocabulary

RECALLED: Final = 64
"""References that recall proposes."""

RECALLED_FURTHER: Final = 1_000
"""The same where a filter narrows the catalog: references that it takes away are among them."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Recalled:
    """The best references by the kernel, best first, and what it says of all."""

    hits: Sequence[Hit]
    scores: Scores


class SurfaceChannel:
    """Also a :class:`~service.recognition.surface.port.SurfaceExtractor`, for the enrichment of references."""

    def __init__(self, vocabulary: Vocabulary, *, threads: int | None = None) -> None:
        """``threads``: photos in work at once, and workers of one photo's check; one a core unless given."""
        self._words = vocabulary
        count = threads or os.cpu_count() or 1
        self._stages = ThreadPoolExecutor(count, thread_name_prefix="surface")
        # Apart, because a check waits for its workers: in one pool the checks could fill it and wait for ever.
        self._checks = ThreadPoolExecutor(count, thread_name_prefix="geometry")
        cv2.setNumThreads(count)
        # Many small products, two at a time: with threads of their own they take three times the processor's time.
        threadpool_limits(1, user_api="blas")

    @classmethod
    def open(cls, path: Path) -> "SurfaceChannel":
        """With a vocabulary from a file.

        Raises:
            VocabularyInvalid: it cannot be read.

        """
        return cls(Vocabulary.load(path))

    @property
    def vocabulary(self) -> str:
        """Identity of the visual words and of the packed form: what was described by others is described anew."""
        return f"{self._words.identity}-{FORMAT}"

    @property
    def edge(self) -> int:
        """Long edge in px that features are taken at."""
        return EDGE

    def describe(self, image: Image.Image) -> tuple[Signatures, bytes]:
        """Signatures and packed features of a reference. Blocks."""
        features = extract_features(image, REFERENCE_FEATURES)
        return sign_reference(features, self._words), pack_features(features)

    async def extract(self, image: Image.Image) -> LocalFeatures:
        """A photo's features."""
        return await self._in_thread(lambda: extract_features(image, QUERY_FEATURES))

    async def recall(self, features: LocalFeatures, index: SurfaceIndex, *, further: bool = False) -> Recalled:
        """The references nearest to a photo; ``further``: more of them, because a filter will take some away."""
        most = RECALLED_FURTHER if further else RECALLED
        return await self._in_thread(lambda: _recall(features, index, self._words, most))

    async def verify(
        self, photo: LocalFeatures, references: Sequence[tuple[Hashable, bytes]], *, off_ground: bool = False
    ) -> Verification:
        """Check (product, packed features) pairs against a photo, in their order. ``off_ground``: as in :func:`verify`.

        Features that cannot be read speak neither for nor against their reference.
        """
        return await self._in_thread(lambda: self._verify(photo, references, off_ground=off_ground))

    def _verify(
        self, photo: LocalFeatures, references: Sequence[tuple[Hashable, bytes]], *, off_ground: bool
    ) -> Verification:
        unpacked = list(self._checks.map(_unpacked, [packed for _, packed in references]))
        products = [product for product, _ in references]
        readable = [(product, one) for product, one in zip(products, unpacked, strict=True) if one is not None]
        checked = verify(photo, readable, self._checks, off_ground=off_ground)
        in_turn = iter(checked.verified)
        verified = [Verified() if one is None else next(in_turn) for one in unpacked]
        return Verification(verified, checked.ground)

    async def close(self) -> None:
        """Wait for what is in work."""
        await asyncio.to_thread(self._stages.shutdown)
        await asyncio.to_thread(self._checks.shutdown)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._stages, work)


def _unpacked(packed: bytes) -> LocalFeatures | None:
    try:
        return unpack_features(packed)
    except FeaturesInvalid as error:
        structlog.get_logger("photocode.surface").warning("features cannot be read", reason=str(error))
        return None


def _recall(features: LocalFeatures, index: SurfaceIndex, vocabulary: Vocabulary, most: int) -> Recalled:
    scores = index.scores(sign_query(features, vocabulary, fine=index.fine))
    return Recalled(hits=scores.top(most), scores=scores)
