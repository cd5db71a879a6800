"""The evaluations that :mod:`loadtests.accuracy` reads its figures from, each kept once it has been run.

A run's answers are kept under the hash of all that they depend on: the code that recognizes, the bundles, the photos'
manifest and the options. So a benchmark that was stopped goes on, and a change of anything asks anew.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from service.evaluation.asking import Answer, Asked
from service.evaluation.manifest import MANIFEST, read_photo_set
from service.evaluation.options import Options
from service.evaluation.progress import Progress
from service.evaluation.queries import Kind, Query
from service.evaluation.run import evaluate
from service.recognition.channels import ALL, Channel
from service.recognition.verdict.calibration import Answered
from service.settings import Settings

ROOT: Final = Path(__file__).parents[1]
KEPT: Final = ROOT / ".build" / "accuracy"
DEPENDS_ON: Final = (
    "service/recognition",
    "service/rehearsal",
    "service/evaluation",
    "service/bundles",
    "catalog/search",
)

IMAGE: Final = frozenset({Channel.IMAGE})
SURFACE: Final = frozenset({Channel.SURFACE})
CHECKED_SURFACE: Final = frozenset({Channel.SURFACE, Channel.GEOMETRY})
UNREAD: Final = ALL - {Channel.READING}
EVERY_SET: Final = (ALL, IMAGE, SURFACE, CHECKED_SURFACE)

Say = Callable[[str], None]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation to make. The first set of channels is ``ALL``."""

    name: str
    options: Options
    channel_sets: tuple[frozenset[Channel], ...] = (ALL,)


class Photo(msgspec.Struct, frozen=True, kw_only=True):
    """A photo with its answers, one for each set of channels. ``group`` is its product's, empty for a stranger."""

    name: str
    kind: Kind
    part_number: str | None
    cluster: str
    group: str
    answers: tuple[Answer, ...]

    def asked(self) -> Asked:
        """As figures are computed from."""
        query = Query(
            name=self.name, sources=(self.name,), kind=self.kind, part_number=self.part_number, cluster=self.cluster
        )
        return Asked(query=query, answers=self.answers)


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """A run's answers. ``load``: the one-minute load average before and after; ``rehearsed``:
    what the verdicts of all channels were fitted on; ``problems``: a sentence each.
    """

    run: Run
    load: tuple[float, float]
    seconds: float
    references: int
    rehearsed: list[Answered]
    photos: list[Photo]
    problems: list[str]

    def place(self, channels: frozenset[Channel]) -> int:
        """Of a set of channels among the answers."""
        return self.run.channel_sets.index(channels)

    def given_up(self) -> str:
        """How many of the answers lack which stage, in words."""
        stages = Counter(stage for photo in self.photos for answer in photo.answers for stage in answer.dropped)
        return ", ".join(f"{stage} {count}" for stage, count in sorted(stages.items()))

    def stages(self) -> dict[str, float]:
        """Median milliseconds of each stage, by the first set of channels; stages overlap."""
        laps: dict[str, list[float]] = {}
        for photo in self.photos:
            for stage, milliseconds in photo.answers[0].timings.items():
                laps.setdefault(stage, []).append(milliseconds)
        return {stage: median(values) for stage, values in laps.items()}

    def of_groups(self, *groups: str) -> list[Photo]:
        """The photos of products of these groups; all without any."""
        return [photo for photo in self.photos if not groups or photo.group in groups]


def finish(run: Run, *, fresh: bool, state: str, load: Callable[[], float], say: Say) -> Finished:
    """The run's answers: kept ones, or asked now. ``state``: :func:`state_of_code`; ``fresh`` ignores what is kept."""
    kept = kept_as(run, state)
    if kept.exists() and not fresh:
        say(f"{run.name}: answers are kept in {kept.relative_to(ROOT)}")
        return msgspec.json.decode(kept.read_bytes(), type=Finished)
    finished = _ask(run, load, say)
    keep(finished, state)
    return finished


def keep(finished: Finished, state: str) -> None:
    """Keep answers for :func:`finish`."""
    kept = kept_as(finished.run, state)
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(".unfinished")
    unfinished.write_bytes(msgspec.json.encode(finished))
    unfinished.rename(kept)


def kept_as(run: Run, state: str) -> Path:
    """The file of a run's answers."""
    photos = Path(run.options.folder or "") / MANIFEST
    sets = [sorted(channels) for channels in run.channel_sets]
    facts = [state, hashlib.sha256(photos.read_bytes()).hexdigest(), msgspec.to_builtins(run.options), sets]
    return KEPT / f"{run.name}-{hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:12]}.json"


def state_of_code() -> str:
    """Hash of the files that answers depend on, as they lie in the working tree."""
    digest = hashlib.sha256()
    for path in _files(ROOT / folder for folder in DEPENDS_ON):
        digest.update(f"{path.relative_to(ROOT)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _files(folders: Iterable[Path]) -> list[Path]:
    found = (path for folder in folders for path in folder.rglob("*") if path.suffix not in (".pyc", ".html", ".md"))
    return sorted(path for path in found if path.is_file())


def _ask(run: Run, load: Callable[[], float], say: Say) -> Finished:
    photos = read_photo_set(Path(run.options.folder or ""))
    start, before = time.monotonic(), load()
    found = evaluate(run.options, Settings(), channel_sets=run.channel_sets, progress=_teller(run.name, say))
    report = found.report
    return Finished(
        run=run,
        load=(before, load()),
        seconds=time.monotonic() - start,
        references=report.products.references,
        rehearsed=list(found.rehearsed),
        photos=[
            _photo(one, {label: product.group for label, product in photos.products.items()}) for one in found.asked
        ],
        problems=report.notes + report.problems,
    )


def _photo(asked: Asked, groups: dict[str, str]) -> Photo:
    query = asked.query
    return Photo(
        name=query.name,
        kind=query.kind,
        part_number=query.part_number,
        cluster=query.cluster,
        group=groups.get(query.cluster, ""),
        # Reference images have random ids, of no use later.
        answers=tuple(replace(answer, reference_id=None) for answer in asked.answers),
    )


def _teller(name: str, say: Say) -> Progress:
    """Tells of each step's begin and every quarter of it: a log should stay readable."""
    told: set[tuple[str, int]] = set()

    def tell(step: str, done: int, total: int) -> None:
        quarter = 4 * done // total if total else 4
        if (step, quarter) not in told:
            told.add((step, quarter))
            say(f"{name}: {step} {done}/{total}")

    return tell
