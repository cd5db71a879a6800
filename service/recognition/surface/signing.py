"""From local features to signatures: one a visual word, of a reference or of a photo that is looked up."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from catalog.search.surface.signatures import QuerySignatures, Signatures
from service.recognition.surface.features import LocalFeatures
from service.recognition.surface.vocabulary import FINE_OF_WORD, FINE_WORDS, Vocabulary

WORDS_ASSIGNED: Final = 3
"""Words a query's descriptor is looked up under, where a catalog is searched by 8,192 words."""

FINE_ASSIGNED: Final = 5
PARENTS_TRIED: Final = 4
"""The same by 65,536, and from how many words these fine ones are taken."""


def sign_reference(features: LocalFeatures, vocabulary: Vocabulary) -> Signatures:
    """Signatures under fine words, each descriptor under its nearest."""
    vectors = features.vectors
    words = vocabulary.nearest_words(vectors, 1)
    fine = vocabulary.nearest_fine(vectors, words, 1)
    numbers, bits = _aggregate(vectors, fine, fine // FINE_OF_WORD, vocabulary)
    if len(numbers) == FINE_WORDS:
        raise ValueError("a picture cannot have every word")
    return Signatures(words=numbers, bits=bits)


def sign_query(features: LocalFeatures, vocabulary: Vocabulary, *, fine: bool) -> QuerySignatures:
    """Signatures with multiple assignment, under the words (0..8191) or the fine words (0..65535)."""
    vectors = features.vectors
    if fine:
        words = vocabulary.nearest_fine(vectors, vocabulary.nearest_words(vectors, PARENTS_TRIED), FINE_ASSIGNED)
        numbers, bits = _aggregate(vectors, words, words // FINE_OF_WORD, vocabulary)
    else:
        words = vocabulary.nearest_words(vectors, WORDS_ASSIGNED)
        numbers, bits = _aggregate(vectors, words, words, vocabulary)
    return QuerySignatures(words=numbers, bits=bits, weights=np.ones(len(numbers), np.float32))


def _aggregate(
    vectors: NDArray[np.float32], words: NDArray[np.intp], parents: NDArray[np.intp], vocabulary: Vocabulary
) -> tuple[NDArray[np.uint16], NDArray[np.uint64]]:
    """Sum the normalised residuals of each word, and keep the signs."""
    assigned = words.shape[1]
    residuals = np.repeat(vectors, assigned, axis=0) - vocabulary.centroids[parents.ravel()]
    residuals /= np.maximum(np.linalg.norm(residuals, axis=1, keepdims=True), 1e-6)
    order = np.argsort(words, axis=None, kind="stable")
    numbers, starts = np.unique(words.ravel()[order], return_index=True)
    if not len(numbers):
        return np.zeros(0, np.uint16), np.zeros((0, 2), np.uint64)
    sums = np.add.reduceat(residuals[order], starts, axis=0)
    bits = np.ascontiguousarray(np.packbits(sums > 0, axis=1)).view(np.uint64)
    return numbers.astype(np.uint16), bits
