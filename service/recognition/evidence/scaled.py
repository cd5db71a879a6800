"""From a photo with the scale card beside the part to the part's size."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from PIL import Image

from service.recognition.evidence.card_painting import Picture
from service.recognition.evidence.card_pose import Points, Pose, find_card
from service.recognition.evidence.part_outline import part_outline
from service.recognition.evidence.silhouette import LENGTH_ERROR, Silhouette, silhouette
from service.recognition.mask_network import MaskNetwork

MOST_PIXELS: Final = 1_600_000
"""Looked through; a photo of more is made smaller."""

Outline = tuple[tuple[float, float], ...]
"""Places in fractions of the photo's width and height."""


@dataclass(frozen=True, kw_only=True)
class SeenCard:
    """The card in the upright photo. ``name`` of the card; ``markers`` that were seen, of four; ``outline``: its four
    corners, clockwise from its own upper left, outside 0..1 where they are beyond the edge; ``millimetres_per_pixel``
    of the original at its middle, on its plane; ``error``: share by which lengths on its plane may be off.
    """

    name: str
    markers: int
    outline: Outline
    millimetres_per_pixel: float
    error: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The part beside the card. ``silhouette`` in millimetres; ``outline``: around it in the upright photo; ``error``:
    share by which its length may be off, one standard deviation, its own height included. ``sure``: its outline is
    clear, so that its size may decide.
    """

    silhouette: Silhouette
    outline: Outline
    error: float
    sure: bool


@dataclass(frozen=True, kw_only=True)
class Scaled:
    """What the card says of a photo. ``measured``: None where no part is seen clearly beside it."""

    card: SeenCard
    measured: Measured | None

    def moved(self, there: Callable[[Outline], Sequence[tuple[float, float]]]) -> "Scaled":
        """With outlines elsewhere: in the whole photo where a region of it was looked at."""
        card = replace(self.card, outline=tuple(there(self.card.outline)))
        if self.measured is None:
            return replace(self, card=card)
        return Scaled(card=card, measured=replace(self.measured, outline=tuple(there(self.measured.outline))))


def read_scale(image: Image.Image, width: int, network: MaskNetwork | None) -> Scaled | None:
    """The card in a photo, and what lies beside it; None where there is no card. ``width``: of the original, in px.
    Blocks, for the most part without the interpreter's lock.
    """
    image = _smaller(image)
    pose = find_card(np.asarray(image.convert("L")))
    if pose is None:
        return None
    measured = _measured(np.asarray(image.convert("RGB")), pose, network) if network is not None else None
    return Scaled(card=_card(pose, image.size, image.width / width), measured=measured)


def _smaller(image: Image.Image) -> Image.Image:
    if (pixels := image.width * image.height) <= MOST_PIXELS:
        return image
    share = (MOST_PIXELS / pixels) ** 0.5
    size = (max(1, int(image.width * share)), max(1, int(image.height * share)))
    return image.resize(size, Image.Resampling.BOX)


def _card(pose: Pose, size: tuple[int, int], scale: float) -> SeenCard:
    corners = pose.pixels(pose.card.outline)
    middle = pose.pixels(pose.card.outline.mean(0, keepdims=True))
    beside = pose.millimetres(middle + np.array([(0, 0), (1, 0), (0, 1)]))
    across, down = np.linalg.norm(beside[1:] - beside[0], axis=1)
    return SeenCard(
        name=pose.card.name,
        markers=pose.markers,
        outline=_fractions(corners, size),
        millimetres_per_pixel=float(np.sqrt(across * down)) * scale,
        error=pose.error,
    )


def _measured(picture: Picture, pose: Pose, network: MaskNetwork) -> Measured | None:
    outlined = part_outline(picture, pose, network)
    if outlined is None:
        return None
    off = float(np.hypot(pose.error, outlined.doubt))
    seen = silhouette(pose.millimetres(outlined.points), pose.camera, off)
    # Half as high as it is broad, what is highest looks larger by so much than it is.
    height = min(0.5, seen.breadth / 2 / seen.camera[2])
    size = (picture.shape[1], picture.shape[0])
    error = float(np.sqrt(LENGTH_ERROR**2 + off**2 + height**2))
    outline = _fractions(outlined.points, size)
    return Measured(silhouette=seen, outline=outline, error=error, sure=not outlined.doubt)


def _fractions(points: Points, size: tuple[int, int]) -> Outline:
    return tuple(((float(x) + 0.5) / size[0], (float(y) + 0.5) / size[1]) for x, y in points)
