"""What needs no learning: colour histogram and histograms of gradient directions (HOG, Dalal and Triggs, CVPR 2005)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 96
CELLS = 6
DIRECTIONS = 9
SHADES = 4


def describe(pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
    """``float32[n, d]`` of length 1: colours in the middle of the picture and gradients in a grid of cells."""
    return np.stack([_describe(picture) for picture in pictures])


def _describe(picture: Image.Image) -> NDArray[np.float32]:
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
    pixels = np.asarray(square, np.float32) / np.float32(255)
    halves = [_unit(_colours(pixels)), _unit(_gradients(pixels.mean(axis=2)))]
    return _unit(np.concatenate(halves))


def _colours(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    middle = pixels[SIDE // 6 : -SIDE // 6, SIDE // 6 : -SIDE // 6].reshape(-1, 3)
    bins = np.minimum((middle * SHADES).astype(int), SHADES - 1)
    counts = np.bincount(bins @ np.array([1, SHADES, SHADES**2]), minlength=SHADES**3)
    return np.sqrt(counts).astype(np.float32)


def _gradients(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    down, right = np.gradient(grey)
    strength, angle = np.hypot(down, right), np.arctan2(down, right) % np.pi
    direction = np.minimum((angle / np.pi * DIRECTIONS).astype(int), DIRECTIONS - 1)
    cell = np.arange(SIDE) * CELLS // SIDE
    place = (cell[:, None] * CELLS + cell[None, :]) * DIRECTIONS + direction
    sums = np.bincount(place.ravel(), weights=strength.ravel(), minlength=CELLS * CELLS * DIRECTIONS)
    return np.sqrt(sums).astype(np.float32)


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return scaled
