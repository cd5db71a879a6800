"""Photos as a small catalog would see them: a few of the candidates of a large one, with and without the right one.

The margin over the second says much where siblings stand beside the right one, and nothing where there are five things:
whatever has the least in common with the photo is far ahead there. Large catalogs alone would teach the former only.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from service.starter.fusion.gather import Looked

SMALL: Final = 5
"""Products of a small catalog: as many as somebody teaches to try it."""


def in_small_catalogs(looked: Sequence[Looked], seed: int) -> list[Looked]:
    """For each photo with more candidates than that one answer where its product is there, if it was, and one where it
    is not.
    """
    rng = np.random.default_rng(seed)
    small: list[Looked] = []
    for one in looked:
        if len(one.candidates) <= SMALL:
            continue
        others = [place for place in range(len(one.candidates)) if place != one.right]
        if one.right is not None:
            drawn = rng.choice(others, SMALL - 1, replace=False).tolist()
            small.append(_only(one, sorted([one.right, *drawn])))
        small.append(_only(one, sorted(rng.choice(others, SMALL, replace=False).tolist())))
    return small


def _only(one: Looked, places: Sequence[int]) -> Looked:
    return replace(
        one,
        present=one.right in places,
        right=places.index(one.right) if one.right in places else None,
        candidates=[one.candidates[place] for place in places],
        numbers=[one.numbers[place] for place in places],
    )
