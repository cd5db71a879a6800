"""A reader without models: patches of colour are text. For tests of everything around the reader."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from service.recognition.reading.port import Line

_NEAR: Final = 40
"""Levels that each of a pixel's red, green and blue may differ from the colour."""

_LEAST_SHARE: Final = 0.002
"""Of the picture, that a patch takes."""


class FakeReader:
    """A :class:`~service.recognition.reading.port.TextReader` that takes patches of some colours for lines of text."""

    def __init__(self, texts: Mapping[str, str] | None = None, *, name: str = "patches") -> None:
        """``texts``: what a patch says, by the colour's name in CSS. ``name`` is part of the version."""
        self._texts = dict(texts or {})
        self._name = name

    @property
    def version(self) -> str:
        """The name given."""
        return self._name

    @property
    def side(self) -> int:
        """64 px."""
        return 64

    def read(self, image: Image.Image) -> list[Line]:
        """A line, of confidence 1, for each of the colours that the picture has a patch of."""
        pixels = np.asarray(image.convert("RGB"), dtype=np.int16)
        lines = []
        for colour, text in self._texts.items():
            near = np.all(np.abs(pixels - ImageColor.getrgb(colour)[:3]) <= _NEAR, axis=2)
            if near.mean() >= _LEAST_SHARE:
                lines.append(Line(text=text, confidence=1.0, outline=_box(near)))
        return lines


def _box(where: NDArray[np.bool_]) -> list[tuple[float, float]]:
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    top, bottom = rows[0] / where.shape[0], (rows[-1] + 1) / where.shape[0]
    left, right = columns[0] / where.shape[1], (columns[-1] + 1) / where.shape[1]
    return [(float(x), float(y)) for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))]
