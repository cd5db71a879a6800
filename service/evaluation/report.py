"""The report of an evaluation, as it is written to JSON."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np

from service.evaluation.ablation import Ablation
from service.evaluation.asking import Asked
from service.evaluation.bounds import CONFIDENCE, RESAMPLES
from service.evaluation.figures import Figures
from service.evaluation.machine import Machine
from service.evaluation.options import Options
from service.evaluation.queries import Kind

FORMAT: Final = 1


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """How many photos were answered, of which kind, and how many could not be."""

    present: int
    left_out: int
    strangers: int
    failed: int


class Gallery(msgspec.Struct, frozen=True, kw_only=True):
    """What was searched. ``asked`` is the number of products that photos were asked of, absent ones too."""

    total: int
    references: int
    distractors: int
    left_out: int
    asked: int


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """What answered."""

    name: str
    identity: str
    precision: str
    provider: str


class Milliseconds(msgspec.Struct, frozen=True, kw_only=True):
    """Quantiles of a stage's time over the answered photos."""

    p50: float
    p95: float
    p99: float
    photos: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an evaluation found, and all that it needs to be repeated.

    ``problems`` are pictures and rows that could not be used, a sentence each. ``latency_ms`` is of the reported
    channels, one photo at a time; ``dropped`` counts the photos in which a stage was given up for lateness.
    """

    format: int = FORMAT
    queries: Asking
    products: Gallery
    figures: Figures
    latency_ms: dict[str, Milliseconds]
    dropped: dict[str, int]
    channels: list[str]
    ablation: list[Ablation]
    machine: Machine
    bundle: Model
    vocabulary: str | None
    options: Options
    seed: int
    resamples: int = RESAMPLES
    confidence_level: float = CONFIDENCE
    notes: list[str] = msgspec.field(default_factory=list)
    problems: list[str] = msgspec.field(default_factory=list)

    def to_json(self) -> bytes:
        """Indented JSON; the figures stand at the top level."""
        fields: dict[str, Any] = {}
        for name, value in msgspec.to_builtins(self).items():
            fields |= value if name == "figures" else {name: value}
        return msgspec.json.format(msgspec.json.encode(fields), indent=2) + b"\n"


def count_asked(asked: Sequence[Asked], failed: int) -> Asking:
    """Photos by kind."""
    kinds = [one.query.kind for one in asked]
    return Asking(
        present=kinds.count(Kind.PRESENT),
        left_out=kinds.count(Kind.LEFT_OUT),
        strangers=kinds.count(Kind.STRANGER),
        failed=failed,
    )


def latency(asked: Sequence[Asked]) -> dict[str, Milliseconds]:
    """Quantiles of every stage that ran, in the order in which stages run."""
    laps: dict[str, list[float]] = {}
    for one in asked:
        for stage, milliseconds in one.answers[0].timings.items():
            laps.setdefault(stage, []).append(milliseconds)
    return {stage: _quantiles(values) for stage, values in laps.items()}


def dropped_stages(asked: Sequence[Asked]) -> dict[str, int]:
    """How many photos each stage was given up in."""
    stages = [stage for one in asked for stage in one.answers[0].dropped]
    return {stage: stages.count(stage) for stage in sorted(set(stages))}


def _quantiles(values: list[float]) -> Milliseconds:
    p50, p95, p99 = (round(float(at), 2) for at in np.percentile(values, (50, 95, 99)))
    return Milliseconds(p50=p50, p95=p95, p99=p99, photos=len(values))
