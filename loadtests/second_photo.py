"""What the advice on a next photo is worth: ``python -m loadtests.second_photo`` (``make bench-next``).

Photos are asked alone. Where one is no match and a view is advised, its product is asked again by two photos: the first
with that other photo of the product which is most like the picture to be imitated, by the model's cosine, as of
somebody who does as advised; and the first with others drawn at random, as of somebody who just takes another one.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from catalog.catalogs import find_catalog
from catalog.galleries import live_gallery
from catalog.search.filters import Filter
from catalog.search.gallery import GallerySearch
from catalog.search.vectors import Vector
from loadtests.accuracy_photos import PHOTOS, demo_as_posted
from loadtests.machine import this_machine
from service.bootstrap import Services, open_services
from service.evaluation.bounds import Estimate, Resamples, bounded, rate, resampled_rate
from service.evaluation.enrichment import await_enrichment
from service.evaluation.manifest import read_photo_set
from service.evaluation.queries import Plan, Query, plan_folder
from service.evaluation.scratch import CATALOG, fill_gallery, scratch_settings
from service.logs import configure_logs
from service.recognition.answer import Recognition
from service.recognition.embedding.photo import PhotoDecoder
from service.recognition.question import Question
from service.recognition.verdict.next_photo import PICTURES, Way
from service.settings import Settings

AT_RANDOM: Final = 3
OTHERS: Final = 2
"""Photos of the product beside the first, at least: of one alone there is no choice."""
SECONDS: Final = 30.0
TRIES: Final = 20
SEED: Final = 5


@dataclass(frozen=True, kw_only=True)
class Told:
    """A photo that was no match: whether its product came first alone, with the photo advised, and, as a share, with
    photos at random.
    """

    product: str
    alone: float
    advised: float
    at_random: float


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A gallery, and photos of its products with their vectors."""

    parts: Services
    search: GallerySearch
    photos: dict[str, list[tuple[Query, bytes, Vector]]]

    async def told(self, most: int, console: Console) -> list[Told]:
        """Of at most so many open photos, drawn at random."""
        generator = np.random.default_rng(SEED)
        asked = [(product, place) for product, some in self.photos.items() for place in range(len(some))]
        found: list[Told] = []
        for at in generator.permutation(len(asked)).tolist():
            product, place = asked[at]
            others = [other for other in range(len(self.photos[product])) if other != place]
            if len(found) == most or len(others) < OTHERS:
                continue
            told = await self._told(product, place, others, generator)
            if told is not None:
                found.append(told)
                if len(found) % 50 == 0:
                    console.print(f"{len(found)} photos ...", style="dim")
        return found

    async def _told(self, product: str, place: int, others: list[int], generator: np.random.Generator) -> Told | None:
        alone = await self._ask(product, [place])
        advised = alone.next_photo
        if advised is None or advised.way is not Way.VIEW or advised.reference is None:
            return None
        owners = [one.product.product_id for one in (*alone.candidates, *alone.further)]
        vectors = await self.search.vectors_of(owners, PICTURES)
        (view,) = (some[advised.reference.id] for some in vectors.values() if advised.reference.id in some)
        chosen = max(others, key=lambda other: float(self.photos[product][other][2] @ view))
        drawn = generator.permutation(others)[:AT_RANDOM].tolist()
        return Told(
            product=product,
            alone=self._right(alone, product),
            advised=self._right(await self._ask(product, [place, chosen]), product),
            at_random=float(np.mean([self._right(await self._ask(product, [place, one]), product) for one in drawn])),
        )

    async def _ask(self, product: str, places: Sequence[int]) -> Recognition:
        photos = [self.photos[product][place][1] for place in places]
        for _ in range(TRIES):
            deadline = asyncio.get_running_loop().time() + SECONDS
            question = Question(photos=photos, limit=5, deadline=deadline)
            found = await self.parts.recognizer.recognize(question, self.search)
            if not found.dropped:
                break
        return found

    def _right(self, found: Recognition, product: str) -> float:
        first = next(iter(found.candidates), None)
        return float(first is not None and first.product.part_number == self.photos[product][0][0].part_number)


