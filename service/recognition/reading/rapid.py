"""Text by RapidOCR: PP-OCRv6 finds and reads lines, on ONNX Runtime sessions of its own. Models come in its wheel."""

import importlib.metadata
from pathlib import Path
from typing import Final, Self

import numpy as np
import rapidocr
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from service.recognition.reading.port import Line, ReaderUnavailable

PIXELS: Final = 307_200
"""Looked through, as many as 640 x 480 has. Finding lines costs by the pixel; ``make bench-text`` says how much."""

MOST_ENLARGED: Final = 2.0
"""Edges of smaller pictures: the models were taught on larger letters than a thumbnail has."""

MOST_LINES: Final = 24
MOST_WIDTH: Final = 10_000
"""Read of one picture, the highest lines, and px of them where all are 48 px high: small print says what all packages
say, and time is by the width.
"""

MOST_CHARACTERS: Final = 200
"""Of a line."""

LEAST_CONFIDENCE: Final = 0.6
"""What is read with less is mostly read out of textures."""

LEAST_SIDE: Final = 16
"""Px; in thinner pictures nothing can be read."""

_MODELS: Final = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}
_LINE_HEIGHT: Final = 48
_LEAST_LINE: Final = 320
_UNLIMITED: Final = 100_000
_SETTINGS: Final = {
    "Global.log_level": "critical",
    # Only finding is asked of it as a whole: of the lines found, some are turned upright and read.
    "Global.use_cls": False,
    "Global.use_rec": False,
    # A session that runs in its caller's thread alone gives way as that does, and leaves the other cores to others.
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    # Pictures come in the size that is wanted. Left to itself, it makes a long strip a large square.
    "Global.max_side_len": _UNLIMITED,
    "Global.use_vertical_padding": False,
    "Det.limit_type": "max",
    "Det.limit_side_len": _UNLIMITED,
}

Pixels = NDArray[np.uint8]
Boxes = NDArray[np.float32]


class RapidReader:
    """A :class:`~service.recognition.reading.port.TextReader`."""

    def __init__(self, engine: "rapidocr.RapidOCR", *, pixels: int) -> None:
        """Use :meth:`open`."""
        self._engine = engine
        self._pixels = pixels

    @classmethod
    def open(cls, *, pixels: int = PIXELS) -> Self:
        """Load the models, and read a word, so that no photo has to wait for that. Blocks for a second or two.

        Args:
            pixels: that pictures are brought to.

        Raises:
            ReaderUnavailable: a model is not there. None is ever fetched.

        """
        models = {part: Path(rapidocr.__file__).with_name("models") / name for part, name in _MODELS.items()}
        if missing := [path for path in models.values() if not path.is_file()]:
            raise ReaderUnavailable(f"{missing[0]} is not there: install rapidocr again")
        # Where it is told the files, it has no addresses to fetch others from.
        paths = {f"{part}.model_path": str(path) for part, path in models.items()}
        reader = cls(rapidocr.RapidOCR(params={**_SETTINGS, **paths}), pixels=pixels)
        reader.read(_specimen())
        return reader

    @property
    def version(self) -> str:
        """The library's, the model's, and the size that is looked at."""
        return f"rapidocr {importlib.metadata.version('rapidocr')}, {_MODELS['Rec']}, {self._pixels} px"

    @property
    def side(self) -> int:
        """480 px of 640 x 480."""
        return int((self._pixels * 3 / 4) ** 0.5)

    def read(self, image: Image.Image) -> list[Line]:
        """The lines in an upright RGB picture, from top to bottom. Blocks."""
        seen = _resized(image.convert("RGB"), self._pixels)
        if min(seen.size) < LEAST_SIDE:
            return []
        pixels: Pixels = np.ascontiguousarray(np.asarray(seen)[:, :, ::-1])
        boxes = self._engine(pixels).boxes
        if boxes is None or not len(boxes):
            return []
        chosen = boxes[_highest(boxes)]
        if not len(chosen):
            return []
        upright, _ = self._engine.cls_and_rotate(self._engine.crop_text_regions(pixels, chosen))
        read = self._engine.recognize_txt(upright)
        return [
            Line(
                text=text.strip()[:MOST_CHARACTERS],
                confidence=min(1.0, float(score)),
                outline=[(float(x) / seen.width, float(y) / seen.height) for x, y in box],
            )
            for box, text, score in zip(chosen, read.txts, read.scores, strict=True)
            if score >= LEAST_CONFIDENCE and text.strip()
        ]


def _highest(boxes: Boxes) -> list[int]:
    """Places of the highest lines that are to be read, in the order in which they came."""
    sides = np.linalg.norm(boxes - np.roll(boxes, -1, axis=1), axis=2)
    height = np.maximum(sides.min(axis=1), 1.0)
    by_height = np.argsort(-height, kind="stable")[:MOST_LINES]
    # The library reads lines six at a time, none of them narrower than 320 px.
    width = np.maximum(_LINE_HEIGHT * sides.max(axis=1) / height, _LEAST_LINE)[by_height]
    return sorted(by_height[np.cumsum(width) <= MOST_WIDTH].tolist())


def _resized(image: Image.Image, pixels: int) -> Image.Image:
    share = min((pixels / (image.width * image.height)) ** 0.5, MOST_ENLARGED)
    size = max(1, round(image.width * share)), max(1, round(image.height * share))
    return image if size == image.size else image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _specimen() -> Image.Image:
    image = Image.new("RGB", (320, 96), "white")
    ImageDraw.Draw(image).text((20, 24), "Photocode", "black", ImageFont.load_default(48))
    return image
