"""What the vector index finds of what there is: ``python -m loadtests.recall`` (``make bench-recall``).

Loads a synthetic gallery through the real schema, then compares the service's search with a scan of every vector, for
filters that leave less and less. The database stays in ``.build`` and is used again by the next run of the same size.
"""

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click
import numpy as np
import psycopg
import sqlalchemy as sa
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from catalog.catalogs import find_catalog
from catalog.database import Database
from catalog.errors import CatalogNotFound
from catalog.galleries import Gallery, SpaceKey, describe_gallery
from catalog.search.filters import Filter
from catalog.search.vectors import Partition, exact, nearest
from loadtests.galleries import (
    CATEGORIES,
    OTHER_CATEGORY,
    SyntheticCatalog,
    build_index,
    create_synthetic_gallery,
)
from loadtests.machine import this_machine
from loadtests.serving import migrated_database

CATALOG = "recall"
PRODUCTS = 10
WARM_UP = 20
FILTERS = {
    "no filter": Filter(),
    "100 %": Filter(categories=(*CATEGORIES, OTHER_CATEGORY)),
    "10 %": Filter(categories=("tenth",)),
    "1 %": Filter(categories=("hundredth",)),
    "0.1 %": Filter(categories=("thousandth",)),
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """One filter's figures. ``recall`` is the share of the exact top products that were found; times in ms."""

    recall: float
    short: int
    searched: list[float]
    scanned: list[float]


async def compare(
    database: Database, partition: Partition, queries: NDArray[np.float32], where: Filter, *, products: int = PRODUCTS
) -> Found:
    """Ask each query twice: as the service does, and exactly. ``short`` counts answers with fewer products."""
    hits = possible = short = 0
    searched, scanned = [], []
    async with database.read() as session:
        for query in queries[:WARM_UP]:
            await nearest(session, partition, query, products=products, where=where)
    for query in queries:
        async with database.read() as session:
            start = time.perf_counter()
            found = await nearest(session, partition, query, products=products, where=where)
            searched.append(1000 * (time.perf_counter() - start))
        async with database.read() as session:
            start = time.perf_counter()
            truth = await exact(session, partition, query, products=products, where=where)
            scanned.append(1000 * (time.perf_counter() - start))
        hits += len({one.product_id for one in found} & {one.product_id for one in truth})
        possible += len(truth)
        short += len(found) < len(truth)
    return Found(recall=hits / possible, short=short, searched=searched, scanned=scanned)


async def prepare(database_url: str, products: SyntheticCatalog, console: Console) -> Gallery:
    """The gallery, loaded and indexed unless an earlier run has done so."""
    if (gallery := await _existing(database_url)) is not None:
        if await _indexed(database_url, gallery.partition):
            console.print("the gallery of an earlier run is used again; load and build are not measured")
            return gallery
        console.print("the gallery of an earlier run has no index yet")
    else:
        start = time.perf_counter()
        gallery = await create_synthetic_gallery(database_url, CATALOG, _space(products.dimension), products)
        console.print(f"load (products, references, vectors by binary COPY): {time.perf_counter() - start:.1f} s")
    start = time.perf_counter()
    await build_index(database_url, gallery)
    console.print(f"HNSW build: {time.perf_counter() - start:.1f} s")
    return gallery


def index_bytes(database_url: str, partition: Partition) -> int:
    """Size of the HNSW index."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT pg_relation_size(%s::regclass)", [partition.index]).fetchone()
    return 0 if row is None else int(row[0])


async def run(database_url: str, products: SyntheticCatalog, queries: int, console: Console) -> dict[str, Found]:
    """Prepare and compare, filter by filter."""
    gallery = await prepare(database_url, products, console)
    console.print(f"index: {index_bytes(database_url, gallery.partition) / 1e6:.0f} MB")
    asked = products.queries(queries)
    database = Database(database_url, pool_size=1)
    found = {}
    for name, where in FILTERS.items():
        console.print(f"[dim]{name}: {len(asked)} queries ...[/]")
        found[name] = await compare(database, gallery.partition, asked, where)
    await database.close()
    return found


def table(found: dict[str, Found]) -> Table:
    """For the terminal."""
    shown = Table(title=f"recall@{PRODUCTS} of products against an exact scan", title_justify="left")
    columns = ("filter leaves", f"recall@{PRODUCTS}", "short answers", "p50 ms", "p99 ms", "exact scan p50 ms")
    for column in columns:
        shown.add_column(column, justify="right")
    for name, one in found.items():
        times = (median(one.searched), float(np.quantile(one.searched, 0.99)), median(one.scanned))
        shown.add_row(name, f"{one.recall:.4f}", f"{one.short}", *(f"{value:.1f}" for value in times))
    return shown


def _space(dimension: int) -> SpaceKey:
    return SpaceKey(bundle_identity="synthetic", bundle_name="synthetic", preprocessing_revision=1, dimension=dimension)


async def _existing(database_url: str) -> Gallery | None:
    database = Database(database_url, pool_size=1)
    try:
        async with database.read() as session:
            gallery = await describe_gallery(session, await find_catalog(session, CATALOG))
            loaded = await session.scalar(
                sa.text("SELECT EXISTS (SELECT FROM reference_embedding WHERE gallery_id = :id)"), {"id": gallery.id}
            )
    except CatalogNotFound:
        return None
    finally:
        await database.close()
    if not loaded:
        raise click.ClickException("an earlier run was stopped while it loaded: delete its folder and run again")
    return gallery


async def _indexed(database_url: str, partition: Partition) -> bool:
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [partition.index]
        )
        return await cursor.fetchone() == (True,)


@click.command()
@click.option("--vectors", default=300_000, show_default=True, type=click.IntRange(1_000))
@click.option("--dimension", default=512, show_default=True, type=click.IntRange(8, 4_000))
@click.option("--queries", default=200, show_default=True, type=click.IntRange(1))
@click.option("--work", type=click.Path(path_type=Path), help="Folder of the database; .build/recall-... by default.")
def main(vectors: int, dimension: int, queries: int, work: Path | None) -> None:
    """Print what the index finds and how fast, beside an exact scan."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(f"[bold]{this_machine()}[/]")
    products = SyntheticCatalog(references=vectors, dimension=dimension)
    console.print(f"{vectors} vectors of {dimension} numbers, {products.products} products")
    folder = work or Path(__file__).parents[1] / f".build/recall-{vectors}x{dimension}"
    with migrated_database(folder) as url:
        found = asyncio.run(run(url, products, queries, console))
    console.print(table(found))


if __name__ == "__main__":
    main()
