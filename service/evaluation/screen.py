"""The figures on the terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from service.evaluation.bounds import Estimate
from service.evaluation.report import Report
from service.evaluation.words import WORDS, named_figures, percent


def show(console: Console, report: Report) -> None:
    """Print the figures with their bounds, what was compared, the times, and what could not be used."""
    asked = report.queries
    console.print(
        f"{asked.present} photos of the {report.products.total} products, {asked.left_out} of products left out, "
        f"{asked.strangers} strangers, by {' + '.join(report.channels)}",
        highlight=False,
    )
    console.print(_figures(report))
    if report.ablation:
        console.print(_ablation(report))
    console.print(_latency(report))
    for sentence in [*report.notes, *report.problems]:
        console.print(f"[yellow]{sentence}", markup=True, highlight=False)


def _figures(report: Report) -> Table:
    table = Table("", "", "95 %")
    for name, estimate in named_figures(report.figures).items():
        table.add_row(WORDS[name], *_cells(estimate))
    return table


def _cells(estimate: Estimate | None) -> Iterator[str]:
    yield "-" if estimate is None else percent(estimate.value)
    yield "" if estimate is None else f"{percent(estimate.low)} to {percent(estimate.high)}"


def _ablation(report: Report) -> Table:
    reported = "+".join(report.channels)
    table = Table(f"points beside {reported}", *("+".join(one.channels) for one in report.ablation))
    for name in report.ablation[0].figures:
        differences = [one.figures[name].difference for one in report.ablation if name in one.figures]
        cells = [f"{d.value * 100:+.1f} ({d.low * 100:+.1f} to {d.high * 100:+.1f})" for d in differences]
        table.add_row(WORDS[name], *cells)
    return table


def _latency(report: Report) -> Table:
    table = Table("milliseconds", "p50", "p95", "p99")
    for stage, quantiles in report.latency_ms.items():
        table.add_row(stage, *(f"{value:.1f}" for value in (quantiles.p50, quantiles.p95, quantiles.p99)))
    return table
