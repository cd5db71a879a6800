"""What each worker of a day will do, settled before the day begins, so that no answer can change who comes when."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, TypeVar

import msgspec
import numpy as np

from loadtests.mobile_day.shape import Day
from loadtests.mobile_day.wire import FAST, MEGABIT, Uplink
from mobile_contract.problems import Code

T = TypeVar("T")

UPLINKS: Final = (
    (FAST, 0.5),
    (Uplink(name="20 Mbit/s", bits=20 * MEGABIT), 0.25),
    (Uplink(name="5 Mbit/s", bits=5 * MEGABIT), 0.15),
    (Uplink(name="1 Mbit/s", bits=MEGABIT), 0.1),
)


class Interruption(StrEnum):
    """What the network does to a photo. ``cut``: it drops amid the upload. ``impatient``: the phone closes before the
    answer comes. ``lost``: the answer does not reach the app. The photo is sent again under its key each time.
    """

    NONE = ""
    CUT = "cut"
    IMPATIENT = "impatient"
    LOST = "lost"


class Again(StrEnum):
    """Whether the worker looks again by the photo sent: by a part of it, or with a word typed."""

    NONE = ""
    REGION = "region"
    HINT = "hint"


class Word(StrEnum):
    """What the worker says: what is true, that it is not clear, or nothing."""

    TRUE = "true"
    UNSURE = "unsure"
    NOTHING = ""


INTERRUPTIONS: Final = (
    (Interruption.NONE, 0.9),
    (Interruption.CUT, 0.04),
    (Interruption.IMPATIENT, 0.03),
    (Interruption.LOST, 0.03),
)
AGAIN: Final = ((Again.NONE, 0.85), (Again.REGION, 0.08), (Again.HINT, 0.07))
WORDS: Final = ((Word.TRUE, 0.6), (Word.UNSURE, 0.1), (Word.NOTHING, 0.3))

BROKEN: Final[dict[str, tuple[bytes, Code]]] = {
    "truncated": (b"\xff\xd8\xff\xe0\x00\x10JFIF", Code.PHOTO_UNREADABLE),
    "a text": (b"this is no picture", Code.PHOTO_FORMAT_UNSUPPORTED),
    "empty": (b"", Code.PHOTO_EMPTY),
}
BROKEN_SHARE: Final = 0.03
REPEATED_WORDS: Final = 0.05
THINK_SECONDS: Final = 2.0
"""Median of the time until a worker says or asks something; it is short, so that short days have confirmations."""
THINK_SPREAD: Final = 0.5
AWAY_SECONDS: Final = (0.5, 2.0)


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A worker. ``number``: from 0, in the order in which they come. ``due``: seconds from the day's begin. ``broken``:
    what is sent in place of a photo. ``cut``: the share of the body after which a cut comes, or
    the seconds after which an impatient phone closes; ``away``: seconds until it is back. ``think``: seconds until each
    next step.
    """

    number: int
    due: float
    uplink: Uplink
    broken: str
    interruption: Interruption
    cut: float
    away: float
    think: float
    again: Again
    word: Word
    repeats_word: bool


def visits(day: Day, seed: int) -> list[Visit]:
    """The workers of a day, in the order in which they come; the same ones for the same seed."""
    rng = np.random.default_rng(seed)
    return [_visit(number, float(due), rng) for number, due in enumerate(day.arrivals(rng))]


def _visit(number: int, due: float, rng: np.random.Generator) -> Visit:
    return Visit(
        number=number,
        due=due,
        uplink=_drawn(UPLINKS, rng),
        broken=list(BROKEN)[rng.integers(len(BROKEN))] if rng.random() < BROKEN_SHARE else "",
        interruption=_drawn(INTERRUPTIONS, rng),
        cut=float(rng.uniform(0.05, 0.9)),
        away=float(rng.uniform(*AWAY_SECONDS)),
        think=float(THINK_SECONDS * rng.lognormal(0.0, THINK_SPREAD)),
        again=_drawn(AGAIN, rng),
        word=_drawn(WORDS, rng),
        repeats_word=bool(rng.random() < REPEATED_WORDS),
    )


def _drawn(choices: Sequence[tuple[T, float]], rng: np.random.Generator) -> T:
    return choices[rng.choice(len(choices), p=[share for _, share in choices])][0]
