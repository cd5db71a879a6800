"""How fast lookups are beside their floors: ``python -m loadtests.bench`` (``make bench``).

For each model: the stages alone, then lookups over HTTP against ``photocode serve`` with 1, 4 and 16 clients, which run
in a process of their own on the same cores. Floors are taken before and after, because other programs' work shows.
"""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import click
import msgspec
import psycopg
from rich.console import Console

from catalog.galleries import SpaceKey
from catalog.search.vectors import Partition
from loadtests.bench_report import BundleFigures, Figures, GalleryFigures, ImportFigures, judge, show
from loadtests.bundles import VIT_BUNDLE, VIT_MISSING, starter_bundle, vit_bundle
from loadtests.clients import Measured
from loadtests.floors import Stages, pooled
from loadtests.galleries import SyntheticCatalog, build_index, create_synthetic_gallery
from loadtests.machine import this_machine
from loadtests.photos import jpeg_field_photos
from loadtests.serving import Serving, fresh_service
from service.demo.data_set import CATALOG, TITLE, import_archive
from service.demo.phone import connect
from service.recognition.embedding.bundle import Bundle, BundleError

CLIENTS = (1, 4, 16)
SYNTHETIC = "synthetic"
SYNTHETIC_REFERENCES = 5_000
FLOOR_PHOTOS = 64


class Bench:
    """One model's measurements."""

    def __init__(self, bundle: Bundle, seconds: float, console: Console) -> None:
        """``seconds`` of each HTTP run."""
        self._bundle = bundle
        self._seconds = seconds
        self._console = console
        self._stages = Stages(bundle, jpeg_field_photos(FLOOR_PHOTOS))

    def run(self) -> BundleFigures:
        """Start a service, fill it, and measure."""
        name = self._bundle.manifest.name
        self._say("starting the service")
        # The floors are of the image channel; what surfaces take is told by loadtests.accuracy.
        with fresh_service(self._bundle.folder, surface=False) as serving:
            self._say("importing the demo catalog")
            imported = import_demo(serving)
            self._say(f"loading {SYNTHETIC_REFERENCES} synthetic references")
            asyncio.run(load_synthetic(serving, space_of(self._bundle)))
            galleries = [self._measure(serving, catalog) for catalog in (CATALOG, SYNTHETIC)]
        return BundleFigures(bundle=name, precision=self._stages.precision, imported=imported, galleries=galleries)

    def _measure(self, serving: Serving, catalog: str) -> GalleryFigures:
        partition, references = find_partition(serving, catalog)
        self._say(f"floors beside {references} references")
        before = self._stages.measure(serving.database_url, partition)
        runs = []
        for clients in CLIENTS:
            self._say(f"lookups among {references} references, {clients} clients")
            runs.append(run_clients(serving.url, catalog, clients, self._seconds))
        after = self._stages.measure(serving.database_url, partition)
        return GalleryFigures(catalog=catalog, references=references, floors=pooled(before, after), runs=runs)

    def _say(self, what: str) -> None:
        self._console.print(f"[dim]{self._bundle.manifest.name}: {what} ...[/]")


def import_demo(serving: Serving) -> ImportFigures:
    """The demo catalog over HTTP."""
    with connect(serving.url) as phone:
        phone.create_catalog(CATALOG, TITLE)
        archive = import_archive()
        start = time.perf_counter()
        counters = phone.import_archive(CATALOG, archive, lambda _: None).counters
        seconds = time.perf_counter() - start
    if counters.failed:
        raise RuntimeError(f"{counters.failed} rows of the demo catalog were not imported")
    _, references = find_partition(serving, CATALOG)
    return ImportFigures(rows=counters.total, pictures=references, seconds=seconds)


async def load_synthetic(serving: Serving, space: SpaceKey) -> None:
    """A catalog large enough for the index, in the service's own embedding space."""
    products = SyntheticCatalog(references=SYNTHETIC_REFERENCES, dimension=space.dimension)
    gallery = await create_synthetic_gallery(serving.database_url, SYNTHETIC, space, products)
    await build_index(serving.database_url, gallery)


def space_of(bundle: Bundle) -> SpaceKey:
    """Where the bundle's vectors lie."""
    return SpaceKey(
        bundle_identity=bundle.identity,
        bundle_name=bundle.manifest.name,
        preprocessing_revision=bundle.manifest.preprocessing.revision,
        dimension=bundle.manifest.dimension,
    )


def find_partition(serving: Serving, catalog: str) -> tuple[Partition, int]:
    """The catalog's vectors, and how many there are."""
    with psycopg.connect(serving.database_url) as connection:
        row = connection.execute(
            "SELECT g.id, s.dimension, (SELECT count(*) FROM reference_embedding WHERE gallery_id = g.id) "
            "FROM gallery g JOIN catalog c ON c.id = g.catalog_id JOIN embedding_space s ON s.id = g.space_id "
            "WHERE c.name = %s",
            [catalog],
        ).fetchone()
    if row is None:
        raise LookupError(catalog)
    return Partition(gallery_id=row[0], dimension=row[1]), int(row[2])


def run_clients(url: str, catalog: str, clients: int, seconds: float) -> Measured:
    """The load generator in its own process."""
    command = [sys.executable, "-m", "loadtests.clients", url, catalog]
    command += ["--clients", str(clients), "--seconds", str(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Measured)


def bundles_to_measure(vit_folder: Path, console: Console) -> list[Bundle]:
    """Those that can be had here; says which cannot, and why."""
    starter, vit = starter_bundle(), vit_bundle(vit_folder)
    if starter is None:
        console.print("The starter bundle is left out: it is not in the package.", style="yellow")
    if vit is None:
        console.print(VIT_MISSING, style="yellow", markup=False)
    return [bundle for bundle in (starter, vit) if bundle is not None]


@click.command()
@click.option("--vit-bundle", "vit_folder", type=click.Path(path_type=Path), default=VIT_BUNDLE, show_default=True)
@click.option("--seconds", default=10.0, show_default=True, help="Of each run over HTTP.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write all figures there.")
def main(vit_folder: Path, seconds: float, json_file: Path | None) -> None:
    """Print floors, lookups over HTTP, and their ratios, for the starter and for ViT-B/32."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    machine = this_machine()
    console.print(f"[bold]{machine}[/]")
    try:
        bundles = bundles_to_measure(vit_folder, console)
    except BundleError as error:
        raise click.ClickException(str(error)) from error
    figures = Figures(machine=machine, bundles=[Bench(bundle, seconds, console).run() for bundle in bundles])
    for one in figures.bundles:
        show(console, one)
    for line in judge(figures):
        console.print(line)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")


if __name__ == "__main__":
    main()
