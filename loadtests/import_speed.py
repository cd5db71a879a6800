"""``make bench-import``: how fast imports are against the model alone, what they cost lookups, and what a second one of
the same file costs.
"""

import asyncio
import statistics
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import httpx
import numpy as np
import psutil
from rich.console import Console

from loadtests.bench import import_demo, run_clients
from loadtests.clients import Measured
from loadtests.crashtest.corpus import write_archive
from loadtests.machine import this_machine
from loadtests.serving import Serving, fresh_service
from service.demo.data_set import CATALOG
from service.demo.phone import connect
from service.memory import keep_freed_memory
from service.recognition.embedding.bundle import Bundle, open_bundle
from service.recognition.embedding.engine import Engine
from service.recognition.embedding.photo import PhotoDecoder
from service.recognition.embedding.preprocess import preprocess
from service.recognition.embedding.session import Session
from service.recognition.embedding.towers import choose_precision
from service.settings import STARTER_BUNDLE

BATCH: Final = 16
PICTURES: Final = 512
"""Of the import's own, by which the model alone is measured."""
POLL_SECONDS: Final = 0.5
SHARE_OF_RAW, TIMES_P99, SHARE_OF_FIRST, MOST_MEMORY = 0.9, 2.0, 0.05, 1.5e9


def raw_rates(bundle: Bundle, archive: Path) -> tuple[float, float]:
    """Pictures a second: of the forward pass alone, in batches of 16; and of decoding, preparing and the forward pass,
    as the engine batches them.
    """
    keep_freed_memory()
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if name.endswith(".jpg")][:PICTURES]
        pictures = [opened.read(name) for name in names]
    return _forward(bundle, pictures), asyncio.run(_whole(bundle, pictures))


