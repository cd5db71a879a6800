"""Visual words in three levels: cells, 8,192 words, and 65,536 fine words that divide these.

A signature holds the signs of the residual to the word of the *second* level, also under a fine word. So what is kept
of a reference serves both sizes: a small catalog is searched by 8,192 words, which forgive more, a large one by 65,536,
whose lists are shorter.
"""

import hashlib
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self
from zipfile import BadZipFile

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from service.recognition.surface.rootsift import SCALE

CELLS: Final = 256
WORDS: Final = 8_192
FINE_WORDS: Final = 65_536
WORDS_OF_CELL: Final = WORDS // CELLS
FINE_OF_WORD: Final = FINE_WORDS // WORDS
CELLS_TRIED: Final = 4
"""Nearest cells whose words a descriptor is compared with. All 256 would find another nearest word for few."""


class VocabularyInvalid(Exception):
    """The file is no vocabulary."""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Centroids as ``uint8``, RootSIFT x 255, one row a word: ``cells[256, 128]``, ``words[8192, 128]``,
    ``fine[65536, 128]``. Word ``w`` lies in cell ``w // 32``; its fine words are ``8 w`` to ``8 w + 7``.

    ``provenance``: what it was learned on, as text.
    """

    cells: NDArray[np.uint8]
    words: NDArray[np.uint8]
    fine: NDArray[np.uint8]
    provenance: str

    @classmethod
    def load(cls, path: Path) -> Self:
        """From a file that :meth:`save` wrote.

        Raises:
            VocabularyInvalid: not readable, or of another shape.

        """
        try:
            # An archive, and so a NumPy file that holds a lone array is refused as well.
            with path.open("rb") as file, NpzFile(file, allow_pickle=False) as arrays:
                loaded = cls(arrays["cells"], arrays["words"], arrays["fine"], str(arrays["provenance"]))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error) as error:
            raise VocabularyInvalid(f"{path} cannot be read as a vocabulary: {error}") from error
        shapes = [(table.shape, table.dtype) for table in (loaded.cells, loaded.words, loaded.fine)]
        if shapes != [((rows, 128), np.dtype(np.uint8)) for rows in (CELLS, WORDS, FINE_WORDS)]:
            raise VocabularyInvalid(f"{path} has tables of shapes {shapes}")
        return loaded

    def save(self, path: Path) -> None:
        """Write it, compressed."""
        with path.open("wb") as file:
            np.savez_compressed(
                file, cells=self.cells, words=self.words, fine=self.fine, provenance=np.array(self.provenance)
            )

    @cached_property
    def identity(self) -> str:
        """Twelve hex digits of the centroids' hash: signatures by two vocabularies have nothing in common."""
        digest = hashlib.sha256()
        for table in (self.cells, self.words, self.fine):
            digest.update(table.tobytes())
        return digest.hexdigest()[:12]

    @cached_property
    def centroids(self) -> NDArray[np.float32]:
        """``float32[8192, 128]``: the words."""
        return _floats(self.words)

    def nearest_words(self, vectors: NDArray[np.float32], most: int) -> NDArray[np.intp]:
        """``intp[n, most]``: numbers of the nearest words of ``float32[n, 128]``, nearest first."""
        cells = _nearest(vectors @ self._cells.T - self._cell_halves, CELLS_TRIED)
        scores = np.empty((len(vectors), CELLS_TRIED, WORDS_OF_CELL), np.float32)
        # By cell and not by descriptor: few products of matrices in place of many of vectors.
        order = np.argsort(cells, axis=None, kind="stable")
        rows, tries = np.divmod(order, CELLS_TRIED)
        bounds = np.searchsorted(cells.ravel()[order], np.arange(CELLS + 1)).tolist()
        for cell in range(CELLS):
            some = slice(bounds[cell], bounds[cell + 1])
            if some.start < some.stop:
                words = slice(cell * WORDS_OF_CELL, (cell + 1) * WORDS_OF_CELL)
                near = vectors[rows[some]] @ self.centroids[words].T - self._word_halves[words]
                scores[rows[some], tries[some]] = near
        best = _nearest(scores.reshape(-1, CELLS_TRIED * WORDS_OF_CELL), most)
        return np.take_along_axis(cells, best // WORDS_OF_CELL, axis=1) * WORDS_OF_CELL + best % WORDS_OF_CELL

    def nearest_fine(self, vectors: NDArray[np.float32], words: NDArray[np.intp], most: int) -> NDArray[np.intp]:
        """``intp[n, most]``: numbers of the nearest fine words among those of ``words`` (``intp[n, k]``)."""
        count = words.shape[1] * FINE_OF_WORD
        scores = np.matmul(self._fine[words].reshape(-1, count, 128), vectors[:, :, None])[:, :, 0]
        scores -= self._fine_halves[words].reshape(-1, count)
        best = _nearest(scores, most)
        return np.take_along_axis(words, best // FINE_OF_WORD, axis=1) * FINE_OF_WORD + best % FINE_OF_WORD

    # The nearest centroid has the largest inner product less half its square.
    @cached_property
    def _cells(self) -> NDArray[np.float32]:
        return _floats(self.cells)

    @cached_property
    def _cell_halves(self) -> NDArray[np.float32]:
        return _halves(self._cells)

    @cached_property
    def _word_halves(self) -> NDArray[np.float32]:
        return _halves(self.centroids)

    @cached_property
    def _fine(self) -> NDArray[np.float32]:
        return _floats(self.fine).reshape(WORDS, FINE_OF_WORD, 128)

    @cached_property
    def _fine_halves(self) -> NDArray[np.float32]:
        return _halves(self._fine)


def _floats(table: NDArray[np.uint8]) -> NDArray[np.float32]:
    return table.astype(np.float32) / np.float32(SCALE)


def _halves(centroids: NDArray[np.float32]) -> NDArray[np.float32]:
    halves: NDArray[np.float32] = np.square(centroids).sum(axis=-1) / 2
    return halves


def _nearest(scores: NDArray[np.float32], most: int) -> NDArray[np.intp]:
    if most == 1:
        best: NDArray[np.intp] = scores.argmax(axis=1, keepdims=True)
        return best
    some = np.argpartition(-scores, most - 1, axis=1)[:, :most]
    order = np.argsort(-np.take_along_axis(scores, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)
