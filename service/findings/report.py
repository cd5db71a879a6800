"""From what a self-test has seen to what it says."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from msgspec import UNSET

from catalog.coverage import CategoryCount, FlawedPicture, ProductName
from catalog.self_test_items import SelfTested
from mobile_contract.limits import SELF_TEST_SHOWN
from mobile_contract.self_tests import (
    AskedBy,
    CatalogPicture,
    CategoryCoverage,
    CopyGroup,
    LostProduct,
    SelfTestCounters,
    SelfTestReport,
    TwinGroup,
    WeakCode,
    WeakPicture,
)
from service.findings.copies import CopiesFound, sharing
from service.findings.shares import share
from service.findings.twins import AMONG, Twins, twins


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a report is made of. ``asked``: products that were asked about, those with unusable pictures among them."""

    names: Mapping[UUID, ProductName]
    tested: Sequence[SelfTested]
    asked: int
    pictures: Mapping[UUID, int]
    categories: Sequence[CategoryCount]
    flawed: Sequence[FlawedPicture]
    copies: Sequence[CopiesFound]
    not_looked_at: int


def make_report(found: Findings) -> SelfTestReport:
    """Say it. Products that have gone meanwhile are left out."""
    tested = [one for one in found.tested if one.product_id in found.names]
    pairs = [pair for pair in sharing(found.copies, found.pictures) if found.names.keys() >= set(pair)]
    groups = twins(tested, pairs)
    lost = [one for one in tested if one.rank != 1]
    sample = [one for one in tested if one.base]
    ranks = Counter("none" if one.rank is None else str(one.rank) for one in sample)
    first = share(ranks["1"], len(sample))
    five = share(sum(one.rank is not None and one.rank <= AMONG for one in sample), len(sample))
    categories = _coverage(found, tested)
    weak = [_weak(one) for one in found.flawed]
    return SelfTestReport(
        counters=_counters(found, tested, lost, groups, categories),
        finds_itself=first or UNSET,
        finds_itself_among_five=five or UNSET,
        ranks={rank: ranks[rank] for rank in sorted(ranks, key=lambda rank: (len(rank), rank))},
        lost=[_lost(one, found.names) for one in lost[:SELF_TEST_SHOWN]],
        twins=[_group(one, found.names) for one in groups[:SELF_TEST_SHOWN]],
        weak_codes=dict(Counter(code.value for one in weak for code in one.codes).most_common()),
        weak_pictures=weak[:SELF_TEST_SHOWN],
        copies=[_copies(one) for one in found.copies[:SELF_TEST_SHOWN]],
        categories=categories[:SELF_TEST_SHOWN],
    )


def _counters(
    found: Findings,
    tested: Sequence[SelfTested],
    lost: Sequence[SelfTested],
    groups: Sequence[Twins],
    categories: Sequence[CategoryCoverage],
) -> SelfTestCounters:
    return SelfTestCounters(
        products=sum(one.products for one in categories),
        with_pictures=sum(one.with_pictures for one in categories),
        with_several=sum(one.with_several for one in categories),
        asked=found.asked,
        sampled=sum(one.base for one in tested),
        held_out=sum(not one.drawn for one in tested),
        drawn=sum(one.drawn for one in tested),
        unusable=found.asked - len(found.tested),
        lost=len(lost),
        twin_groups=len(groups),
        twins=sum(len(one.products) for one in groups),
        weak_pictures=len(found.flawed),
        copy_groups=len(found.copies),
        not_looked_at=found.not_looked_at,
        categories=len(categories),
        empty_categories=sum(one.empty for one in categories),
    )


def _coverage(found: Findings, tested: Sequence[SelfTested]) -> list[CategoryCoverage]:
    asked = Counter(found.names[one.product_id].category for one in tested)
    first = Counter(found.names[one.product_id].category for one in tested if one.rank == 1)
    return [
        CategoryCoverage(
            category=UNSET if one.category is None else one.category,
            products=one.products,
            with_pictures=one.with_pictures,
            with_several=one.with_several,
            empty=not one.with_pictures,
            finds_itself=share(first[one.category], asked[one.category]) or UNSET,
        )
        for one in found.categories
    ]


def _lost(one: SelfTested, names: Mapping[UUID, ProductName]) -> LostProduct:
    product = names[one.product_id]
    first = next((names[other] for other, _ in one.candidates if other in names), None)
    return LostProduct(
        part_number=product.part_number,
        name=product.name,
        category=product.category or UNSET,
        asked_by=AskedBy.DRAWN if one.drawn else AskedBy.HELD_OUT,
        rank=one.rank or UNSET,
        found=first.part_number if first else UNSET,
    )


def _group(one: Twins, names: Mapping[UUID, ProductName]) -> TwinGroup:
    numbers = sorted(names[product].part_number for product in one.products)
    return TwinGroup(count=len(numbers), part_numbers=numbers[:SELF_TEST_SHOWN], because=sorted(one.because))


def _weak(one: FlawedPicture) -> WeakPicture:
    codes = [WeakCode(flaw) for flaw in one.flaws] or [WeakCode.UNREADABLE]
    return WeakPicture(part_number=one.part_number, reference_image=one.reference_id, codes=codes)


def _copies(one: CopiesFound) -> CopyGroup:
    shown = one.references[:SELF_TEST_SHOWN]
    return CopyGroup(
        count=len(one.references),
        products=one.products,
        identical=one.identical,
        pictures=[CatalogPicture(part_number=each.part_number, reference_image=each.reference_id) for each in shown],
    )
