"""What the service needs of an engine: the real one and the fake one are both of this shape."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.recognition.embedding.bundle import Bundle, Precision, Thresholds
from service.recognition.embedding.provider_names import Provider


class EmbeddingError(Exception):
    """The model gave no usable vector, or has no text tower."""


class OfBundle:
    """What a bundle says of the vectors, for engines to inherit."""

    def __init__(self, bundle: Bundle) -> None:
        """``bundle``: opened and checked."""
        self._bundle = bundle

    @property
    def bundle(self) -> Bundle:
        """The model."""
        return self._bundle

    @property
    def name(self) -> str:
        """Of the model, for people."""
        return self._bundle.manifest.name

    @property
    def identity(self) -> str:
        """Hex sha256 that names the embedding space."""
        return self._bundle.identity

    @property
    def preprocessing_revision(self) -> int:
        """Of the bundle's preprocessing."""
        return self._bundle.manifest.preprocessing.revision

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._bundle.manifest.dimension

    @property
    def input_size(self) -> int:
        """Side of the visual tower's input in px; the ``target`` of photo decoding."""
        return self._bundle.manifest.preprocessing.size

    @property
    def thresholds(self) -> Thresholds | None:
        """Where a first verdict is drawn, if the bundle says."""
        return self._bundle.manifest.thresholds


class ImageEmbedder(Protocol):
    """Pictures and texts to unit vectors of one embedding space."""

    @property
    def bundle(self) -> Bundle:
        """The model; its ``identity`` names the embedding space."""
        ...

    @property
    def name(self) -> str:
        """Of the model, for people."""
        ...

    @property
    def identity(self) -> str:
        """Hex sha256 that names the embedding space."""
        ...

    @property
    def preprocessing_revision(self) -> int:
        """Of the bundle's preprocessing."""
        ...

    @property
    def precision(self) -> Precision:
        """Of the towers in use."""
        ...

    @property
    def provider(self) -> Provider:
        """What the towers really run on."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def has_text(self) -> bool:
        """Whether :meth:`embed_texts` works."""
        ...

    @property
    def input_size(self) -> int:
        """Side of the visual tower's input in px; the ``target`` of photo decoding."""
        ...

    @property
    def thresholds(self) -> Thresholds | None:
        """Where a first verdict is drawn, if the bundle says."""
        ...

    async def start(self) -> None:
        """Make ready, in the running event loop."""
        ...

    async def close(self) -> None:
        """Finish what waits and free what is held."""
        ...

    async def embed_image(self, image: Image.Image, *, deadline: float | None = None) -> NDArray[np.float32]:
        """``float32[d]`` of one RGB picture, ahead of bulk work.

        Args:
            image: RGB, upright.
            deadline: on the event loop's clock, ``loop.time()``.

        Raises:
            Overloaded: too much waits already.
            DeadlineExceeded: the deadline came first.
            EmbeddingError: the model gave no usable vector.

        """
        ...

    async def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """``float32[n, d]`` of RGB pictures, behind interactive lookups. Fails as a whole.

        Raises:
            EmbeddingError: the model gave no usable vector for one of them.

        """
        ...

    async def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """``float32[n, d]`` of texts.

        Raises:
            Overloaded: too much waits already.
            EmbeddingError: there is no text tower.

        """
        ...
