"""Every target of recognition in one table: ``python -m loadtests.accuracy`` (``make bench-accuracy``).

Asks through ``photocode evaluate``'s own functions, with the bundles that ship, on scratch databases. Runs that were
made are kept and not made again while nothing that they depend on has changed; ``--fresh`` makes them anew.
"""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import msgspec
from msgspec.structs import replace
from rich.console import Console

from loadtests import accuracy_lines as lines
from loadtests.accuracy_calibrated import calibrated
from loadtests.accuracy_lines import Line
from loadtests.accuracy_photos import PHOTOS, demo_as_posted, demo_described, demo_photos, grocery_photos
from loadtests.accuracy_runs import EVERY_SET, IMAGE, UNREAD, Finished, Run, finish, state_of_code
from loadtests.accuracy_table import WARNING, table
from loadtests.machine import Machine, this_machine
from service.evaluation.options import Options
from service.logs import configure_logs
from service.recognition.channels import ALL, Channel

REFERENCES: Final = ("catalog", "views")
TURNS: Final = (90, 180, 270)
LEFT_OUT: Final = 0.3
TOGETHER: Final = (2, 3)
QUICK: Final = 60
TIMED: Final = 200
ASK_AGAIN: Final = 20
"""While a stage was late: what is right must not depend on what else this machine does."""


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """All that was printed."""

    machine: Machine
    load_after: float
    lines: list[Line]


