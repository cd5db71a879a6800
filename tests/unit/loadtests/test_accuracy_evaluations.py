"""Which evaluations the accuracy benchmark makes."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from PIL import Image

from loadtests import accuracy
from loadtests.accuracy import EVALUATIONS, Benchmark, Evaluations
from loadtests.accuracy_photos import demo_as_posted, demo_photos, grocery_photos
from loadtests.accuracy_runs import Finished, Photo, Run
from service.evaluation.asking import Answer
from service.evaluation.manifest import read_photo_set
from service.evaluation.queries import Kind
from service.recognition.verdict.judge import Verdict


class Asked:
    """Answers every run alike: two packages, one of them found, and a stranger; remembers what was asked."""

    def __init__(self) -> None:
        self.runs: dict[str, Run] = {}

    def __call__(self, run: Run) -> Finished:
        assert self.runs.setdefault(run.name, run) == run, "two runs of one name"
        photos = [photo("a", "P", run), photo("b", "Q", run), photo("s", None, run)]
        references = 1671 if run.options.distractors else 81
        return Finished(
            run=run, load=(0.5, 0.5), seconds=1.0, references=references, rehearsed=[], photos=photos, problems=[]
        )


def photo(name: str, truth: str | None, run: Run) -> Photo:
    answer = Answer(
        part_numbers=("P", "R"),
        name="",
        reference_id=None,
        verdict=Verdict.AMBIGUOUS,
        score=0.5,
        probability=0.5,
        timings={"total": 100.0},
    )
    kind, group = (Kind.PRESENT, "Packages") if truth else (Kind.STRANGER, "")
    answers = (answer,) * len(run.channel_sets)
    return Photo(name=name, kind=kind, part_number=truth, cluster=name, group=group, answers=answers)


@pytest.fixture
def groceries(tmp_path: Path) -> Path:
    """Photos as they are shared: 20 queries of 100 x 80 px."""
    folder = tmp_path / "photos" / "grocery"
    folder.mkdir(parents=True)
    rows = ["path,label,role,set,group", "c.png,P,reference,catalog,Packages", "v.png,P,reference,views,Packages"]
    for number in range(20):
        Image.new("RGB", (100, 80), (number, 0, 0)).save(folder / f"q{number}.png")
        rows.append(f"q{number}.png,P,query,queries,Packages")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_every_run_is_asked_once_by_its_name(groceries: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("loadtests.accuracy_photos.GROCERIES", tmp_path / "made")
    monkeypatch.setattr("loadtests.accuracy_photos.DEMO", tmp_path / "photos")
    asked = Asked()
    evaluations = Evaluations(photos=groceries.parent, quick=False, ask=asked)
    lines = [line for name in EVALUATIONS if name != "latency-demo" for line in EVALUATIONS[name](evaluations)]
    assert len(asked.runs) == 2 * (1 + 1 + 3 + 1 + 1 + 1 + 1) + 2 + 2 + 1 + 1
    assert {run.options.together for name, run in asked.runs.items() if name.startswith("several")} == {2, 3}
    assert asked.runs["typed-demo"].options.typed
    assert asked.runs["demo"].options.strangers
    assert asked.runs["demo-left-out"].options.leave_out == pytest.approx(0.3)
    assert {run.options.rotate for name, run in asked.runs.items() if name.startswith("turned")} == {90, 180, 270}
    assert asked.runs["absent-views"].options.leave_out == pytest.approx(0.3)
    assert {run.options.references for run in asked.runs.values()} == {"catalog", "views", None}
    assert all(run.options.ask_again > 0 for name, run in asked.runs.items() if not name.startswith("latency"))
    assert all(run.options.ask_again == 0 for name, run in asked.runs.items() if name.startswith("latency"))
    assert "catalog, packages, 1,590 distractors" in {line.what for line in lines}
    first = next(line for line in lines if line.what == "catalog, packages, all channels")
    assert (first.value, first.met) == (0.5, False)


def test_a_quick_run_asks_the_same_packages_everywhere(groceries: Path) -> None:
    asked = Asked()
    evaluations = Evaluations(photos=groceries.parent, quick=True, ask=asked)
    for name in ("found", "turned", "distractors"):
        assert list(EVALUATIONS[name](evaluations))
    assert {(run.options.group, run.options.limit_queries) for run in asked.runs.values()} == {("Packages", 60)}


def test_groceries_are_enlarged_to_what_phones_send(
    groceries: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("loadtests.accuracy_photos.GROCERIES", tmp_path / "made")
    photos = read_photo_set(grocery_photos(groceries, "views", 5))
    assert [picture.path for picture in photos.references(None)] == [groceries / "v.png"]
    queries = photos.queries(None)
    assert len(queries) == 5
    for picture in queries:
        with Image.open(picture.path) as image:
            assert (image.format, image.size) == ("JPEG", (768, 614))


def test_the_demo_is_a_folder_of_labelled_photos(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("loadtests.accuracy_photos.DEMO", tmp_path / "made")
    photos = read_photo_set(demo_photos())
    queries, references = photos.queries(None), photos.references(None)
    assert {picture.label for picture in queries} <= {picture.label for picture in references}
    assert all(picture.path.is_file() for picture in references)
    assert len(queries) > 100
    assert demo_photos().parent == tmp_path


def test_the_demo_as_posted_tells_twins_and_strangers_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("loadtests.accuracy_photos.DEMO", tmp_path / "photos")
    folder, strangers = demo_as_posted()
    photos = read_photo_set(folder)
    groups = Counter(photos.products[picture.label].group for picture in photos.queries(None))
    assert groups["single"] > 2 * groups["twin"] > 0
    assert Counter(path.name.split("-")[0] for path in strangers.iterdir()).keys() == {"sibling", "other"}
    assert demo_as_posted() == (folder, strangers)


def test_without_photos_groceries_are_left_out_by_name(tmp_path: Path) -> None:
    nowhere, figures = str(tmp_path / "nowhere"), tmp_path / "figures.json"
    found = CliRunner().invoke(accuracy.main, ["--photos", nowhere, "--only", "turned", "--json", str(figures)])
    assert found.exit_code == 0, found.output
    assert "turned is left out" in found.output
    assert msgspec.json.decode(figures.read_bytes(), type=Benchmark).lines == []
