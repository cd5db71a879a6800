"""Batches of training pictures out of sprites and real photos, drawn by chance from one seed."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from service.starter.train.scene import (
    MASK,
    Mask,
    Place,
    Rng,
    Scene,
    cut,
    half_shaded,
    laid,
    printed,
    tinted,
    with_fingers,
    with_papers,
)
from service.starter.train.shot import Phone
from service.starter.train.views import Views

Index = NDArray[np.int64]
Pixels = NDArray[np.uint8]
REAL_GROUNDS = 0.25
ALONE = 0.4
PAPERS = 0.45
FINGERS = 0.18
SHADED = 0.2


class Drawn(NamedTuple):
    """Pictures uint8[n, size, size, 3], and where in them the thing lies: float32[n, 32, 32] in 0..1."""

    pictures: Pixels
    masks: NDArray[np.float32]


class Composer:
    """Draws batches from views; what it draws depends on the seed alone, not on the number of threads."""

    def __init__(self, views: Views, seed: int, workers: int = 2) -> None:
        """The seed fixes every choice."""
        cv2.setNumThreads(1)  # a picture is too small to share
        self._views = views
        self._rng = np.random.default_rng(seed)
        self._phone = Phone(seed)
        self._pool = ThreadPoolExecutor(workers)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def field(self, labels: Index, size: int, hardness: float = 1.0) -> Drawn:
        """Field photos of these parts. ``hardness`` 0..1: how often there is more than the part on a plain ground."""
        return self._drawn([partial(self._field, int(at), size, hardness) for at in labels])

    def studio(self, labels: Index, size: int) -> Drawn:
        """Catalog pictures of these parts."""
        return self._drawn([partial(self._studio, int(at), size) for at in labels])

    def real(self, count: int, size: int) -> tuple[Drawn, Drawn]:
        """Of so many different products on real photos: a photo as it is, and a field view of it or of another one."""
        pairs = [self._photos_of(product) for product in self._products(count)]
        plain = self._drawn([partial(self._whole, first, size) for first, _ in pairs])
        seen = self._drawn([partial(self._print, second, size) for _, second in pairs])
        return plain, seen

    def _drawn(self, jobs: Sequence[Callable[[Rng], tuple[Pixels, Mask]]]) -> Drawn:
        chances = self._rng.spawn(len(jobs))
        made = list(self._pool.map(lambda job, rng: job(rng), jobs, chances))
        return Drawn(np.stack([picture for picture, _ in made]), np.stack([_small(mask) for _, mask in made]))

    def _field(self, label: int, size: int, hardness: float, rng: Rng) -> tuple[Pixels, Mask]:
        scene = self._ground(size, rng) if rng.random() < hardness else _plain(size, rng)
        if rng.random() < PAPERS * hardness:
            scene = with_papers(scene, rng)
        crowded = rng.random() < (1 - ALONE) * hardness
        for _ in range(int(rng.integers(1, 4)) if crowded else 0):
            scene, _ = laid(scene, self._sprite(int(rng.integers(len(self._views.parts))), rng), _beside(rng), 0.5)
        share = rng.uniform(0.75 - 0.32 * hardness, 1.05)
        x, y = rng.uniform(0.42, 0.58, 2)
        place = Place(share, rng.uniform(-math.pi, math.pi), x, y, rng.uniform(0.93, 1.07))
        scene, mask = laid(scene, self._sprite(label, rng), place, rng.uniform(0.3, 0.75))
        if rng.random() < FINGERS * hardness:
            scene, hidden = with_fingers(scene, rng)
            mask = mask * (1 - hidden)
        if rng.random() < SHADED * hardness:
            scene = half_shaded(scene, rng)
        return self._phone.taken(scene, rng), mask

    def _studio(self, label: int, size: int, rng: Rng) -> tuple[Pixels, Mask]:
        paper = np.full((size, size, 3), rng.uniform(0.84, 1.0), np.float32)
        place = Place(rng.uniform(0.85, 1.05), 0.0, *rng.uniform(0.48, 0.52, 2))
        scene, mask = laid(paper, self._pick(self._views.rooms[0][label], rng), place, 0.4)
        return (np.clip(scene, 0, 1) * 255).astype(np.uint8), mask

    def _whole(self, photo: int, size: int, rng: Rng) -> tuple[Pixels, Mask]:
        place = Place(rng.uniform(1.0, 1.15), rng.uniform(-0.05, 0.05), 0.5, 0.5)
        return (cut(self._views.real[photo], place, size) * 255).astype(np.uint8), _all(size)

    def _print(self, photo: int, size: int, rng: Rng) -> tuple[Pixels, Mask]:
        """A real photo lying somewhere as a print does, or filling the frame."""
        if rng.random() < 0.4:
            place = Place(rng.uniform(1.05, 1.9), rng.uniform(-0.5, 0.5), *rng.uniform(0.35, 0.65, 2))
            return self._phone.taken(cut(self._views.real[photo], place, size), rng), _all(size)
        turn = rng.uniform(-0.3, 0.3) + rng.choice([0, 0, 0.5, 1, -0.5]) * math.pi
        place = Place(rng.uniform(0.5, 0.95), turn, *rng.uniform(0.42, 0.58, 2))
        tilt = rng.uniform(-0.08, 0.08, (4, 2))
        scene, mask = printed(self._ground(size, rng), self._views.real[photo], place, tilt)
        return self._phone.taken(half_shaded(scene, rng) if rng.random() < SHADED else scene, rng), mask

    def _products(self, count: int) -> list[int]:
        """Half of them with several photos where there are such, which are the fewer ones."""
        several = [at for at, photos in enumerate(self._views.products) if len(photos) > 1]
        single = [at for at, photos in enumerate(self._views.products) if len(photos) == 1]
        many = min(len(several), max(count // 2, count - len(single)))
        drawn = [self._rng.choice(several, many, replace=False), self._rng.choice(single, count - many, replace=False)]
        return [int(at) for at in np.concatenate(drawn)]

    def _photos_of(self, product: int) -> tuple[int, int]:
        photos = self._views.products[product]
        first, second = self._rng.choice(photos), self._rng.choice(photos)
        return int(first), int(second)

    def _sprite(self, label: int, rng: Rng) -> Pixels:
        room = int(rng.integers(1, len(self._views.rooms)))
        return tinted(self._pick(self._views.rooms[room][label], rng), rng)

    @staticmethod
    def _pick(views: Pixels, rng: Rng) -> Pixels:
        return np.asarray(views[rng.integers(len(views))])

    def _ground(self, size: int, rng: Rng) -> Scene:
        views = self._views
        if len(views.real) and rng.random() < REAL_GROUNDS:
            picture, shares = views.real[rng.integers(len(views.real))], (1.1, 3.0)
        else:
            picture, shares = views.grounds[rng.integers(len(views.grounds))], (1.5, 5.0)
        place = Place(rng.uniform(*shares), rng.uniform(-math.pi, math.pi), *rng.uniform(0.2, 0.8, 2))
        return cut(picture, place, size)


def _small(mask: Mask) -> Mask:
    return np.asarray(cv2.resize(mask, (MASK, MASK), interpolation=cv2.INTER_AREA), np.float32)


def _all(size: int) -> Mask:
    return np.ones((size, size), np.float32)


def _plain(size: int, rng: Rng) -> Scene:
    return np.full((size, size, 3), rng.uniform(0.1, 0.95), np.float32) * rng.uniform(0.8, 1.0, 3).astype(np.float32)


def _beside(rng: Rng) -> Place:
    angle, away = rng.uniform(0, 2 * math.pi), rng.uniform(0.38, 0.62)
    x, y = 0.5 + away * math.cos(angle), 0.5 + away * math.sin(angle)
    return Place(rng.uniform(0.3, 0.75), rng.uniform(-math.pi, math.pi), x, y)
