"""Figures of :mod:`loadtests.objects`, as tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final

import numpy as np
from rich.table import Table

from loadtests.object_photos import Placed, Scene
from service.evaluation.bounds import exact_bounds
from service.recognition.answer import Recognition
from service.recognition.channels import ALL, Channel
from service.recognition.objects.answering import SeenObject
from service.recognition.objects.boxes import holds, overlap
from service.recognition.ranking import Candidate
from service.recognition.region import Region
from service.recognition.verdict.judge import Verdict

FOUND: Final = 0.5
"""Intersection over union from which a box is an object's."""

DRAWN_AGAIN: Final = 2_000


@dataclass(frozen=True, kw_only=True)
class Found:
    """A scene's answer with objects; ``told``: the answers to its objects' true boxes, in order."""

    scene: Scene
    answer: Recognition
    told: list[Recognition]

    @property
    def seen(self) -> Sequence[SeenObject]:
        """What was detected."""
        return self.answer.objects or ()


@dataclass(frozen=True, kw_only=True)
class _Object:
    """A thing that is there: the best box, where one has IoU 0.5, and boxes whose middle is on it."""

    placed: Placed
    best: SeenObject | None
    about: list[SeenObject]
    told: Recognition
    whole: Recognition


def named(title: str, found: Sequence[Found]) -> Table:
    """How many objects are found by their boxes, and how often the right product is first and among five."""
    things = [one for scene in found for one in _things(scene)]
    boxed = [one for one in things if one.best]
    seen = [(scene, one) for scene in found for one in scene.seen]
    matches = [(scene, one) for scene, one in seen if one.judgement.verdict is Verdict.MATCH]
    wrong = [one for scene, one in matches if not _is_there(scene.scene, one.candidates[0])]
    laps = [one.answer.timings["total"] for one in found]
    rows = {
        "objects with a box (IoU 0.5)": _share([one.best is not None for one in things]),
        "boxes that are an object's (IoU 0.5)": _share([_is_of_one(scene.scene, one.region) for scene, one in seen]),
        "boxes a photo": f"{len(seen) / len(found):.1f}",
        "right product, of objects with a box": _tops([(one.best.candidates, one.placed) for one in boxed if one.best]),
        "right product, of all objects, in any box about them": _tops(
            [(_firsts(one.about), one.placed) for one in things]
        ),
        "right product, told the true box": _tops([(one.told.candidates, one.placed) for one in things]),
        "right product, among the whole photo's": _tops([(one.whole.candidates, one.placed) for one in things]),
        "called a match": f"{len(matches)}, {len(wrong)} of them a product that the photo does not show",
        "ms a photo": f"p50 {np.percentile(laps, 50):.0f}, p95 {np.percentile(laps, 95):.0f}",
        "ms of stages, median": ", ".join(
            f"{stage} {_lap(found, stage):.0f}" for stage in ("detect", "printed", "objects")
        ),
        "left out for a stage that failed": f"{sum(bool(one.answer.dropped) for one in found)} photos",
    }
    table = Table("", f"{len(found)} photos, {len(things)} objects", title=title, title_justify="left")
    for name, figure in rows.items():
        table.add_row(name, figure)
    return table


def compared(
    title: str, channels: frozenset[Channel], answers: Sequence[tuple[Scene, Recognition, Recognition]]
) -> Table:
    """Photos of one product without and with focus, and the paired difference in points."""
    table = Table("", "off", "auto", "gain, points (95 %)", title_justify="left")
    table.title = f"focus: {title}, {'all channels' if channels == ALL else 'image alone'}, {len(answers)} photos"
    for most, name in ((1, "top-1"), (5, "top-5")):
        off = [_among(without.candidates, scene.objects[0], most) for scene, without, _ in answers]
        auto = [_among(focused.candidates, scene.objects[0], most) for scene, _, focused in answers]
        table.add_row(name, f"{fmean(off):.1%}", f"{fmean(auto):.1%}", _gain(off, auto))
    focused = sum(answer.photos[0].focused for _, _, answer in answers)
    table.add_row("photos with a region chosen", "", f"{focused}", "")
    return table


def _lap(found: Sequence[Found], stage: str) -> float:
    return median([one.answer.timings.get(stage, 0.0) for one in found])


def _things(found: Found) -> Iterator[_Object]:
    for placed, told in zip(found.scene.objects, found.told, strict=True):
        best = max(found.seen, key=lambda one: overlap(one.region, placed.box), default=None)
        yield _Object(
            placed=placed,
            best=best if best and overlap(best.region, placed.box) >= FOUND else None,
            about=[one for one in found.seen if _is_about(one.region, placed.box)],
            told=told,
            whole=found.answer,
        )


def _is_about(box: Region, place: Region) -> bool:
    corners = [(box.x, box.y), (box.x + box.width, box.y + box.height)]
    return holds(place, corners)


def _is_of_one(scene: Scene, box: Region) -> bool:
    return any(overlap(box, placed.box) >= FOUND for placed in scene.objects)


def _is_there(scene: Scene, candidate: Candidate) -> bool:
    return candidate.product.part_number in {placed.part_number for placed in scene.objects}


def _firsts(some: Sequence[SeenObject]) -> list[Candidate]:
    """Of several boxes about one object the firsts of all, then the seconds of all."""
    return [one.candidates[rank] for rank in range(5) for one in some if rank < len(one.candidates)]


def _among(candidates: Sequence[Candidate], placed: Placed, most: int) -> bool:
    return placed.part_number in [one.product.part_number for one in candidates[:most]]


def _tops(pairs: Sequence[tuple[Sequence[Candidate], Placed]]) -> str:
    first, five = ([_among(candidates, placed, most) for candidates, placed in pairs] for most in (1, 5))
    return f"first {_share(first)}, among five {_share(five)}"


def _share(said: Sequence[bool]) -> str:
    if not said:
        return "none"
    low, high = exact_bounds(sum(said), len(said))
    return f"{fmean(said):.1%} ({100 * low:.1f} to {100 * high:.1f})"


def _gain(off: Sequence[bool], auto: Sequence[bool]) -> str:
    difference = np.array(auto, dtype=np.float64) - np.array(off, dtype=np.float64)
    drawn = np.random.default_rng(0).choice(difference, (DRAWN_AGAIN, len(difference))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{100 * difference.mean():+.1f} ({100 * low:.1f} to {100 * high:.1f})"
