"""An engine without a model: vectors are colour histograms. For tests of everything around the engine."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from service.recognition.embedding.bundle import Bundle, GoldenVectors, Manifest, Precision, Preprocessing, Thresholds
from service.recognition.embedding.embedder import OfBundle
from service.recognition.embedding.preprocess import preprocess
from service.recognition.embedding.provider_names import Provider

_LEVELS: Final = 4
_SIZE: Final = 32


class FakeEngine(OfBundle):
    """An :class:`~service.recognition.embedding.embedder.ImageEmbedder` that knows colours only.

    Pictures of like colours lie near each other, and a text lies near pictures of the colours it names
    ("red", "steelblue": the names of CSS). Vectors are unit vectors of 64 dimensions.
    """

    def __init__(self, name: str = "fake") -> None:
        """``name`` is part of the embedding space: engines of other names have other spaces."""
        super().__init__(Bundle(Path(name), _manifest(name)))

    @property
    def precision(self) -> Precision:
        """Always fp32."""
        return "fp32"

    @property
    def provider(self) -> Provider:
        """Always the CPU."""
        return "cpu"

    @property
    def has_text(self) -> bool:
        """Colour names are understood."""
        return True

    async def start(self) -> None:
        """There is nothing to start."""

    async def close(self) -> None:
        """There is nothing to close."""

    async def embed_image(self, image: Image.Image, *, deadline: float | None = None) -> NDArray[np.float32]:
        """``float32[64]``; always before ``deadline``."""
        return _histogram(preprocess(image, self.bundle.manifest.preprocessing))

    async def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """``float32[n, 64]``."""
        vectors = [await self.embed_image(image) for image in images]
        return np.array(vectors, dtype=np.float32).reshape(len(vectors), self.dimension)

    async def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """``float32[n, 64]``."""
        vectors = [_histogram(_swatches(text)) for text in texts]
        return np.array(vectors, dtype=np.float32).reshape(len(vectors), self.dimension)


def _histogram(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    levels = pixels.reshape(-1, 3).astype(np.intp) * _LEVELS // 256
    cells = (levels[:, 0] * _LEVELS + levels[:, 1]) * _LEVELS + levels[:, 2]
    counts = np.bincount(cells, minlength=_LEVELS**3).astype(np.float32)
    vector: NDArray[np.float32] = counts / np.linalg.norm(counts)
    return vector


def _swatches(text: str) -> NDArray[np.uint8]:
    colours = [ImageColor.getrgb(word)[:3] for word in text.lower().split() if word in ImageColor.colormap]
    return np.array(colours or [(127, 127, 127)], dtype=np.uint8)


def _manifest(name: str) -> Manifest:
    return Manifest(
        format=1,
        name=name,
        dimension=_LEVELS**3,
        context_length=None,
        preprocessing=Preprocessing(
            size=_SIZE, resize_mode="squash", interpolation="bilinear", mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)
        ),
        towers_digest=f"colour-histogram:{name}",
        variants={},
        files={},
        licence="Apache-2.0",
        provenance={"made_by": "photocode"},
        golden=GoldenVectors(picture_seeds=[], picture_vectors=[], texts=[], text_ids=[], text_vectors=[]),
        thresholds=Thresholds(match_score=0.9, match_margin=0.02, no_match_score=0.5, source="chosen for tests"),
    )
