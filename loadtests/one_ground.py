"""Things that were taught on one desk: whether each is found by itself, and what is not there is not, by the desk.

    python -m loadtests.one_ground --desks 8

On each desk five packages of ``../shared/photos/grocery`` are taught with three photos each and asked; then five
others. Verdicts are the shared model's: a catalog of five products has no calibration of its own yet.
"""

import asyncio
import csv
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from catalog.catalogs import find_catalog
from catalog.galleries import Gallery, live_gallery
from loadtests.desks import Picture, Thing, drawn_desk, shot, thing_of
from loadtests.machine import this_machine
from mobile_contract.limits import LOOKUP_SECONDS
from service.bootstrap import Services, open_services
from service.evaluation.bounds import exact_bounds
from service.evaluation.enrichment import await_enrichment
from service.evaluation.progress import silent
from service.evaluation.queries import GalleryProduct
from service.evaluation.scratch import CATALOG, fill_gallery, scratch_settings
from service.lookups.actions import recognize_photos
from service.recognition.answer import Recognition
from service.recognition.question import Question
from service.recognition.stages import BUDGETS
from service.recognition.verdict.judge import Verdict
from service.settings import Settings

PHOTOS: Final = Path(os.environ.get("PHOTOCODE_SHARED", "../shared")) / "photos" / "grocery"
THINGS: Final = 5
SIDES: Final = 3
ASKED: Final = 4
SEED: Final = 2026

Counts = Counter[tuple[bool, Verdict, bool]]
"""By whether the thing was taught, the verdict, and whether the right one is first."""


def packages() -> list[Path]:
    """Catalogue pictures of packages."""
    with (PHOTOS / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        return [
            PHOTOS / row["path"]
            for row in csv.DictReader(stream)
            if row["set"] == "catalog" and row["group"] == "Packages"
        ]


async def ask_desk(things: Sequence[Thing], rng: np.random.Generator, wander: float, counts: Counts) -> None:
    """Teach the first of the things, and ask for all, on a desk of their own."""
    desk = drawn_desk(rng)
    with tempfile.TemporaryDirectory() as folder, scratch_settings(Settings(text="off", calibrate="off")) as settings:
        products = [
            GalleryProduct(
                part_number=f"{number}",
                name=f"thing {number}",
                pictures=tuple(_written(Path(folder), number, thing, desk, rng, wander)),
            )
            for number, thing in enumerate(things[:THINGS])
        ]
        async with open_services(settings) as parts:
            gallery = await _filled(parts, products)
            for number, thing in enumerate(things):
                for _ in range(ASKED):
                    found = await _ask(parts, gallery, shot(thing, desk, rng, wander=wander))
                    first = found.candidates[0].product.part_number if found.candidates else ""
                    counts[number < THINGS, found.judgement.verdict, first == f"{number}"] += 1


def _written(
    folder: Path, number: int, thing: Thing, desk: Picture, rng: np.random.Generator, wander: float
) -> list[Path]:
    paths = [folder / f"{number}-{side}.jpg" for side in range(SIDES)]
    for path in paths:
        path.write_bytes(shot(thing, desk, rng, wander=wander))
    return paths


async def _filled(parts: Services, products: Sequence[GalleryProduct]) -> Gallery:
    problems = await fill_gallery(parts, products, silent)
    assert not problems, problems
    async with parts.database.read() as session:
        gallery = await live_gallery(session, await find_catalog(session, CATALOG), parts.space)
    await await_enrichment(parts, gallery.catalog_id, silent)
    if parts.indexes is not None:
        await parts.indexes.loaded(gallery.catalog_id)
    return gallery


async def _ask(parts: Services, gallery: Gallery, photo: bytes) -> Recognition:
    deadline = asyncio.get_running_loop().time() + LOOKUP_SECONDS
    return await recognize_photos(parts, gallery, Question(photos=[photo], limit=5, deadline=deadline))


def _share(count: int, of: int) -> str:
    low, high = exact_bounds(count, of)
    return f"{count / of:.1%} ({low:.1%} to {high:.1%})"


def report(console: Console, counts: Counts) -> None:
    """Two lines: things that were taught, and things that were not."""
    table = Table("things", "photos", "right one first", "match", "wrong match")
    for taught in (True, False):
        mine = {key: count for key, count in counts.items() if key[0] is taught}
        total = sum(mine.values())
        right = sum(count for key, count in mine.items() if key[2])
        matched = sum(count for key, count in mine.items() if key[1] is Verdict.MATCH)
        wrong = sum(count for key, count in mine.items() if key[1] is Verdict.MATCH and not key[2])
        name, first = ("taught", _share(right, total)) if taught else ("not taught", "-")
        table.add_row(name, str(total), first, _share(matched, total), _share(wrong, total))
    console.print(table)


@click.command()
@click.option("--desks", type=click.IntRange(min=1), default=8, show_default=True)
@click.option("--wander", type=float, default=60.0, show_default=True, help="px by which the camera moves.")
@click.option("--seed", type=int, default=SEED, show_default=True)
def main(desks: int, wander: float, seed: int) -> None:
    """Teach and ask things that lie on one ground."""
    console = Console()
    if not PHOTOS.is_dir():
        raise click.ClickException(f"{PHOTOS} is not there: the pictures of the things")
    # Where others use the machine too, a late stage says nothing of the method.
    BUDGETS.update(dict.fromkeys(BUDGETS, 30.0))
    rng, counts, all_things = np.random.default_rng(seed), Counts(), [thing_of(path) for path in packages()]
    for _ in range(desks):
        order = rng.permutation(len(all_things))[: 2 * THINGS]
        asyncio.run(ask_desk([all_things[at] for at in order], rng, wander, counts))
    console.print(f"{this_machine()}: {desks} desks, {THINGS} things taught on each with {SIDES} photos, {THINGS} not")
    report(console, counts)


if __name__ == "__main__":
    main()
