"""What is told of photos that were looked at: facts, and places in the whole photo where a region was."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from service.recognition.embedding.photo import Photo
from service.recognition.evidence.coded import Coded
from service.recognition.evidence.codes import Code
from service.recognition.proposals import Found
from service.recognition.reading.port import Line
from service.recognition.reading.written import Written
from service.recognition.region import Region

Outlined = TypeVar("Outlined", Code, Line)


@dataclass(frozen=True, kw_only=True)
class SeenPhoto:
    """Facts of the photo as it came. Sizes are of the upright original, in pixels; ``advice`` is on the ``region``
    that was looked at, on all of it where that is None; ``codes`` and ``lines`` are those in it.
    """

    sha256: str
    width: int
    height: int
    format: str
    advice: tuple[str, ...]
    region: Region | None
    codes: Sequence[Code] = ()
    lines: Sequence[Line] = ()


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
) -> list[SeenPhoto]:
    codes = coded.codes if coded else [() for _ in sent]
    lines = written.lines if written else [() for _ in sent]
    return [
        _seen(
            data,
            photo,
            region,
            [_moved(one, region) for one in some] if region else some,
            [_moved(one, region) for one in others] if region else others,
        )
        for data, photo, some, others in zip(sent, decoded, codes, lines, strict=True)
    ]


def _moved(one: Outlined, region: Region) -> Outlined:
    return replace(one, outline=region.outwards(one.outline))


def _seen(data: bytes, photo: Photo, region: Region | None, codes: Sequence[Code], lines: Sequence[Line]) -> SeenPhoto:
    return SeenPhoto(
        sha256=hashlib.sha256(data).hexdigest(),
        width=photo.width,
        height=photo.height,
        format=photo.format,
        advice=photo.advice,
        region=region,
        codes=codes,
        lines=lines,
    )
