"""The summary on the terminal."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loadtests.mobile_day.drawing import terminal_plots
from loadtests.mobile_day.figures import ImportFigures, Latencies, Summary

NONE = "–"
QUANTILES = ("p50", "p95", "p99")
LATE_MILLISECONDS = 50.0
MOST_FAILURES = 12


def show(console: Console, summary: Summary) -> None:
    """All of it: counts, phases, kinds of wishes, uplinks, the import, plots, what went wrong."""
    console.print(f"\n[bold]{counts(summary)}[/]", highlight=False)
    for line in details(summary):
        console.print(line, highlight=False)
    console.print(_phases(summary))
    console.print(_kinds(summary))
    if summary.imported is not None:
        for line in import_lines(summary.imported):
            console.print(line, highlight=False)
    for plot in terminal_plots(summary, columns=min(console.width, 120), colours=console.is_terminal):
        console.print(Text.from_ansi(plot), no_wrap=True, crop=False)
    for what, count in list(summary.failures.items())[:MOST_FAILURES]:
        console.print(f"wrong: {count} x {what}", style="red", markup=False, highlight=False)
    if summary.unfinished:
        console.print(f"wrong: {summary.unfinished} workers had not ended", style="red")


def counts(summary: Summary) -> str:
    """One line."""
    confirmed = sum(summary.confirmed.values())
    return (
        f"{summary.arrivals} workers in {summary.day.seconds:.0f} s: {summary.lookups} lookups, "
        f"{summary.answered} answered, {summary.refused} refused, {sum(summary.failures.values())} wrong; "
        f"{confirmed} confirmations"
    )


def details(summary: Summary) -> list[str]:
    """What the counts are made of."""
    said = [
        f"goodput {summary.goodput:.2f} of {summary.offered:.2f} lookups a second offered",
        f"requests: {summary.requests}; {summary.retried} wishes sent again; by plan interrupted: "
        f"{_counted(summary.interrupted)}; {summary.replayed} answers given again, byte for byte",
        f"requests refused for want of room: {_counted(summary.refusals)}",
        f"confirmations: {_counted(summary.confirmed)}; verdicts: {_counted(summary.verdicts)}; "
        f"{summary.broken_declined} that were no photos were named as such",
        f"lookups without a stage: {_counted(summary.dropped)}",
    ]
    if summary.lateness is not None:
        late = summary.lateness.p99 > LATE_MILLISECONDS
        text = (
            f"the load generator took {summary.generator_cores:.2f} cores and began {summary.lateness.p99:.0f} ms late"
        )
        said.append(f"[yellow]{text} (p99): it was short of processor itself[/]" if late else f"{text} (p99)")
    return said


def import_lines(imported: ImportFigures) -> list[str]:
    """How the import fared, and lookups beside it."""
    lines = [
        f"import beside: {imported.products} products ({imported.megabytes:.1f} MB) in {imported.seconds:.1f} s, "
        f"{imported.per_second:.1f} a second; {imported.landed_in_peak} had landed by the end of the second peak"
    ]
    for name, of in (("without (peak)", imported.without), ("beside (second peak)", imported.beside)):
        lines.append(f"  lookups {name}: p50 / p95 / p99 {' / '.join(_three(of))} ms, {of.count if of else 0} lookups")
    if imported.ratios is None:
        lines.append("  too few lookups to compare")
    else:
        lines.append(f"  beside / without: {' / '.join(f'{ratio:.2f}' for ratio in imported.ratios)}")
    return lines


def _phases(summary: Summary) -> Table:
    table = Table(title="phases of the day: rates a second, latencies in ms from when it was due", title_justify="left")
    table.add_column("phase", no_wrap=True)
    for column in ("workers\na second", "lookups\noffered", "lookups\nanswered", "within\n1 s", "refused", "wrong"):
        table.add_column(column, justify="right")
    for what in ("lookup", "confirm"):
        for quantile in QUANTILES:
            table.add_column(f"{what}\n{quantile}", justify="right")
    for one in summary.phases:
        rates = (f"{one.workers:.1f}", f"{one.offered:.1f}", f"{one.goodput:.1f}", f"{one.in_time:.0%}")
        troubles = (f"{one.refused}", f"{one.failed}")
        table.add_row(one.name, *rates, *troubles, *_three(one.lookups), *_three(one.confirmations))
    return table


def _kinds(summary: Summary) -> Table:
    table = Table(title="by kind, and lookups by uplink; waited: with what the uplink takes", title_justify="left")
    table.add_column("wish", no_wrap=True)
    for column in ("wishes", "answered", "refused", "wrong", *QUANTILES, *(f"waited\n{one}" for one in QUANTILES)):
        table.add_column(column, justify="right")
    for section in (summary.kinds, summary.uplinks):
        for one in section:
            numbers = (f"{one.wishes}", f"{one.answered}", f"{one.refused}", f"{one.failed}")
            table.add_row(one.name, *numbers, *_three(one.latency), *_three(one.waited))
        table.add_section()
    return table


def _three(of: Latencies | None) -> list[str]:
    return [NONE] * 3 if of is None else [f"{value:.0f}" for value in (of.p50, of.p95, of.p99)]


def _counted(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counted.items(), key=lambda one: -one[1])) or "none"
