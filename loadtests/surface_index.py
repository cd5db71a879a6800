"""How fast the surface index ranks and what it finds: ``python -m loadtests.surface_index`` (``make bench-surface``).

Builds synthetic galleries (:mod:`loadtests.surface_galleries`) in memory as the service does, asks for planted
references, and takes in changes as they come from enrichment. What is done to a photo before and after is measured
beside, on real ones.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
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
from catalog.search.surface.signatures import FINE_BITS, QuerySignatures, Signatures
from loadtests.accuracy_photos import PHOTOS
from loadtests.machine import this_machine
from loadtests.photos import BUILD
from loadtests.surface_galleries import SyntheticSurfaces
from loadtests.surface_measured import kept_statistics
from loadtests.surface_stages import StageTimes, measure_stages
from loadtests.surface_statistics import SurfaceStatistics, by_law
from service.recognition.proposals import SHORTLIST
from service.recognition.surface.vocabulary import Vocabulary
from service.settings import SURFACE_BUNDLE

SIZES = (5_000, 20_000, 100_000)
SHARED = (0.01, 0.02, 0.05)
CHANGED_AT_ONCE = 16
CHANGES = 40
WARM_UP = 5
READ_AT_ONCE = 1_000
KEPT = BUILD / "surface"
MOST_MILLISECONDS = {5_000: 40.0, 100_000: 150.0}
"""Of signing and scoring together, by references."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds to build, megabytes, milliseconds of queries and of taking changes in; recall by share of words seen.

    ``postings``: of a query, those at its words.
    """

    build: float
    memory: float
    grown: float
    fine: bool
    postings: float
    query: list[float]
    change: list[float]
    first: dict[float, float]
    twentieth: dict[float, float]


def measure(references: int, statistics: SurfaceStatistics, queries: int) -> Measured:
    """One gallery."""
    surfaces = SyntheticSurfaces(statistics)
    before = psutil.Process().memory_info().rss
    index, build, planted = _built(surfaces, references, queries)
    grown = psutil.Process().memory_info().rss - before
    query: list[float] = []
    postings: list[int] = []
    ranks = {share: [_rank(index, surfaces, one, share, query, postings) for one in planted] for share in SHARED}
    # The first queries of a process meet cold caches and pages; a service is past them.
    return Measured(
        build=build,
        memory=index.memory_bytes / 1e6,
        grown=grown / 1e6,
        fine=index.fine,
        postings=float(np.mean(postings)),
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
        _, took = _timed(partial(builder.add, [reference for _, reference in some]))
        seconds += took
    index, took = _timed(builder.build)
    return index, seconds + took, kept[:planted]


def _rank(
    index: SurfaceIndex,
    surfaces: SyntheticSurfaces,
    planted: tuple[Entry, Signatures],
    shared: float,
    milliseconds: list[float],
    postings: list[int],
) -> int:
    entry, signatures = planted
    query = surfaces.query(signatures, shared, fine=index.fine)
    hits, seconds = _timed(lambda: index.top(query, 50))
    milliseconds.append(1000 * seconds)
    postings.append(_postings(index, query))
    found = [hit.reference_id for hit in hits]
    return found.index(entry.reference_id) if entry.reference_id in found else len(index)


def _postings(index: SurfaceIndex, query: QuerySignatures) -> int:
    level = 0 if index.fine else FINE_BITS
    first = query.words.astype(np.intp) << level
    offsets = [part.segment.offsets for part in index.parts]
    return int(sum((of_word[first + (1 << level)] - of_word[first]).sum() for of_word in offsets))


def _changes(index: SurfaceIndex, surfaces: SyntheticSurfaces, references: int) -> list[float]:
    """Milliseconds to take in some more references again and again, as enrichment brings them."""
    milliseconds = []
    for step in range(CHANGES):
        put = list(surfaces.references(CHANGED_AT_ONCE, first=references + step * CHANGED_AT_ONCE))
        index, seconds = _timed(partial(index.changed, put))
        milliseconds.append(1000 * seconds)
    return milliseconds


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def show(measured: dict[int, Measured]) -> Table:
    """For the terminal."""
    table = Table(title="surface index", title_justify="left")
    columns = (
        "references, words",
        "build s",
        "MB (grown)",
        "postings a query",
        "query p50 / p95 ms",
        "change p50 / max",
    )
    for column in columns:
        table.add_column(column, justify="right")
    for share in SHARED:
        table.add_column(f"{share:.0%} seen: top-1 / top-20", justify="right")
    for references, one in measured.items():
        table.add_row(
            f"{references:,}, {_words(fine=one.fine)}",
            f"{one.build:.1f}",
            f"{one.memory:.0f} ({one.grown:.0f})",
            f"{one.postings:,.0f}",
            _quantiles(one.query),
            f"{np.quantile(one.change, 0.5):.1f} / {max(one.change):.1f}",
            *(f"{one.first[share]:.1%} / {one.twentieth[share]:.1%}" for share in SHARED),
        )
    return table


def judge(measured: dict[int, Measured], stages: StageTimes) -> Iterator[str]:
    """What a photo's stages cost beside their targets, medians."""
    for references, one in measured.items():
        signing = stages.signing(fine=one.fine)
        yield _judged(
            f"{references:,} references: signing {_quantiles(signing)} and scoring {_quantiles(one.query)}",
            float(np.median(signing) + np.median(one.query)),
            MOST_MILLISECONDS.get(references),
        )
    yield _judged(f"features of {stages.source}: {_quantiles(stages.features)}", float(np.median(stages.features)), 45)
    checked = f"geometry of {SHORTLIST} references: {_quantiles(stages.geometry)}"
    yield _judged(checked, float(np.median(stages.geometry)), 40)


def _judged(what: str, found: float, most: float | None) -> str:
    if most is None:
        return f"{what}: {found:.1f} ms"
    verdict = "[green]met[/]" if found <= most else "[red]missed[/]"
    return f"{what}: {found:.1f} ms (target: at most {most:.0f}): {verdict}"


def _words(*, fine: bool) -> str:
    return "fine" if fine else "coarse"


def _quantiles(milliseconds: Sequence[float]) -> str:
    return f"{np.quantile(milliseconds, 0.5):.1f} / {np.quantile(milliseconds, 0.95):.1f}"


@click.command()
@click.option("--size", "sizes", type=int, multiple=True, default=SIZES, show_default=True, help="References.")
@click.option("--queries", default=100, show_default=True, type=click.IntRange(10))
@click.option("--photos", type=click.Path(path_type=Path), default=PHOTOS, show_default=True)
def main(sizes: tuple[int, ...], queries: int, photos: Path) -> None:
    """Print how fast galleries are built, asked and changed, and what is found."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(f"[bold]{this_machine()}[/]")
    vocabulary = Vocabulary.load(SURFACE_BUNDLE / "vocabulary.npz")
    real = kept_statistics(photos, vocabulary, KEPT) if (photos / "grocery").is_dir() else None
    console.print("[dim]stages of photos ...[/]")
    stages = measure_stages(photos, vocabulary)
    measured = {}
    for references in sizes:
        console.print(f"[dim]{references:,} references ...[/]")
        statistics = real or by_law(fine=references > KernelParameters().fine_above)
        measured[references] = measure(references, statistics, queries)
    console.print(f"Words and signs are drawn by: {(real or by_law(fine=True)).source}.", highlight=False)
    console.print(show(measured))
    for line in judge(measured, stages):
        console.print(line, highlight=False)
    console.print(f"load after: {os.getloadavg()[0]:.1f}", highlight=False)


if __name__ == "__main__":
    main()
