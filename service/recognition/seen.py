"""What is told of photos that were looked at: facts, and places in the whole photo where a region was."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from service.recognition.embedding.photo import Photo
from service.recognition.evidence.coded import Coded
from service.recognition.evidence.codes import Code
from service.recognition.evidence.scaled import Scaled
from service.recognition.proposals import Found
from service.recognition.reading.port import Line
from service.recognition.reading.written import Written
from service.recognition.region import Region

Outlined = TypeVar("Outlined", Code, Line)


@dataclass(frozen=True, kw_only=True)
class SeenPhoto:
    """Facts of the photo as it came. Sizes are of the upright original, in pixels; ``advice`` is on the ``region``
    that was looked at, on all of it where that is None; ``focused``: the service chose it; ``codes`` and ``lines`` are
    those in it; ``scaled``: the scale card in it and the part beside that.
    """

    sha256: str
    width: int
    height: int
    format: str
    advice: tuple[str, ...]
    region: Region | None
    focused: bool = False
    codes: Sequence[Code] = ()
    lines: Sequence[Line] = ()
    scaled: Scaled | None = None


def outwards(one: Found, region: Region) -> Found:
    """With the outline in the whole photo."""
    seen = one.evidence.verified
    if seen is None or seen.outline is None:
        return one
    return replace(one, evidence=replace(one.evidence, verified=replace(seen, outline=region.outwards(seen.outline))))


def seen_all(
    sent: Sequence[bytes],
    decoded: Sequence[Photo],
    region: Region | None,
    coded: Coded | None,
    written: Written | None,
    scaled: Sequence[Scaled | None] | None,
    focus: Sequence[Region | None],
) -> list[SeenPhoto]:
    """``region``: that the client marked, of which codes were read; ``focus``: that were chosen here, by photo."""
    codes = coded.codes if coded else [() for _ in sent]
    lines = written.lines if written else [() for _ in sent]
    return [
        _seen(
            data,
            photo,
            region,
            chosen,
            [_moved(one, region) for one in some] if region else some,
            [_moved(one, region) for one in others] if region else others,
            scale.moved(region.outwards) if region and scale else scale,
        )
        for data, photo, some, others, scale, chosen in zip(
            sent, decoded, codes, lines, scaled or [None for _ in sent], focus, strict=True
        )
    ]


def _moved(one: Outlined, region: Region) -> Outlined:
    return replace(one, outline=region.outwards(one.outline))


def _seen(
    data: bytes,
    photo: Photo,
    region: Region | None,
    focus: Region | None,
    codes: Sequence[Code],
    lines: Sequence[Line],
    scaled: Scaled | None,
) -> SeenPhoto:
    return SeenPhoto(
        sha256=hashlib.sha256(data).hexdigest(),
        width=photo.width,
        height=photo.height,
        format=photo.format,
        advice=photo.advice,
        region=focus or region,
        focused=focus is not None,
        codes=codes,
        lines=lines,
        scaled=scaled,
    )
