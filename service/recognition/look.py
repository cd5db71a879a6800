"""What a picture looks like at a glance, so that copies of it are found however they were coded, scaled or trimmed; and
what is wrong with it as a reference.

A perceptual hash: the signs of a picture's lowest frequencies against their median (discrete cosine transform of 64 x
64 px, 16 x 16 frequencies, as in PDQ: Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing
Algorithm", 2019; after Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010). It is taken
three times: of the whole picture; of what stands out of its ground, so that parts on the same white table are told
apart and a wider border does not matter; and of its middle, which is what a trimmed copy shows.
"""

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalog.search.looks import LOOK_TYPE
from service.recognition.embedding.advice import Advice, advise

VERSION: Final = "look-1"
"""Of both; another one looks at all references anew."""

Flaw = Advice | Literal["fills_too_little", "plain"]

LONG_EDGE: Final = 256
LOOKED_AT: Final = 128
"""Px, for the decoder: it leaves the shorter side twice as long."""
SIDE: Final = 64
MIDDLE: Final = 0.95
"""Of the edges: a copy trimmed by a twentieth shows about that."""

GROUND: Final = 24
"""Levels of 255 within which a picture's edges have to lie (9 in 10 px) to be a ground, and beyond which it ends."""
STANDS_OUT: Final = 0.01
"""Share of a row's or column's px."""

PLAIN: Final = 4.0
"""Standard deviation of luma below which there is nothing to tell."""

FILLS: Final = 0.4
"""Of the picture's edges that the product takes at least, on the longer of both."""

Rgb = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Look:
    """``packed``: for :mod:`catalog.search.looks`, None of a picture with nothing on it. ``flaws``: why it is weak."""

    packed: bytes | None
    flaws: tuple[Flaw, ...]


def look_at(image: Image.Image, target: int) -> Look:
    """Look at an RGB picture. ``target``: side of the model's input in px; below it a picture is too small."""
    flaws: list[Flaw] = list(advise(image, *image.size, target))
    small = image.copy()
    small.thumbnail((LONG_EDGE, LONG_EDGE), Image.Resampling.LANCZOS)
    whole = np.asarray(small.convert("RGB"), dtype=np.uint8)
    box = _content(whole)
    if box is not None and "blurred" in flaws and "blurred" not in advise(box.of(image), *image.size, target):
        flaws.remove("blurred")  # so little of the picture is edges that the sharp ones are too few to count
    if box is not None and max(box.share) < FILLS:
        flaws.append("fills_too_little")
    content = whole if box is None else whole[box.rows, box.columns]
    if _luma(content).std() < PLAIN:
        return Look(packed=None, flaws=(*flaws, "plain"))
    return Look(packed=_packed(whole, content), flaws=tuple(flaws))


@dataclass(frozen=True, kw_only=True)
class _Box:
    """``share``: of the height and the width of the picture."""

    rows: slice
    columns: slice
    share: tuple[float, float]

    def of(self, image: Image.Image) -> Image.Image:
        """The same part of the picture that the box was found on a small copy of."""
        scale = max(image.size) / min(max(image.size), LONG_EDGE)
        edges = (self.columns.start, self.rows.start, self.columns.stop, self.rows.stop)
        return image.crop((*(round(edge * scale) for edge in edges),))


def _packed(whole: Rgb, content: Rgb) -> bytes:
    look = np.zeros((), LOOK_TYPE)
    middle = _middle(whole)
    look["whole"], look["content"], look["middle"] = _signs(whole), _signs(content), _signs(middle)
    look["aspects"] = [np.log(one.shape[1] / one.shape[0]) for one in (whole, content)]
    look["colours"] = [cv2.resize(one, (3, 3), interpolation=cv2.INTER_AREA).ravel() for one in (whole, content)]
    look["levels"] = [_levels(one) for one in (whole, content, middle)]
    return look.tobytes()


def _signs(picture: Rgb) -> NDArray[np.uint64]:
    frequencies = cv2.dct(_luma(picture))[1:17, 1:17]
    signs = frequencies > np.median(frequencies)
    low = np.zeros(signs.shape, dtype=bool)
    low[:8, :8] = True
    return np.packbits(np.concatenate([signs[low], signs[~low]]), bitorder="little").view("<u8")


def _levels(picture: Rgb) -> NDArray[np.int8]:
    small = cv2.resize(picture, (8, 8), interpolation=cv2.INTER_AREA)
    luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32).ravel()
    return np.asarray(np.clip(np.rint(luma - luma.mean()), -127, 127), dtype=np.int8)


def _luma(picture: Rgb) -> NDArray[np.float32]:
    small = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.float32)


def _middle(picture: Rgb) -> Rgb:
    height, width = picture.shape[:2]
    down, across = height * (1 - MIDDLE) / 2, width * (1 - MIDDLE) / 2
    return picture[round(down) : round(height - down), round(across) : round(width - across)]


def _content(picture: Rgb) -> _Box | None:
    """What stands out of an even ground; None where there is no such ground, or nothing on it."""
    edges = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]]).astype(np.int16)
    ground = np.median(edges, axis=0)
    if np.percentile(np.abs(edges - ground).max(axis=1), 90) > GROUND:
        return None
    out = np.abs(picture.astype(np.int16) - ground).max(axis=2) > GROUND
    rows, columns = np.flatnonzero(out.mean(axis=1) > STANDS_OUT), np.flatnonzero(out.mean(axis=0) > STANDS_OUT)
    if len(rows) < 2 or len(columns) < 2:
        return None
    high, wide = rows[-1] + 1 - rows[0], columns[-1] + 1 - columns[0]
    return _Box(
        rows=slice(rows[0], rows[-1] + 1),
        columns=slice(columns[0], columns[-1] + 1),
        share=(high / picture.shape[0], wide / picture.shape[1]),
    )
