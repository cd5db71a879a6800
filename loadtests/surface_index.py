"""How fast the surface index ranks and what it finds: ``python -m loadtests.surface_index`` (``make bench-surface``).

Builds synthetic galleries (:mod:`loadtests.surface_galleries`) in memory as the service does, asks for planted
references, and takes in changes as they come from enrichment.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import click
import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from catalog.search.surface.index import IndexBuilder, SurfaceIndex
from catalog.search.surface.kernel import KernelParameters
from catalog.search.surface.segment import Entry
from catalog.search.surface.signatures import Signatures
from loadtests.machine import this_machine
from loadtests.surface_galleries import SyntheticSurfaces, WordStatistics

SIZES = (5_000, 20_000, 100_000)
SHARED = (0.01, 0.02, 0.05)
CHANGED_AT_ONCE = 16
CHANGES = 40
WARM_UP = 5
READ_AT_ONCE = 1_000

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds to build, megabytes, milliseconds of queries and of taking changes in; recall by share of words seen."""

    build: float
    memory: float
    grown: float
    fine: bool
    query: list[float]
    change: list[float]
    first: dict[float, float]
    twentieth: dict[float, float]


def measure(references: int, statistics: WordStatistics, queries: int) -> Measured:
    """One gallery."""
    surfaces = SyntheticSurfaces(statistics)
    before = psutil.Process().memory_info().rss
    index, build, planted = _built(surfaces, references, queries)
    grown = psutil.Process().memory_info().rss - before
    query: list[float] = []
    ranks = {share: [_rank(index, surfaces, one, share, query) for one in planted] for share in SHARED}
    # The first queries of a process meet cold caches and pages; a service is past them.
    return Measured(
        build=build,
        memory=index.memory_bytes / 1e6,
        grown=grown / 1e6,
        fine=index.fine,
        query=query[WARM_UP:],
        change=_changes(index, surfaces, references),
        first={share: float(np.mean(np.array(found) < 1)) for share, found in ranks.items()},
        twentieth={share: float(np.mean(np.array(found) < 20)) for share, found in ranks.items()},
    )


def _built(
    surfaces: SyntheticSurfaces, references: int, planted: int
) -> tuple[SurfaceIndex, float, list[tuple[Entry, Signatures]]]:
    """The index, seconds without the drawing of pictures, and references spread evenly over it."""
    builder, seconds, kept = IndexBuilder(), 0.0, []
    stream = enumerate(surfaces.references(references))
    every = max(1, references // planted)
    while some := list(islice(stream, READ_AT_ONCE)):
        kept += [reference for number, reference in some if number % every == 0]
        _, took = _timed(lambda some=some: builder.add([reference for _, reference in some]))  # type: ignore[misc]
        seconds += took
    index, took = _timed(builder.build)
    return index, seconds + took, kept[:planted]


def _rank(
    index: SurfaceIndex,
    surfaces: SyntheticSurfaces,
    planted: tuple[Entry, Signatures],
    shared: float,
    milliseconds: list[float],
) -> int:
    entry, signatures = planted
    query = surfaces.query(signatures, shared, fine=index.fine)
    hits, seconds = _timed(lambda: index.top(query, 50))
    milliseconds.append(1000 * seconds)
    found = [hit.reference_id for hit in hits]
    return found.index(entry.reference_id) if entry.reference_id in found else len(index)


def _changes(index: SurfaceIndex, surfaces: SyntheticSurfaces, references: int) -> list[float]:
    """Milliseconds to take in some more references again and again, as enrichment brings them."""
    milliseconds = []
    for step in range(CHANGES):
        put = list(surfaces.references(CHANGED_AT_ONCE, first=references + step * CHANGED_AT_ONCE))
        index, seconds = _timed(lambda put=put, index=index: index.changed(put))  # type: ignore[misc]
        milliseconds.append(1000 * seconds)
    return milliseconds


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def show(measured: dict[int, Measured]) -> Table:
    """For the terminal."""
    table = Table(title="surface index", title_justify="left")
    for column in ("references, words", "build s", "memory MB (grown)", "query p50 / p95 ms", "change p50 / max ms"):
        table.add_column(column, justify="right")
    for share in SHARED:
        table.add_column(f"{share:.0%} seen: top-1 / top-20", justify="right")
    for references, one in measured.items():
        table.add_row(
            f"{references:,}, {'fine' if one.fine else 'coarse'}",
            f"{one.build:.1f}",
            f"{one.memory:.0f} ({one.grown:.0f})",
            f"{np.quantile(one.query, 0.5):.1f} / {np.quantile(one.query, 0.95):.1f}",
            f"{np.quantile(one.change, 0.5):.1f} / {max(one.change):.1f}",
            *(f"{one.first[share]:.1%} / {one.twentieth[share]:.1%}" for share in SHARED),
        )
    return table


@click.command()
@click.option("--size", "sizes", type=int, multiple=True, default=SIZES, show_default=True, help="References.")
@click.option("--queries", default=100, show_default=True, type=click.IntRange(10))
@click.option("--statistics", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Of real signatures.")
def main(sizes: tuple[int, ...], queries: int, statistics: Path | None) -> None:
    """Print how fast galleries are built, asked and changed, and what is found."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(f"[bold]{this_machine()}[/]")
    measured = {}
    for references in sizes:
        console.print(f"[dim]{references:,} references ...[/]")
        fine = references > KernelParameters().fine_above
        known = WordStatistics.read(statistics) if statistics else WordStatistics.by_law(fine=fine)
        measured[references] = measure(references, known, queries)
    console.print(show(measured))


if __name__ == "__main__":
    main()
