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
from service.recognition.embedding.content import Rgb, content_of

VERSION: Final = "look-1"
"""Of both; another one looks at all references anew."""

Flaw = Advice | Literal["fills_too_little", "plain"]

LONG_EDGE: Final = 256
LOOKED_AT: Final = 128
"""Px, for the decoder: it leaves the shorter side twice as long."""
SIDE: Final = 64
MIDDLE: Final = 0.95
"""Of the edges: a copy trimmed by a twentieth shows about that."""

PLAIN: Final = 4.0
"""Standard deviation of luma below which there is nothing to tell."""

FILLS: Final = 0.4
"""Of the picture's edges that the product takes at least, on the longer of both."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """``packed``: for :mod:`catalog.search.looks`, None of a picture with nothing on it. ``flaws``: why it is weak."""

    packed: bytes | None
    flaws: tuple[Flaw, ...]


def look_at(image: Image.Image, target: int) -> Look:
    """Look at an RGB picture. ``target``: side of the model's input in px; below it a picture is too small."""
    # Of a reference it is said by FILLS.
    flaws: list[Flaw] = [one for one in advise(image, *image.size, target) if one != "too_far"]
    small = image.copy()
    small.thumbnail((LONG_EDGE, LONG_EDGE), Image.Resampling.LANCZOS)
    whole = np.asarray(small.convert("RGB"), dtype=np.uint8)
    box = content_of(whole)
    if box is not None and "blurred" in flaws and "blurred" not in advise(box.cut(image), *image.size, target):
        flaws.remove("blurred")  # so little of the picture is edges that the sharp ones are too few to count
    if box is not None and max(box.share) < FILLS:
        flaws.append("fills_too_little")
    content = whole if box is None else whole[box.rows, box.columns]
    if _luma(content).std() < PLAIN:
        return Look(packed=None, flaws=(*flaws, "plain"))
    return Look(packed=_packed(whole, content), flaws=tuple(flaws))


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
