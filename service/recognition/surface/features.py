"""Local features of a picture: RootSIFT descriptors at keypoints, and a small colour picture.

SIFT: Lowe, IJCV 2004. RootSIFT: Arandjelović and Zisserman, CVPR 2012: the square root of the L1-normalised descriptor,
so that the Euclidean distance of two is the Hellinger distance of the histograms.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.recognition.surface.rootsift import SCALE

EDGE: Final = 480
"""Long edge in px of the picture that features are taken from, enlarged or shrunk to it: small catalogue pictures lie
closer to phone photos then."""

QUERY_FEATURES: Final = 800
REFERENCE_FEATURES: Final = 600
"""The strongest so many are kept. Of a reference full of print some 560 are packed: with two small pictures they must
fit 48 KB."""

CONTRAST: Final = 0.03
"""Of SIFT's extrema (OpenCV's scale): below its default, because moulded and printed grey on grey is all some parts
have."""

COLOUR_EDGE: Final = 48
"""Long edge in px of the colour picture."""


class Pictures(Protocol):
    """What features were taken of, small.

    ``colours``: ``uint8[h, w, 3]``, CIE Lab in OpenCV's 8-bit coding, long edge :data:`COLOUR_EDGE`.
    ``grey``: ``uint8[h, w]``, the working picture; that of packed features has a shorter long edge.

    Raises:
        FeaturesInvalid: packed ones cannot be read.

    """

    @property
    def colours(self) -> NDArray[np.uint8]: ...
    @property
    def grey(self) -> NDArray[np.uint8]: ...


class FeaturesInvalid(Exception):
    """What was packed cannot be read."""


@dataclass(frozen=True, eq=False)
class Taken:
    """Pictures just taken."""

    colours: NDArray[np.uint8]
    grey: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class LocalFeatures:
    """Of one upright picture.

    ``points``: ``float32[n, 2]``, x and y in px of the working picture, whose long edge is :data:`EDGE`.
    ``scales``: ``float32[n]``, diameters in px. ``angles``: ``float32[n]``, degrees, clockwise as y points down.
    ``descriptors``: ``uint8[n, 128]``, RootSIFT x 255, strongest first.
    ``size``: width and height of the working picture in px.
    """

    points: NDArray[np.float32]
    scales: NDArray[np.float32]
    angles: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    size: tuple[int, int]
    pictures: Pictures

    def __len__(self) -> int:
        """How many keypoints."""
        return len(self.points)

    @property
    def vectors(self) -> NDArray[np.float32]:
        """``float32[n, 128]``: the descriptors, of length 1 within their coding."""
        return self.descriptors.astype(np.float32) / np.float32(SCALE)

    def without(self, rows: NDArray[np.bool_]) -> "LocalFeatures":
        """The picture with those features left out that ``rows``, ``bool[n]``, names."""
        kept = ~rows
        return replace(
            self,
            points=self.points[kept],
            scales=self.scales[kept],
            angles=self.angles[kept],
            descriptors=self.descriptors[kept],
        )


def extract_features(image: Image.Image, most: int) -> LocalFeatures:
    """The ``most`` strongest features of an upright RGB picture of any size. Blocks for some 30 ms."""
    rgb = at_edge(np.asarray(image.convert("RGB"), dtype=np.uint8), EDGE)
    height, width = rgb.shape[:2]
    detector = cv2.SIFT.create(nfeatures=most, contrastThreshold=CONTRAST)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    keypoints, descriptors = detector.detectAndCompute(grey, None)
    keypoints, kept = _strongest(keypoints, descriptors, most)
    return LocalFeatures(
        points=np.array([keypoint.pt for keypoint in keypoints], dtype=np.float32).reshape(-1, 2),
        scales=np.array([keypoint.size for keypoint in keypoints], dtype=np.float32),
        angles=np.array([keypoint.angle for keypoint in keypoints], dtype=np.float32),
        descriptors=_root(kept),
        size=(width, height),
        pictures=Taken(
            colours=cv2.cvtColor(at_edge(rgb, COLOUR_EDGE), cv2.COLOR_RGB2LAB).astype(np.uint8, copy=False),
            grey=grey.astype(np.uint8, copy=False),
        ),
    )


def at_edge(picture: NDArray[np.uint8], edge: int) -> NDArray[np.uint8]:
    """A picture (``uint8[h, w]`` or ``[h, w, 3]``) enlarged or shrunk to a long edge in px."""
    height, width = picture.shape[:2]
    factor = edge / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    how = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    return cv2.resize(picture, size, interpolation=how).astype(np.uint8, copy=False)


def _strongest(
    keypoints: Sequence[cv2.KeyPoint], descriptors: "cv2.typing.MatLike | None", most: int
) -> tuple[list[cv2.KeyPoint], NDArray[np.float32]]:
    if descriptors is None or not len(keypoints):
        return [], np.zeros((0, 128), np.float32)
    # The detector keeps all that tie with the last one, and does not say in which order.
    order = np.argsort([-keypoint.response for keypoint in keypoints], kind="stable")[:most]
    return [keypoints[i] for i in order], np.asarray(descriptors, dtype=np.float32)[order]


def _root(descriptors: NDArray[np.float32]) -> NDArray[np.uint8]:
    total = np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9)
    rooted: NDArray[np.uint8] = np.rint(np.sqrt(descriptors / total) * SCALE).astype(np.uint8)
    return rooted
