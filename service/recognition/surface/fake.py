"""A surface extractor without learned words: blocks of pixels. For tests of everything around the extractor."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalog.search.surface.signatures import Signatures

_BLOCK: Final = 8
_EDGE: Final = 256
_FLAT: Final = 4.0
"""Standard deviation in grey levels under which a block has no texture."""


class FakeSurface:
    """A :class:`~service.recognition.surface.port.SurfaceExtractor` that cuts pictures into blocks of 8 x 8 px.

    A block's word is which of its 16 quarter cells are brighter than the block; its 128 signs are which pixels are
    brighter than the block, and than their right neighbour. Equal pictures have equal signatures.
    """

    def __init__(self, name: str = "blocks") -> None:
        """``name`` is the vocabulary's identity."""
        self._name = name

    @property
    def vocabulary(self) -> str:
        """The name given."""
        return self._name

    @property
    def edge(self) -> int:
        """256 px."""
        return _EDGE

    def describe(self, image: Image.Image) -> tuple[Signatures, bytes]:
        """At most 1,024 words; the features are the blocks' places (row, column), a byte each, by word."""
        small = image.convert("L")
        small.thumbnail((_EDGE, _EDGE))
        blocks, places = _blocks(np.asarray(small, dtype=np.int16))
        words = _packed(_cells(blocks).reshape(-1, 16)).view(np.uint16).ravel()
        known, first = np.unique(words, return_index=True)
        brighter = blocks > blocks.mean(axis=(1, 2), keepdims=True)
        rising = blocks > np.roll(blocks, -1, axis=2)
        signs = np.concatenate((brighter.reshape(-1, 64), rising.reshape(-1, 64)), axis=1)
        return Signatures(known, _packed(signs[first]).view(np.uint64).reshape(-1, 2)), places[first].tobytes()


def _blocks(grey: NDArray[np.int16]) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """``int16[n, 8, 8]`` of the blocks with texture, and their rows and columns, ``uint8[n, 2]``."""
    rows, columns = grey.shape[0] // _BLOCK, grey.shape[1] // _BLOCK
    cut = grey[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK).swapaxes(1, 2)
    textured = cut.std(axis=(2, 3)) > _FLAT
    return cut[textured], np.argwhere(textured).astype(np.uint8)


def _cells(blocks: NDArray[np.int16]) -> NDArray[np.bool_]:
    cells = blocks.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4))
    brighter: NDArray[np.bool_] = cells > cells.mean(axis=(1, 2), keepdims=True)
    return brighter


def _packed(signs: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.packbits(signs, axis=1))
