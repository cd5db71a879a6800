"""What is told of photos that were looked at: facts, and places in the whole photo where a region was."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.recognition.embedding.photo import Photo
from service.recognition.evidence.coded import Coded
from service.recognition.evidence.codes import Code
from service.recognition.proposals import Found
from service.recognition.region import Region


@dataclass(frozen=True, kw_only=True)
class SeenPhoto:
    """Facts of the photo as it came. Sizes are of the upright original, in pixels; ``advice`` is on the ``region``
    that was looked at, on all of it where that is None; ``focused``: the service chose it; ``codes`` are those in it.
    """

    sha256: str
    width: int
    height: int
    format: str
    advice: tuple[str, ...]
    region: Region | None
    focused: bool = False
    codes: Sequence[Code] = ()


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
    focus: Sequence[Region | None],
) -> list[SeenPhoto]:
    """``region``: that the client marked, of which codes were read; ``focus``: that were chosen here, by photo."""
    codes = coded.codes if coded else [() for _ in sent]
    return [
        _seen(data, photo, region, chosen, [_moved(code, region) for code in some] if region else some)
        for data, photo, some, chosen in zip(sent, decoded, codes, focus, strict=True)
    ]


def _moved(code: Code, region: Region) -> Code:
    return replace(code, outline=region.outwards(code.outline))


def _seen(data: bytes, photo: Photo, region: Region | None, focus: Region | None, codes: Sequence[Code]) -> SeenPhoto:
    return SeenPhoto(
        sha256=hashlib.sha256(data).hexdigest(),
        width=photo.width,
        height=photo.height,
        format=photo.format,
        advice=photo.advice,
        region=focus or region,
        focused=focus is not None,
        codes=codes,
    )
