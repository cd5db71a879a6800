"""Pictures that visual words are learned on: folders of photos, and renders laid on drawn grounds."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.starter.demo_set import upright
from service.starter.train.views import Views, load_views

LICENCES: Final = {
    "grocery": "Grocery Store Dataset, training split (M. Klasson et al., WACV 2019), MIT",
    "clothing": "photos of clothing, CC0",
}
RENDERS_LICENCE: Final = "own renders of CAD parts, CC0"

RENDERED: Final = 800
"""Renders used: enough for some words of smooth parts beside those of print."""

STUDIO_EVERY: Final = 3
"""One render of so many is a studio view on paper, the others lie on grounds."""

PAPER: Final = 240
SHADOW: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Source:
    """Pictures of one origin; ``load(i)`` gives one ``i`` of ``count``, upright RGB; ``key`` names their content."""

    name: str
    licence: str
    count: int
    key: str
    load: Callable[[int], Image.Image]


def photo_sources(folder: Path, without: Collection[str] = ()) -> list[Source]:
    """One source for each folder in ``folder``, but those named ``without``.

    Raises:
        FileNotFoundError: there are no JPEGs in it.

    """
    folders = sorted(path for path in folder.iterdir() if path.is_dir() and path.name not in without)
    sources = [_photos(inner.name, paths) for inner in folders if (paths := sorted(inner.rglob("*.jpg")))]
    if not sources:
        raise FileNotFoundError(f"no photos in the folders of {folder}")
    return sources


def _photos(name: str, paths: list[Path]) -> Source:
    return Source(
        name=name,
        licence=LICENCES.get(name, "licence not stated"),
        count=len(paths),
        key=" ".join(path.name for path in paths),
        load=lambda index: upright(paths[index]),
    )


def render_source(folder: Path, seed: int) -> Source:
    """The training views that ``photocode starter render --training`` drew, or some of them.

    Raises:
        FileNotFoundError: nothing was rendered there.

    """
    views = load_views(folder, None)
    return Source(
        name="renders",
        licence=RENDERS_LICENCE,
        count=min(RENDERED, sum(room.shape[0] * room.shape[1] for room in views.rooms)),
        key=f"{views.seed} {[room.shape for room in views.rooms]} {views.grounds.shape}",
        load=lambda index: _render(views, index, np.random.default_rng([seed, index])),
    )


def _render(views: Views, index: int, rng: np.random.Generator) -> Image.Image:
    """One sprite over paper or a cut of a ground, with its shadow."""
    room = 0 if index % STUDIO_EVERY == 0 else int(rng.integers(1, len(views.rooms)))
    sprites = views.rooms[room]
    sprite = sprites[index % len(sprites), int(rng.integers(sprites.shape[1]))].astype(np.float32)
    side = sprite.shape[0]
    scene = np.full((side, side, 3), PAPER, np.float32) if room == 0 else _cut(views.grounds, side, rng)
    scene *= 1 - SHADOW * sprite[..., 4:] / 255
    laid = sprite[..., :3] + scene * (1 - sprite[..., 3:4] / 255)
    return Image.fromarray(np.rint(np.clip(laid, 0, 255)).astype(np.uint8))


def _cut(grounds: NDArray[np.uint8], side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    ground = grounds[int(rng.integers(len(grounds)))]
    top, left = (int(rng.integers(length - side + 1)) for length in ground.shape[:2])
    cut: NDArray[np.float32] = ground[top : top + side, left : left + side].astype(np.float32)
    return cut
