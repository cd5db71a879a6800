"""What the terminal shows of imports."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import UNSET
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from mobile_contract.imports import (
    ImportProgress,
    ImportSelfTest,
    ImportSelfTestState,
    ImportState,
    ImportStatus,
)

SHOWN_OF_ID: Final = 8
SHOWN_ERRORS: Final = 10


class RateColumn(ProgressColumn):
    """Rows or pictures a second."""

    def render(self, task: Task) -> Text:
        """The rate, where it is known."""
        return Text("" if task.speed is None else f"{task.speed:.0f}/s")


class Bars:
    """An import's two phases as bars."""

    def __init__(self, progress: Progress) -> None:
        """``progress``: where they stand."""
        self._progress = progress
        self._searchable = progress.add_task("searchable", total=None)
        self._enriched = progress.add_task("enriched", total=None, visible=False)

    def show(self, one: ImportProgress) -> None:
        """Move the bars."""
        rows = one.counters
        reading = one.state in (ImportState.QUEUED, ImportState.READING)
        said = f"{one.state}" if one.state is not ImportState.RUNNING else "searchable"
        self._progress.update(
            self._searchable,
            description=said if one.state is not ImportState.COMPLETED else "searchable",
            total=None if reading else rows.total,
            completed=rows.total if reading else rows.total - rows.pending,
        )
        done, total = _described(one)
        self._progress.update(self._enriched, total=total, completed=done, visible=total > 0)


@contextmanager
def upload_bar(console: Console, total: int) -> Iterator[Progress]:
    """A bar of bytes while the block runs."""
    columns = (TextColumn("upload"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        progress.add_task("upload", total=total)
        yield progress


@contextmanager
def bars(console: Console) -> Iterator[Bars]:
    """Bars of an import while the block runs."""
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, speed_estimate_period=20) as progress:
        yield Bars(progress)


def show_import(console: Console, status: ImportStatus) -> None:
    """An import in words, with its first errors."""
    rows = status.counters
    console.print(f"import {status.id} of {status.catalog}: [bold]{status.state}[/]", highlight=False)
    console.print(
        f"  rows       {rows.total}: {rows.created} created, {rows.updated} updated, {rows.unchanged} unchanged, "
        f"{rows.failed} failed, {rows.pending} waiting; {rows.with_warnings} lost a picture",
        highlight=False,
    )
    done, total = _described(status)
    if total:
        console.print(f"  pictures   {done} of {total} described", highlight=False)
    if status.sync is not UNSET:
        absent = "not known yet" if status.sync.absent is UNSET else str(status.sync.absent)
        console.print(f"  sync       {status.sync.removed} removed; absent from the file: {absent}", highlight=False)
    if status.self_test is not UNSET:
        said = f"{_tested(status.self_test)}: photocode self-test {status.catalog}"
        console.print(f"  self-test  {said}", highlight=False)
    if status.failure is not UNSET:
        console.print(f"  {escape(status.failure)} ({status.failure_code or 'no code'})", style="red", highlight=False)
    for error in status.errors[:SHOWN_ERRORS]:
        console.print(f"  line {error.line}: {escape(error.message)} ({error.code})", style="red", highlight=False)
    if len(status.errors) > SHOWN_ERRORS:
        console.print(f"  and {len(status.errors) - SHOWN_ERRORS} more", style="red", highlight=False)


def _tested(one: ImportSelfTest) -> str:
    if one.state is ImportSelfTestState.DUE:
        return "follows"
    if one.state is not ImportSelfTestState.COMPLETED:
        return f"{one.state}"
    return f"{one.lost} of {one.asked} products asked about do not find themselves"


def imports_table(imports: list[ImportProgress]) -> Table:
    """Imports as a table."""
    table = Table("id", "begun", "state", "mode", "rows", "landed", "failed", "described")
    for one in imports:
        done, total = _described(one)
        rows = one.counters
        table.add_row(
            str(one.id)[:SHOWN_OF_ID],
            f"{one.created_at.astimezone():%Y-%m-%d %H:%M}",
            one.state,
            one.mode,
            str(rows.total),
            str(rows.total - rows.pending - rows.failed),
            str(rows.failed),
            f"{done} of {total}",
        )
    return table


def _described(one: ImportProgress) -> tuple[int, int]:
    """Pictures whose surfaces and texts are known, or not to be had, and all of them."""
    if one.enrichment is UNSET:
        return (0, 0) if one.reading is UNSET else (one.reading.total - one.reading.pending, one.reading.total)
    waiting = one.enrichment.pending
    if one.reading is not UNSET:
        waiting = max(waiting, one.reading.pending)
    return one.enrichment.total - waiting, one.enrichment.total
