"""Signatures packed and unpacked, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.surface.signatures import QuerySignatures, Signatures


@st.composite
def signatures(draw: st.DrawFn) -> Signatures:
    words = sorted(draw(st.sets(st.integers(0, 65_535), max_size=40)))
    bits = [draw(st.tuples(*[st.integers(0, 2**64 - 1)] * 2)) for _ in words]
    return Signatures(np.array(words, np.uint16), np.array(bits, np.uint64).reshape(-1, 2))


@given(signatures())
def test_what_was_packed_comes_back(one: Signatures) -> None:
    packed = one.to_bytes()
    again = Signatures.from_bytes(packed)
    assert len(packed) == 4 + 18 * len(one)
    np.testing.assert_array_equal(again.words, one.words)
    np.testing.assert_array_equal(again.bits, one.bits)
    assert again.words.dtype == np.uint16
    assert again.bits.dtype == np.uint64


@given(signatures(), st.data())
def test_bytes_cut_short_or_too_long_are_refused(one: Signatures, data: st.DataObject) -> None:
    packed = one.to_bytes()
    with pytest.raises(ValueError, match="are no"):
        Signatures.from_bytes(packed[: data.draw(st.integers(0, len(packed) - 1))])
    with pytest.raises(ValueError, match="are no"):
        Signatures.from_bytes(packed + b"\0")
    with pytest.raises(ValueError, match="of format"):
        Signatures.from_bytes(b"\7" + packed[1:])


def test_the_format_stays_readable() -> None:
    packed = bytes.fromhex("01000200" + "0300ffff" + "01" + "00" * 7 + "02" + "00" * 7 + "03" + "00" * 15)
    one = Signatures.from_bytes(packed)
    assert one.words.tolist() == [3, 65_535]
    assert one.bits.tolist() == [[1, 2], [3, 0]]


@pytest.mark.parametrize("words", [[2, 1], [1, 1]])
def test_words_increase(words: list[int]) -> None:
    with pytest.raises(ValueError, match="increase"):
        Signatures(np.array(words, np.uint16), np.zeros((2, 2), np.uint64))


def test_shapes_fit() -> None:
    words, bits = np.arange(3, dtype=np.uint16), np.zeros((2, 2), np.uint64)
    with pytest.raises(ValueError, match="do not fit"):
        Signatures(words, bits)
    with pytest.raises(ValueError, match="do not fit"):
        QuerySignatures(words, bits, np.ones(3, np.float32))
