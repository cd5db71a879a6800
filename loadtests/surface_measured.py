"""Statistics of surfaces, measured on photos of groceries and of clothing.

True pairs are words that a photo and a reference have of features that geometry confirms; false ones any words that a
photo has in common with a picture of something else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import special

from catalog.search.surface.signatures import BITS, FINE_BITS, FINE_OF_COARSE, MOST_WORDS, QuerySignatures, Signatures
from loadtests.surface_statistics import AskedWords, SurfaceStatistics
from service.evaluation.manifest import read_folder, read_photo_set
from service.recognition.surface.features import QUERY_FEATURES, REFERENCE_FEATURES, LocalFeatures, extract_features
from service.recognition.surface.geometry import Keypoints, align
from service.recognition.surface.matching import match_features
from service.recognition.surface.signing import sign_query, sign_reference
from service.recognition.surface.vocabulary import Vocabulary

FORMAT: Final = 3
MOST_PHOTOS: Final = 200
MOST_SIGNATURES: Final = 100_000
STRANGERS_OF_PHOTO: Final = 20
SMOOTHING: Final = 0.1
"""Occurrences added to each word: one that no picture had is rare, not impossible."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture of the product ``label``, empty for one of something else."""

    label: str
    features: LocalFeatures


def kept_statistics(photos: Path, vocabulary: Vocabulary, kept: Path) -> SurfaceStatistics:
    """Read from the folder ``kept``, or measured now and kept there."""
    path = kept / f"statistics-{FORMAT}-{vocabulary.identity}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with (unfinished := path.with_suffix(".unfinished")).open("wb") as file:
            np.savez_compressed(file, **_flat(measure_statistics(photos, vocabulary)))  # type: ignore[arg-type]  # NumPy's stub takes a name for its option
        unfinished.rename(path)
    with np.load(path) as stored:
        return _from_flat(stored)


