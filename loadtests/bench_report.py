"""The benchmark's figures, and how they are shown."""

from collections.abc import Iterator
from statistics import median

import msgspec
import numpy as np
from rich.console import Console
from rich.table import Table

from loadtests.clients import Measured
from loadtests.floors import BATCH, Floors
from loadtests.machine import Machine

RATIO_TARGET = 1.5
RATE_TARGET = 20.0
RATE_CLIENTS = 16
RATE_BUNDLE = "ViT-B-32"


class ImportFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The demo catalog's import over HTTP."""

    rows: int
    pictures: int
    seconds: float


class GalleryFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Lookups in one catalog."""

    catalog: str
    references: int
    floors: Floors
    runs: list[Measured]


class BundleFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One model."""

    bundle: str
    precision: str
    imported: ImportFigures
    galleries: list[GalleryFigures]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """All of a run."""

    machine: Machine
    bundles: list[BundleFigures]


def p50(run: Measured) -> float:
    """Milliseconds."""
    return float(np.quantile(run.milliseconds, 0.5)) if run.milliseconds else float("nan")


def p99(run: Measured) -> float:
    """Milliseconds."""
    return float(np.quantile(run.milliseconds, 0.99)) if run.milliseconds else float("nan")


def rate(run: Measured) -> float:
    """Lookups a second."""
    return len(run.milliseconds) / run.seconds


def show(console: Console, figures: BundleFigures) -> None:
    """Print one model's tables."""
    console.print(_floors_table(figures))
    console.print(_lookups_table(figures))
    for gallery in figures.galleries:
        stages = {name: median(times) for name, times in gallery.runs[0].stages.items()}
        told = ", ".join(f"{name} {milliseconds:.1f}" for name, milliseconds in stages.items())
        console.print(f"stages inside the service, {gallery.references} references, one client, median ms: {told}")
    done, best = figures.imported, max(gallery.floors.forward_rate for gallery in figures.galleries)
    pictures = done.pictures / done.seconds
    console.print(
        f"import over HTTP: {done.rows} rows, {done.pictures} pictures in {done.seconds:.1f} s: {pictures:.1f} "
        f"pictures/s = {pictures / best:.2f} of the forward pass alone ({best:.1f}/s at batch {BATCH})\n"
    )


def judge(figures: Figures) -> Iterator[str]:
    """The targets beside what was measured, met or not."""
    for bundle in figures.bundles:
        for gallery in bundle.galleries:
            found = p50(gallery.runs[0]) / gallery.floors.sum_ms
            yield _verdict(
                f"{bundle.bundle}, {gallery.references} references: p50 at one client is {found:.2f} x the floors' sum",
                f"at most {RATIO_TARGET}",
                met=found <= RATIO_TARGET,
            )
            for run in gallery.runs:
                if (bundle.bundle, bundle.precision, run.clients) == (RATE_BUNDLE, "fp32", RATE_CLIENTS):
                    yield _verdict(
                        f"{bundle.bundle} fp32, {gallery.references} references, {RATE_CLIENTS} clients: "
                        f"{rate(run):.1f} lookups/s",
                        f"at least {RATE_TARGET:.0f}",
                        met=rate(run) >= RATE_TARGET,
                    )
            if refused := sum(sum(run.refused.values()) for run in gallery.runs):
                yield f"[red]{refused} lookups were refused[/]"


def _verdict(found: str, target: str, *, met: bool) -> str:
    return f"{found} (target: {target}): " + ("[green]met[/]" if met else "[red]missed[/]")


def _floors_table(figures: BundleFigures) -> Table:
    table = Table(title=f"{figures.bundle} {figures.precision}: floors, median ms", title_justify="left")
    for column in ("references", "decode", "forward", "SQL", "sum", f"forward/s, batch {BATCH}"):
        table.add_column(column, justify="right")
    for gallery in figures.galleries:
        floors = gallery.floors
        table.add_row(
            f"{gallery.references}",
            f"{floors.decode_ms:.1f}",
            f"{floors.forward_ms:.1f}",
            f"{floors.sql_ms:.2f}",
            f"{floors.sum_ms:.1f}",
            f"{floors.forward_rate:.1f}",
        )
    return table


def _lookups_table(figures: BundleFigures) -> Table:
    table = Table(title=f"{figures.bundle} {figures.precision}: lookups over HTTP", title_justify="left")
    columns = ("references", "clients", "p50 ms", "p99 ms", "lookups/s", "p50 / floors' sum", "rate / forward's", "n")
    for column in columns:
        table.add_column(column, justify="right")
    for gallery in figures.galleries:
        for run in gallery.runs:
            table.add_row(
                f"{gallery.references}",
                f"{run.clients}",
                f"{p50(run):.1f}",
                f"{p99(run):.1f}",
                f"{rate(run):.1f}",
                f"{p50(run) / gallery.floors.sum_ms:.2f}",
                f"{rate(run) / gallery.floors.forward_rate:.2f}",
                f"{len(run.milliseconds)}",
            )
    return table
