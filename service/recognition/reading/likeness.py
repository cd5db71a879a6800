"""How like two words are, where one or both were read by a machine."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

LEAST_CHARACTERS: Final = 4
"""Shorter words are alike only where they are equal."""

LEAST: Final = 0.8
"""Likeness by edit distance from which on two words may be the same one: of five letters one may differ."""

_CONFUSED: Final = str.maketrans("015286i", "olszbgl")
"""What readers take for each other, written alike: 0 O, 1 I l, 5 S, 2 Z, 8 B, 6 G. No two digits become one."""

Likenesses = NDArray[np.float64]


def canonical(word: str) -> str:
    """A folded word as all words are written that are read as it is."""
    return word.translate(_CONFUSED)


def likeness(one: str, other: str) -> float:
    """Of two folded words, 0..1: 1 where they are read the same, 0 where they are not the same word."""
    return float(likenesses([one], [other])[0, 0])


def likenesses(words: Sequence[str], others: Sequence[str]) -> Likenesses:
    """``float64[words, others]``.

    A near word counts as the square of its normalised edit distance from 1. An edit may not touch a digit: M6 is not
    M8, however long the number is that it stands in.
    """
    if not words or not others:
        return np.zeros((len(words), len(others)))
    mine, theirs = list(map(canonical, words)), list(map(canonical, others))
    near = cdist(mine, theirs, scorer=Levenshtein.normalized_similarity, score_cutoff=LEAST, dtype=np.float64)
    for row, column in np.argwhere((near > 0) & (near < 1)).tolist():
        if not _may_be_same(words[row], others[column], mine[row], theirs[column]):
            near[row, column] = 0.0
    squared: Likenesses = np.square(near)
    return squared


def _may_be_same(one: str, other: str, mine: str, theirs: str) -> bool:
    if min(len(one), len(other)) < LEAST_CHARACTERS:
        return False
    # Of equally short ways to edit one is taken; the way back may be another one.
    return not (_touches_digit(one, other, mine, theirs) or _touches_digit(other, one, theirs, mine))


def _touches_digit(one: str, other: str, mine: str, theirs: str) -> bool:
    for edit in Levenshtein.editops(mine, theirs):
        if edit.tag != "insert" and one[edit.src_pos].isdigit():
            return True
        if edit.tag != "delete" and other[edit.dest_pos].isdigit():
            return True
    return False