def measure_statistics(photos: Path, vocabulary: Vocabulary) -> SurfaceStatistics:
    """Of all references of groceries with the strangers, and some of the groceries' photos."""
    groceries = read_photo_set(photos / "grocery")
    asked = groceries.queries(None)
    references = [Seen(one.label, _features(one.path, REFERENCE_FEATURES)) for one in groceries.references(None)]
    references += [Seen("", _features(path, REFERENCE_FEATURES)) for path in read_folder(photos / "no_match")]
    looked = [Seen(one.label, _features(one.path, QUERY_FEATURES)) for one in asked[:: len(asked) // MOST_PHOTOS]]
    signed = [sign_reference(one.features, vocabulary) for one in references]
    return _statistics(references, signed, looked, vocabulary)


def _statistics(
    references: Sequence[Seen], signed: Sequence[Signatures], looked: Sequence[Seen], vocabulary: Vocabulary
) -> SurfaceStatistics:
    bias, covariance, apart = _signs(np.concatenate([one.bits for one in signed]))
    asked, false = {}, {}
    for fine in (False, True):
        queries = [sign_query(one.features, vocabulary, fine=fine) for one in looked]
        level = 0 if fine else FINE_BITS
        true = _true_distances(references, signed, looked, queries, vocabulary, level)
        false[fine] = float(np.mean(_false_distances(references, signed, looked, queries, level)))
        asked[fine] = AskedWords(
            share=_occurrences([one.words for one in queries], MOST_WORDS >> level),
            counts=np.array([len(one) for one in queries]),
            differing=np.bincount(true, minlength=BITS + 1).astype(np.float64),
        )
    alike = {fine: float(np.cos(np.pi / 2 * mean / apart)) for fine, mean in false.items()}
    # Of two signatures of one word, one in so many has the same fine word.
    of_fine = (alike[True] - alike[False]) / (1 - 1 / FINE_OF_COARSE)
    return SurfaceStatistics(
        source=f"{len(references)} references and {len(looked)} photos of groceries and clothing",
        share=_occurrences([one.words for one in signed], MOST_WORDS),
        counts=np.array([len(one) for one in signed if len(one)]),
        coarse=asked[False],
        fine=asked[True],
        bias=bias,
        covariance=covariance,
        alike_coarse=max(0.0, alike[True] - of_fine),
        alike_fine=max(0.0, of_fine),
    )


def _features(path: Path, most: int) -> LocalFeatures:
    with Image.open(path) as image:
        return extract_features(image.convert("RGB"), most)


def _occurrences(words: Sequence[NDArray[np.uint16]], vocabulary: int) -> NDArray[np.float64]:
    return np.bincount(np.concatenate(words), minlength=vocabulary).astype(np.float64) + SMOOTHING


def _distances(some: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.intp]:
    distances: NDArray[np.intp] = np.bitwise_count(some ^ others).sum(axis=1, dtype=np.intp)
    return distances


def _common(query: QuerySignatures, reference: Signatures, level: int) -> NDArray[np.intp]:
    """Distances at all words that both have."""
    place = np.full(MOST_WORDS >> level, -1, np.intp)
    place[query.words] = np.arange(len(query))
    at = place[reference.words >> np.uint16(level)]
    return _distances(query.bits[at[at >= 0]], reference.bits[at >= 0])


def _false_distances(
    references: Sequence[Seen],
    signed: Sequence[Signatures],
    looked: Sequence[Seen],
    queries: Sequence[QuerySignatures],
    level: int,
) -> NDArray[np.intp]:
    strangers = [one for seen, one in zip(references, signed, strict=True) if not seen.label]
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(strangers), (len(looked), STRANGERS_OF_PHOTO)).tolist()
    found = [_common(query, strangers[at], level) for query, some in zip(queries, drawn, strict=True) for at in some]
    return np.concatenate(found)


def _true_distances(
    references: Sequence[Seen],
    signed: Sequence[Signatures],
    looked: Sequence[Seen],
    queries: Sequence[QuerySignatures],
    vocabulary: Vocabulary,
    level: int,
) -> NDArray[np.intp]:
    found = []
    for seen, query in zip(looked, queries, strict=True):
        for reference, signatures in zip(references, signed, strict=True):
            if reference.label == seen.label:
                words = _confirmed_words(seen.features, reference.features, vocabulary)
                kept = np.isin(signatures.words, words)
                found.append(_common(query, Signatures(signatures.words[kept], signatures.bits[kept]), level))
    return np.concatenate(found)


def _confirmed_words(photo: LocalFeatures, reference: LocalFeatures, vocabulary: Vocabulary) -> NDArray[np.intp]:
    """Fine words of the reference's features that geometry confirms in the photo."""
    vectors = reference.vectors
    pairs = match_features(_unit(photo.vectors), _unit(vectors))
    known, seen = Keypoints.of(reference, pairs.reference), Keypoints.of(photo, pairs.query)
    alignment = align(known, seen, reference.size)
    if alignment is None:
        return np.empty(0, np.intp)
    confirmed = vectors[pairs.reference[alignment.inliers]]
    return vocabulary.nearest_fine(confirmed, vocabulary.nearest_words(confirmed, 1), 1).ravel()


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return unit


def _signs(bits: NDArray[np.uint64]) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Mean and covariance of a Gaussian whose signs are correlated as these, and the mean distance of any two.

    By the arcsine law: correlations of signs are 2/pi times the arcsine of those of the Gaussian (Sheppard, 1899).
    """
    some = np.random.default_rng(0).permutation(bits)[:MOST_SIGNATURES]
    signs = np.unpackbits(some.view(np.uint8), axis=1).astype(np.float64)
    share = signs.mean(axis=0)
    return special.ndtri(share), np.sin(np.pi / 2 * np.corrcoef(signs.T)), float((2 * share * (1 - share)).sum())


def _flat(statistics: SurfaceStatistics) -> dict[str, NDArray[np.generic] | float | str]:
    asked = {
        f"{name}_{field}": getattr(getattr(statistics, name), field)
        for name in ("coarse", "fine")
        for field in ("share", "counts", "differing")
    }
    plain = ("source", "share", "counts", "bias", "covariance", "alike_coarse", "alike_fine")
    return asked | {name: getattr(statistics, name) for name in plain}


def _from_flat(stored: "np.lib.npyio.NpzFile") -> SurfaceStatistics:
    def asked(name: str) -> AskedWords:
        return AskedWords(stored[f"{name}_share"], stored[f"{name}_counts"], stored[f"{name}_differing"])

    return SurfaceStatistics(
        source=str(stored["source"]),
        share=stored["share"],
        counts=stored["counts"],
        coarse=asked("coarse"),
        fine=asked("fine"),
        bias=stored["bias"],
        covariance=stored["covariance"],
        alike_coarse=float(stored["alike_coarse"]),
        alike_fine=float(stored["alike_fine"]),
    )
