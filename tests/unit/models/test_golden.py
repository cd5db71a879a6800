"""Golden pictures are the same bytes on every machine."""

import hashlib

import numpy as np
import pytest

from service.models.golden import GOLDEN_SEEDS, GOLDEN_TEXTS, golden_picture

PINNED = ["8b2c8e0612f229c2", "d45b4ed49c8af2e6", "933c7485060699fb"]


def digest(seed: int) -> str:
    picture = golden_picture(seed)
    return hashlib.sha256(repr(picture.size).encode() + picture.tobytes()).hexdigest()[:16]


def test_pictures_never_change() -> None:
    assert [digest(seed) for seed in GOLDEN_SEEDS] == PINNED


@pytest.mark.parametrize("seed", range(30))
def test_pictures_are_structured_rgb(seed: int) -> None:
    picture = golden_picture(seed)
    assert picture.mode == "RGB"
    assert all(180 <= side <= 420 for side in picture.size)
    assert np.asarray(picture).std() > 20


def test_texts_are_hard() -> None:
    assert "" in GOLDEN_TEXTS
    assert any(len(text) > 500 for text in GOLDEN_TEXTS)
    assert any(not text.isascii() for text in GOLDEN_TEXTS)
