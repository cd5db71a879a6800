"""Words in three levels: kept in a file, told apart, and found."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.recognition.surface.rootsift import SCALE
from service.recognition.surface.vocabulary import (
    CELLS,
    CELLS_TRIED,
    FINE_OF_WORD,
    FINE_WORDS,
    WORDS,
    WORDS_OF_CELL,
    Vocabulary,
    VocabularyInvalid,
)


def vectors_of(seed: int, count: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).gamma(0.4, size=(count, 128)).astype(np.float32)
    unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return unit


def distances(vector: NDArray[np.float32], centroids: NDArray[np.uint8]) -> NDArray[np.float64]:
    far: NDArray[np.float64] = np.linalg.norm(centroids.astype(np.float64) / SCALE - vector, axis=1)
    return far


def test_what_was_saved_is_loaded(drawn_words: Vocabulary, tmp_path: Path) -> None:
    drawn_words.save(tmp_path / "words.npz")
    loaded = Vocabulary.load(tmp_path / "words.npz")
    for name in ("cells", "words", "fine"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(drawn_words, name))
    assert (loaded.provenance, loaded.identity) == ("drawn", drawn_words.identity)


def test_the_identity_tells_centroids_apart_and_not_where_they_come_from(drawn_words: Vocabulary) -> None:
    cells, words, fine = drawn_words.cells, drawn_words.words, drawn_words.fine
    assert Vocabulary(cells, words, fine, "elsewhere").identity == drawn_words.identity
    others = [
        Vocabulary(cells ^ _one(cells), words, fine, ""),
        Vocabulary(cells, words ^ _one(words), fine, ""),
        Vocabulary(cells, words, fine ^ _one(fine), ""),
    ]
    identities = {one.identity for one in (drawn_words, *others)}
    assert len(identities) == 4
    assert all(len(identity) == 12 and int(identity, 16) >= 0 for identity in identities)


def _one(table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    changed = np.zeros_like(table)
    changed[-1, -1] = 1
    return changed


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut"])
def test_a_file_that_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "words.npz").write_bytes(content)
    with pytest.raises(VocabularyInvalid, match="cannot be read"):
        Vocabulary.load(tmp_path / "words.npz")


def test_a_file_cut_short_is_refused(drawn_words: Vocabulary, tmp_path: Path) -> None:
    drawn_words.save(path := tmp_path / "words.npz")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(VocabularyInvalid, match="cannot be read"):
        Vocabulary.load(path)


def test_a_file_with_a_flipped_byte_is_refused(drawn_words: Vocabulary, tmp_path: Path) -> None:
    drawn_words.save(path := tmp_path / "words.npz")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    with pytest.raises(VocabularyInvalid, match="cannot be read"):
        Vocabulary.load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VocabularyInvalid, match="cannot be read"):
        Vocabulary.load(tmp_path / "none.npz")


def test_a_plain_array_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "words.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(VocabularyInvalid, match="cannot be read"):
        Vocabulary.load(tmp_path / "words.npz")


def test_tables_of_other_shapes_or_types_and_missing_ones_are_refused(drawn_words: Vocabulary, tmp_path: Path) -> None:
    path = tmp_path / "words.npz"
    cells, words, fine = drawn_words.cells, drawn_words.words, drawn_words.fine
    floats: NDArray[Any] = words.astype(np.float32)
    for one in (
        Vocabulary(cells[1:], words, fine, ""),
        Vocabulary(cells, floats, fine, ""),
        Vocabulary(cells, words, words, ""),
    ):
        one.save(path)
        with pytest.raises(VocabularyInvalid, match="tables of shapes"):
            Vocabulary.load(path)
    np.savez(path, cells=cells, words=words)
    with pytest.raises(VocabularyInvalid, match="cannot be read"):
        Vocabulary.load(path)


@given(st.integers(0, 2**32 - 1), st.integers(1, WORDS_OF_CELL * CELLS_TRIED))
@settings(max_examples=15)
def test_words_are_the_nearest_of_the_cells_tried(drawn_words: Vocabulary, seed: int, most: int) -> None:
    vectors = vectors_of(seed, 5)
    found = drawn_words.nearest_words(vectors, most)
    assert found.shape == (5, most)
    for vector, words in zip(vectors, found, strict=True):
        near_cells = np.argsort(distances(vector, drawn_words.cells), kind="stable")[:CELLS_TRIED]
        tried = np.concatenate([np.arange(WORDS_OF_CELL) + cell * WORDS_OF_CELL for cell in near_cells])
        to_words = distances(vector, drawn_words.words)
        assert set(words) <= set(tried)
        assert len(set(words)) == most
        # By distance and not by number: two words may lie as near as rounding can tell.
        np.testing.assert_allclose(to_words[words], np.sort(to_words[tried])[:most], atol=1e-5)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, FINE_OF_WORD))
@settings(max_examples=15)
def test_fine_words_lie_under_the_words_given_and_are_the_nearest(
    drawn_words: Vocabulary, seed: int, parents: int, most: int
) -> None:
    vectors = vectors_of(seed, 5)
    words = drawn_words.nearest_words(vectors, parents)
    found = drawn_words.nearest_fine(vectors, words, most)
    assert found.shape == (5, most)
    for vector, under, fine in zip(vectors, words, found, strict=True):
        assert set(fine // FINE_OF_WORD) <= set(under)
        children = (under[:, None] * FINE_OF_WORD + np.arange(FINE_OF_WORD)).ravel()
        nearest = np.sort(distances(vector, drawn_words.fine[children]))[:most]
        np.testing.assert_allclose(distances(vector, drawn_words.fine[fine]), nearest, atol=1e-5)


def test_no_vectors_have_no_words(drawn_words: Vocabulary) -> None:
    none = np.zeros((0, 128), np.float32)
    words = drawn_words.nearest_words(none, 3)
    assert words.shape == (0, 3)
    assert drawn_words.nearest_fine(none, words, 5).shape == (0, 5)


def test_the_shipped_words_are_whole_small_and_say_what_they_were_learned_on(shipped: Vocabulary) -> None:
    assert (len(shipped.cells), len(shipped.words), len(shipped.fine)) == (CELLS, WORDS, FINE_WORDS)
    assert len(np.unique(shipped.words, axis=0)) == WORDS
    assert len(np.unique(shipped.fine, axis=0)) > 0.99 * FINE_WORDS
    for said in (
        "RootSIFT descriptors",
        "Klasson",
        "MIT",
        "CC0",
        "own renders",
        "seed",
        "photocode starter vocabulary",
    ):
        assert said in shipped.provenance


def test_the_shipped_file_is_at_most_ten_megabytes() -> None:
    from_tests = Path(__file__).parents[4] / "service" / "bundles" / "surface" / "vocabulary.npz"
    assert from_tests.stat().st_size <= 10_000_000
