"""The one object that a photo is of, where it is small or aside, so that the lookup looks at it alone."""

from collections.abc import Sequence
from typing import Final

from service.recognition.objects.boxes import Detected, area, padded
from service.recognition.region import Region

MOST_AREA: Final = 0.15
"""Of the photo: an object that takes up more is what the photo shows anyway."""

LEAST_CONFIDENCE: Final = 0.45
"""Of the object: on the scenes that detection was chosen on, six of seven such boxes are right."""

AHEAD: Final = 1.15
"""How much surer, weighed by place, the object is than the next one: of equals nobody knows which is meant."""

MARGIN: Final = 0.4
"""Of the object's size, left about it."""

ASIDE: Final = 0.5
"""Weight of an object in a corner of the photo, one in the middle having 1."""


def main_object(found: Sequence[Detected]) -> Region | None:
    """The region to look at; None where that is the whole photo: there is no object, none that stands out among
    several, or it fills the photo.
    """
    ranked = sorted(found, key=_weight, reverse=True)
    if not ranked or area(ranked[0].region) > MOST_AREA or ranked[0].confidence < LEAST_CONFIDENCE:
        return None
    if len(ranked) > 1 and _weight(ranked[0]) < AHEAD * _weight(ranked[1]):
        return None
    return padded(ranked[0].region, MARGIN)


def _weight(one: Detected) -> float:
    box = one.region
    aside = max(abs(box.x + box.width / 2 - 0.5), abs(box.y + box.height / 2 - 0.5)) / 0.5
    return one.confidence * (1 - (1 - ASIDE) * aside) * float(area(box) ** 0.25)
