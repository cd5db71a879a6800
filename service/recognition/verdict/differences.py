"""What tells candidates apart: fields in which those that the photo may well show differ, with their values."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from catalog.search.candidates import ProductHit
from service.recognition.verdict.likelihood import Likelihood
from service.recognition.verdict.statements import CATEGORY, METADATA

CONTENDING: Final = 0.9
"""Of the probability of the candidates shown, so much is with those that are told apart; two at the least."""

MOST: Final = 8
"""Fields that are told."""

IDENTIFYING: Final = 3
"""Candidates that bear a field, each another value: it is rather a name of theirs than something to be seen."""


@dataclass(frozen=True, kw_only=True)
class Bearing:
    """Part numbers of the candidates that have this ``value``; None: they have no such field."""

    value: str | None
    part_numbers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """``field``: ``category``, or ``metadata:`` and a key. ``values``: that of the most probable candidate first."""

    field: str
    values: tuple[Bearing, ...]


def differences(
    shown: Sequence[ProductHit], ranked: Sequence[ProductHit], found: Likelihood | None
) -> tuple[Difference, ...] | None:
    """Fields that tell the most probable ones of the candidates ``shown`` apart, those first by whose value most would
    be known: of which it is most uncertain (Shannon's entropy over the candidates' probabilities). What identifies
    products among all that were ``ranked``, as an article number does, comes last.

    Empty where nothing that the catalog knows tells them apart; None where there are fewer than two.
    """
    shares = {one.product.product_id: one.exact for one in found.products} if found else {}
    contending = _contending(shown, shares)
    if len(contending) < 2:
        return None
    fields = dict.fromkeys([CATEGORY, *(METADATA + key for one in contending for key in one.attributes)])
    told = [(field, values) for field in fields if len(values := _values(contending, field)) > 1]
    identifying = {field for field, _ in told if _identifies(ranked, field)}
    told.sort(key=lambda one: (one[0] in identifying, -_entropy(contending, shares, one[0])))
    return tuple(Difference(field=field, values=values) for field, values in told[:MOST])


def _contending(shown: Sequence[ProductHit], shares: Mapping[UUID, float]) -> list[ProductHit]:
    """Those that are probable, in the order shown; all where nothing is known of that."""
    if not shares:
        return list(shown)
    by_share = sorted(shown, key=lambda one: -shares.get(one.product_id, 0.0))
    wanted, had, chosen = CONTENDING * sum(shares.get(one.product_id, 0.0) for one in shown), 0.0, set[UUID]()
    for place, one in enumerate(by_share):
        if place > 1 and had >= wanted:
            break
        chosen.add(one.product_id)
        had += shares.get(one.product_id, 0.0)
    return [one for one in shown if one.product_id in chosen]


def _value(product: ProductHit, field: str) -> str | None:
    return product.category if field == CATEGORY else product.attributes.get(field.removeprefix(METADATA))


def _values(products: Sequence[ProductHit], field: str) -> tuple[Bearing, ...]:
    bearers: dict[str | None, list[str]] = {}
    for one in products:
        bearers.setdefault(_value(one, field), []).append(one.part_number)
    return tuple(Bearing(value=value, part_numbers=tuple(some)) for value, some in bearers.items())


def _identifies(ranked: Sequence[ProductHit], field: str) -> bool:
    counted = Counter(value for one in ranked if (value := _value(one, field)) is not None)
    return len(counted) >= IDENTIFYING and max(counted.values()) == 1


def _entropy(products: Sequence[ProductHit], shares: Mapping[UUID, float], field: str) -> float:
    """Nats."""
    sums: dict[str | None, float] = {}
    for one in products:
        value = _value(one, field)
        sums[value] = sums.get(value, 0.0) + (shares.get(one.product_id, 0.0) if shares else 1.0)
    whole = sum(sums.values()) or 1.0
    return -sum(share / whole * math.log(share / whole) for share in sums.values() if share > 0)
