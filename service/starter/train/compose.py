"""Training pictures out of sprites: laid on grounds with shadows and other parts, then photographed badly.

Everything works on a whole batch at once; pictures are float32[n, 3, size, size] in 0..1.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from service.starter.train.views import Views

Index = NDArray[np.int64]


class Composer:
    """Draws batches from views with one seeded source of chance."""

    def __init__(self, views: Views, seed: int) -> None:
        """The seed fixes every choice."""
        self._views = views
        self._rng = np.random.default_rng(seed)
        self._noise = torch.Generator().manual_seed(seed)

    def field(self, labels: Index, size: int) -> torch.Tensor:
        """Field photos of these parts."""
        count = len(labels)
        scene = self._grounds(count, size)
        others = self._rng.integers(0, len(self._views.parts), count)
        absent = torch.from_numpy((self._rng.random(count) < 0.45)[:, None, None, None])
        scene = torch.where(absent, scene, self._laid(scene, others, size, beside=True))
        return self._developed(self._laid(scene, labels, size, beside=False))

    def studio(self, labels: Index, size: int) -> torch.Tensor:
        """Catalog pictures of these parts."""
        count = len(labels)
        level = torch.from_numpy(self._rng.uniform(0.78, 1.0, (count, 1, 1, 1)).astype(np.float32))
        paper = level.expand(count, 3, size, size)
        sprites = self._sprites(labels, np.zeros(count, np.int64))
        moved = _moved(sprites, self._places(count, (0.85, 1.05), 0.04, turn=0.0), size)
        return _over(paper, moved, 0.45).clamp(0, 1)

    def real(self, count: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Two differently cut and lit views each of some real photos."""
        chosen = self._rng.choice(len(self._views.real), count, replace=False)
        photos = _tensor(self._views.real[np.sort(chosen)])
        first, second = (
            self._developed(_moved(photos, self._places(count, (1.05, 2.2), 0.3, turn=0.5), size, border=True))
            for _ in range(2)
        )
        return first, second

    def _sprites(self, labels: Index, rooms: Index) -> torch.Tensor:
        picked = [
            self._views.rooms[room][label, self._rng.integers(self._views.rooms[room].shape[1])]
            for label, room in zip(labels, rooms, strict=True)
        ]
        return _tensor(np.stack(picked))

    def _laid(self, scene: torch.Tensor, labels: Index, size: int, *, beside: bool) -> torch.Tensor:
        count = len(labels)
        rooms = self._rng.integers(1, len(self._views.rooms), count)
        spread = (
            self._places(count, (0.35, 0.8), 0.0, turn=math.pi)
            if beside
            else self._places(count, (0.58, 1.15), 0.16, turn=math.pi)
        )
        if beside:
            angle, away = self._rng.uniform(0, 2 * np.pi, count), self._rng.uniform(0.75, 1.15, count)
            spread[:, 2], spread[:, 3] = away * np.cos(angle), away * np.sin(angle)
        moved = _moved(self._sprites(labels, rooms), spread, size)
        return _over(scene, moved, float(self._rng.uniform(0.35, 0.75)))

    def _places(self, count: int, scales: tuple[float, float], shift: float, *, turn: float) -> NDArray[np.float64]:
        """Columns: scale, angle, shift in x and y (half widths)."""
        rng = self._rng
        return np.stack(
            [rng.uniform(*scales, count), rng.uniform(-turn, turn, count), *rng.uniform(-shift, shift, (2, count))],
            axis=1,
        )

    def _grounds(self, count: int, size: int) -> torch.Tensor:
        """A cut of a drawn ground, or of a real photo in a quarter of the batch."""
        views = self._views
        drawn = _tensor(views.grounds[np.sort(self._rng.integers(0, len(views.grounds), count))])
        grounds = _moved(drawn, self._places(count, (1.5, 5.0), 0.6, turn=math.pi), size, border=True)
        if cut := (count // 4 if len(views.real) else 0):
            photos = _tensor(views.real[np.sort(self._rng.choice(len(views.real), cut, replace=False))])
            grounds[:cut] = _moved(photos, self._places(cut, (1.1, 3.0), 0.4, turn=math.pi), size, border=True)
        return grounds[torch.from_numpy(self._rng.permutation(count))]

    def _developed(self, pictures: torch.Tensor) -> torch.Tensor:
        """Blur, exposure, white balance, contrast, noise."""
        rng, count = self._rng, len(pictures)
        exposure = np.where(rng.random(count) < 0.15, rng.uniform(0.35, 0.6, count), np.exp(rng.normal(0, 0.22, count)))
        warm, green = rng.normal(0, 0.075, count), rng.normal(0, 0.03, count)
        gains = exposure[:, None] * np.exp(np.stack([warm, green, -warm], axis=1))
        contrast = rng.uniform(0.8, 1.3, (count, 1, 1, 1))
        sigma = rng.uniform(0, 0.028, (count, 1, 1, 1)) * (rng.random((count, 1, 1, 1)) < 0.6)
        pictures = _blurred(pictures, rng.integers(0, 8, count))
        pictures = pictures * torch.from_numpy(gains.astype(np.float32))[..., None, None]
        pictures = (pictures.clamp(0, 1) - 0.5) * torch.from_numpy(contrast.astype(np.float32)) + 0.5
        noise = torch.randn(pictures.shape, generator=self._noise)
        return (pictures + noise * torch.from_numpy(sigma.astype(np.float32))).clamp(0, 1)


def _tensor(pixels: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float() / 255


def _moved(pictures: torch.Tensor, places: NDArray[np.float64], size: int, *, border: bool = False) -> torch.Tensor:
    """Scale, turn and shift each picture into a square of ``size``; outside is nothing, or mirrored with ``border``."""
    scale, angle, x, y = places.T
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    rows = [[cos, sin, -(cos * x + sin * y)], [-sin, cos, sin * x - cos * y]]
    theta = torch.from_numpy(np.array(rows).transpose(2, 0, 1).astype(np.float32))
    grid = functional.affine_grid(theta, [len(pictures), 1, size, size], align_corners=False)
    return functional.grid_sample(
        pictures, grid, mode="bilinear", padding_mode="reflection" if border else "zeros", align_corners=False
    )


def _over(scene: torch.Tensor, sprites: torch.Tensor, depth: float) -> torch.Tensor:
    """Shadow the scene, then lay premultiplied sprites (RGB, alpha, shadow) over it."""
    return sprites[:, :3] + scene * (1 - depth * sprites[:, 4:5]) * (1 - sprites[:, 3:4])


def _blurred(pictures: torch.Tensor, strength: Index) -> torch.Tensor:
    """Box-blur some pictures: strength 6 by three pixels, 7 by five, the rest not."""
    blurred = pictures.clone()
    for level, width in ((6, 3), (7, 5)):
        chosen = torch.from_numpy(np.flatnonzero(strength == level))
        if len(chosen):
            padded = functional.pad(pictures[chosen], [width // 2] * 4, mode="replicate")
            blurred[chosen] = functional.avg_pool2d(padded, width, stride=1)
    return blurred
