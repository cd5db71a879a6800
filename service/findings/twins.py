"""Products that nobody tells apart by their pictures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from catalog.self_test_items import SelfTested
from mobile_contract.self_tests import TwinReason
from service.findings.groups import Groups

AMONG: Final = 5
"""Places at which a product counts as found."""

Pair = tuple[UUID, UUID]


@dataclass(frozen=True, kw_only=True)
class Twins:
    """Products of which each has a twin among the others, and why they are taken for such."""

    products: Sequence[UUID]
    because: frozenset[TwinReason]


def as_good(tested: SelfTested) -> set[UUID]:
    """The products that a product's own picture finds as well as itself, or better. Empty where it was found late or
    not at all, which says more of the picture than of others.
    """
    if tested.rank is None or tested.rank > AMONG:
        return set()
    return {product for product, _ in tested.candidates if product != tested.product_id}


def partners(tested: Iterable[SelfTested]) -> set[UUID]:
    """Products that may be somebody's twin and have not been asked about."""
    known, found = set[UUID](), set[UUID]()
    for one in tested:
        known.add(one.product_id)
        found |= as_good(one)
    return found - known


def twins(tested: Sequence[SelfTested], sharing: Sequence[Pair]) -> list[Twins]:
    """Groups of products that find each other as well as themselves, or have the same pictures (``sharing``: pairs of
    which one has none that looks like none of the other's), the largest first.
    """
    found = {one.product_id: as_good(one) for one in tested}
    by_views = [
        (one, other)
        for one, others in found.items()
        for other in others
        if one.int < other.int and one in found.get(other, ())
    ]
    reasons = {TwinReason.VIEWS: by_views, TwinReason.PICTURES: sharing}
    groups = Groups([*by_views, *sharing])
    because = _reasons(groups, reasons)
    members = sorted(groups.all(), key=len, reverse=True)
    return [Twins(products=group, because=frozenset(because[groups.head(group[0])])) for group in members]


def _reasons(groups: Groups[UUID], reasons: Mapping[TwinReason, Sequence[Pair]]) -> dict[UUID, set[TwinReason]]:
    because: dict[UUID, set[TwinReason]] = {}
    for reason, pairs in reasons.items():
        for one, _ in pairs:
            because.setdefault(groups.head(one), set()).add(reason)
    return because