def _forward(bundle: Bundle, pictures: list[bytes]) -> float:
    precision = choose_precision(bundle, "cpu")
    visual = bundle.path(bundle.manifest.variants[precision].visual)
    session = Session(visual, provider="cpu", threads=0, precision=precision)
    spec = bundle.manifest.preprocessing

    async def prepared() -> list[Any]:
        decoder = PhotoDecoder()
        try:
            photos = [await decoder.decode(data, target=spec.size) for data in pictures[: 4 * BATCH]]
        finally:
            await decoder.close()
        return [preprocess(photo.image, spec) for photo in photos]

    pixels = asyncio.run(prepared())
    batches = [np.stack(pixels[at : at + BATCH]) for at in range(0, len(pixels), BATCH)]
    session.run(batches[0])
    begin = time.perf_counter()
    for _ in range(max(1, len(pictures) // len(pixels))):
        for batch in batches:
            session.run(batch)
    rounds = max(1, len(pictures) // len(pixels))
    return rounds * len(pixels) / (time.perf_counter() - begin)


async def _whole(bundle: Bundle, pictures: list[bytes]) -> float:
    engine = Engine.open(bundle, precision=None, provider="cpu", threads=0)
    decoder, together = PhotoDecoder(), asyncio.Semaphore(2 * BATCH)

    async def one(data: bytes) -> None:
        async with together:
            photo = await decoder.decode(data, target=engine.input_size)
            await engine.embed_images([photo.image])

    await engine.start()
    try:
        begin = time.perf_counter()
        await asyncio.gather(*(one(data) for data in pictures))
        return len(pictures) / (time.perf_counter() - begin)
    finally:
        await decoder.close()
        await engine.close()


class Imports:
    """Imports of a running service."""

    def __init__(self, serving: Serving) -> None:
        self._client = httpx.Client(base_url=serving.url, timeout=600)

    def start(self, catalog: str, archive: Path) -> str:
        """Send a file into a catalog, which is made where it is not there; gives where its status is."""
        self._client.post("/v1/catalogs", json={"name": catalog})
        answer = self._client.post(
            f"/v1/catalogs/{catalog}/imports",
            content=archive.read_bytes(),
            headers={"Content-Type": "application/zip"},
        )
        return str(answer.raise_for_status().headers["Location"])

    def timed(self, catalog: str, archive: Path) -> tuple[float, dict[str, Any]]:
        """Import a file; gives the seconds from sending it until all is searchable, and the last status. The end is the
        service's own, by this machine's clock as the beginning is: who asks every so often learns of it later.
        """
        begin = datetime.now(UTC)
        place = self.start(catalog, archive)
        while (status := self.show(place))["state"] not in ("completed", "failed"):
            time.sleep(POLL_SECONDS)
        if status["state"] == "failed" or status["counters"]["failed"]:
            raise RuntimeError(f"the import failed: {status}")
        return (datetime.fromisoformat(status["finishedAt"]) - begin).total_seconds(), status

    def show(self, place: str) -> dict[str, Any]:
        """How far an import is."""
        status: dict[str, Any] = self._client.get(place).raise_for_status().json()
        return status

    def cancel(self, place: str) -> dict[str, Any]:
        """End it; gives what had landed."""
        self._client.post(f"{place}/cancel")
        return self.show(place)


@contextmanager
def memory_watched() -> Iterator[list[int]]:
    """The most bytes that a process of the service held while the block runs, PostgreSQL aside; the list's only one."""
    most, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            for one in psutil.Process().children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    if "postgres" not in one.name():
                        most[0] = max(most[0], one.memory_info().rss)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


class Bench:
    """One run."""

    def __init__(
        self, bundle: Bundle, archive: Path, console: Console, *, rows: int, rounds: int, seconds: float, surface: bool
    ) -> None:
        """``rounds``: imports of so many ``rows``; ``seconds``: of each run of lookups; 0 leaves them out."""
        self._rounds = rounds
        self._bundle, self._archive, self._rows = bundle, archive, rows
        self._seconds, self._surface, self._console = seconds, surface, console

    def run(self) -> bool:
        """Measure and print; whether all bounds were met."""
        with memory_watched() as memory:
            rounds = [self._round(number) for number in range(self._rounds)]
        share = statistics.median(share for share, _ in rounds)
        met = [self._judge("of the raw batched rate, from files (median)", share, SHARE_OF_RAW, at_least=True)]
        second = statistics.median(second for _, second in rounds)
        met.append(self._judge("second import, share of the first (median)", second, SHARE_OF_FIRST))
        met.append(self._judge("service's memory, GB", memory[0] / 1e9, MOST_MEMORY / 1e9))
        if self._seconds:
            with fresh_service(self._bundle.folder, surface=self._surface) as serving:
                met.append(self._beside(serving, Imports(serving)))
        return all(met)

    def _round(self, number: int) -> tuple[float, float]:
        """Import into a fresh service; gives its rate's share of the raw one just before and after, because machines
        change their pace within minutes, and what a second import takes of the first.
        """
        before = raw_rates(self._bundle, self._archive)
        with fresh_service(self._bundle.folder, surface=self._surface) as serving:
            imports = Imports(serving)
            first, _ = imports.timed("alone", self._archive)
            second, status = imports.timed("alone", self._archive)
        if status["counters"]["unchanged"] != self._rows:
            raise RuntimeError(f"the second import changed something: {status}")
        forward, whole = (
            statistics.harmonic_mean(pair) for pair in zip(before, raw_rates(self._bundle, self._archive), strict=True)
        )
        rate = self._rows / first
        self._console.print(
            f"  round {number + 1}: {self._rows} rows in {first:.1f} s, {rate:.1f} pictures/s; model alone "
            f"{forward:.1f} forward, {whole:.1f} from files: {rate / whole:.3f}; second import {second:.1f} s",
            highlight=False,
        )
        return rate / whole, second / first

    def _beside(self, serving: Serving, imports: Imports) -> bool:
        import_demo(serving)
        with connect(serving.url) as phone:
            phone.wait_for_enrichment(CATALOG, lambda _: None)
        quiet = run_clients(serving.url, CATALOG, 1, self._seconds)
        place = imports.start("beside", self._archive)
        busy = run_clients(serving.url, CATALOG, 1, self._seconds)
        landed = imports.cancel(place)["counters"]["created"]
        self._console.print(f"  beside lookups: {landed} rows landed in {self._seconds:.0f} s")
        self._console.print(f"  lookups' p99: {_p99(quiet):.0f} ms alone, {_p99(busy):.0f} ms beside an import")
        return self._judge("times the p99 alone", _p99(busy) / _p99(quiet), TIMES_P99)

    def _judge(self, what: str, figure: float, bound: float, *, at_least: bool = False) -> bool:
        met = figure >= bound if at_least else figure <= bound
        self._console.print(
            f"[bold]{figure:.3f}[/] {what} ({'>=' if at_least else '<='} {bound}): {'met' if met else 'MISSED'}",
            highlight=False,
        )
        return met


def _p99(measured: Measured) -> float:
    return float(np.percentile(measured.milliseconds, 99))


@click.command()
@click.option("--rows", default=3_000, show_default=True, type=click.IntRange(1), help="Products, a picture each.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1), help="Imports; their median counts.")
@click.option("--seconds", default=30.0, show_default=True, help="Of each run of lookups; 0 leaves them out.")
@click.option("--bundle", type=click.Path(path_type=Path), default=STARTER_BUNDLE, help="The model.")
@click.option("--surface/--no-surface", default=True, help="With local features, as services have; or without.")
def main(rows: int, rounds: int, seconds: float, bundle: Path, *, surface: bool) -> None:
    """Print an import's rate against the model's own, lookups beside an import, and a second import of the same."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(f"[bold]{this_machine()}[/]")
    with tempfile.TemporaryDirectory(prefix="photocode-import-") as folder:
        archive = Path(folder) / "products.zip"
        write_archive(archive, rows, seed=1)
        bench = Bench(open_bundle(bundle), archive, console, rows=rows, rounds=rounds, seconds=seconds, surface=surface)
        met = bench.run()
    raise SystemExit(0 if met else 1)


if __name__ == "__main__":
    main()
