"""What a lookup is answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.recognition.objects.answering import SeenObject
from service.recognition.ranking import Candidate
from service.recognition.seen import SeenPhoto
from service.recognition.tags import TagShare
from service.recognition.verdict.coarse import Coarse
from service.recognition.verdict.differences import Difference
from service.recognition.verdict.judge import Judgement
from service.recognition.verdict.likelihood import Likelihood
from service.recognition.verdict.next_photo import NextPhoto


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """What the pipeline found. ``candidates`` are as many as were asked for, ``further`` all that were ranked after
    them. ``timings`` are milliseconds by stage, of several photos the longest; ``dropped`` what was left out of any,
    and why. ``likelihood`` is of all that was ranked; None where no photo was asked. ``coarse``, ``differences`` and
    ``next_photo``: what can be said where the verdict is not ``match``. ``tags`` and ``objects``: None where none were
    asked for or to be had.
    """

    photos: Sequence[SeenPhoto]
    candidates: Sequence[Candidate]
    further: Sequence[Candidate]
    judgement: Judgement
    timings: dict[str, float]
    dropped: dict[str, str]
    likelihood: Likelihood | None = None
    coarse: Coarse | None = None
    differences: Sequence[Difference] | None = None
    next_photo: NextPhoto | None = None
    tags: Sequence[TagShare] | None = None
    objects: Sequence[SeenObject] | None = None
