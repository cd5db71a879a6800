"""What the scale card does for twins: how often it is found, how well parts are measured, how often size decides.

    python -m loadtests.scale --photos 126 --without 24

The demo catalog is imported into a scratch database; photos of its twins are drawn anew (extra ``render``; kept in
``.build/scale``) and asked by the very pipeline that lookups run, with all channels and with all but
``size``. Seeds are none that anything was fitted or chosen by.
"""

import asyncio
import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click
from rich.console import Console
from rich.table import Table

from catalog.catalogs import find_catalog
from catalog.galleries import Gallery, live_gallery
from loadtests.machine import this_machine
from loadtests.scale_photos import WITHOUT, ScalePhoto, scale_photos, twins_of_demo
from mobile_contract.limits import LOOKUP_SECONDS
from service.bootstrap import Services, open_services
from service.demo.data_set import DATA
from service.evaluation.bounds import exact_bounds
from service.evaluation.enrichment import await_enrichment
from service.evaluation.progress import silent
from service.evaluation.queries import GalleryProduct
from service.evaluation.scratch import CATALOG, fill_gallery, scratch_settings
from service.lookups.actions import recognize_photos
from service.recognition.answer import Recognition
from service.recognition.channels import ALL, Channel
from service.recognition.evidence.sizes import sizes_in
from service.recognition.question import Question
from service.recognition.stages import BUDGETS
from service.recognition.verdict.judge import Verdict
from service.settings import Settings

BUILD = Path(".build")
SEED = 2026
DEMO = "demo's own"
WITHOUT_SIZE = ALL - {Channel.SIZE}
LISTED = ("part_number", "name", "description", "category")


@dataclass(frozen=True)
class Asked:
    """A photo, its answer, and the answer without sizes."""

    photo: ScalePhoto
    found: Recognition
    before: Recognition

    @property
    def matched(self) -> bool:
        """By size."""
        return self.found.judgement.verdict is Verdict.MATCH and self.before.judgement.verdict is not Verdict.MATCH

    @property
    def right(self) -> bool:
        """The first candidate is what the photo shows."""
        return bool(self.found.candidates) and self.found.candidates[0].product.part_number == self.photo.part_number

    @property
    def measured(self) -> bool:
        """The part's size is known."""
        scaled = self.found.photos[0].scaled
        return scaled is not None and scaled.measured is not None

    @property
    def off(self) -> float | None:
        """Of the measured length from the part's longest extent, as a share: what height and lying aslant do, too."""
        scaled = self.found.photos[0].scaled
        known = LONGEST.get(self.photo.part_number)
        if scaled is None or scaled.measured is None or known is None:
            return None
        return abs(scaled.measured.silhouette.length / known - 1)


def demo_photos() -> list[ScalePhoto]:
    """The demo's own photos with a card, on which nothing was tuned."""
    with (DATA / "queries.csv").open(encoding="utf-8", newline="") as stream:
        return [
            ScalePhoto(path=DATA / row["path"], part_number=row["part_number"], scene=DEMO)
            for row in csv.DictReader(stream)
            if row["card"] == "yes"
        ]


def demo_products() -> list[GalleryProduct]:
    """The demo catalog with its sizes."""
    with (DATA / "products.csv").open(encoding="utf-8", newline="") as stream:
        return [_product(row) for row in csv.DictReader(stream)]


def _product(row: dict[str, str]) -> GalleryProduct:
    return GalleryProduct(
        part_number=row["part_number"],
        name=row["name"],
        description=row["description"],
        category=row["category"],
        metadata={key: value for key, value in row.items() if value and key not in (*LISTED, "pictures")},
        pictures=tuple(DATA / path for path in row["pictures"].split(";")),
    )


def _longest() -> dict[str, float]:
    """Part number -> the longest edge in mm of the box around it."""
    sizes = {one.part_number: sizes_in(one.metadata, ("size_mm",)) for one in demo_products()}
    return {number: size[0] for number, size in sizes.items() if size is not None}


