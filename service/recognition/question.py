"""What a lookup asks, whoever asks it."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.recognition.channels import ALL, Channel
from service.recognition.region import Region
from service.recognition.tags import Tags


@dataclass(frozen=True, kw_only=True)
class Question:
    """``photos``: files of one object, or none where a ``text`` alone is asked, which beside photos is a hint.

    ``limit``: of the candidates that are given; ``deadline``: on the event loop's clock; ``region``: all that is looked
    at of each photo; ``tags``: which of these the photos look like is to be said. ``objects``: each object of the one
    photo is to be looked up too; ``focus``: look at the one object of a photo where it is small or aside.
    """

    photos: Sequence[bytes]
    limit: int
    deadline: float
    channels: frozenset[Channel] = ALL
    region: Region | None = None
    text: str | None = None
    tags: Tags = ()
    objects: bool = False
    focus: bool = False

    @property
    def typed(self) -> str | None:
        """The text, where the channel of typed words is asked."""
        return self.text if Channel.TEXT in self.channels else None
