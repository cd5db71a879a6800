"""The summary counts and reckons rightly, and its page and its screen show what it holds."""

import io

import msgspec
import pytest
from msgspec.structs import replace
from rich.console import Console

from loadtests.machine import Machine
from loadtests.mobile_day.figures import latencies, ratios
from loadtests.mobile_day.records import Asked, DayRecord, Failure, Imported, Outcome
from loadtests.mobile_day.report import draw_page
from loadtests.mobile_day.screen import show
from loadtests.mobile_day.shape import AFTER, PEAK, SECOND_PEAK, Day
from loadtests.mobile_day.summary import series, summarize

DAY = Day(rate=2.0, seconds=100.0)
MACHINE = Machine(cpu="a processor", cores=2, load=0.5, python="3", onnxruntime="1")


def asked(due: float, seconds: float = 0.1, **changes: object) -> Asked:
    whole = Asked(
        visit=0,
        what="photo",
        due=due,
        started=due,
        ended=due + seconds,
        uplink="fast",
        uplink_seconds=0.0,
        outcome=Outcome.ANSWERED,
        requests=1,
        refusals={},
        verdict="match",
    )
    return replace(whole, **changes)


def record(*wishes: Asked, imported: Imported | None = None, failures: list[Failure] | None = None) -> DayRecord:
    return DayRecord(
        day=DAY,
        arrivals=[one.due for one in wishes if one.what == "photo"],
        asked=list(wishes),
        failures=failures or [],
        imported=imported,
        unfinished=0,
        processor_seconds=10.0,
        seconds=110.0,
    )


def test_quantiles_are_values_that_were_measured() -> None:
    found = latencies(one / 1000 for one in range(1, 101))
    assert found is not None
    assert (found.count, found.p50, found.p95, found.p99) == (100, 50.0, 95.0, 99.0)
    assert latencies([]) is None


def test_latency_is_counted_from_when_it_was_due_without_the_uplink() -> None:
    late = asked(10.0, 3.0, started=11.0, uplink="1 Mbit/s", uplink_seconds=0.5)
    summary = summarize(record(late), MACHINE, 1.0)
    kind, uplink = summary.kinds[0], next(one for one in summary.uplinks if one.name == "1 Mbit/s")
    for one in (kind, uplink):
        assert one.latency is not None
        assert one.waited is not None
        assert (one.latency.p50, one.waited.p50) == (2500.0, 3000.0)
    assert summary.lateness is not None
    assert summary.lateness.p99 == 1000.0


def test_refusals_interruptions_repeats_and_words_are_counted() -> None:
    summary = summarize(
        record(
            asked(1.0),
            asked(2.0, 8.0, outcome=Outcome.REFUSED, requests=4, refusals={"overloaded": 3, "timed_out": 1}),
            asked(3.0, 3.0, requests=2, refusals={"overloaded": 1}),
            asked(4.0, requests=3, interrupted="cut", replayed=1),
            asked(5.0, requests=2, interrupted="lost", replayed=1, dropped={"reading": "late"}),
            asked(6.0, what="confirmation", word="confirmed"),
            asked(7.0, what="no photo", outcome=Outcome.DECLINED),
        ),
        MACHINE,
        1.0,
    )
    assert (summary.lookups, summary.answered, summary.refused) == (5, 4, 1)
    assert summary.refusals == {"overloaded": 4, "timed_out": 1}
    assert (summary.requests, summary.retried, summary.replayed) == (14, 3, 2)
    assert summary.interrupted == {"cut": 1, "lost": 1}
    assert summary.confirmed == {"confirmed": 1}
    assert summary.broken_declined == 1
    assert summary.dropped == {"reading late": 1}
    assert (summary.offered, summary.goodput) == (0.05, 0.04)
    photos = summary.kinds[0]
    assert (photos.wishes, photos.answered, photos.refused) == (5, 4, 1)
    assert photos.latency is not None
    assert photos.latency.count == 2, "what the plan interrupts, and what was refused, has no latency"
    assert summary.good


