"""The outline of the part beside the scale card: a network says where it is, colours say where it ends.

The network's mask is coarse; GrabCut (Rother et al., 2004), begun from it, follows the edges and errs where ground and
part are alike. What they disagree on is measured with a doubt as large, and not at all where they see different things.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.recognition.evidence.card_painting import Picture, painted_over
from service.recognition.evidence.card_pose import Points, Pose
from service.recognition.mask_network import CELLS, EDGE, MaskNetwork

Mask = NDArray[np.float32]
Box = tuple[float, float, float]
"""Left, top and edge of a square, in px."""
Spot = tuple[float, float, float]
"""Middle and extent of a thing, in px."""

WORKED_ON: Final = 512
"""Longer edge in px."""
BESIDE: Final = (0.35, 0.55)
"""Edges of the squares beside the card in which the part is first looked for, of the picture's."""
AROUND: Final = (1.35, 1.8, 2.4)
"""Edges of those around what was found, of its own."""
LEAST_CELLS: Final = 2e-4
"""Of the picture's area."""
AGREED: Final = (0.15, 0.25)
MOST_APART: Final = (0.5, 1.0)
"""Of the logarithms of length and breadth by the network's mask and by colours: up to the former they agree, beyond the
latter they see different things."""
MOST_CUT: Final = 288
"""Longer edge in px of what colours are compared in."""
CARD_RIM: Final = 7


@dataclass(frozen=True)
class _Scene:
    """A square picture with the card painted over by ground, and where that and the margins are (255)."""

    picture: Picture
    closed: Picture
    corner: tuple[int, int]
    inner: tuple[int, int]
    scale: float


@dataclass(frozen=True)
class Outlined:
    """The convex outline of the part in its picture's px, float64[n, 2], and the share by which its length and breadth
    are doubtful beside the errors of any outline: 0 where network and colours agree.
    """

    points: Points
    doubt: float


def part_outline(picture: Picture, pose: Pose, network: MaskNetwork) -> Outlined | None:
    """Of a picture uint8[h, w, 3]; None where no part is made out."""
    scene = _scene(picture, pose)
    box = _found(scene, pose, network)
    if box is None:
        return None
    drawn = _refined(scene, box, network)
    if drawn is None:
        return None
    mask, box = drawn
    cut = _cut(scene, mask, box)
    coarse = _hull(mask > 0.5)
    if cut is None or coarse is None:
        return None
    apart = np.abs(np.log(np.array(extents(cut)) / np.array(extents(coarse))))
    if np.any(apart > MOST_APART):
        return None
    doubt = float(apart.max() / 2) if np.any(apart > AGREED) else 0.0
    return Outlined((cut - scene.corner + 0.5) / scene.scale - 0.5, doubt)


def extents(points: Points) -> tuple[float, float]:
    """Length and breadth of the narrowest rectangle around points."""
    _, sides, _ = cv2.minAreaRect(points.astype(np.float32))
    return float(max(sides)), float(min(sides))


def _scene(picture: Picture, pose: Pose) -> _Scene:
    scale = WORKED_ON / max(picture.shape[:2])
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    card = np.zeros(small.shape[:2], np.uint8)
    cv2.fillConvexPoly(card, np.round(pose.pixels(pose.card.outline) * scale).astype(np.int32), 255)
    card = np.asarray(cv2.dilate(card, np.ones((CARD_RIM, CARD_RIM), np.uint8)), np.uint8)
    side = max(size)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    margins = (top, side - size[1] - top, left, side - size[0] - left)
    square = cv2.copyMakeBorder(painted_over(small, card), *margins, cv2.BORDER_REFLECT_101)
    closed = cv2.copyMakeBorder(card, *margins, cv2.BORDER_CONSTANT, value=255)
    return _Scene(np.asarray(square, np.uint8), np.asarray(closed, np.uint8), (left, top), size, scale)


def _look(scene: _Scene, boxes: Sequence[Box], network: MaskNetwork) -> list[Mask]:
    """The network's masks of these squares, each in the whole picture's place."""
    patches = [_patch(scene.picture, box) for box in boxes]
    drawn = []
    for (left, top, edge), cells in zip(boxes, network.of(np.stack(patches)), strict=True):
        cell = edge / CELLS
        there = np.array([(cell, 0, left + cell / 2 - 0.5), (0, cell, top + cell / 2 - 0.5)])
        mask = cv2.warpAffine(cells, there, scene.closed.shape[::-1], flags=cv2.INTER_LINEAR)
        drawn.append(np.where(scene.closed > 0, 0, mask).astype(np.float32))
    return drawn


def _patch(picture: Picture, box: Box) -> Picture:
    left, top, edge = box
    if edge > 1.3 * EDGE:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), edge / EDGE / 2.5), np.uint8)
    there = np.array([(EDGE / edge, 0, -left * EDGE / edge), (0, EDGE / edge, -top * EDGE / edge)])
    return np.asarray(cv2.warpAffine(picture, there, (EDGE, EDGE), borderMode=cv2.BORDER_REFLECT_101), np.uint8)


def _found(scene: _Scene, pose: Pose, network: MaskNetwork) -> Spot | None:
    """Around what is most like a part: sure, large, and neither at the picture's edge nor at the card's."""
    side = float(len(scene.picture))
    corners = pose.pixels(pose.card.outline) * scene.scale + scene.corner
    boxes: list[Box] = [(0.0, 0.0, side)]
    for one, other in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        outwards = (one + other) / 2 - corners.mean(0)
        outwards /= np.linalg.norm(outwards)
        for edge in (share * side for share in BESIDE):
            middle = (one + other) / 2 + outwards * edge * 0.525
            if np.all(middle >= scene.corner) and np.all(middle - scene.corner < scene.inner):
                boxes.append((float(middle[0] - edge / 2), float(middle[1] - edge / 2), edge))
    blobs = [blob for mask in _look(scene, boxes, network) for blob in _blobs(scene, mask)]
    return max(blobs, default=(0.0, None))[1]


