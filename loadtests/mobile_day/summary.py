"""A day's record summed up."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import numpy as np

from loadtests.machine import Machine
from loadtests.mobile_day.figures import (
    ImportFigures,
    KindFigures,
    Latencies,
    PhaseFigures,
    Series,
    Summary,
    latencies,
    ratios,
)
from loadtests.mobile_day.plan import UPLINKS
from loadtests.mobile_day.records import Asked, DayRecord, Imported, Outcome
from loadtests.mobile_day.shape import AFTER, PEAK, PHASES, SECOND_PEAK, Day

LOOKUPS: Final = ("photo", "two photos", "by a part", "with a word")
CONFIRMATION: Final = "confirmation"
NO_PHOTO: Final = "no photo"
IN_TIME_SECONDS: Final = 1.0
BINS: Final = 48
LEAST_BIN_SECONDS: Final = 1.0
LEAST_COMPARED: Final = 20


def summarize(record: DayRecord, machine: Machine, load_after: float) -> Summary:
    """All figures of a day."""
    looked = [one for one in record.asked if one.what in LOOKUPS]
    said = [one for one in record.asked if one.what == CONFIRMATION]
    answered = _of(looked, Outcome.ANSWERED)
    return Summary(
        machine=machine,
        load_after=load_after,
        day=record.day,
        seconds=record.seconds,
        arrivals=len(record.arrivals),
        lookups=len(looked),
        answered=len(answered),
        refused=len(_of(looked, Outcome.REFUSED)),
        refusals=_added(one.refusals for one in record.asked),
        requests=sum(one.requests for one in record.asked),
        retried=sum(one.requests > 1 + one.replayed for one in record.asked),
        interrupted=dict(Counter(one.interrupted for one in looked if one.interrupted)),
        replayed=sum(one.replayed for one in record.asked),
        broken_declined=sum(one.outcome is Outcome.DECLINED for one in record.asked),
        confirmed=dict(Counter(one.word for one in _of(said, Outcome.ANSWERED))),
        verdicts=dict(Counter(one.verdict for one in answered)),
        dropped=_dropped(answered),
        failures=dict(Counter(f"{one.what}: {one.why}" for one in record.failures)),
        unfinished=record.unfinished,
        goodput=round(len(answered) / record.day.seconds, 2),
        offered=round(len(looked) / record.day.seconds, 2),
        phases=_phases(record, looked, said),
        kinds=_kinds(record.asked),
        uplinks=[_kind(uplink.name, [one for one in looked if one.uplink == uplink.name]) for uplink, _ in UPLINKS],
        imported=None if record.imported is None else _imported(record.day, record.imported, looked),
        lateness=latencies(one.started - one.due for one in record.asked if not one.interrupted),
        generator_cores=round(record.processor_seconds / max(record.seconds, 1e-9), 2),
        series=series(record.day, looked),
    )


def series(day: Day, looked: Sequence[Asked]) -> Series:
    """By bins, for the day and what came after it."""
    end = max([day.seconds, *(one.ended for one in looked)])
    count = max(1, min(BINS, int(end / LEAST_BIN_SECONDS)))
    edges = np.linspace(0.0, end, count + 1)
    width = end / count
    due = np.array([one.due for one in looked])

    def rate(times: Iterable[float]) -> list[float]:
        counts, _ = np.histogram(list(times), edges)
        return [float(one) / width for one in counts]

    seconds = np.array([one.latency if _counts(one) else np.nan for one in looked])
    places = np.digitize(due, edges[1:-1])
    binned = [latencies(seconds[(places == place) & ~np.isnan(seconds)]) for place in range(count)]
    return Series(
        middles=[float(one) for one in (edges[1:] + edges[:-1]) / 2],
        offered=rate(due),
        answered=rate(one.ended for one in _of(looked, Outcome.ANSWERED)),
        refused=rate(one.ended for one in _of(looked, Outcome.REFUSED)),
        p50=[None if one is None else one.p50 for one in binned],
        p95=[None if one is None else one.p95 for one in binned],
    )


def _of(asked: Iterable[Asked], outcome: Outcome) -> list[Asked]:
    return [one for one in asked if one.outcome is outcome]


def _counts(one: Asked) -> bool:
    """Whether its latency says something of the service: it was answered, and no plan interrupted it."""
    return one.outcome is Outcome.ANSWERED and not one.interrupted


def _latencies(asked: Iterable[Asked], among: Callable[[Asked], bool] = lambda _: True) -> Latencies | None:
    return latencies(one.latency for one in asked if _counts(one) and among(one))


def _phases(record: DayRecord, looked: Sequence[Asked], said: Sequence[Asked]) -> list[PhaseFigures]:
    spans = {one.name: record.day.span(one.name) for one in PHASES}
    if any(record.day.phase_at(one.due) == AFTER for one in (*looked, *said)):
        spans[AFTER] = (record.day.seconds, record.seconds)
    return [_phase(record, name, span, looked, said) for name, span in spans.items()]


def _phase(
    record: DayRecord, name: str, span: tuple[float, float], looked: Sequence[Asked], said: Sequence[Asked]
) -> PhaseFigures:
    begin, end = span
    own = [one for one in looked if record.day.phase_at(one.due) == name]
    answered, seconds = _of(own, Outcome.ANSWERED), end - begin
    return PhaseFigures(
        name=name,
        begin=begin,
        end=end,
        workers=round(sum(begin <= due < end for due in record.arrivals) / seconds, 2),
        offered=round(len(own) / seconds, 2),
        goodput=round(len(answered) / seconds, 2),
        in_time=round(sum(one.latency <= IN_TIME_SECONDS for one in answered) / max(1, len(own)), 3),
        refused=len(_of(own, Outcome.REFUSED)),
        failed=len(_of(own, Outcome.FAILED)),
        lookups=_latencies(own),
        confirmations=_latencies(said, lambda one: record.day.phase_at(one.due) == name),
    )


def _kinds(asked: Sequence[Asked]) -> list[KindFigures]:
    own = {name: [one for one in asked if one.what == name] for name in (*LOOKUPS, CONFIRMATION, NO_PHOTO)}
    return [_kind(name, wishes) for name, wishes in own.items() if wishes]


def _kind(name: str, asked: Sequence[Asked]) -> KindFigures:
    done = [one for one in asked if one.outcome in (Outcome.ANSWERED, Outcome.DECLINED)]
    undisturbed = [one for one in done if not one.interrupted]
    return KindFigures(
        name=name,
        wishes=len(asked),
        answered=len(done),
        refused=len(_of(asked, Outcome.REFUSED)),
        failed=len(_of(asked, Outcome.FAILED)),
        latency=latencies(one.latency for one in undisturbed),
        waited=latencies(one.ended - one.due for one in undisturbed),
    )


def _imported(day: Day, imported: Imported, looked: Sequence[Asked]) -> ImportFigures:
    peak, end = day.span(PEAK), min(day.span(SECOND_PEAK)[1], imported.completed)
    without = _latencies(looked, lambda one: peak[0] <= one.due < peak[1])
    beside = _latencies(looked, lambda one: imported.begin <= one.due < end)
    seconds = imported.completed - imported.begin
    return ImportFigures(
        products=imported.products,
        megabytes=round(imported.megabytes, 1),
        begin=imported.begin,
        seconds=round(seconds, 1),
        per_second=round(imported.products / max(seconds, 1e-9), 1),
        landed_in_peak=max((rows for when, rows in imported.landed if when <= day.span(SECOND_PEAK)[1]), default=0),
        without=without,
        beside=beside,
        ratios=ratios(beside, without, least=LEAST_COMPARED),
    )


def _added(counted: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counted:
        total.update(one)
    return dict(total)


def _dropped(answered: Iterable[Asked]) -> dict[str, int]:
    return dict(Counter(f"{stage} {reason}" for one in answered for stage, reason in one.dropped.items()))
