"""A coarse answer where the exact one is uncertain: what the probable candidates have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Final

from service.recognition.verdict.likelihood import Likelihood, Likely
from service.recognition.verdict.statements import CATEGORY, METADATA, PART_NUMBER, Statement, statements_of

CERTAIN_FROM: Final = 0.9
"""Of ten coarse answers nine should be right: somebody who then reads the size off a gauge looks in the wrong drawer
once in ten times. Lower, the answer is of less use than the list; higher, there is hardly one."""

LEADING: Final = 0.9
"""Of the probability of what has all that is certain in common, so much is with the leading candidates."""

BEARERS: Final = 2
"""Candidates that must bear a value of the metadata: of one alone it is that product's, and nothing broader."""

MOST: Final = 12
"""Statements of an answer."""


@dataclass(frozen=True, kw_only=True)
class Certain:
    """A statement on what the photo shows, and its probability, 0..1."""

    statement: Statement
    probability: float


@dataclass(frozen=True, kw_only=True)
class Coarse:
    """``probability``: of all that is ``certain`` together. ``uncertain``: fields in which the leading ones of the
    candidates that bear all this differ.
    """

    probability: float
    certain: tuple[Certain, ...]
    uncertain: tuple[str, ...]


def coarse(found: Likelihood | None) -> Coarse | None:
    """What can be said with a probability of at least ``CERTAIN_FROM``, all together; None where nothing can."""
    said = [(one, frozenset(statements_of(one.product))) for one in found.products] if found else []
    left, chosen = said, list[Statement]()
    for statement in _probable(said):
        if len(chosen) == MOST:
            break
        if statement.field in {one.field for one in chosen}:
            continue
        bearing = [one for one in left if statement in one[1]]
        if _mass(bearing) >= CERTAIN_FROM:
            left, chosen = bearing, [*chosen, statement]
    if not chosen:
        return None
    return Coarse(
        probability=_mass(left),
        certain=tuple(Certain(statement=one, probability=_mass(_bearing(said, one))) for one in chosen),
        uncertain=_differing([one for one, _ in left]),
    )


_Said = tuple[Likely, frozenset[Statement]]


def _probable(said: Sequence[_Said]) -> list[Statement]:
    """What is probable enough by itself: category and part number before metadata, of each the longest first."""
    shares: dict[Statement, list[float]] = {}
    for one, some in said:
        for statement in some:
            shares.setdefault(statement, []).append(one.kind)
    probable = {
        statement: total
        for statement, of_bearers in shares.items()
        if (total := fsum(of_bearers)) >= CERTAIN_FROM
        and (len(of_bearers) >= BEARERS or not statement.field.startswith(METADATA))
    }
    fields = (CATEGORY, PART_NUMBER)
    named = sorted((one for one in probable if one.field in fields), key=lambda one: (one.field, -len(one.value)))
    others = sorted((one for one in probable if one.field not in fields), key=lambda one: (-probable[one], one))
    return [*named, *others]


def _bearing(said: Sequence[_Said], statement: Statement) -> list[_Said]:
    return [one for one in said if statement in one[1]]


def _mass(said: Sequence[_Said]) -> float:
    return fsum(one.kind for one, _ in said)


def _differing(products: Sequence[Likely]) -> tuple[str, ...]:
    """Of a category with several levels too, where the upper ones are certain."""
    leading = _leading(products)
    values: dict[str, set[str | None]] = {CATEGORY: {one.product.category for one in leading}}
    for key in dict.fromkeys(key for one in leading for key in one.product.attributes):
        values[METADATA + key] = {one.product.attributes.get(key) for one in leading}
    return tuple(field for field, some in values.items() if len(some) > 1)


def _leading(products: Sequence[Likely]) -> list[Likely]:
    """The fewest that have their share of the probability; the most probable come first."""
    wanted, had = LEADING * fsum(one.kind for one in products), 0.0
    leading = []
    for one in products:
        leading.append(one)
        had += one.kind
        if had >= wanted:
            break
    return leading
