"""The rendered training set on disk, and real photos beside it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

REAL_SIZE = 160
HELD_OUT_EVERY = 8


@dataclass(frozen=True)
class Views:
    """``rooms[r]``: uint8[parts, views, s, s, 5], room 0 the studio; ``grounds`` and ``real``: uint8[n, h, w, 3]."""

    parts: list[dict[str, Any]]
    rooms: list[NDArray[np.uint8]]
    grounds: NDArray[np.uint8]
    real: NDArray[np.uint8]
    seed: int

    @property
    def learnt(self) -> list[int]:
        """Parts to learn from."""
        return [i for i in range(len(self.parts)) if i % HELD_OUT_EVERY]

    @property
    def held_out(self) -> list[int]:
        """Parts kept apart, to measure progress and to fit thresholds."""
        return [i for i in range(len(self.parts)) if not i % HELD_OUT_EVERY]


def load_views(folder: Path, photos: Path | None) -> Views:
    """Open what was rendered; a folder of real photos adds to it.

    Raises:
        FileNotFoundError: nothing was rendered there, or no room beside the studio.
    """
    about = json.loads((folder / "parts.json").read_text())
    rooms = [np.load(path, mmap_mode="r") for path in sorted(folder.glob("room-*.npy"))]
    if len(rooms) < 2:
        raise FileNotFoundError(f"{folder} holds no rendered rooms: run `photocode starter render`")
    return Views(about["parts"], rooms, np.load(folder / "grounds.npy"), _real(folder, photos), about["seed"])


def _real(folder: Path, photos: Path | None) -> NDArray[np.uint8]:
    """Real photos at 160 px, kept beside the renders once they were read."""
    if photos is None:
        return np.zeros((0, REAL_SIZE, REAL_SIZE, 3), np.uint8)
    stored = folder / "real.npy"
    if not stored.exists():
        paths = sorted(p for p in photos.rglob("*.jpg"))
        np.save(stored, np.stack([_square(path) for path in paths]))
    real: NDArray[np.uint8] = np.load(stored, mmap_mode="r")
    return real


def _square(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        image.draft("RGB", (REAL_SIZE, REAL_SIZE))
        return np.asarray(image.convert("RGB").resize((REAL_SIZE, REAL_SIZE), Image.Resampling.BILINEAR))