@dataclass(frozen=True, kw_only=True)
class Evaluations:
    """Makes runs of the photos. ``quick`` asks some packages only, the same ones in every run."""

    photos: Path
    quick: bool
    ask: Callable[[Run], Finished]

    @property
    def _most(self) -> int | None:
        """Photos that a run asks; None: all."""
        return QUICK if self.quick else None

    def found(self) -> Iterator[Line]:
        """Products found, from catalogue pictures and from phone photos."""
        for references in REFERENCES:
            yield from lines.found(self._found(references), references)

    def distractors(self) -> Iterator[Line]:
        """The same among pictures of clothing."""
        clothing = str(self.photos / "train" / "clothing")
        for references in REFERENCES:
            asked = self._options(references, group=lines.PACKAGES, distractors=clothing)
            among, alone = self._run(f"distractors-{references}", asked), self._found(references)
            what = f"{references}, packages, {among.references - alone.references:,} distractors"
            yield from lines.lost(what, alone, among, lines.MOST_LOST_BESIDE_DISTRACTORS)

    def turned(self) -> Iterator[Line]:
        """The same with photos turned."""
        for references in REFERENCES:
            for turn in TURNS:
                asked = self._options(references, group=lines.PACKAGES, rotate=turn)
                turned = self._run(f"turned-{turn}-{references}", asked)
                what = f"{references}, packages, turned by {turn}°"
                yield from lines.lost(what, self._found(references), turned, lines.MOST_LOST_TURNED)

    def absent(self) -> Iterator[Line]:
        """Products left out, and strangers."""
        strangers = str(self.photos / "no_match")
        for references in REFERENCES:
            run = self._run(f"absent-{references}", self._options(references, strangers=strangers, leave_out=LEFT_OUT))
            yield from lines.absent(run, f"{references}, {LEFT_OUT:.0%} left out")

    def calibrated(self) -> Iterator[Line]:
        """The same, by verdicts that are fitted to the catalog in different ways; and the demo's."""
        strangers = str(self.photos / "no_match")
        for references in REFERENCES if self.photos.is_dir() else ():
            run = self._run(f"absent-{references}", self._options(references, strangers=strangers, leave_out=LEFT_OUT))
            yield from calibrated(f"{references}, {LEFT_OUT:.0%} left out", run)
        options = Options(folder=str(demo_as_posted()[0]), limit_queries=self._most, ask_again=ASK_AGAIN)
        run = self._run("demo-left-out", replace(options, leave_out=LEFT_OUT))
        yield from calibrated(f"demo, {LEFT_OUT:.0%} left out", run)

    def read(self) -> Iterator[Line]:
        """What the text on packages brings."""
        for references in REFERENCES:
            options = self._options(references, group=lines.PACKAGES, leave_out=LEFT_OUT)
            run = self._run(f"read-{references}", options, (ALL, UNREAD))
            yield from lines.read(f"{references}, packages, {LEFT_OUT:.0%} left out", run)

    def demo(self) -> Iterator[Line]:
        """The demo's photos as they are posted; then with products left out, so that their siblings answer."""
        folder, strangers = (str(path) for path in demo_as_posted())
        options = Options(folder=folder, limit_queries=self._most, ask_again=ASK_AGAIN)
        yield from lines.demo(self._run("demo", replace(options, strangers=strangers), EVERY_SET))
        yield from lines.demo_left_out(self._run("demo-left-out", replace(options, leave_out=LEFT_OUT)))

    def labels(self) -> Iterator[Line]:
        """How probable labels are, and coarse answers to what is not called a match."""
        folder, strangers = (str(path) for path in demo_described())
        options = Options(folder=folder, limit_queries=self._most, ask_again=ASK_AGAIN)
        run = self._run("labels-demo", replace(options, strangers=strangers, leave_out=LEFT_OUT))
        yield from lines.labels(f"demo, {LEFT_OUT:.0%} left out", run)
        if not self.photos.is_dir():
            return
        for references in REFERENCES:
            strangers = str(self.photos / "no_match")
            run = self._run(f"absent-{references}", self._options(references, strangers=strangers, leave_out=LEFT_OUT))
            yield from lines.labels(f"{references}, {LEFT_OUT:.0%} left out", run)

    def several(self) -> Iterator[Line]:
        """Products found by several photos at once."""
        folder, _ = demo_as_posted()
        for count in TOGETHER:
            options = Options(folder=str(folder), together=count, limit_queries=self._most, ask_again=ASK_AGAIN)
            run = self._run(f"several-{count}-demo", options)
            yield from lines.together(f"demo, without a twin, {count} photos together", run, "single")
        if not self.photos.is_dir():
            return
        for references in REFERENCES:
            options = replace(self._options(references, group=lines.PACKAGES), together=TOGETHER[0])
            run = self._run(f"several-{TOGETHER[0]}-{references}", options)
            what = f"{references}, packages, {TOGETHER[0]} photos together"
            yield from lines.together(what, run, lines.PACKAGES)

    def typed(self) -> Iterator[Line]:
        """The demo's products found by a photo with a colour and a noun typed beside it."""
        folder, _ = demo_as_posted()
        options = Options(folder=str(folder), typed=True, limit_queries=self._most, ask_again=ASK_AGAIN)
        run = self._run("typed-demo", options)
        yield from lines.together("demo, without a twin, colour and noun typed", run, "single")

    def latency_of_groceries(self) -> Iterator[Line]:
        """Milliseconds of groceries' photos."""
        for references in REFERENCES:
            folder = grocery_photos(self.photos / "grocery", references, TIMED)
            yield from self._latency(f"latency-{references}", f"groceries, {references}", folder)

    def latency_of_demo(self) -> Iterator[Line]:
        """Milliseconds of the demo's photos."""
        yield from self._latency("latency-demo", "demo", demo_photos())

    def _found(self, references: str) -> Finished:
        asked = self._options(references, group=lines.PACKAGES if self.quick else None)
        return self._run(f"found-{references}", asked, EVERY_SET)

    def _options(
        self,
        references: str,
        *,
        group: str | None = None,
        strangers: str | None = None,
        distractors: str | None = None,
        leave_out: float = 0.0,
        rotate: float = 0.0,
    ) -> Options:
        return Options(
            folder=str(self.photos / "grocery"),
            references=references,
            group=group,
            strangers=strangers,
            distractors=distractors,
            leave_out=leave_out,
            rotate=rotate,
            limit_queries=self._most,
            ask_again=ASK_AGAIN,
        )

    def _run(self, name: str, options: Options, channel_sets: tuple[frozenset[Channel], ...] = (ALL,)) -> Finished:
        return self.ask(Run(name=name, options=options, channel_sets=channel_sets))

    def _latency(self, name: str, what: str, folder: Path) -> Iterator[Line]:
        options = Options(folder=str(folder), limit_queries=self._most)
        finished = self._run(name, options, (ALL, UNREAD, IMAGE))
        before, after = finished.load
        yield from lines.latency(
            f"{what}, {finished.references} references, load {before:.1f} to {after:.1f}", finished
        )


