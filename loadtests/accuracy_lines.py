"""Figures of finished evaluations beside their targets, a line each."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from loadtests.accuracy_runs import CHECKED_SURFACE, EVERY_SET, IMAGE, SURFACE, UNREAD, Finished, Photo
from service.evaluation.ablation import compare
from service.evaluation.bounds import Estimate, Resamples
from service.evaluation.figures import COARSE, figures
from service.evaluation.outcomes import outcomes
from service.evaluation.queries import Kind
from service.evaluation.words import WORDS, named_figures
from service.recognition.channels import ALL, Channel

PACKAGES = "Packages"
SEED = 0
TOP = ("recall_at_1", "recall_at_5")
ABSENT = ("wrong_match_rate", "left_out_match_rate", "stranger_match_rate", "coverage", "ece", "auroc")
LABELS = (
    "label_ece",
    "coarse_coverage",
    "coarse_wrong_rate",
    "left_out_coarse_coverage",
    "left_out_coarse_wrong_rate",
    "stranger_coarse_rate",
)
LEAST_TOP = {"catalog": (0.80, 0.95), "views": (0.70, 0.96)}
LEAST_DEMO = (0.75, 0.93)
MOST_LOST_BESIDE_DISTRACTORS = 0.02
MOST_LOST_TURNED = 0.03
MOST_MILLISECONDS: Final[Mapping[int, float | None]] = {50: 150.0, 95: 250.0}
MOST_MILLISECONDS_READ: Final[Mapping[int, float | None]] = {50: None, 95: 900.0}
READING: Final = "reading"
"""The stage of an answer in which text was read."""


class Unit(StrEnum):
    """How a figure is read."""

    SHARE = "share"
    POINTS = "points"
    MILLISECONDS = "ms"
    NUMBER = ""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure must be at least or at most; ``surely``: its whole 95 % interval must lie above ``least``."""

    least: float | None = None
    most: float | None = None
    surely: bool = False


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One figure, of so many photos. Shares and points are fractions of 1."""

    what: str
    photos: int
    figure: str
    value: float
    low: float | None = None
    high: float | None = None
    unit: Unit = Unit.SHARE
    target: Target | None = None

    @property
    def met(self) -> bool | None:
        """None without a target."""
        if self.target is None:
            return None
        if self.target.surely:
            return self.low is not None and self.target.least is not None and self.low > self.target.least
        low_enough = self.target.most is None or self.value <= self.target.most
        return low_enough and (self.target.least is None or self.value >= self.target.least)


def found(finished: Finished, references: str) -> Iterator[Line]:
    """How often products are found, of packages and of all, by each set of channels; what all gain over others."""
    every = len({photo.group for photo in finished.photos}) > 1
    for groups in [(PACKAGES,), ()] if every else [(PACKAGES,)]:
        photos = _present(finished.of_groups(*groups))
        what = f"{references}, {'packages' if groups else 'all groups'}"
        for channels in finished.run.channel_sets:
            targets = LEAST_TOP[references] if groups and channels == ALL else (None, None)
            yield from _tops(f"{what}, {named(channels)}", photos, finished.place(channels), targets)
        for other in (IMAGE, SURFACE, CHECKED_SURFACE):
            if other in finished.run.channel_sets:
                yield from _gains(
                    f"{what}, all over {named(other)}", photos, finished.place(other), wanted=bool(groups)
                )


def demo(finished: Finished) -> Iterator[Line]:
    """How often demo products are found, those without a twin apart; how verdicts do, and on which strangers."""
    for group, targets in (("single", LEAST_DEMO), ("twin", (None, None))):
        if not (photos := _present(finished.of_groups(group))):
            continue
        what = f"demo, {'with' if group == 'twin' else 'without'} a twin"
        for channels in finished.run.channel_sets:
            wanted = targets if channels == ALL else (None, None)
            yield from _tops(f"{what}, {named(channels)}", photos, finished.place(channels), wanted)
        for other in (IMAGE, CHECKED_SURFACE):
            yield from _gains(f"{what}, all over {named(other)}", photos, finished.place(other), wanted=False)
    for kind in ("sibling", "other"):
        strangers = [p for p in finished.photos if p.kind is Kind.STRANGER and Path(p.name).name.startswith(kind)]
        yield from verdicts(f"demo, strangers: {kind}", _present(finished.photos) + strangers, finished)


def together(what: str, finished: Finished, group: str) -> Iterator[Line]:
    """How often products of a group are found by several photos at once; no targets."""
    if photos := _present(finished.of_groups(group)):
        yield from _tops(what, photos, finished.place(ALL), (None, None))


def demo_left_out(finished: Finished) -> Iterator[Line]:
    """How verdicts do where a part of the demo's products, whose siblings are there, is not."""
    yield from verdicts("demo, siblings left out", finished.photos, finished)


def lost(what: str, before: Finished, after: Finished, most: float) -> Iterator[Line]:
    """Points that packages lose from one run to another, of the photos that both answered."""
    then = {photo.name: photo for photo in _present(before.of_groups(PACKAGES))}
    now = {photo.name: photo for photo in _present(after.of_groups(PACKAGES))}
    names = sorted(then.keys() & now.keys())
    first = outcomes([then[name].asked() for name in names], before.place(ALL))
    second = outcomes([now[name].asked() for name in names], after.place(ALL))
    compared = compare(first, second, [], _drawn(first.clusters)).figures
    for name in TOP:
        yield _line(what, len(names), f"{WORDS[name]}: change", compared[name].difference, Unit.POINTS, least=-most)


