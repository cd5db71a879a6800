"""Golden vectors: recorded when a bundle is made, replayed wherever one wants to know that nothing changed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.models.golden import GOLDEN_SEEDS, GOLDEN_TEXTS, golden_picture
from service.models.runner import BundleRunner
from service.recognition.embedding.bundle import Bundle, GoldenVectors, Precision, Preprocessing
from service.recognition.embedding.preprocess import preprocess

DIGITS = 6

# Smallest cosine to the golden vector. fp32 differs by summation order; fp16 has 11 significant bits; int8 rounds with
# other saturation on processors without VNNI, and its accuracy is the gate's business: here only damage should show.
LEAST_COSINE: dict[Precision, float] = {"fp32": 0.999999, "fp16": 0.999, "int8": 0.9}
# For fp32 the coordinates too: a cosine hides what every vector has in common.
LARGEST_FP32_DIFFERENCE = 1e-4


@dataclass(frozen=True)
class Replay:
    """How far one precision is from the golden vectors: largest coordinate difference, smallest cosine."""

    precision: Precision
    picture_difference: float
    picture_cosine: float
    text_difference: float
    text_cosine: float
    same_ids: bool
    ok: bool


def golden_pixels(spec: Preprocessing, seeds: Sequence[int] = GOLDEN_SEEDS) -> NDArray[np.uint8]:
    """Draw and preprocess the golden pictures; ``uint8[n, size, size, 3]``."""
    return np.stack([preprocess(golden_picture(seed), spec) for seed in seeds])


def record_golden(
    picture_vectors: NDArray[np.float32],
    texts: tuple[NDArray[np.int64], NDArray[np.float32]] | None,
) -> GoldenVectors:
    """Put down the vectors of ``GOLDEN_SEEDS`` and, with a text tower, ids and vectors of ``GOLDEN_TEXTS``."""
    return GoldenVectors(
        picture_seeds=list(GOLDEN_SEEDS),
        picture_vectors=_rounded(picture_vectors),
        texts=list(GOLDEN_TEXTS) if texts else [],
        text_ids=texts[0].tolist() if texts else [],
        text_vectors=_rounded(texts[1]) if texts else [],
    )


def replay_golden(bundle: Bundle, precision: Precision) -> Replay:
    """Embed the golden pictures and texts again and compare.

    Raises:
        ModelError: this machine cannot run the precision, or the bundle has none such.

    """
    golden = bundle.manifest.golden
    towers = BundleRunner(bundle, precision)
    pictures = towers.embed_pixels(golden_pixels(bundle.manifest.preprocessing, golden.picture_seeds))
    picture_difference, picture_cosine = _distance(pictures, golden.picture_vectors)
    text_difference, text_cosine, same_ids = 0.0, 1.0, True
    if golden.texts:
        same_ids = towers.text_ids(golden.texts).tolist() == golden.text_ids
        text_difference, text_cosine = _distance(towers.embed_texts(golden.texts), golden.text_vectors)
    close = min(picture_cosine, text_cosine) >= LEAST_COSINE[precision]
    exact = precision != "fp32" or max(picture_difference, text_difference) <= LARGEST_FP32_DIFFERENCE
    return Replay(
        precision,
        picture_difference,
        picture_cosine,
        text_difference,
        text_cosine,
        same_ids,
        close and exact and same_ids,
    )


def _rounded(vectors: NDArray[np.float32]) -> list[list[float]]:
    return [[round(float(x), DIGITS) for x in vector] for vector in vectors]


def _distance(vectors: NDArray[np.float32], golden: list[list[float]]) -> tuple[float, float]:
    expected = np.array(golden, dtype=np.float64)
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(expected, axis=1)
    cosine = np.sum(vectors * expected, axis=1) / lengths
    return float(np.abs(vectors - expected).max()), float(cosine.min())