def _blobs(scene: _Scene, mask: Mask) -> list[tuple[float, Spot]]:
    count, labels, about, _ = cv2.connectedComponentsWithStats((mask > 0.5).astype(np.uint8))
    found = []
    for number in range(1, count):
        left, top, width, height, area = (int(value) for value in about[number])
        if area < LEAST_CELLS * mask.size:
            continue
        here = labels == number
        rim = np.asarray(cv2.dilate(here.astype(np.uint8), np.ones((3, 3), np.uint8))) > 0
        beside = np.count_nonzero(rim & (scene.closed > 0)) / (2 * (width + height))
        right, low = scene.corner[0] + scene.inner[0] - 2, scene.corner[1] + scene.inner[1] - 2
        at_edge = (left <= scene.corner[0] + 2) + (top <= scene.corner[1] + 2)
        at_edge += (left + width >= right) + (top + height >= low)
        score = float(mask[here].mean() * np.sqrt(mask[here].sum())) * (0.3 if beside > 0.1 else 1.0) * 0.3**at_edge
        found.append((score, (left + width / 2, top + height / 2, float(max(width, height)))))
    return found


def _refined(scene: _Scene, found: Spot, network: MaskNetwork) -> tuple[Mask, Spot] | None:
    """The mask, looked at from several distances, and the part's middle and extent in it."""
    mask: Mask = np.zeros(scene.closed.shape, np.float32)
    for _ in range(2):
        x, y, extent = found
        edges = [max(24.0, share * extent) for share in AROUND]
        boxes = [(x - edge / 2, y - edge / 2, edge) for edge in edges]
        total, looks = np.zeros(scene.closed.shape, np.float32), np.zeros(scene.closed.shape, np.float32)
        for seen, (left, top, edge) in zip(_look(scene, boxes, network), boxes, strict=True):
            start, end = (
                (int(left + 0.04 * edge), int(top + 0.04 * edge)),
                (int(left + 0.96 * edge), int(top + 0.96 * edge)),
            )
            inside = np.zeros(scene.closed.shape, np.float32)
            cv2.rectangle(inside, start, end, 1.0, -1)
            total, looks = total + seen * inside, looks + inside
        mask = np.asarray(total / np.maximum(looks, 1e-6), np.float32)
        count, labels, about, _ = cv2.connectedComponentsWithStats((mask > 0.5).astype(np.uint8))
        if count < 2:
            return None
        best = 1 + int(np.argmax([mask[labels == number].sum() for number in range(1, count)]))
        left, top, width, height = (float(value) for value in about[best, :4])
        found = (left + width / 2, top + height / 2, max(width, height))
    return np.where((mask <= 0.5) | (labels == best), mask, 0.5).astype(np.float32), found


def _cut(scene: _Scene, mask: Mask, found: Spot) -> Points | None:
    """The outline by colours, begun from the mask."""
    x, y, extent = found
    edge = max(24.0, 2 * extent)
    side = len(scene.picture)
    left, top = max(int(x - edge / 2), 0), max(int(y - edge / 2), 0)
    right, low = min(int(x + edge / 2), side), min(int(y + edge / 2), side)
    here = (slice(top, low), slice(left, right))
    near, closed = mask[here], scene.closed[here] > 0
    reach = 2 * (int(edge) // 16) + 1
    about = cv2.dilate((near > 0.3).astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    begun = np.select([closed, near > 0.9, near > 0.5, (near > 0.03) | about], [0, 1, 3, 2], 0).astype(np.uint8)
    inside = (begun == cv2.GC_FGD) | (begun == cv2.GC_PR_FGD)
    if not inside.any() or inside.all():
        return None
    patch = np.ascontiguousarray(scene.picture[here])
    whole = np.zeros(mask.shape, np.uint8)
    whole[here] = _grown(patch, begun)
    return _hull(np.asarray(cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))) > 0)


def _grown(patch: Picture, begun: Picture) -> Picture:
    """1 where colours say the part is. What takes up much of the picture is cut from a smaller one: it costs less, and
    a pixel is a smaller share of it.
    """
    height, width = begun.shape
    share = min(1.0, MOST_CUT / max(height, width))
    size = (max(1, round(width * share)), max(1, round(height * share)))
    small = np.asarray(cv2.resize(patch, size, interpolation=cv2.INTER_AREA), np.uint8)
    grown = np.asarray(cv2.resize(begun, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    everywhere = (0, 0, *size)  # not looked at where a mask is given
    cv2.grabCut(small, grown, everywhere, np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)
    part = ((grown == cv2.GC_FGD) | (grown == cv2.GC_PR_FGD)).astype(np.float32)
    return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5, np.uint8)


def _hull(mask: NDArray[np.bool_]) -> Points | None:
    """Around the largest connected piece."""
    count, labels, about, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return None
    best = 1 + int(np.argmax(about[1:, cv2.CC_STAT_AREA]))
    places = np.argwhere(labels == best)[:, ::-1].astype(np.float32)
    hull = cv2.convexHull(places)[:, 0].astype(np.float64)
    return hull if len(hull) > 2 else None
