"""How long counting a large catalog's facets takes: ``python -m loadtests.facets`` (``make bench-facets``).

100,000 products with ten metadata keys of 4 to 59,050 values, each with three references of 512 numbers, in a database
of its own that goes at the end. The vectors are all the same: counting does not read them. PostgreSQL uses one core;
the CPU time is what a core of an idle machine would take.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

import click
import psutil
import psycopg
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from catalog.catalogs import create_catalog
from catalog.database import Database
from catalog.galleries import Gallery, SpaceKey
from catalog.search.facets import facets_of_catalog
from catalog.search.filters import Filter
from loadtests.machine import this_machine
from loadtests.serving import migrated_database
from mobile_contract.limits import FACET_VALUES_DEFAULT, FACETS_MAX

SPACE = SpaceKey(bundle_identity="facets", bundle_name="facets", preprocessing_revision=1, dimension=512)
CATEGORY = ("category 3",)
ASKED: dict[str, tuple[Filter, list[str] | None]] = {
    "all keys, no condition": (Filter(), None),
    "one key, no condition": (Filter(), ["key 3"]),
    "all keys, a category (4 % of the products)": (Filter(categories=CATEGORY), None),
    "all keys, a category and a value (0.5 %)": (
        Filter(categories=CATEGORY, metadata=(("key 2", ("value 2",)),)),
        None,
    ),
    "all keys, a rare value": (Filter(metadata=(("key 10", ("value 5000",)),)), None),
}

# Squared, so that values differ in how frequent they are; one product in twenty lacks a key.
_PRODUCTS = """
    INSERT INTO product (id, catalog_id, part_number, name, description, category, metadata)
    SELECT gen_random_uuid(), %(catalog)s, 'P-' || i, 'Part ' || i, repeat('text ', 40),
        'category ' || (random() ^ 2 * 40)::int, (
            SELECT coalesce(jsonb_object_agg('key ' || k, 'value ' || (random() ^ 2 * 3 ^ k)::int), '{}')
            FROM generate_series(1, 10) AS k WHERE i > 0 AND random() < 0.95
        )
    FROM generate_series(1, %(products)s) AS i"""
_REFERENCES = """
    INSERT INTO reference_image
        (id, product_id, content_hash, role, width, height, byte_count, media_type, object_key)
    SELECT gen_random_uuid(), id, j::text, 'catalog', 640, 480, 40000, 'image/jpeg', ''
    FROM product, generate_series(1, 3) AS j"""
_VECTORS = """
    INSERT INTO reference_embedding (gallery_id, reference_id, product_id, embedding)
    SELECT %(gallery)s, id, product_id, array_fill(0.044::real, ARRAY[512])::halfvec(512) FROM reference_image"""


async def filled(database: Database, url: str, products: int) -> Gallery:
    """A catalog of so many products, as it is after an import and PostgreSQL's own vacuum."""
    async with database.write() as session:
        gallery = (await create_catalog(session, "facets", "", SPACE)).gallery
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_PRODUCTS, {"catalog": gallery.catalog_id, "products": products})
        connection.execute(_REFERENCES)
        connection.execute(_VECTORS, {"gallery": gallery.id})
        connection.execute("VACUUM ANALYZE")
    return gallery


async def measure(database: Database, gallery: Gallery, repeats: int) -> Table:
    """Medians for each question, asked of the function that answers HTTP."""
    table = Table("asked", "products", "different values", "CPU, ms", "elapsed, ms")
    async with database.read() as session:
        await session.execute(sa.text("SET max_parallel_workers_per_gather = 0"))
        server = psutil.Process(await session.scalar(sa.text("SELECT pg_backend_pid()")))
    for name, (where, keys) in ASKED.items():
        taken, spent = [], []
        for _ in range(repeats):
            async with database.read() as session:
                start, before = time.perf_counter(), server.cpu_times()
                found = await facets_of_catalog(
                    session, gallery, where=where, keys=keys, most_keys=FACETS_MAX, values=FACET_VALUES_DEFAULT
                )
            taken.append(1000 * (time.perf_counter() - start))
            after = server.cpu_times()
            spent.append(1000 * (after.user - before.user + after.system - before.system))
        different = sum(len(one.values) + one.further for one in found.facets)
        table.add_row(name, f"{found.products}", f"{different}", f"{median(spent):.0f}", f"{median(taken):.0f}")
    return table


@click.command()
@click.option("--products", default=100_000, show_default=True)
@click.option("--repeats", default=5, show_default=True)
def main(products: int, repeats: int) -> None:
    """Measure how long facets of a large catalog take."""
    console = Console()

    async def run(url: str) -> None:
        database = Database(url, pool_size=1)
        console.print(await measure(database, await filled(database, url, products), repeats))
        await database.close()

    with tempfile.TemporaryDirectory(prefix="photocode-facets-") as folder, migrated_database(Path(folder)) as url:
        console.print(this_machine())
        asyncio.run(run(url))


if __name__ == "__main__":
    main()
