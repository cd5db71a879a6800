"""Drawn labels, the shipped words, and words by chance."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import service
from service.recognition.surface.vocabulary import CELLS, FINE_OF_WORD, WORDS_OF_CELL, Vocabulary

SHIPPED = Path(service.__file__).parent / "bundles" / "surface" / "vocabulary.npz"


@pytest.fixture(scope="session")
def shipped() -> Vocabulary:
    """The words that photocode ships."""
    return Vocabulary.load(SHIPPED)


@pytest.fixture(scope="session")
def drawn_words() -> Vocabulary:
    """Words scattered around cells, fine words around words, all by chance."""
    rng = np.random.default_rng(5)
    cells = rng.integers(0, 256, (CELLS, 128))
    words = _around(cells, WORDS_OF_CELL, 40, rng)
    fine = _around(words, FINE_OF_WORD, 12, rng)
    return Vocabulary(cells.astype(np.uint8), words.astype(np.uint8), fine.astype(np.uint8), "drawn")


def _around(parents: NDArray[np.int64], count: int, spread: int, rng: np.random.Generator) -> NDArray[np.int64]:
    children = np.repeat(parents, count, axis=0)
    scattered: NDArray[np.int64] = np.clip(children + rng.integers(-spread, spread + 1, children.shape), 0, 255)
    return scattered


@pytest.fixture(scope="session")
def workers() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool
