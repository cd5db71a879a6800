"""How well objects of one photo are found and named, and whether focus helps: ``python -m loadtests.objects``
(``make bench-objects``). Asks through the function that answers HTTP, on scratch databases.

Scenes of the demo's products are drawn where they are not there yet (extra ``[render]``, five minutes); all else needs
the photos of ``loadtests.accuracy``.
"""

import asyncio
import importlib
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from catalog.galleries import Gallery, live_gallery_by_name
from loadtests.accuracy_photos import PHOTOS
from loadtests.machine import this_machine
from loadtests.object_figures import Found, compared, named
from loadtests.object_photos import (
    SCENES,
    Scene,
    collages,
    demo_photos_whole,
    demo_products,
    drawn_scenes,
    laid_small,
    shop_products,
    whole,
)
from loadtests.photos import BUILD
from mobile_contract.limits import LOOKUP_SECONDS
from service.bootstrap import Services, open_services
from service.evaluation.enrichment import await_enrichment
from service.evaluation.manifest import read_folder, read_photo_set
from service.evaluation.progress import silent
from service.evaluation.queries import GalleryProduct
from service.evaluation.scratch import CATALOG, fill_gallery, scratch_settings
from service.logs import configure_logs
from service.lookups.actions import recognize_photos
from service.recognition.answer import Recognition
from service.recognition.channels import ALL, Channel
from service.recognition.question import Question
from service.recognition.stages import BUDGETS
from service.settings import Settings

SEED: Final = 60_401
DRAWN: Final = 80
WAIT_SECONDS: Final = 0.1
GROUP: Final = "Packages"
REFERENCES: Final = "catalog"
IMAGE: Final = frozenset({Channel.IMAGE})
PATIENCE: Final = 60.0
"""Seconds that a stage may take here: what is right must not depend on what else this machine does."""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A filled scratch catalog."""

    parts: Services
    gallery: Gallery

    async def ask(self, scene: Scene, channels: frozenset[Channel] = ALL, **how: Any) -> Recognition:
        """The answer, asked again while the index of surfaces is loaded."""
        while True:
            deadline = asyncio.get_running_loop().time() + LOOKUP_SECONDS
            question = Question(photos=[scene.photo], limit=5, deadline=deadline, channels=channels, **how)
            found = await recognize_photos(self.parts, self.gallery, question)
            if "loading" not in found.dropped.values():
                return found
            await asyncio.sleep(WAIT_SECONDS)


@asynccontextmanager
async def filled(products: Sequence[GalleryProduct], settings: Settings) -> AsyncIterator[Asking]:
    """A catalog of these products while the block runs."""
    async with open_services(settings) as parts:
        await fill_gallery(parts, products, silent)
        async with parts.database.read() as session:
            gallery = await live_gallery_by_name(session, CATALOG, parts.space)
        await await_enrichment(parts, gallery.catalog_id, silent)
        yield Asking(parts=parts, gallery=gallery)


async def several(asking: Asking, scenes: Sequence[Scene]) -> list[Found]:
    """Each scene with objects, its objects where they are known to lie, and the scene as a whole."""
    await asking.ask(scenes[0], objects=True)
    found = []
    for scene in scenes:
        answer = await asking.ask(scene, objects=True)
        told = [await asking.ask(scene, region=one.box) for one in scene.objects]
        found.append(Found(scene=scene, answer=answer, told=told))
    return found


async def focus(
    asking: Asking, scenes: Sequence[Scene], channels: frozenset[Channel]
) -> list[tuple[Scene, Recognition, Recognition]]:
    """Each scene without and with focus."""
    await asking.ask(scenes[0], channels, focus=True)
    return [
        (scene, await asking.ask(scene, channels), await asking.ask(scene, channels, focus=True)) for scene in scenes
    ]


def _run(products: Sequence[GalleryProduct], work: Callable[[Asking], Any]) -> None:
    async def run(settings: Settings) -> None:
        async with filled(products, settings) as asking:
            await work(asking)

    with scratch_settings(Settings(calibrate="off", self_test="off")) as settings:
        asyncio.run(run(settings))


def _scenes(folder: Path, count: int, console: Console) -> list[Scene]:
    if not (folder / SCENES).exists():
        console.print(f"drawing {count} scenes into {folder} ...", style="dim")
        try:
            drawing = importlib.import_module("loadtests.object_scenes")
        except ModuleNotFoundError as error:
            raise click.ClickException(f"{error.name} is missing: install photocode[render]") from error
        drawing.render_scenes(folder, BUILD / "meshes", drawing.Plan(photos=count, seed=SEED))
    return drawn_scenes(folder)[:count]


def _demo(console: Console, scenes: Path, most: int) -> None:
    async def work(asking: Asking) -> None:
        drawn = _scenes(scenes, DRAWN, console)[:most]
        console.print(named("drawn scenes of the demo's products", await several(asking, drawn)))
        photos = demo_photos_whole(most)
        for channels in (ALL, IMAGE):
            console.print(compared("demo, field photos", channels, await focus(asking, photos, channels)))

    _run(demo_products(), work)


def _shop(console: Console, folder: Path, most: int) -> None:
    photos = read_photo_set(folder / "grocery")
    grounds = read_folder(folder / "no_match")

    async def work(asking: Asking) -> None:
        made = collages(photos, GROUP, most // 2, SEED)
        console.print(named("collages of shop photos", await several(asking, made)))
        queries = photos.queries(None)
        sets = {
            "groceries": whole(photos, queries[:: max(1, len(queries) // (2 * most))][: 2 * most]),
            "packages laid small on other photos": laid_small(photos, GROUP, grounds, most, SEED),
        }
        for name, scenes in sets.items():
            for channels in (ALL, IMAGE):
                console.print(compared(name, channels, await focus(asking, scenes, channels)))

    _run(shop_products(photos, REFERENCES), work)


@click.command()
@click.option("--photos", type=click.Path(path_type=Path), default=PHOTOS, show_default=True)
@click.option("--scenes", type=click.Path(path_type=Path), default=BUILD / f"objects-{SEED}", show_default=True)
@click.option("--only", type=click.Choice(["demo", "shop"]), help="Of the two catalogs.")
@click.option("--most", default=DRAWN, show_default=True, help="Photos of a kind, about.")
def main(*, photos: Path, scenes: Path, only: str | None, most: int) -> None:
    """Print how many objects are found and named, and what focus gains."""
    configure_logs("console", "error")
    BUDGETS.update(dict.fromkeys(BUDGETS, PATIENCE))
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(f"[bold]{this_machine()}[/]")
    if only in (None, "demo"):
        _demo(console, scenes, most)
    if only in (None, "shop"):
        if (photos / "grocery").is_dir():
            _shop(console, photos, most)
        else:
            console.print(f"shop photos are left out: there are none in {photos}", style="yellow")


if __name__ == "__main__":
    main()
