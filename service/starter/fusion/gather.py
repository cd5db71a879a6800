"""What speaks for every candidate of labelled photos, as the service itself finds it."""

import asyncio
import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from catalog.catalogs import find_catalog
from catalog.galleries import Gallery, live_gallery
from service.bootstrap import Services, open_services
from service.evaluation.asking import Asker
from service.evaluation.enrichment import await_enrichment
from service.evaluation.manifest import read_photo_set
from service.evaluation.queries import Kind, Plan, Query, plan_folder
from service.evaluation.scratch import CATALOG, fill_gallery, scratch_settings
from service.lookups.actions import recognize_photos
from service.recognition.answer import Recognition
from service.recognition.channels import ALL, Channel
from service.recognition.fusion import Evidence
from service.recognition.question import Question
from service.settings import Settings

LEFT_OUT = 0.25
LIMIT = 5
"""Of candidates, as lookups ask for; what is ranked behind them is gathered too."""
SECONDS = 30.0
ASKED = ALL - {Channel.READING}
"""Text is weighed by itself: :data:`service.recognition.fusion.READ_WEIGHT`."""
TRIES = 5


@dataclass(frozen=True, kw_only=True)
class Looked:
    """One photo: its candidates' evidence, and which of them is right; None where none is.

    ``present``: its product is in the gallery. ``source``: the set that it comes from. ``numbers``: the candidates'
    part numbers; ``product`` is the photo's own.
    """

    source: str
    product: str
    present: bool
    right: int | None
    candidates: list[Evidence]
    numbers: list[str]


def gather(folders: Iterable[tuple[str, Path]], cache: Path, seed: int, say: Callable[[str], None]) -> list[Looked]:
    """Look all photos up, each folder in a scratch catalog with a quarter of its products left out.

    ``cache``: a folder; what was gathered before is read from there, by the code that gathered it.
    """
    cache.mkdir(parents=True, exist_ok=True)
    looked: list[Looked] = []
    for name, folder in folders:
        kept = cache / f"{name}.pickle"
        if not kept.exists():
            say(f"looking up {name}")
            plan = plan_folder(read_photo_set(folder), leave_out=LEFT_OUT, seed=seed)
            with scratch_settings(Settings(text="off", calibrate="off", self_test="off")) as settings:
                kept.write_bytes(pickle.dumps(asyncio.run(_look_up(name, plan, settings, say))))
        looked += pickle.loads(kept.read_bytes())  # noqa: S301  written by the line above
    return looked


async def _look_up(name: str, plan: Plan, settings: Settings, say: Callable[[str], None]) -> list[Looked]:
    async with open_services(settings) as parts:
        for problem in await fill_gallery(parts, plan.gallery, lambda *_: None):
            say(problem)
        async with parts.database.read() as session:
            gallery = await live_gallery(session, await find_catalog(session, CATALOG), parts.space)
        await await_enrichment(parts, gallery.catalog_id, lambda *_: None)
        if parts.indexes is not None:
            await parts.indexes.loaded(gallery.catalog_id)
        asker = Asker(parts, gallery, [ASKED])
        looked = []
        for query in plan.queries:
            found = await _in_full(parts, gallery, await asker.photos(query))
            if found is not None:
                ranked = [*found.candidates, *found.further]
                numbers = [one.product.part_number for one in ranked]
                looked.append(_looked(name, query, numbers, [one.evidence for one in ranked]))
        say(f"{len(looked)} of {len(plan.queries)} photos of {name} answered in full")
        return looked


async def _in_full(parts: Services, gallery: Gallery, photos: list[bytes]) -> Recognition | None:
    """An answer with every stage: one that was late would teach that its evidence is worth little."""
    for _ in range(TRIES):
        deadline = asyncio.get_running_loop().time() + SECONDS
        question = Question(photos=photos, limit=LIMIT, deadline=deadline, channels=ASKED)
        found = await recognize_photos(parts, gallery, question)
        if not found.dropped:
            return found
    return None


def _looked(name: str, query: Query, numbers: list[str], candidates: list[Evidence]) -> Looked:
    return Looked(
        source=name,
        product=query.cluster,
        present=query.kind is Kind.PRESENT,
        right=numbers.index(query.part_number) if query.part_number in numbers else None,
        candidates=candidates,
        numbers=numbers,
    )
