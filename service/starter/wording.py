"""Asking for parts by a colour and a noun, as "red knob", and how many of the first found are such parts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.starter.train.captions import Statements

FIRST = 5
Wording = tuple[str, str]


def wordings(said: Sequence[Statements]) -> list[Wording]:
    """Every colour and noun that some part goes by first."""
    return sorted({(one["colour"][0], one["noun"][0]) for one in said})


def share_right(scores: NDArray[np.float32], said: Sequence[Statements]) -> float:
    """Of ``scores``, float32[wordings, parts]: the mean share of right parts among the first five (fewer where fewer
    are right), 0..1.
    """
    shares = []
    for (colour, noun), row in zip(wordings(said), scores, strict=True):
        right = np.array([colour in one["colour"] and noun in one["noun"] for one in said])
        first = np.argsort(-row)[: min(FIRST, int(right.sum()))]
        shares.append(float(right[first].mean()))
    return float(np.mean(shares))