async def bench(plan: Plan, settings: Settings, most: int, console: Console) -> list[Told]:
    """Fill a catalog and ask."""
    async with open_services(settings) as parts:
        for problem in await fill_gallery(parts, plan.gallery, lambda *_: None):
            console.print(problem, style="yellow")
        async with parts.database.read() as session:
            gallery = await live_gallery(session, await find_catalog(session, CATALOG), parts.space)
        await await_enrichment(parts, gallery.catalog_id, lambda *_: None)
        search = GallerySearch(
            database=parts.database, pictures=parts.pictures, indexes=parts.indexes, gallery=gallery, where=Filter()
        )
        photos = await _embedded(parts, plan.queries)
        return await Bench(parts=parts, search=search, photos=photos).told(most, console)


async def _embedded(parts: Services, queries: Sequence[Query]) -> dict[str, list[tuple[Query, bytes, Vector]]]:
    """The photos of each product with their vectors."""
    photos: dict[str, list[tuple[Query, bytes, Vector]]] = defaultdict(list)
    decoder = PhotoDecoder()
    try:
        for query in queries:
            content = await asyncio.to_thread(Path(query.sources[0]).read_bytes)
            photo = await decoder.decode(content, target=parts.engine.input_size)
            deadline = asyncio.get_running_loop().time() + SECONDS
            vector = await parts.engine.embed_image(photo.image, deadline=deadline)
            photos[query.cluster].append((query, content, vector))
    finally:
        await decoder.close()
    return photos


def row(name: str, found: Sequence[Told]) -> list[str]:
    """Of the table: shares of right first candidates, and what advice gains over chance, products drawn again."""
    clusters = np.unique([one.product for one in found], return_inverse=True)[1]
    drawn = Resamples.draw(int(clusters.max()) + 1, SEED)
    everything = np.ones(len(found), dtype=np.bool_)
    shares = [np.array([getattr(one, way) for one in found]) for way in ("alone", "at_random", "advised")]
    cells = [_cell(rate(some, everything, clusters, drawn)) for some in shares]
    gaps = shares[2] - shares[1]
    gain = bounded(float(gaps.mean()), resampled_rate(gaps, everything, clusters, drawn))
    return [name, str(len(found)), *cells, f"{gain.value:+.1%} ({gain.low:+.1%} to {gain.high:+.1%})"]


def _cell(estimate: Estimate | None) -> str:
    return "none" if estimate is None else f"{estimate.value:.1%} ({estimate.low:.1%} to {estimate.high:.1%})"


def plans(photos: Path) -> Iterator[tuple[str, Plan]]:
    """What is asked: the demo, and groceries where there are photos."""
    folder, _ = demo_as_posted()
    yield "demo", plan_folder(read_photo_set(folder))
    if (photos / "grocery").is_dir():
        yield "groceries, phone pictures", plan_folder(read_photo_set(photos / "grocery"), references="views")


@click.command()
@click.option("--photos", type=click.Path(path_type=Path), default=PHOTOS, show_default=True)
@click.option("--most", default=200, show_default=True, help="Open photos of each set.")
def main(photos: Path, most: int) -> None:
    """Print how often the first candidate is right by one photo, by a second one at random, and by one as advised."""
    configure_logs("console", "error")
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(f"[bold]{this_machine()}[/]")
    table = Table("photos", "open, a view advised", "alone", "second at random", "second as advised", "gain by advice")
    for name, plan in plans(photos):
        with scratch_settings(Settings(calibrate="off", self_test="off")) as settings:
            found = asyncio.run(bench(plan, settings, most, console))
        if found:
            table.add_row(*row(name, found))
    console.print(table)


if __name__ == "__main__":
    main()
