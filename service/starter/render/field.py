"""Photos as a worker takes them: some ground, things lying about, hands and tools, any light, any camera."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from service.starter.parts.finishes import Finish
from service.starter.parts.part import Part
from service.starter.render.bench_tools import tool
from service.starter.render.cameras import Glass, breadth, hand_held, in_frame, random_glass, straight_mask
from service.starter.render.card_photo import CardScene, card_beside, covering, framing
from service.starter.render.grounds import ground
from service.starter.render.hardships import (
    FILLS,
    LEAST_BREADTH,
    LEAST_LEGIBILITY,
    MARGIN,
    MOST_COVERED,
    MOST_CUT,
    Hardship,
    blank,
    legibility,
    lost,
    random_hardship,
)
from service.starter.render.lens import develop, exposed, random_shot
from service.starter.render.occluders import lying, occluder
from service.starter.render.poses import placed, resting
from service.starter.render.scenes import Shade, crossed, picture
from service.starter.render.stage import Camera, Item, Stage
from service.starter.render.tabletop import Sheet, random_sheets, table_picture
from service.starter.solids.mesh import Mesh

Rng = np.random.Generator
Shown = tuple[Part, Mesh]
TRIES = 12
RETAKES = 4
BRIGHT = 130


@dataclass(frozen=True)
class FieldPhoto:
    """Pixels uint8[h, w, 3], what is hard about them, and the share of the part that is not seen."""

    pixels: NDArray[np.uint8]
    note: str
    unseen: float


@dataclass(frozen=True)
class View:
    """A scene before it is lit: what stands there, the target first, what lies flat, and the camera."""

    items: list[Item]
    sheets: list[Sheet]
    glass: Glass
    camera: Camera
    words: tuple[str, ...]


def worn(finish: Finish, rng: Rng) -> Finish:
    """The same surface on another specimen: a little darker, duller, tinted."""
    shade = rng.uniform(0.82, 1.12) * (1 + rng.uniform(-0.05, 0.05, 3))
    red, green, blue = (float(v) for v in np.clip(np.array(finish.rgb) * shade, 0, 1))
    roughness = float(np.clip(finish.roughness + rng.uniform(-0.08, 0.16), 0.12, 0.85))
    return replace(finish, rgb=(red, green, blue), roughness=roughness)


def field_photo(
    stage: Stage, target: Shown, others: Sequence[Shown], rng: Rng, *, carded: CardScene | None = None
) -> FieldPhoto:
    """The target near the middle of the picture, the others around it; ``carded`` lays the scale card beside it.
    Taken again where the part cannot be made out.
    """
    hardship = Hardship("crossed" if carded.crossed else "plain") if carded else random_hardship(rng)
    best, best_legibility = None, -np.inf
    for _ in range(RETAKES):
        view = _with_card(stage, target, carded, rng) if carded else _view(stage, target, others, hardship, rng)
        photo, legible = _shot(stage, view, hardship, rng)
        if best is None or legible > best_legibility:
            best, best_legibility = photo, legible
        if legible >= LEAST_LEGIBILITY:
            break
    if best is None:
        raise RuntimeError("no photo was taken")
    return best


def _shot(stage: Stage, view: View, hardship: Hardship, rng: Rng) -> tuple[FieldPhoto, float]:
    """A photo of the view, exposed so that the part can be made out, and how well it can."""
    pixels, light_words = _lit(stage, view, hardship, rng)
    shot = random_shot(rng, max(stage.size) / 768, dark=hardship.dark, blurred=hardship.blurred)
    seen = stage.visible(view.items[0], view.items[1:], view.camera)
    mask, unseen = straight_mask(seen), lost(stage.visible(view.items[0], [], view.camera), in_frame(seen))
    photo = develop(pixels, shot, view.glass, rng)
    legible = legibility(photo, mask)
    gain = 0.78 if photo[mask > 127].mean() > BRIGHT else 1.3
    for _ in range(3):
        if legible >= LEAST_LEGIBILITY:
            break
        shot = exposed(shot, gain)
        photo = develop(pixels, shot, view.glass, rng)
        legible = legibility(photo, mask)
    if blank(pixels, seen):
        legible = 0.0
    said = (*view.words, light_words, view.glass.words, shot.words)
    return FieldPhoto(photo, "; ".join(filter(None, said)), unseen), legible


def _view(stage: Stage, target: Shown, others: Sequence[Shown], hardship: Hardship, rng: Rng) -> View:
    """Things in places where the part can still be recognised; thrown again until it can."""
    glass, sheets = random_glass(rng), random_sheets(rng, 6 if hardship.cluttered else 3)
    for attempt in range(TRIES):
        own = _own(target, rng)
        around = [_thrown(other, rng) for other in others[: max(0, len(others) - attempt // 4)]]
        tools = _tools(target[1].radius_mm, rng) if _has_tools(hardship, attempt, rng) else []
        camera = _camera(stage, own, glass, rng, calm=attempt > TRIES // 2)
        words = (_counted(len(around)), "tools about" if tools else "")
        view = View([own, *around, *tools], sheets, glass, camera, words)
        if _fair(stage, view, hardship):
            return _covered(stage, view, target[1].radius_mm, rng) if hardship.covered else view
    return _alone(stage, target, replace(glass, field=32.0), sheets, rng)


def _alone(stage: Stage, target: Shown, glass: Glass, sheets: list[Sheet], rng: Rng) -> View:
    """Nothing about the part, which shows its breadth; the last resort."""
    while True:
        own = _own(target, rng)
        camera = _camera(stage, own, glass, rng, calm=True)
        if breadth(own, camera) >= LEAST_BREADTH:
            return View([own], sheets, glass, camera, ())


def _fair(stage: Stage, view: View, hardship: Hardship) -> bool:
    own, *before = view.items
    if breadth(own, view.camera) < LEAST_BREADTH:
        return False
    alone = stage.visible(own, [], view.camera)
    if lost(alone, in_frame(alone)) > MOST_CUT:
        return False
    most = MOST_COVERED / 2 if hardship.covered else MOST_COVERED - MARGIN
    return not before or lost(alone, in_frame(stage.visible(own, before, view.camera))) <= most


def _covered(stage: Stage, view: View, radius_mm: float, rng: Rng) -> View:
    found = occluder(stage, view.items[0], view.items[1:], view.camera, radius_mm, rng)
    if found is None:
        return view
    return replace(view, items=[*view.items, *found.items], words=(*view.words, found.words))


def _own(target: Shown, rng: Rng) -> Item:
    part, mesh = target
    return Item(part.shape_key, mesh, worn(part.looks, rng), placed(mesh, resting(mesh, rng)))


def _with_card(stage: Stage, target: Shown, scene: CardScene, rng: Rng) -> View:
    glass = replace(random_glass(rng), field=float(rng.uniform(26, 48)), radial=float(rng.uniform(0, 0.02)))
    while True:
        own = _own(target, rng)
        card = card_beside(own, target[1].radius_mm, rng)
        camera = framing(own, card, glass, max(stage.size) / min(stage.size), rng, scene.elevation)
        if breadth(own, camera) >= LEAST_BREADTH:
            sheets = [card, covering(card, ground(rng, 256), rng)] if scene.covered else [card]
            return View([own], sheets, glass, camera, ("scale card beside it",))


def _camera(stage: Stage, own: Item, glass: Glass, rng: Rng, *, calm: bool) -> Camera:
    share = float(rng.uniform(FILLS[0], 0.75 if calm else FILLS[1]))
    aside = 0.05 if calm else min(0.6, 1 / share - 1 + 0.08)
    return hand_held(own.pose[:3, 3], glass, max(stage.size) / min(stage.size), share, aside, rng)


def _thrown(other: Shown, rng: Rng) -> Item:
    part, mesh = other
    angle, away, scale = rng.uniform(0, 2 * np.pi), rng.uniform(1.6, 2.6), rng.uniform(0.5, 1.05)
    away = max(away, 0.85 + scale)
    pose = placed(mesh, resting(mesh, rng), away * np.cos(angle), away * np.sin(angle), scale)
    return Item(part.shape_key, mesh, worn(part.looks, rng), pose)


def _tools(radius_mm: float, rng: Rng) -> list[Item]:
    items: list[Item] = []
    for number in range(rng.integers(1, 3)):
        name, pieces = tool(rng)
        unit = float(np.clip(1 / radius_mm, 1 / 55, 1 / 18))
        items += lying(pieces, f"{name} {number} {rng.integers(1 << 40)}", unit, rng)
    return items


def _has_tools(hardship: Hardship, attempt: int, rng: Rng) -> bool:
    return attempt < TRIES // 2 and rng.random() < (0.9 if hardship.cluttered else 0.2)


def _counted(others: int) -> str:
    return f"{others} other part{'s' if others > 1 else ''}" if others else ""


def _lit(stage: Stage, view: View, hardship: Hardship, rng: Rng) -> tuple[NDArray[np.uint8], str]:
    """The overscanned picture, and what is hard about the light."""
    hard = rng.random() < 0.4
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 1.1)
    key = (float(slope * np.cos(angle)), float(slope * np.sin(angle)), 1.0)
    stage.turn_light(float(rng.uniform(0, 360)))
    stage.lamp(key, float(rng.uniform(0.2, 0.8)) if hard else 0.0)
    below = table_picture(stage, ground(rng, 1024), float(rng.uniform(2.5, 7)), view.sheets, view.camera)
    pixels = picture(stage, view.items, view.camera, below, _shades(key, max(stage.size), rng, hard=hard))
    words = "hard light" if hard else ""
    if hardship.crossed:
        return crossed(pixels, rng), ", ".join(filter(None, (words, "a shadow across")))
    return pixels, words


def _shades(key: tuple[float, float, float], size: int, rng: Rng, *, hard: bool) -> list[Shade]:
    softness = size * (rng.uniform(0.001, 0.005) if hard else rng.uniform(0.008, 0.03))
    depth = rng.uniform(0.45, 0.75) if hard else rng.uniform(0.15, 0.45)
    return [
        Shade(key, float(depth), float(softness)),
        Shade((0.0, 0.0, 1.0), float(rng.uniform(0.3, 0.6)), size * 0.008),
    ]
