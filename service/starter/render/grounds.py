"""Surfaces that parts lie on, drawn from noise: wood, metal, cardboard, cloth, concrete, tiles, paint, print."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
Field = NDArray[np.float32]
Texture = NDArray[np.uint8]


def ground(rng: Rng, size: int) -> Texture:
    """A random surface, uint8[size, size, 3]."""
    maker = MAKERS[rng.integers(len(MAKERS))]
    shades = maker(rng, size)
    grain = rng.normal(0, rng.uniform(0, 0.02), (size, size, 1))
    return (np.clip(shades + grain, 0, 1) * 255).astype(np.uint8)


def noise(rng: Rng, size: int, cells: int, stretch: int = 1) -> Field:
    """Smooth noise with ``cells`` blobs across, 0..1; stretched along x by a factor."""
    height = min(cells, size)
    width = max(2, min(cells // stretch, size))
    coarse = rng.random((height + 1, width + 1)).astype(np.float32)
    rows = np.linspace(0, height, size, endpoint=False)
    columns = np.linspace(0, width, size, endpoint=False)
    y, x = rows.astype(int), columns.astype(int)
    fy, fx = _smooth(rows - y)[:, None], _smooth(columns - x)[None, :]
    upper = coarse[y][:, x] * (1 - fx) + coarse[y][:, x + 1] * fx
    lower = coarse[y + 1][:, x] * (1 - fx) + coarse[y + 1][:, x + 1] * fx
    mixed: Field = (upper * (1 - fy) + lower * fy).astype(np.float32)
    return mixed


def cloud(rng: Rng, size: int, cells: int, octaves: int = 5, stretch: int = 1) -> Field:
    """Noise of several scales, 0..1."""
    total = np.zeros((size, size), np.float32)
    weight = 0.0
    for octave in range(octaves):
        share = 0.6**octave
        total += share * noise(rng, size, cells * 2**octave, stretch)
        weight += share
    spread: Field = np.clip((total / weight - 0.5) * 1.8 + 0.5, 0, 1)
    return spread


def _smooth(t: NDArray[np.float64]) -> Field:
    eased: Field = (t * t * (3 - 2 * t)).astype(np.float32)
    return eased


def _colour(rng: Rng, dark: float, bright: float) -> NDArray[np.float64]:
    """A colour as paint and cloth have it: mostly greyish, seldom loud."""
    grey, saturation = rng.uniform(dark, bright), rng.beta(1.2, 2.5)
    colour: NDArray[np.float64] = grey * (1 - saturation) + rng.uniform(dark, bright, 3) * saturation
    return colour


def _between(rng: Rng, field: Field, dark: tuple[float, ...], bright: tuple[float, ...]) -> Field:
    jitter = rng.uniform(0.8, 1.2, 3)
    mixed: Field = ((np.array(dark) * (1 - field[..., None]) + np.array(bright) * field[..., None]) * jitter).astype(
        np.float32
    )
    return mixed


def _wood(rng: Rng, size: int) -> Field:
    warp = cloud(rng, size, 3, 3, stretch=3)
    rings = np.sin(np.linspace(0, rng.uniform(20, 70), size)[:, None] + warp * rng.uniform(6, 22))
    field = np.clip(0.5 + 0.3 * rings.astype(np.float32) + 0.5 * (cloud(rng, size, 24, 4, stretch=12) - 0.5), 0, 1)
    dark, bright = [
        ((0.30, 0.18, 0.09), (0.55, 0.38, 0.22)),
        ((0.55, 0.41, 0.26), (0.80, 0.66, 0.47)),
        ((0.16, 0.10, 0.06), (0.32, 0.21, 0.14)),
    ][rng.integers(3)]
    return _between(rng, field, dark, bright)


def _brushed(rng: Rng, size: int) -> Field:
    field = 0.6 * cloud(rng, size, 128, 3, stretch=64) + 0.4 * cloud(rng, size, 3, 4)
    level = rng.uniform(0.25, 0.6)
    shades = _between(rng, field.astype(np.float32), (level * 0.8,) * 3, (level * 1.35,) * 3)
    return _scratched(rng, shades)


def _scratched(rng: Rng, shades: Field) -> Field:
    size = len(shades)
    for _ in range(rng.integers(0, 60)):
        length, angle = rng.uniform(0.02, 0.3) * size, rng.uniform(0, np.pi)
        along = np.arange(0, length)
        x = (rng.uniform(0, size) + along * np.cos(angle)).astype(int) % size
        y = (rng.uniform(0, size) + along * np.sin(angle)).astype(int) % size
        shades[y, x] += rng.uniform(-0.15, 0.2)
    return shades


def _cardboard(rng: Rng, size: int) -> Field:
    field = 0.7 * cloud(rng, size, 4, 4) + 0.3 * cloud(rng, size, 96, 2, stretch=24)
    return _between(rng, field.astype(np.float32), (0.50, 0.37, 0.24), (0.70, 0.56, 0.40))


def _cloth(rng: Rng, size: int) -> Field:
    count = rng.integers(60, 160)
    phase = np.arange(size) * 2 * np.pi * count / size
    weave = 0.5 + 0.25 * (np.sin(phase)[:, None] * np.sin(phase)[None, :])
    base = _colour(rng, 0.05, 0.75)
    field = np.clip(0.55 * weave + 0.45 * cloud(rng, size, 5), 0, 1).astype(np.float32)
    return _between(rng, field, tuple(base * 0.55), tuple(np.minimum(base * 1.3, 0.95)))


def _concrete(rng: Rng, size: int) -> Field:
    field = cloud(rng, size, 6, 6)
    specks = noise(rng, size, size // 3) > rng.uniform(0.86, 0.97)
    level = rng.uniform(0.3, 0.65)
    shades = _between(rng, field, (level * 0.7, level * 0.69, level * 0.66), (level * 1.25, level * 1.24, level * 1.2))
    shades[specks] *= rng.uniform(0.5, 1.4)
    return shades


def _tiles(rng: Rng, size: int) -> Field:
    count = int(rng.integers(2, 9))
    cell = size // count
    rows, columns = np.indices((size, size)) // cell
    first, second = _colour(rng, 0.1, 0.9), _colour(rng, 0.1, 0.9)
    second = first * rng.uniform(0.75, 1.1) if rng.random() < 0.6 else second
    shades = np.where(((rows + columns) % 2)[..., None] == 0, first, second) * (
        0.85 + 0.3 * cloud(rng, size, 8)[..., None]
    )
    rows, columns = np.indices((size, size)) % cell
    joint = (rows < max(2, size // 170)) | (columns < max(2, size // 170))
    shades[joint] = rng.uniform(0.1, 0.7)
    tiled: Field = shades.astype(np.float32)
    return tiled


def _paint(rng: Rng, size: int) -> Field:
    base = _colour(rng, 0.08, 0.92)
    field = cloud(rng, size, 3, 5)
    return _scratched(rng, _between(rng, field, tuple(base * 0.88), tuple(np.minimum(base * 1.08, 1.0))))


def _paper(rng: Rng, size: int) -> Field:
    """A drawing or a form: lines, boxes and rows of marks on bright paper."""
    shades = np.full((size, size, 3), rng.uniform(0.75, 0.95), np.float32) * rng.uniform(0.94, 1.0, 3).astype(
        np.float32
    )
    ink = rng.uniform(0.02, 0.5, 3).astype(np.float32)
    for _ in range(rng.integers(8, 40)):
        y, x = rng.integers(0, size, 2)
        height, width = rng.integers(2, max(3, size // 5), 2)
        if rng.random() < 0.5:
            shades[y : y + 3, x : x + 2 * width] = ink
        else:
            shades[y : y + height : 7, x : x + width : int(rng.integers(3, 9))] = ink
            shades[y + 1 : y + height : 7, x : x + width : 3] = ink
    return shades


def _mat(rng: Rng, size: int) -> Field:
    """A cutting mat: a grid on a dark or a bright ground."""
    base = np.array([(0.06, 0.28, 0.20), (0.10, 0.12, 0.14), (0.10, 0.16, 0.40), (0.6, 0.6, 0.62)][rng.integers(4)])
    shades = np.broadcast_to(base, (size, size, 3)) * (0.85 + 0.3 * cloud(rng, size, 6)[..., None])
    step = int(size // rng.integers(6, 20))
    shades[::step] += 0.25
    shades[:, ::step] += 0.25
    gridded: Field = shades.astype(np.float32)
    return gridded


MAKERS: tuple[Callable[[Rng, int], Field], ...] = (
    _wood, _wood, _brushed, _cardboard, _cloth, _concrete, _tiles, _paint, _paint, _paper, _mat,
)  # fmt: skip