def absent(finished: Finished, references: str) -> Iterator[Line]:
    """How verdicts do where a part of the products and all strangers are in no gallery; no targets."""
    strangers = [photo for photo in finished.photos if photo.kind is Kind.STRANGER]
    packages = [photo for photo in finished.photos if photo.group == PACKAGES] + strangers
    for what, photos in (("packages", packages), ("all groups", finished.photos)):
        yield from verdicts(f"{references}, {what}, strangers", photos, finished)


def read(what: str, finished: Finished) -> Iterator[Line]:
    """What text on the object brings: how often packages are found and how verdicts do, with it and without; no
    targets.
    """
    present = _present(finished.photos)
    for channels in finished.run.channel_sets:
        how = f"{what}, {named(channels)}"
        yield from _tops(how, present, finished.place(channels), (None, None))
        yield from verdicts(how, finished.photos, finished, channels)
    yield from _gains(f"{what}, all over {named(UNREAD)}", present, finished.place(UNREAD), wanted=False)


def labels(what: str, finished: Finished) -> Iterator[Line]:
    """Whether labels' probabilities come true; how often a coarse answer is given, and is wrong."""
    of = outcomes([photo.asked() for photo in finished.photos], finished.place(ALL))
    values = named_figures(figures(of, _drawn(of.clusters)))
    for name in LABELS:
        if (value := values[name]) is not None:
            photos = int(COARSE[name](of)[1].sum()) if name in COARSE else len(finished.photos)
            yield _line(what, photos, WORDS[name], value, Unit.SHARE if name in COARSE else Unit.NUMBER)


def latency(what: str, finished: Finished) -> Iterator[Line]:
    """Quantiles of the whole lookup by all channels, with and without text to be read; of all photos without reading;
    and the median by the image alone.
    """
    everything = [photo.answers[finished.place(ALL)].timings for photo in finished.photos]
    unread = [laps["total"] for laps in everything if READING not in laps]
    read = [laps["total"] for laps in everything if READING in laps]
    never, image = (
        [photo.answers[finished.place(channels)].timings["total"] for photo in finished.photos]
        for channels in (UNREAD, IMAGE)
    )
    yield from _quantiles(f"{what}, {named(ALL)}, no text read", unread, MOST_MILLISECONDS)
    yield from _quantiles(f"{what}, {named(ALL)}, text read", read, MOST_MILLISECONDS_READ)
    yield from _quantiles(f"{what}, {named(UNREAD)}", never, MOST_MILLISECONDS)
    yield from _quantiles(f"{what}, {named(IMAGE)}", image, {50: None})


def _quantiles(what: str, times: Sequence[float], most: Mapping[int, float | None]) -> Iterator[Line]:
    for quantile, target in most.items():
        if times:
            yield Line(
                what=what,
                photos=len(times),
                figure=f"p{quantile}",
                value=float(np.percentile(times, quantile)),
                unit=Unit.MILLISECONDS,
                target=None if target is None else Target(most=target),
            )


def named(channels: frozenset[Channel]) -> str:
    """A set of channels for people."""
    if channels == UNREAD:
        return "all but reading"
    return "all channels" if channels == ALL else " + ".join(sorted(channel.value for channel in channels))


def verdicts(
    what: str, photos: Sequence[Photo], finished: Finished, channels: frozenset[Channel] = ALL
) -> Iterator[Line]:
    """How verdicts on these photos do; no targets."""
    of = outcomes([photo.asked() for photo in photos], finished.place(channels))
    values = named_figures(figures(of, _drawn(of.clusters)))
    for name in ABSENT:
        if (value := values[name]) is not None:
            unit = Unit.NUMBER if name in ("ece", "auroc") else Unit.SHARE
            yield _line(what, _counted(name, photos), WORDS[name], value, unit)


def _tops(what: str, photos: Sequence[Photo], place: int, targets: Sequence[float | None]) -> Iterator[Line]:
    of = outcomes([photo.asked() for photo in photos], place)
    values = named_figures(figures(of, _drawn(of.clusters)))
    for name, least in zip(TOP, targets, strict=True):
        if (value := values[name]) is not None:
            yield _line(what, len(photos), WORDS[name], value, Unit.SHARE, least=least)


def _gains(what: str, photos: Sequence[Photo], place: int, *, wanted: bool) -> Iterator[Line]:
    asked = [photo.asked() for photo in photos]
    ours, theirs = outcomes(asked, EVERY_SET.index(ALL)), outcomes(asked, place)
    compared = compare(theirs, ours, [], _drawn(ours.clusters)).figures
    for name in TOP:
        least = 0.0 if wanted and name == TOP[0] else None
        yield _line(
            what, len(photos), f"{WORDS[name]}: gain", compared[name].difference, Unit.POINTS, least, surely=True
        )


def _line(
    what: str,
    photos: int,
    figure: str,
    value: Estimate,
    unit: Unit,
    least: float | None = None,
    *,
    surely: bool = False,
) -> Line:
    target = None if least is None else Target(least=least, surely=surely)
    return Line(
        what=what,
        photos=photos,
        figure=figure,
        value=value.value,
        low=value.low,
        high=value.high,
        unit=unit,
        target=target,
    )


def _present(photos: Sequence[Photo]) -> list[Photo]:
    return [photo for photo in photos if photo.kind is Kind.PRESENT]


def _counted(name: str, photos: Sequence[Photo]) -> int:
    kinds = {"left_out_match_rate": Kind.LEFT_OUT, "stranger_match_rate": Kind.STRANGER}
    if name in ("wrong_match_rate", "coverage"):
        return len(_present(photos))
    return sum(photo.kind is kinds[name] for photo in photos) if name in kinds else len(photos)


def _drawn(clusters: "np.ndarray[tuple[int], np.dtype[np.intp]]") -> Resamples:
    return Resamples.draw(len(np.unique(clusters)), SEED)
