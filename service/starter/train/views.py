"""The rendered training set on disk, and real photos beside it."""

import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from service.starter.real_photos import kept_apart, product_of

REAL_SIZE = 160
HELD_OUT_EVERY = 8


@dataclass(frozen=True)
class Views:
    """``rooms[r]``: uint8[parts, views, s, s, 5], room 0 the studio; ``grounds`` and ``real``: uint8[n, h, w, 3];
    ``products``: for each product on real photos, which photos show it.
    """

    parts: list[dict[str, Any]]
    rooms: list[NDArray[np.uint8]]
    grounds: NDArray[np.uint8]
    real: NDArray[np.uint8]
    seed: int
    products: list[list[int]] = field(default_factory=list)

    @property
    def learnt(self) -> list[int]:
        """Parts to learn from: none looks like one that is kept apart, or like one of the demo's."""
        apart = {self.parts[i]["class"] for i in self.held_out}
        return [i for i, part in enumerate(self.parts) if part["class"] not in apart and not part["asked"]]

    @property
    def held_out(self) -> list[int]:
        """Parts kept apart, to measure progress; no two look alike."""
        first = {part["class"]: i for i, part in reversed(list(enumerate(self.parts)))}
        return [i for i in sorted(first.values()) if not i % HELD_OUT_EVERY]

    def numbered(self, aspect: str) -> NDArray[np.int64]:
        """A word of every part (its class, recipe or finish) as numbers from 0."""
        words = [part[aspect] for part in self.parts]
        return np.unique(words, return_inverse=True)[1].astype(np.int64)


def load_views(folder: Path, photos: Path | None) -> Views:
    """Open what was rendered; a folder of real photos adds to it.

    Raises:
        FileNotFoundError: nothing was rendered there, or no room beside the studio.
    """
    about = json.loads((folder / "parts.json").read_text())
    rooms = [np.load(path, mmap_mode="r") for path in sorted(folder.glob("room-*.npy"))]
    if len(rooms) < 2:
        raise FileNotFoundError(f"{folder} holds no rendered rooms: run `photocode starter render`")
    paths = [path for path in sorted(photos.rglob("*.jpg")) if not kept_apart(product_of(path))] if photos else []
    products: dict[str, list[int]] = {}
    for at, path in enumerate(paths):
        products.setdefault(product_of(path), []).append(at)
    real = _real(folder, paths)
    return Views(about["parts"], rooms, np.load(folder / "grounds.npy"), real, about["seed"], list(products.values()))


def _real(folder: Path, paths: list[Path]) -> NDArray[np.uint8]:
    """Real photos at 160 px, kept beside the renders once they were read."""
    if not paths:
        return np.zeros((0, REAL_SIZE, REAL_SIZE, 3), np.uint8)
    stored = folder / f"real-{zlib.crc32('/'.join(path.name for path in paths).encode()):08x}.npy"
    if not stored.exists():
        np.save(stored, np.stack([_square(path) for path in paths]))
    real: NDArray[np.uint8] = np.load(stored, mmap_mode="r")
    return real


def _square(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        image.draft("RGB", (REAL_SIZE, REAL_SIZE))
        return np.asarray(ImageOps.fit(image.convert("RGB"), (REAL_SIZE, REAL_SIZE), Image.Resampling.BILINEAR))
