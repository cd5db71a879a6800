"""A picture's local features as an index keeps them: one binary signature a visual word.

Every local descriptor is quantized to a visual word; the residuals of one picture at one word are added up, and the
signs of the sum are kept (ASMK*: Tolias, Avrithis and Jégou, "Image search with selective match kernels", IJCV 2016).
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BITS = 128
"""Signs of a signature."""

MOST_WORDS = 1 << 16
"""Size of the vocabulary of fine words."""

FINE_BITS = 3
FINE_OF_COARSE = 1 << FINE_BITS
"""Fine words of a coarse one: fine word w belongs to coarse word ``w >> 3``."""

_HEADER = struct.Struct("<HH")
_FORMAT = 1


@dataclass(frozen=True, eq=False)
class Signatures:
    """Of one picture, one for each visual word that occurs in it.

    ``words``: ``uint16[m]``, fine ones, strictly increasing. ``bits``: ``uint64[m, 2]``, the 128 signs of the summed
    residuals to their coarse words.
    """

    words: NDArray[np.uint16]
    bits: NDArray[np.uint64]

    def __post_init__(self) -> None:
        """Check.

        Raises:
            ValueError: the shapes do not fit, or the words do not increase.

        """
        if self.words.ndim != 1 or self.bits.shape != (len(self.words), BITS // 64):
            raise ValueError(f"words of shape {self.words.shape} do not fit bits of shape {self.bits.shape}")
        if (self.words[1:] <= self.words[:-1]).any():
            raise ValueError("words must increase")

    def __len__(self) -> int:
        """How many words occur."""
        return len(self.words)

    def to_bytes(self) -> bytes:
        """Packed: 18 bytes a word and 4 in front.

        Raises:
            ValueError: every one of 65,536 words occurs.

        """
        if len(self) >= MOST_WORDS:
            raise ValueError(f"{len(self)} words cannot be packed")
        header = _HEADER.pack(_FORMAT, len(self))
        return header + self.words.astype("<u2").tobytes() + self.bits.astype("<u8").tobytes()

    @classmethod
    def from_bytes(cls, packed: bytes) -> "Signatures":
        """What :meth:`to_bytes` packed.

        Raises:
            ValueError: the bytes are cut short, of another format, or broken.

        """
        if len(packed) < _HEADER.size:
            raise ValueError(f"{len(packed)} bytes are no signatures")
        version, count = _HEADER.unpack_from(packed)
        if version != _FORMAT or len(packed) != _HEADER.size + count * (2 + BITS // 8):
            raise ValueError(f"{len(packed)} bytes are no {count} signatures of format {_FORMAT}")
        words = np.frombuffer(packed, "<u2", count, _HEADER.size).astype(np.uint16, copy=False)
        bits = np.frombuffer(packed, "<u8", 2 * count, _HEADER.size + 2 * count).astype(np.uint64, copy=False)
        return cls(words, bits.reshape(count, 2))


@dataclass(frozen=True, eq=False)
class QuerySignatures:
    """Of a photo that is looked up; its descriptors may have voted for several words each.

    ``words``: ``uint16[k]``, fine or coarse ones as the index compares, each at most once, in any order. ``bits``:
    ``uint64[k, 2]``. ``weights``: ``float32[k]``, not negative; 1 where words are not weighted.
    """

    words: NDArray[np.uint16]
    bits: NDArray[np.uint64]
    weights: NDArray[np.float32]

    def __post_init__(self) -> None:
        """Check.

        Raises:
            ValueError: the shapes do not fit.

        """
        count = len(self.words)
        if self.words.shape != (count,) or self.bits.shape != (count, BITS // 64) or self.weights.shape != (count,):
            shapes = (self.words.shape, self.bits.shape, self.weights.shape)
            raise ValueError(f"words, bits and weights of shapes {shapes} do not fit")

    def __len__(self) -> int:
        """How many words occur."""
        return len(self.words)

    @classmethod
    def of(cls, signatures: Signatures) -> "QuerySignatures":
        """A picture's own signatures as a query of fine words, every word with weight 1."""
        return cls(signatures.words, signatures.bits, np.ones(len(signatures), np.float32))
