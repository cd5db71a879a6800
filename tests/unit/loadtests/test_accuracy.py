"""Figures of the accuracy benchmark: which photos count, what is compared, which target is met."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from loadtests import accuracy_runs
from loadtests.accuracy_lines import Line, Target, Unit, absent, demo, found, latency, lost
from loadtests.accuracy_runs import EVERY_SET, IMAGE, UNREAD, Finished, Photo, Run, finish, state_of_code
from loadtests.accuracy_table import text
from service.evaluation.asking import Answer
from service.evaluation.options import Options
from service.evaluation.queries import Kind
from service.recognition.channels import ALL, Channel
from service.recognition.verdict.judge import Verdict

RIGHT, SECOND, WRONG = ("P", "Q"), ("Q", "P"), ("Q", "R")


def answer(
    numbers: tuple[str, ...], *, total: float = 10.0, verdict: Verdict = Verdict.AMBIGUOUS, **laps: float
) -> Answer:
    return Answer(
        part_numbers=numbers,
        name="",
        reference_id=None,
        verdict=verdict,
        score=0.5,
        probability=0.5,
        timings={"total": total, **laps},
    )


def photo(name: str, *answers: Answer, group: str = "Packages", kind: Kind = Kind.PRESENT) -> Photo:
    truth = None if kind is Kind.STRANGER else "P"
    return Photo(name=name, kind=kind, part_number=truth, cluster=name, group=group, answers=answers)


def finished(photos: list[Photo], channel_sets: tuple[frozenset[Channel], ...] = (ALL,)) -> Finished:
    run = Run(name="run", options=Options(folder="photos"), channel_sets=channel_sets)
    return Finished(run=run, load=(1.0, 2.0), seconds=3.0, references=4, rehearsed=[], photos=photos, problems=[])


def of(lines: list[Line], what: str) -> list[Line]:
    return [line for line in lines if line.what == what]


def test_packages_stand_apart_from_all_groups() -> None:
    sets = [RIGHT, WRONG, SECOND, SECOND]
    packages = [photo(f"p{n}", *(answer(numbers) for numbers in sets)) for n in range(4)]
    fruit = [photo("f", *(answer(WRONG) for _ in sets), group="Fruit")]
    lines = list(found(finished(packages + fruit, EVERY_SET), "catalog"))
    first, fifth = of(lines, "catalog, packages, all channels")
    assert (first.value, first.photos, first.met, fifth.met) == (1.0, 4, True, True)
    assert of(lines, "catalog, all groups, all channels")[0].value == pytest.approx(0.8)
    assert [line.value for line in of(lines, "catalog, packages, surface")] == [0.0, 1.0]


def test_demo_products_with_a_twin_stand_apart_and_strangers_by_kind() -> None:
    sets, match = [RIGHT, WRONG, SECOND, SECOND], Verdict.MATCH
    single = [photo(f"s{n}", *(answer(numbers) for numbers in sets), group="single") for n in range(4)]
    twins = [photo(f"t{n}", *(answer(SECOND) for _ in sets), group="twin") for n in range(2)]
    strangers = [
        photo(f"{kind}-{n}.jpg", *(answer(WRONG, verdict=verdict) for _ in sets), group="", kind=Kind.STRANGER)
        for kind, verdict in (("sibling", match), ("other", Verdict.NO_MATCH))
        for n in range(3)
    ]
    lines = list(demo(finished([*single, *twins, *strangers], EVERY_SET)))
    first, fifth = of(lines, "demo, without a twin, all channels")
    assert (first.value, first.photos, first.met, fifth.met) == (1.0, 4, True, True)
    assert [line.value for line in of(lines, "demo, with a twin, all channels")] == [0.0, 1.0]
    called = {
        kind: next(line for line in of(lines, f"demo, strangers: {kind}") if line.figure.startswith("strangers"))
        for kind in ("sibling", "other")
    }
    assert (called["sibling"].value, called["other"].value) == (1.0, 0.0)
    assert called["sibling"].photos == 3


def test_a_gain_is_met_only_where_its_whole_interval_is_one() -> None:
    always = [photo(f"p{n}", *(answer(numbers) for numbers in (RIGHT, WRONG, WRONG, RIGHT))) for n in range(9)]
    lines = list(found(finished(always, EVERY_SET), "catalog"))
    over_image = of(lines, "catalog, packages, all over image")[0]
    over_surface = of(lines, "catalog, packages, all over geometry + surface")[0]
    assert (over_image.value, over_image.met) == (1.0, True)
    assert (over_surface.value, over_surface.met) == (0.0, False)


def test_what_is_lost_is_counted_on_the_photos_that_both_runs_answered() -> None:
    before = finished([photo(f"p{n}", answer(RIGHT)) for n in range(10)])
    after = finished([photo(f"p{n}", answer(WRONG if n == 3 else RIGHT)) for n in reversed(range(8))])
    first, _ = lost("turned", before, after, 0.1)
    assert (first.photos, first.value, first.met) == (8, -1 / 8, False)
    first, _ = lost("turned", before, after, 0.125)
    assert first.met


def test_photos_of_absent_things_are_counted_by_kind() -> None:
    photos = [
        photo("present", answer(RIGHT, verdict=Verdict.MATCH)),
        photo("left out", answer(WRONG, verdict=Verdict.MATCH), kind=Kind.LEFT_OUT),
        photo("fruit left out", answer(WRONG), kind=Kind.LEFT_OUT, group="Fruit"),
        photo("stranger", answer(WRONG), kind=Kind.STRANGER, group=""),
    ]
    lines = {(line.what, line.figure): line for line in absent(finished(photos), "catalog")}
    left_out = lines["catalog, all groups, strangers", "left out, called a match"]
    assert (left_out.value, left_out.photos) == (0.5, 2)
    assert lines["catalog, packages, strangers", "left out, called a match"].value == 1.0
    assert lines["catalog, packages, strangers", "strangers, called a match"].value == 0.0
    assert all(line.met is None for line in lines.values())


def test_latency_of_lookups_that_read_text_is_told_apart() -> None:
    unread, image = answer(RIGHT, total=160.0), answer(RIGHT, total=7.0)
    quick = [photo(f"q{n}", answer(RIGHT, total=100.0), unread, image) for n in range(3)]
    slow = [photo(f"s{n}", answer(RIGHT, total=n, reading=9.0), unread, image) for n in (500.0, 600.0, 950.0)]
    asked = finished([*quick, *slow], (ALL, UNREAD, IMAGE))
    lines = {(line.what, line.figure): line for line in latency("demo", asked)}
    assert lines["demo, all channels, no text read", "p95"].met is True
    read = lines["demo, all channels, text read", "p50"]
    assert (read.value, read.met, read.photos) == (600.0, None, 3)
    assert lines["demo, all channels, text read", "p95"].met is False
    never = lines["demo, all but reading", "p50"]
    assert (never.value, never.met, never.photos) == (160.0, False, 6)


def test_latency_is_of_each_set_of_channels() -> None:
    unread, image = answer(RIGHT, total=90.0), answer(RIGHT, total=7.0)
    slow = [photo(f"p{n}", answer(RIGHT, total=100.0 + 2 * n), unread, image) for n in range(101)]
    lines = list(latency("demo", finished(slow, (ALL, UNREAD, IMAGE))))
    told = [(line.value, line.met) for line in lines]
    assert told == [(200.0, False), (290.0, False), (90.0, True), (90.0, True), (7.0, None)]


@pytest.mark.parametrize(
    ("value", "low", "target", "met"),
    [
        (0.8, 0.7, Target(least=0.8), True),
        (0.79, 0.7, Target(least=0.8), False),
        (150.0, None, Target(most=150.0), True),
        (151.0, None, Target(most=150.0), False),
        (0.1, 0.01, Target(least=0.0, surely=True), True),
        (0.1, 0.0, Target(least=0.0, surely=True), False),
        (0.1, 0.0, None, None),
    ],
)
def test_targets(value: float, low: float | None, target: Target | None, met: bool | None) -> None:
    assert Line(what="", photos=1, figure="", value=value, low=low, target=target).met is met


def test_stages_are_told_by_their_medians_and_what_answers_lack_by_count() -> None:
    late = replace(answer(RIGHT, total=30.0), dropped=("geometry",))
    run = finished([photo("a", answer(RIGHT, total=10.0)), photo("b", answer(RIGHT, total=20.0)), photo("c", late)])
    assert run.stages() == {"total": 20.0}
    assert run.given_up() == "geometry 1"


def test_figures_are_told_in_their_unit() -> None:
    shown = [text(0.125, unit) for unit in (Unit.SHARE, Unit.POINTS, Unit.MILLISECONDS, Unit.NUMBER)]
    assert shown == ["12.5 %", "+12.5 points", "0.1 ms", "0.125"]


def test_kept_answers_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accuracy_runs, "KEPT", tmp_path)
    monkeypatch.setattr(accuracy_runs, "ROOT", tmp_path)
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "manifest.csv").write_text("path,label,role\n")
    run = Run(name="run", options=Options(folder=str(folder)), channel_sets=(ALL, IMAGE))
    said: list[str] = []
    photos = [photo("p", answer(RIGHT), answer(WRONG)), photo("s", answer(()), answer(()), kind=Kind.STRANGER)]
    kept = Finished(run=run, load=(1.0, 2.0), seconds=3.0, references=4, rehearsed=[], photos=photos, problems=["one"])
    accuracy_runs.keep(kept, "state")
    assert finish(run, fresh=False, state="state", load=lambda: 0.0, say=said.append) == kept
    assert re.fullmatch(r"run: answers are kept in run-[0-9a-f]{12}\.json", said[0])


def test_answers_under_other_code_photos_or_options_are_others(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("path,label,role\n")
    run = Run(name="run", options=Options(folder=str(tmp_path)))
    keys = {accuracy_runs.kept_as(run, "state"), accuracy_runs.kept_as(run, "other state")}
    turned = Run(name="run", options=Options(folder=str(tmp_path), rotate=90))
    keys |= {accuracy_runs.kept_as(turned, "state")}
    keys |= {accuracy_runs.kept_as(Run(name="run", options=run.options, channel_sets=(ALL, IMAGE)), "state")}
    (tmp_path / "manifest.csv").write_text("path,label,role\nother.jpg,P,query\n")
    keys |= {accuracy_runs.kept_as(run, "state")}
    assert len(keys) == 5
    assert state_of_code() == state_of_code()