async def ask_all(settings: Settings, photos: Sequence[ScalePhoto]) -> list[Asked]:
    """All photos of a fresh catalog, one after the other."""
    # Where others use the machine too, a late stage says nothing of the method; how long it takes is told apart.
    BUDGETS.update(dict.fromkeys(BUDGETS, 30.0))
    async with open_services(settings) as parts:
        problems = await fill_gallery(parts, demo_products(), silent)
        assert not problems, problems
        async with parts.database.read() as session:
            gallery = await live_gallery(session, await find_catalog(session, CATALOG), parts.space)
        await await_enrichment(parts, gallery.catalog_id, silent)
        if parts.indexes is not None:
            await parts.indexes.loaded(gallery.catalog_id)
        return [await _asked(parts, gallery, photo) for photo in photos]


async def _asked(parts: Services, gallery: Gallery, photo: ScalePhoto) -> Asked:
    content = photo.path.read_bytes()

    async def ask(channels: frozenset[Channel]) -> Recognition:
        deadline = asyncio.get_running_loop().time() + LOOKUP_SECONDS
        question = Question(photos=[content], limit=10, deadline=deadline, channels=channels)
        return await recognize_photos(parts, gallery, question)

    return Asked(photo, await ask(ALL), await ask(WITHOUT_SIZE))


def _share(count: int, of: int) -> str:
    if not of:
        return "-"
    low, high = exact_bounds(count, of)
    return f"{count}/{of} = {count / of:.0%} [{low:.0%}, {high:.0%}]"


def table_of(asked: Sequence[Asked]) -> Table:
    """A row for each kind of photo; shares with exact 95 % bounds."""
    table = Table(
        "photos",
        "card found",
        "part measured",
        "length off its longest extent, median",
        "resolved",
        "wrong matches",
        "measured: right first",
    )
    scenes = Counter(one.photo.scene for one in asked)
    carded = [one for one in asked if one.photo.scene not in (WITHOUT, DEMO)]
    rows = [("all drawn with a card", carded)] + [
        (scene, [one for one in asked if one.photo.scene == scene]) for scene in scenes
    ]
    for name, some in rows:
        seen = [one.found.photos[0].scaled for one in some]
        offs = [one.off for one in some if one.off is not None]
        table.add_row(
            name,
            _share(sum(one is not None for one in seen), len(some)),
            _share(sum(one.measured for one in some), len(some)),
            f"{median(offs):.1%}" if offs else "-",
            _share(sum(one.matched and one.right for one in some), len(some)),
            _share(sum(one.matched and not one.right for one in some), len(some)),
            _share(sum(one.measured and one.right for one in some), sum(one.measured for one in some)),
        )
    return table


LONGEST = _longest()


@click.command()
@click.option("--photos", default=126, show_default=True, help="Drawn with a card.")
@click.option("--without", default=24, show_default=True, help="Drawn without one.")
@click.option("--seed", default=SEED, show_default=True, help="Of what is drawn.")
def main(photos: int, without: int, seed: int) -> None:
    """Measure what the scale card does for twins."""
    console = Console(width=160)
    machine = this_machine()
    drawn = scale_photos(BUILD / "scale", BUILD / "meshes", seed, photos, without)
    with scratch_settings(Settings(calibrate="off", self_test="off")) as settings:
        asked = asyncio.run(ask_all(settings, [*drawn, *demo_photos()]))
    console.print(machine)
    console.print(table_of(asked))
    twins = twins_of_demo()
    for one in asked:
        first = one.found.candidates[0].product.part_number if one.found.candidates else ""
        if one.matched and not one.right:
            kind = "its twin" if twins.get(first) == twins.get(one.photo.part_number) else "another product"
            console.print(f"wrong: {one.photo.path.name} shows {one.photo.part_number}, said {first}, {kind}")
    spent = [one.found.timings["scale"] for one in asked if "scale" in one.found.timings]
    bare = [one.found.timings["scale"] for one in asked if one.photo.scene == WITHOUT]
    console.print(f"stage scale: {median(spent):.0f} ms with a card, {median(bare or [0]):.0f} ms without (medians)")
    console.print(f"dropped: {dict(Counter(f'{k} {v}' for one in asked for k, v in one.found.dropped.items()))}")


if __name__ == "__main__":
    main()