def test_phases_have_what_was_due_in_them() -> None:
    wishes = [asked(20.0 + place) for place in range(20)]
    late = [asked(61.0, 5.0), asked(62.0, 9.0, outcome=Outcome.REFUSED), asked(104.0, what="confirmation")]
    phases = {one.name: one for one in summarize(record(*wishes, *late), MACHINE, 1.0).phases}
    peak, second, after = phases[PEAK], phases[SECOND_PEAK], phases[AFTER]
    assert (peak.workers, peak.offered, peak.goodput, peak.in_time) == (0.8, 0.8, 0.8, 1.0)
    assert (second.offered, second.goodput, second.in_time, second.refused) == (0.08, 0.04, 0.0, 1)
    assert second.lookups is not None
    assert second.lookups.count == 1
    assert after.confirmations is not None
    assert (after.begin, after.end) == (100.0, 110.0)


def test_lookups_beside_an_import_are_compared_with_those_of_the_first_peak() -> None:
    without = [asked(20.0 + one, 0.1) for one in range(20)]
    beside = [asked(60.0 + one, 0.3) for one in range(20)]
    afterwards = [asked(82.0, 5.0)]
    imported = Imported(
        products=50, megabytes=1.0, begin=60.0, completed=81.0, landed=[(60.0, 0), (70.0, 20), (81.0, 50)]
    )
    found = summarize(record(*without, *beside, *afterwards, imported=imported), MACHINE, 1.0).imported
    assert found is not None
    assert found.ratios == [3.0, 3.0, 3.0]
    assert (found.seconds, found.per_second, found.landed_in_peak) == (21.0, 2.4, 50)
    assert found.beside is not None
    assert found.beside.count == 20


def test_too_few_lookups_are_not_compared() -> None:
    few, many = latencies([0.1] * 5), latencies([0.1] * 50)
    assert ratios(few, many, least=20) is None
    assert ratios(None, many, least=20) is None
    assert ratios(many, many, least=20) == [1.0, 1.0, 1.0]


def test_series_add_up_to_what_was_asked() -> None:
    wishes = [asked(float(one), 0.5) for one in range(0, 100, 2)] + [asked(99.0, 9.0, outcome=Outcome.REFUSED)]
    drawn = series(DAY, wishes)
    width = drawn.middles[1] - drawn.middles[0]
    assert sum(drawn.offered) * width == pytest.approx(51)
    assert sum(drawn.answered) * width == pytest.approx(50)
    assert sum(drawn.refused) * width == pytest.approx(1)
    assert {one for one in drawn.p50 if one is not None} == {500.0}
    assert len(drawn.p95) == len(drawn.middles)


def test_a_failure_or_no_answer_at_all_is_not_good() -> None:
    wrong = summarize(record(asked(1.0), failures=[Failure(when=1.0, what="photo", why="500")]), MACHINE, 1.0)
    assert not wrong.good
    assert wrong.failures == {"photo: 500": 1}
    assert not summarize(record(asked(1.0, outcome=Outcome.REFUSED)), MACHINE, 1.0).good
    assert not replace(summarize(record(asked(1.0)), MACHINE, 1.0), unfinished=1).good


def test_screen_and_page_show_the_day() -> None:
    imported = Imported(products=50, megabytes=1.0, begin=60.0, completed=81.0, landed=[(60.0, 0), (81.0, 50)])
    failure = Failure(when=1.0, what="photo", why="<b>status 500</b>")
    whole = record(asked(1.0), asked(30.0, 1.5), imported=imported, failures=[failure])
    summary = summarize(whole, MACHINE, 1.0)
    console = Console(file=io.StringIO(), width=140)
    show(console, summary)
    screen = console.file.getvalue()  # type: ignore[attr-defined]
    for text in ("2 lookups", "second peak", "50 products", "lookups a second", "wrong: 1 x photo: <b>status 500</b>"):
        assert text in screen
    page = draw_page(summary)
    assert page.count("<svg") == 2
    assert "&lt;b&gt;status 500&lt;/b&gt;" in page
    assert "src=" not in page, "the page needs nothing from elsewhere"
    assert 'href="http' not in page
    assert msgspec.json.decode(msgspec.json.encode(summary))["arrivals"] == 2
