"""What stands out of an even ground: the part on a table, where the ground is all of one colour."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GROUND: Final = 24
"""Levels of 255 within which a picture's edges have to lie (9 in 10 px) to be a ground, and beyond which it ends."""
STANDS_OUT: Final = 0.01
"""Share of a row's or column's px."""
FRAME: Final = 0.06
"""Of the shorter side: how thick a frame of the picture is taken for ground that light falls on."""
FITS: Final = 3
STEADY: Final = 1e-4

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Content:
    """Where it is in a picture of ``size``, height and width in px."""

    rows: slice
    columns: slice
    size: tuple[int, int]

    @property
    def share(self) -> tuple[float, float]:
        """Of the height and the width of the picture, 0..1."""
        high, wide = self.rows.stop - self.rows.start, self.columns.stop - self.columns.start
        return high / self.size[0], wide / self.size[1]

    def cut(self, image: Image.Image) -> Image.Image:
        """The same part of the picture that this was found on a smaller copy of."""
        down, across = image.height / self.size[0], image.width / self.size[1]
        left, right = round(self.columns.start * across), round(self.columns.stop * across)
        return image.crop((left, round(self.rows.start * down), right, round(self.rows.stop * down)))


def content_of(picture: Rgb, *, shaded: bool = False) -> Content | None:
    """What stands out in ``uint8[h, w, 3]``; None where there is no even ground, or nothing on it.

    ``shaded``: light may fall off over the ground, as it does in photos; otherwise it is of one colour.
    """
    ground = _shaded(picture) if shaded else _plain(picture)
    if ground is None:
        return None
    out = np.abs(picture - ground).max(axis=2) > GROUND
    rows, columns = np.flatnonzero(out.mean(axis=1) > STANDS_OUT), np.flatnonzero(out.mean(axis=0) > STANDS_OUT)
    if len(rows) < 2 or len(columns) < 2:
        return None
    return Content(
        rows=slice(int(rows[0]), int(rows[-1]) + 1),
        columns=slice(int(columns[0]), int(columns[-1]) + 1),
        size=(picture.shape[0], picture.shape[1]),
    )


def _plain(picture: Rgb) -> NDArray[np.float32] | None:
    edges = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]]).astype(np.float32)
    ground: NDArray[np.float32] = np.median(edges, axis=0)
    return None if np.percentile(np.abs(edges - ground).max(axis=1), 90) > GROUND else ground


def _shaded(picture: Rgb) -> NDArray[np.float32] | None:
    """A surface of second order through the picture's frame, but for the tenths of it that fit worst."""
    height, width = picture.shape[:2]
    terms = _terms(height, width)
    thick = max(1, round(FRAME * min(height, width)))
    frame = np.ones((height, width), bool)
    frame[thick : height - thick, thick : width - thick] = False
    known, seen = terms[frame], picture[frame].astype(np.float32)
    kept = np.ones(len(known), bool)
    for _ in range(FITS):
        some = known[kept]
        # Six terms: the normal equations are exact enough, and take a tenth of the time. A little on their diagonal,
        # because the frame of a strip does not tell all of them.
        factors = np.linalg.solve(some.T @ some + STEADY * len(some) * np.eye(6, dtype=np.float32), some.T @ seen[kept])
        off = np.abs(known @ factors - seen).max(axis=1)
        kept = off <= max(float(np.percentile(off, 85)), 1)
    return None if np.percentile(off, 90) > GROUND else terms @ factors


@lru_cache(maxsize=8)
def _terms(height: int, width: int) -> NDArray[np.float32]:
    """``float32[h, w, 6]``: a surface's terms at each pixel."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
