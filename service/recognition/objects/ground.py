"""What stands out of the ground that a photo's edges show, by colour and by how much changes: places worth a look."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.recognition.objects.boxes import area
from service.recognition.region import Region

Pixels = NDArray[np.uint8]
Map = NDArray[np.float32]

LONG_EDGE: Final = 240
"""Of the picture as it is looked at, in px."""

GROUNDS: Final = 4
"""Colours of the ground: a table, its pattern, its shaded side, what lies on it at the edge."""

BORDER: Final = 20
"""The edges are that part of the picture's height, on all sides."""

BLUR: Final = 1.5
SPREAD: Final = 2.0
"""Of colours, and of changes, as standard deviations in px."""

CUTS: Final = (0.7, 1.0, 1.3)
"""Where a map is cut into pieces, in units of its own threshold (Otsu, IEEE Trans. SMC 1979)."""

CLOSED: Final = 5
"""Gaps up to so many px do not part a piece."""

LEAST_AREA: Final = 0.003
MOST_AREA: Final = 0.5
"""Of the picture, that a piece and the box around it take up."""


def standing_out(picture: Pixels) -> list[Region]:
    """Boxes of pieces that differ from the ground; ``picture`` is ``uint8[h, w, 3]``, RGB."""
    scale = LONG_EDGE / max(picture.shape[:2])
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    lab = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32), (0, 0), BLUR)
    colours = np.asarray(lab, dtype=np.float32)
    return [box for each in (_unlike_edges(colours), _changes(colours)) for box in _pieces(each)]


def _unlike_edges(lab: Map) -> Map:
    """``float32[h, w]``: distance to the nearest of the ground's colours."""
    band = max(1, lab.shape[0] // BORDER)
    edges = np.concatenate([part.reshape(-1, 3) for part in (lab[:band], lab[-band:], lab[:, :band], lab[:, -band:])])
    # By lightness at first, so that the same photo has the same grounds: by chance they would differ.
    labels = (np.argsort(np.argsort(edges[:, 0], kind="stable")) * GROUNDS // len(edges)).astype(np.int32)
    ends = (cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    count = int(labels.max()) + 1
    _, _, grounds = cv2.kmeans(edges, count, labels.reshape(-1, 1), ends, 1, cv2.KMEANS_USE_INITIAL_LABELS)
    unlike: Map = np.min([np.linalg.norm(lab - ground, axis=2) for ground in grounds], axis=0).astype(np.float32)
    return unlike


def _changes(lab: Map) -> Map:
    """``float32[h, w]``: how steep lightness is thereabouts."""
    lightness = np.ascontiguousarray(lab[..., 0])
    steep = np.hypot(cv2.Sobel(lightness, cv2.CV_32F, 1, 0), cv2.Sobel(lightness, cv2.CV_32F, 0, 1))
    return np.asarray(cv2.GaussianBlur(steep, (0, 0), SPREAD), dtype=np.float32)


def _pieces(each: Map) -> list[Region]:
    height, width = each.shape
    levels = (each / max(float(each.max()), 1e-6) * 255).astype(np.uint8)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)
    kernel = np.ones((CLOSED, CLOSED), np.uint8)
    boxes = []
    for cut in CUTS:
        above = cv2.morphologyEx((levels > cut * threshold).astype(np.uint8), cv2.MORPH_CLOSE, kernel)
        _, _, facts, _ = cv2.connectedComponentsWithStats(above, connectivity=4)
        boxes += [row for row in facts[1:].tolist() if row[4] >= LEAST_AREA * width * height]
    regions = [Region(x=x / width, y=y / height, width=w / width, height=h / height) for x, y, w, h, _ in boxes]
    return [one for one in regions if area(one) <= MOST_AREA]