EVALUATIONS: Final[dict[str, Callable[[Evaluations], Iterator[Line]]]] = {
    "found": Evaluations.found,
    "distractors": Evaluations.distractors,
    "turned": Evaluations.turned,
    "absent": Evaluations.absent,
    "calibrated": Evaluations.calibrated,
    "read": Evaluations.read,
    "demo": Evaluations.demo,
    "labels": Evaluations.labels,
    "several": Evaluations.several,
    "typed": Evaluations.typed,
    "latency-groceries": Evaluations.latency_of_groceries,
    "latency-demo": Evaluations.latency_of_demo,
}
WITHOUT_PHOTOS: Final = frozenset({"demo", "calibrated", "labels", "several", "typed", "latency-demo"})


def chosen(only: str | None, photos: Path, console: Console) -> list[str]:
    """The evaluations that can be made here; says which cannot."""
    names = [name for name in EVALUATIONS if only in (None, name)]
    there = (photos / "grocery").is_dir()
    for name in names:
        if not there and name not in WITHOUT_PHOTOS:
            console.print(f"{name} is left out: there are no photos in {photos}", style="yellow", highlight=False)
    return [name for name in names if there or name in WITHOUT_PHOTOS]


@click.command()
@click.option("--photos", type=click.Path(path_type=Path), default=PHOTOS, show_default=True)
@click.option("--quick", is_flag=True, help="Ask 60 photos of each run.")
@click.option("--only", type=click.Choice(list(EVALUATIONS)), help="Of the evaluations.")
@click.option("--fresh", is_flag=True, help="Ask again what was asked before.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write all figures there.")
def main(*, photos: Path, quick: bool, only: str | None, fresh: bool, json_file: Path | None) -> None:
    """Print how often lookups are right and how long they take, beside the targets."""
    configure_logs("console", "error")
    console = Console(width=None if sys.stdout.isatty() else 160)
    machine, state, made = this_machine(), state_of_code(), dict[str, Finished]()
    console.print(f"[bold]{machine}[/]")

    def ask(run: Run) -> Finished:
        if run.name not in made:
            made[run.name] = finish(run, fresh=fresh, state=state, load=_load, say=lambda text: _say(console, text))
        return made[run.name]

    evaluations = Evaluations(photos=photos, quick=quick, ask=ask)
    names = chosen(only, photos, console)
    measured = [line for name in names for line in EVALUATIONS[name](evaluations)]
    console.print(table(measured))
    _say_more(console, made)
    if set(names) - WITHOUT_PHOTOS:
        console.print(WARNING, highlight=False)
    console.print(f"load before {machine.load:.1f}, after {_load():.1f}", highlight=False)
    if json_file is not None:
        benchmark = Benchmark(machine=machine, load_after=_load(), lines=measured)
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(benchmark), indent=1) + b"\n")


def _say_more(console: Console, made: dict[str, Finished]) -> None:
    """Of each run: what could not be used, times by stage, and answers that lack one."""
    for name, finished in made.items():
        for sentence in finished.problems:
            console.print(f"{name}: {sentence}", style="yellow", markup=False, highlight=False)
        stages = ", ".join(f"{stage} {milliseconds:.1f}" for stage, milliseconds in finished.stages().items())
        console.print(f"{name}: median ms of stages side by side: {stages}", style="dim", highlight=False)
        if given_up := finished.given_up():
            console.print(f"{name}: answers that lack a stage: {given_up}", style="yellow", highlight=False)


def _load() -> float:
    return os.getloadavg()[0]


def _say(console: Console, text: str) -> None:
    console.print(f"{text} ...", style="dim", markup=False, highlight=False)


if __name__ == "__main__":
    main()
