"""Signatures against the same done by hand, word for word."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from catalog.search.surface.signatures import QuerySignatures, Signatures
from service.recognition.surface.features import LocalFeatures, Taken
from service.recognition.surface.signing import (
    FINE_ASSIGNED,
    PARENTS_TRIED,
    WORDS_ASSIGNED,
    sign_query,
    sign_reference,
)
from service.recognition.surface.vocabulary import FINE_OF_WORD, Vocabulary


def features_of(descriptors: NDArray[np.uint8]) -> LocalFeatures:
    count = len(descriptors)
    return LocalFeatures(
        points=np.zeros((count, 2), np.float32),
        scales=np.ones(count, np.float32),
        angles=np.zeros(count, np.float32),
        descriptors=descriptors,
        size=(480, 360),
        pictures=Taken(colours=np.zeros((36, 48, 3), np.uint8), grey=np.zeros((360, 480), np.uint8)),
    )


def drawn(seed: int, count: int) -> LocalFeatures:
    """Descriptors of few kinds, so that some share a word."""
    rng = np.random.default_rng(seed)
    kinds = rng.gamma(0.4, 40, (max(1, count // 4), 128))
    near = kinds[rng.integers(0, len(kinds), count)] + rng.normal(0, 2, (count, 128))
    return features_of(np.clip(near, 0, 255).astype(np.uint8))


def by_hand(
    features: LocalFeatures, words: NDArray[np.intp], parents: NDArray[np.intp], vocabulary: Vocabulary
) -> dict[int, NDArray[np.float64]]:
    """Sums of normalised residuals by word, one descriptor after the other."""
    sums: dict[int, NDArray[np.float64]] = {}
    for vector, own, above in zip(features.vectors.astype(np.float64), words, parents, strict=True):
        for word, parent in zip(own.tolist(), above.tolist(), strict=True):
            residual = vector - vocabulary.words[parent].astype(np.float64) / 255
            sums[word] = sums.get(word, np.zeros(128)) + residual / np.linalg.norm(residual)
    return sums


def assert_signs(signed: Signatures | QuerySignatures, sums: dict[int, NDArray[np.float64]]) -> None:
    assert signed.words.tolist() == sorted(sums)
    signs = np.unpackbits(np.ascontiguousarray(signed.bits).view(np.uint8), axis=1) > 0
    for own, word in zip(signs, signed.words.tolist(), strict=True):
        # Two residuals may cancel out; which sign is left then is up to rounding.
        clear = np.abs(sums[word]) > 1e-5
        np.testing.assert_array_equal(own[clear], sums[word][clear] > 0)


@given(st.integers(0, 2**32 - 1), st.integers(0, 40))
@settings(max_examples=25)
def test_a_reference_has_one_signature_a_fine_word(drawn_words: Vocabulary, seed: int, count: int) -> None:
    features = drawn(seed, count)
    signed = sign_reference(features, drawn_words)
    words = drawn_words.nearest_words(features.vectors, 1)
    fine = drawn_words.nearest_fine(features.vectors, words, 1)
    assert (signed.words[1:] > signed.words[:-1]).all()
    assert_signs(signed, by_hand(features, fine, words, drawn_words))


@pytest.mark.parametrize("fine", [True, False])
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 40))
@settings(max_examples=25)
def test_a_query_has_every_word_assigned_once(drawn_words: Vocabulary, fine: bool, seed: int, count: int) -> None:
    features = drawn(seed, count)
    signed = sign_query(features, drawn_words, fine=fine)
    if fine:
        near = drawn_words.nearest_words(features.vectors, PARENTS_TRIED)
        words = drawn_words.nearest_fine(features.vectors, near, FINE_ASSIGNED)
        parents = words // FINE_OF_WORD
    else:
        words = parents = drawn_words.nearest_words(features.vectors, WORDS_ASSIGNED)
    assert_signs(signed, by_hand(features, words, parents, drawn_words))
    assert signed.weights.tolist() == [1.0] * len(signed)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_a_lone_descriptor_has_the_same_signs_as_reference_and_as_query_of_both_sizes(
    drawn_words: Vocabulary, seed: int
) -> None:
    features = drawn(seed, 1)
    reference = sign_reference(features, drawn_words)
    fine = sign_query(features, drawn_words, fine=True)
    coarse = sign_query(features, drawn_words, fine=False)
    assert (len(reference), len(fine), len(coarse)) == (1, FINE_ASSIGNED, WORDS_ASSIGNED)
    word = int(reference.words[0])
    of_word = coarse.bits[coarse.words == word // FINE_OF_WORD]
    np.testing.assert_array_equal(of_word, reference.bits)
    # Also other fine words of that word: the residual is the word's.
    siblings = fine.bits[fine.words // FINE_OF_WORD == word // FINE_OF_WORD]
    assert (siblings == reference.bits).all()


def test_a_reference_asks_for_itself_with_the_same_signs_under_nearly_every_word(shipped: Vocabulary) -> None:
    features = drawn(7, 200)
    reference, query = sign_reference(features, shipped), sign_query(features, shipped, fine=True)
    assert np.isin(reference.words, query.words).mean() > 0.9
