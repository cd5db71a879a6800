"""Descriptors of many pictures, some of each by chance, kept on disk so that an interrupted run goes on."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.recognition.surface.features import CONTRAST, EDGE, QUERY_FEATURES, extract_features
from service.starter.surface.sources import Source

AT_ONCE: Final = 200
"""Pictures between two files."""

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """``descriptors``: about how many to take in all; ``work``: where those taken so far are kept."""

    descriptors: int
    seed: int
    work: Path
    threads: int = 2


@dataclass(frozen=True, eq=False)
class Sample:
    """``descriptors``: ``uint8[n, 128]`` of one source, RootSIFT x 255."""

    source: Source
    descriptors: NDArray[np.uint8]


def sample_descriptors(sources: Sequence[Source], plan: Plan, report: Report) -> list[Sample]:
    """As many of each picture, as far as it has them. ``report`` is told how far it is."""
    share = share_of(sources, plan)
    plan.work.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    with ThreadPoolExecutor(plan.threads) as workers:
        return [_sample(source, share, plan, workers, report) for source in sources]


def share_of(sources: Sequence[Source], plan: Plan) -> int:
    """Descriptors of one picture at most."""
    return -(-plan.descriptors // sum(source.count for source in sources))


def _sample(source: Source, share: int, plan: Plan, workers: Executor, report: Report) -> Sample:
    key = _key(source, share, plan.seed)
    parts = []
    for start in range(0, source.count, AT_ONCE):
        path = plan.work / f"{source.name}-{key}-{start:05}.npy"
        indices = range(start, min(start + AT_ONCE, source.count))
        if not path.exists():
            taken = workers.map(lambda index: _some(source, index, share, plan.seed), indices)
            _store(path, np.concatenate(list(taken)))
        parts.append(np.load(path))
        report(f"{source.name}: {indices.stop} of {source.count} pictures, {sum(map(len, parts)):,} descriptors")
    return Sample(source, np.concatenate(parts))


def _some(source: Source, index: int, share: int, seed: int) -> NDArray[np.uint8]:
    descriptors = extract_features(source.load(index), QUERY_FEATURES).descriptors
    return np.random.default_rng([seed, index]).permutation(descriptors)[:share]


def _store(path: Path, descriptors: NDArray[np.uint8]) -> None:
    with (partial := path.with_suffix(".partial")).open("wb") as stream:
        np.save(stream, descriptors)
    partial.replace(path)


def _key(source: Source, share: int, seed: int) -> str:
    """Differs where the descriptors would."""
    settings = f"{source.key} {source.count} {share} {seed} {EDGE} {CONTRAST} {QUERY_FEATURES}"
    return hashlib.sha256(settings.encode()).hexdigest()[:12]
