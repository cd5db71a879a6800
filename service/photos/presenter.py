"""Photos as the wire shows them: what was seen of them, and which one to take next."""

from collections.abc import Iterable

from msgspec import UNSET, UnsetType

from mobile_contract import photos, scale
from service.recognition.evidence.codes import Code
from service.recognition.evidence.scaled import Measured, Scaled
from service.recognition.reading.port import Line
from service.recognition.region import Region
from service.recognition.seen import SeenPhoto
from service.recognition.verdict.next_photo import NextPhoto
from service.references.presenter import present_reference
from service.rounding import DIGITS, rounded

MM_DIGITS = 1


def present_photo(photo: SeenPhoto) -> photos.PhotoFacts:
    """What was seen of a photo itself."""
    return photos.PhotoFacts(
        sha256=photo.sha256,
        width=photo.width,
        height=photo.height,
        format=photo.format,
        advice=list(photo.advice),
        region=UNSET if photo.region is None else present_region(photo.region),
        focused=True if photo.focused else UNSET,
        codes=[_code(code) for code in photo.codes] or UNSET,
        lines=[_line(line) for line in photo.lines] or UNSET,
        scale=_scale(photo.scaled) if photo.scaled else UNSET,
    )


def present_next_photo(advised: NextPhoto | None) -> photos.NextPhoto | UnsetType:
    """Left out where none is advised."""
    if advised is None:
        return UNSET
    return photos.NextPhoto(
        way=photos.Way(advised.way.value),
        reference_image=UNSET if advised.reference is None else present_reference(advised.reference),
        part_number=advised.part_number or UNSET,
        gain=rounded(advised.gain),
    )


def present_region(box: Region) -> photos.Region:
    """A box in the photo."""
    return photos.Region(x=box.x, y=box.y, width=box.width, height=box.height)


def present_points(outline: Iterable[tuple[float, float]]) -> list[scale.Point]:
    """Places in the photo."""
    return [scale.Point(x=round(x, DIGITS), y=round(y, DIGITS)) for x, y in outline]


def _code(code: Code) -> photos.ReadCode:
    return photos.ReadCode(text=code.text, format=code.format, outline=present_points(code.outline))


def _line(line: Line) -> photos.Line:
    confidence = round(line.confidence, DIGITS)
    return photos.Line(text=line.text, confidence=confidence, outline=present_points(line.outline))


def _scale(seen: Scaled) -> scale.Scale:
    return scale.Scale(
        card=seen.card.name,
        markers=seen.card.markers,
        millimetres_per_pixel=round(seen.card.millimetres_per_pixel, DIGITS),
        error=round(seen.card.error, DIGITS),
        outline=present_points(seen.card.outline),
        measured=_measured(seen.measured) if seen.measured else UNSET,
    )


def _measured(part: Measured) -> scale.Measured:
    return scale.Measured(
        length=round(part.silhouette.length, MM_DIGITS),
        breadth=round(part.silhouette.breadth, MM_DIGITS),
        error=round(part.error, DIGITS),
        outline=present_points(part.outline),
    )
