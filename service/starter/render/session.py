"""Taking many field photos: rooms and frame sizes change every few photos, parts come in a mixed order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from service.starter.render.cameras import CARD_SIZES, frame_size
from service.starter.render.card_photo import CardScene
from service.starter.render.cards import MARKERS_NEEDED, found_markers
from service.starter.render.environments import workshop
from service.starter.render.field import FieldPhoto, Shown, field_photo
from service.starter.render.files import phone_file
from service.starter.render.stage import Stage

PHOTOS_PER_ROOM = 16
CARD_TRIES = 6
OTHERS = (0.3, 0.3, 0.2, 0.2)
"""How often none, one, two or three other parts lie about."""


@dataclass(frozen=True)
class Order:
    """A photo to take: of what, the part's how manieth, with the scale card or without."""

    target: Shown
    number: int
    carded: bool = False


@dataclass(frozen=True)
class Taken:
    """A photo as it is stored."""

    order: Order
    suffix: str
    data: bytes
    note: str
    unseen: float


def take(orders: Sequence[Order], beside: Sequence[Shown], seed: int) -> Iterator[Taken]:
    """All of the photos; parts of ``beside`` lie about in some. The same seed gives the same scenes."""
    mixed = [int(i) for i in np.random.default_rng(seed).permutation(len(orders))]
    plain, carded = ([i for i in mixed if orders[i].carded is wanted] for wanted in (False, True))
    done = 0
    for few in (*_rooms(plain), *_rooms(carded)):
        rng = np.random.default_rng([seed, 1, few[0]])
        size = CARD_SIZES[rng.integers(len(CARD_SIZES))] if orders[few[0]].carded else frame_size(rng)
        stage = Stage(*size, workshop(seed * 1000 + few[0]))
        for index in few:
            yield _taken(stage, orders[index], beside, [seed, 2, index])
        stage.close()
        done += len(few)
        print(f"{done} of {len(orders)} photos", flush=True)


def _rooms(indices: Sequence[int]) -> list[Sequence[int]]:
    return [indices[start : start + PHOTOS_PER_ROOM] for start in range(0, len(indices), PHOTOS_PER_ROOM)]


def _taken(stage: Stage, order: Order, beside: Sequence[Shown], seed: list[int]) -> Taken:
    rng = np.random.default_rng(seed)
    photo = _with_card(stage, order, rng) if order.carded else _without(stage, order, beside, rng)
    pixels = np.rot90(photo.pixels) if rng.random() < 0.5 else photo.pixels
    suffix, data, stored = phone_file(pixels, rng)
    return Taken(order, suffix, data, "; ".join(filter(None, (photo.note, stored))), photo.unseen)


def _without(stage: Stage, order: Order, beside: Sequence[Shown], rng: np.random.Generator) -> FieldPhoto:
    foreign = [shown for shown in beside if shown[0].category != order.target[0].category]
    count = min(int(rng.choice(len(OTHERS), p=OTHERS)), len(foreign))
    others = [foreign[i] for i in rng.choice(len(foreign), count, replace=False)]
    return field_photo(stage, order.target, others, rng)


def _with_card(stage: Stage, order: Order, rng: np.random.Generator) -> FieldPhoto:
    for _ in range(CARD_TRIES):
        photo = field_photo(stage, order.target, [], rng, carded=CardScene())
        if len(found_markers(photo.pixels)) > MARKERS_NEEDED:
            return photo
    raise RuntimeError(f"no card could be read beside {order.target[0].part_number}")
