"""Training scenes, one picture at a time: sprites laid on grounds, with shadows and things in the way.

A scene is float32[size, size, 3] in 0..1. Shares are of the scene's edge.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
Scene = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Mask = NDArray[np.float32]
"""How much of each pixel something covers, 0..1: float32[size, size]."""

MASK = 32
"""Edge in pixels of the masks that are learnt."""
SKINS = (
    (0.78, 0.58, 0.47),
    (0.55, 0.37, 0.27),
    (0.34, 0.22, 0.16),
    (0.12, 0.12, 0.13),
    (0.16, 0.26, 0.45),
    (0.8, 0.8, 0.76),
)
"""Hands of several colours, and gloves."""
COARSE = 0.5
"""A sprite drawn smaller than this share of its own size is halved first, so that it does not alias."""


@dataclass(frozen=True)
class Place:
    """Where a picture lies in a scene: its edge as a share of the scene's, radians, middle (0.5, 0.5: the scene's)."""

    share: float
    turn: float
    x: float
    y: float
    stretch: float = 1.0


def laid(scene: Scene, sprite: Pixels, place: Place, depth: float) -> tuple[Scene, Mask]:
    """Shadow the scene, then lay a sprite (uint8[s, s, 5]: premultiplied RGB, alpha, shadow) over it; where it lies."""
    size = scene.shape[0]
    if place.share * size < COARSE * sprite.shape[0]:
        sprite = np.asarray(cv2.resize(sprite, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    moved = _affine(sprite.shape[0], size, place)
    body = cv2.warpAffine(np.ascontiguousarray(sprite[..., :4]), moved, (size, size))
    shadow = cv2.warpAffine(np.ascontiguousarray(sprite[..., 4]), moved, (size, size))
    below = scene * (1 - shadow.astype(np.float32) * np.float32(depth / 255))[..., None]
    cover = body[..., 3].astype(np.float32) / np.float32(255)
    seen = below * (1 - cover[..., None]) + body[..., :3].astype(np.float32) / np.float32(255)
    return np.asarray(seen, np.float32), cover


def tinted(sprite: Pixels, rng: Rng) -> Pixels:
    """The sprite under another lamp: there are few rooms to learn from, and each photo is taken in one of its own."""
    warm, green = rng.uniform(-0.12, 0.12), rng.normal(0, 0.02)
    gains = rng.uniform(0.85, 1.15) * np.exp(np.array([warm, green, -warm]))
    table = np.clip(np.arange(256)[None, :, None] * gains, 0, 255).astype(np.uint8)
    seen = sprite.copy()
    seen[..., :3] = cv2.LUT(np.ascontiguousarray(sprite[..., :3]), table)
    return seen


def cut(picture: Pixels, place: Place, size: int) -> Scene:
    """A piece of a picture as a scene, mirrored beyond its edges."""
    moved = _affine(picture.shape[0], size, place)
    warped = cv2.warpAffine(picture, moved, (size, size), borderMode=cv2.BORDER_REFLECT_101)
    return warped.astype(np.float32) / np.float32(255)


def printed(scene: Scene, picture: Pixels, place: Place, tilt: NDArray[np.float64]) -> tuple[Scene, Mask]:
    """Lay a flat picture into a scene as seen at an angle: ``tilt`` float64[4, 2] moves its corners, as shares.
    Gives the scene, and where the picture lies.
    """
    edge, size = picture.shape[0], scene.shape[0]
    corners = np.array([(0, 0), (edge, 0), (edge, edge), (0, edge)], np.float32)
    moved = _affine(edge, size, place)
    seen = corners @ moved[:, :2].T + moved[:, 2] + tilt * place.share * size
    matrix = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    flat = cv2.warpPerspective(picture, matrix, (size, size)).astype(np.float32) / np.float32(255)
    mask = cv2.warpPerspective(np.ones(picture.shape[:2], np.float32), matrix, (size, size)).astype(np.float32)
    return np.asarray(scene * (1 - mask[..., None]) + flat * mask[..., None], np.float32), mask


def with_fingers(scene: Scene, rng: Rng) -> tuple[Scene, Mask]:
    """Lay one to three fingers (or a tool's handle) over the scene from one side; where they lie."""
    size = scene.shape[0]
    angle, inward = rng.uniform(0, 2 * np.pi), rng.uniform(0.18, 0.34)
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    mask = np.zeros((size, size), np.float32)
    width = rng.uniform(0.07, 0.13)
    for finger in range(rng.integers(1, 4)):
        tip = 0.5 + along * (0.5 - inward * rng.uniform(0.7, 1.0)) + across * (finger - 1) * width * 1.15
        start, end = (tip * size).astype(int), ((tip + along) * size).astype(int)
        cv2.line(mask, _point(start), _point(end), 1.0, max(2, int(width * size)), cv2.LINE_AA)
    colour = np.array(SKINS[rng.integers(len(SKINS))]) * rng.uniform(0.7, 1.15)
    light = cv2.GaussianBlur(mask, (0, 0), width * size * 0.35)[..., None]
    return np.asarray(scene * (1 - mask[..., None]) + colour * light * mask[..., None], np.float32), mask


def with_papers(scene: Scene, rng: Rng) -> Scene:
    """Lay one to three labels or slips of paper with lines of print about the scene."""
    size = scene.shape[0]
    canvas = scene.copy()
    for _ in range(rng.integers(1, 4)):
        middle, turn = rng.uniform(0.1, 0.9, 2) * size, rng.uniform(0, 2 * np.pi)
        half = rng.uniform(0.06, 0.24, 2) * size
        along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
        corners = [middle + along * half[0] * a + across * half[1] * b for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        colour, ink = rng.uniform(0.35, 1.0, 3), rng.uniform(0.0, 0.35)
        cv2.fillPoly(canvas, [np.array(corners).astype(np.int32)], _shade(colour), cv2.LINE_AA)
        for line in np.arange(-0.7, 0.8, rng.uniform(0.2, 0.6)):
            ends = [middle + across * half[1] * line + along * half[0] * end for end in (-0.8, rng.uniform(-0.2, 0.8))]
            start, end = (_point(place.astype(np.int64)) for place in ends)
            cv2.line(canvas, start, end, _shade(colour * ink), 1, cv2.LINE_AA)
    return canvas


def half_shaded(scene: Scene, rng: Rng) -> Scene:
    """Cast the soft-edged shadow of something outside over a part of the scene."""
    size = scene.shape[0]
    angle, edge = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / np.float32(size) - np.float32(0.5)
    distance = np.cos(angle) * x + np.sin(angle) * y - edge
    dark = np.clip(distance / rng.uniform(0.01, 0.2) + 0.5, 0, 1) * rng.uniform(0.25, 0.6)
    return np.asarray(scene * (1 - dark[..., None]), np.float32)


def _affine(edge: int, size: int, place: Place) -> NDArray[np.float64]:
    """2x3: from a picture of that edge to the scene's pixels."""
    scale = place.share * size / edge
    cos, sin = np.cos(place.turn) * scale, np.sin(place.turn) * scale
    linear = np.array([[cos * place.stretch, -sin], [sin * place.stretch, cos]])
    middle = np.array([place.x, place.y]) * size - linear @ np.array([edge / 2, edge / 2])
    return np.concatenate([linear, middle[:, None]], axis=1)


def _shade(colour: NDArray[np.float64]) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in colour)
    return red, green, blue


def _point(values: NDArray[np.int64]) -> tuple[int, int]:
    return int(values[0]), int(values[1])
