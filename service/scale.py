"""The scale card as the wire shows it."""

from collections.abc import Iterable

from msgspec import UNSET

from mobile_contract.scale import Measured, Place, Scale, Size
from service.recognition.evidence import scaled, sized

DIGITS = 4
MM_DIGITS = 1


def present_scale(seen: scaled.Scaled) -> Scale:
    """A card in a photo, and the part beside it."""
    return Scale(
        card=seen.card.name,
        markers=seen.card.markers,
        millimetres_per_pixel=round(seen.card.millimetres_per_pixel, DIGITS),
        error=round(seen.card.error, DIGITS),
        outline=_places(seen.card.outline),
        measured=_measured(seen.measured) if seen.measured else UNSET,
    )


def present_size(size: sized.Size) -> Size:
    """A candidate's."""
    return Size(
        measured=round(size.measured, MM_DIGITS),
        expected=round(size.expected, MM_DIGITS),
        distance=round(size.distance, MM_DIGITS),
    )


def _measured(part: scaled.Measured) -> Measured:
    return Measured(
        length=round(part.silhouette.length, MM_DIGITS),
        breadth=round(part.silhouette.breadth, MM_DIGITS),
        error=round(part.error, DIGITS),
        outline=_places(part.outline),
    )


def _places(outline: Iterable[tuple[float, float]]) -> list[Place]:
    return [Place(x=round(x, DIGITS), y=round(y, DIGITS)) for x, y in outline]
