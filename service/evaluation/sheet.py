"""The worst mistakes as pictures: the photo, what was answered, and what is right."""

import asyncio
import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from PIL import Image, ImageOps

from catalog.references import get_reference
from service.bootstrap import Services
from service.evaluation.asking import Asked, Asker
from service.evaluation.facts import ShownProduct, shown_products
from service.evaluation.queries import Kind
from service.recognition.verdict.judge import Verdict

MOST: Final = 24
EDGE: Final = 200
QUALITY: Final = 80


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A wrong answer. Pictures are data URLs; ``right`` is None where the product has no reference in the gallery."""

    name: str
    kind: str
    verdict: str
    confidence: float | None
    answered: str
    truth: str | None
    rank: int
    photo: str
    wrong: str
    right: str | None


def worst(asked: Sequence[Asked], most: int = MOST) -> list[Asked]:
    """The wrong answers that would have done most harm: those called a match first, then by confidence."""
    wrong = [one for one in asked if _is_wrong(one)]
    return sorted(wrong, key=lambda one: (one.answers[0].verdict is not Verdict.MATCH, -_confidence(one)))[:most]


async def draw_mistakes(parts: Services, catalog_id: UUID, asker: Asker, asked: Sequence[Asked]) -> list[Mistake]:
    """The worst mistakes of the reported channels with their pictures."""
    chosen = worst(asked)
    truths = sorted({one.query.part_number for one in chosen if one.query.part_number})
    async with parts.database.read() as session:
        rights = await shown_products(session, catalog_id, truths)
    return [await _mistake(parts, asker, one, rights.get(one.query.part_number or "")) for one in chosen]


def thumbnail(content: bytes) -> str:
    """A small upright JPEG as a data URL."""
    with Image.open(io.BytesIO(content)) as image:
        image.draft("RGB", (2 * EDGE, 2 * EDGE))
        small = ImageOps.exif_transpose(image).convert("RGB")
    small.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _is_wrong(one: Asked) -> bool:
    answer = one.answers[0]
    if one.query.kind is Kind.PRESENT:
        return bool(answer.part_numbers) and one.rank() != 1
    return answer.verdict is Verdict.MATCH


def _confidence(one: Asked) -> float:
    answer = one.answers[0]
    value = answer.score if answer.probability is None else answer.probability
    return -1.0 if value is None else value


async def _mistake(parts: Services, asker: Asker, one: Asked, shown: ShownProduct | None) -> Mistake:
    answer = one.answers[0]
    photo = (await asker.photos(one.query))[0]
    wrong = await _reference(parts, answer.reference_id) if answer.reference_id else b""
    right = await parts.pictures.get(shown.object_key) if shown else None
    return Mistake(
        name=one.query.name,
        kind=one.query.kind.value,
        verdict=answer.verdict.value,
        confidence=answer.score if answer.probability is None else answer.probability,
        answered=_called(answer.name, answer.part_numbers[0]),
        truth=_called(shown.name, shown.part_number) if shown else one.query.part_number,
        rank=one.rank(),
        photo=await asyncio.to_thread(thumbnail, photo),
        wrong=await asyncio.to_thread(thumbnail, wrong),
        right=None if right is None else await asyncio.to_thread(thumbnail, right),
    )


def _called(name: str, part_number: str) -> str:
    return part_number if name == part_number else f"{name} {part_number}"


async def _reference(parts: Services, reference_id: UUID) -> bytes:
    async with parts.database.read() as session:
        row = await get_reference(session, reference_id)
    return await parts.pictures.get(row.object_key)
