"""The walk through the main job: import, look up, confirm, count."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn, track

from mobile_contract.catalogs import Enrichment
from mobile_contract.confirmations import NewConfirmation, Outcome
from mobile_contract.imports import ImportStatus
from mobile_contract.limits import PHOTOS_MAX
from mobile_contract.lookups import Lookup, LookupOptions
from service.demo.data_set import CATALOG, TITLE, FieldPhoto, field_photos, import_archive
from service.demo.phone import PATIENCE_SECONDS, Phone
from service.demo.score import Answered, score
from service.demo.screen import show_dropped, show_lookup, show_score

SHOWN = 4
IDENTITY_SHOWN = 8
TYPED = "red knob"


@dataclass(frozen=True, kw_only=True)
class Walk:
    """The demo with a service and a terminal."""

    phone: Phone
    console: Console

    def prepare(self) -> str:
        """Have the demo catalog in the service; gives its name."""
        recognizer = self.phone.ready().recognizer
        self.console.print(
            f"model [bold]{recognizer.bundle}[/] ({recognizer.precision} on {recognizer.provider}, "
            f"{recognizer.dimension} numbers a picture)"
        )
        name = CATALOG
        found = self.phone.catalog(name)
        if found is not None and found.space.identity != recognizer.identity:
            # An earlier demo ran with another model; vectors of two models cannot be compared.
            name = f"{CATALOG}-{recognizer.identity[:IDENTITY_SHOWN]}"
            found = self.phone.catalog(name)
        if found is None:
            self.phone.create_catalog(name, TITLE)
        self._import(name)
        self._enrich(name)
        return name

    def _import(self, name: str) -> None:
        columns = (TextColumn("import over HTTP"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self.console) as progress:
            task = progress.add_task("import", total=None)

            def watch(status: ImportStatus) -> None:
                counters = status.counters
                progress.update(task, total=counters.total or None, completed=counters.total - counters.pending)

            status = self.phone.import_archive(name, import_archive(), watch)
        counters = status.counters
        self.console.print(
            f"catalog [bold]{name}[/]: {counters.created} products created, {counters.updated} updated, "
            f"{counters.unchanged} unchanged, {counters.failed} failed"
        )
        for error in status.errors:
            self.console.print(f"  line {error.line}: {error.message} ({error.code})", style="red")

    def _enrich(self, name: str) -> None:
        columns = (TextColumn("surfaces"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self.console) as progress:
            task = progress.add_task("surfaces", total=None, visible=False)

            def watch(state: Enrichment) -> None:
                progress.update(task, total=state.total, completed=state.total - state.pending, visible=True)

            state = self.phone.wait_for_enrichment(name, watch)
        if state is not None:
            self.console.print(f"surfaces: {state.enriched} pictures described, {state.failed} failed")
            if state.pending:
                since = f"nothing has moved for {PATIENCE_SECONDS:.0f} s"
                self.console.print(f"  {state.pending} still wait, and {since}: going on without", style="yellow")

    def look_up_own(self, name: str, photo: Path) -> None:
        """Look one's own picture up."""
        answer, milliseconds = self.phone.look_up(name, photo)
        show_lookup(self.console, photo.name, answer, milliseconds)

    def look_up_all(self, name: str, every: int) -> None:
        """Post every so-manyth field photo, show some answers, confirm one, print the figures."""
        photos = field_photos()[::every]
        answered = [self._post(name, photo) for photo in track(photos, "field photos", console=self.console)]
        shown = self._some(photos, answered)
        for photo, one in shown:
            show_lookup(self.console, photo.path.name, one.answer, one.milliseconds, one.truth)
        self._together(name, shown[0][0])
        answer, milliseconds = self.phone.ask(name, LookupOptions(text=TYPED))
        show_lookup(self.console, f'"{TYPED}", typed', answer, milliseconds)
        self._confirm(shown[0][1].answer, shown[0][0].part_number)
        show_score(self.console, score(answered))
        show_dropped(self.console, [one.answer for one in answered])

    def _together(self, name: str, photo: FieldPhoto) -> None:
        """Look a part up by all its photos at once."""
        paths = [one.path for one in field_photos() if one.part_number == photo.part_number][:PHOTOS_MAX]
        answer, milliseconds = self.phone.look_up(name, *paths)
        said = f"{photo.path.name} and {len(paths) - 1} more of the same part, together"
        show_lookup(self.console, said, answer, milliseconds, photo.part_number)

    def _post(self, name: str, photo: FieldPhoto) -> Answered:
        answer, milliseconds = self.phone.look_up(name, photo.path)
        return Answered(truth=photo.part_number, twin=photo.twin, answer=answer, milliseconds=milliseconds)

    @staticmethod
    def _some(photos: Sequence[FieldPhoto], answered: Sequence[Answered]) -> list[tuple[FieldPhoto, Answered]]:
        """Photos at even steps of the table, whatever became of them, and one of a part that is in no catalog."""
        pairs = list(zip(photos, answered, strict=True))
        known = [pair for pair in pairs if pair[0].part_number is not None]
        strangers = [pair for pair in pairs if pair[0].part_number is None]
        return [*known[:: max(1, len(known) // SHOWN)][:SHOWN], *strangers[:1]]

    def _confirm(self, answer: Lookup, truth: str | None) -> None:
        offered = {candidate.part_number for candidate in answer.candidates}
        if truth in offered and truth is not None:
            said = NewConfirmation(outcome=Outcome.CONFIRMED, part_number=truth)
        else:
            said = NewConfirmation(outcome=Outcome.NONE_OF_THESE)
        kept = self.phone.confirm(answer, said)
        what = truth if kept.outcome is Outcome.CONFIRMED else "none of the candidates"
        self.console.print(f"the worker confirms the first photo: [bold]{what}[/] (kept as {kept.id})")
