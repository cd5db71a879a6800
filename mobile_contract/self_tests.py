"""Self-tests of catalogs on the wire: which products find themselves, which nobody can tell apart, which pictures are
weak.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mobile_contract.catalogs import CatalogName
from mobile_contract.limits import SELF_TEST_SHOWN


class SelfTestState(StrEnum):
    """How far a self-test is."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class AskedBy(StrEnum):
    """How a product was asked about: by one of its pictures while it was found by its others (``held_out``), or, where
    it has one alone, by a view of that as a phone might see it (``drawn``), which is found more surely.
    """

    HELD_OUT = "held_out"
    DRAWN = "drawn"


class Share(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """``count`` of ``among``, which is a share of ``value``, and its 95 % bounds by Wilson's score (JASA 1927)."""

    count: int
    among: int
    value: float
    low: float
    high: float


class LostProduct(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A product that is not found first by its own picture. ``rank``: its place, left out where it was not found at
    all; ``found``: the product that came first.
    """

    part_number: str
    name: str
    category: str | UnsetType = UNSET
    asked_by: AskedBy
    rank: int | UnsetType = UNSET
    found: str | UnsetType = UNSET


class TwinReason(StrEnum):
    """Why products are taken for indistinguishable: each is found as well as the other by the other's picture
    (``views``), or one of them has no picture that looks like none of the other's (``pictures``).
    """

    VIEWS = "views"
    PICTURES = "pictures"


class TwinGroup(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Products that their pictures do not tell apart; each has a twin in the group. The first of ``count`` are
    named.
    """

    count: int
    part_numbers: Annotated[list[str], Meta(max_length=SELF_TEST_SHOWN)]
    because: list[TwinReason]


class WeakCode(StrEnum):
    """What is wrong with a reference: ``unreadable`` cannot be decoded any more, ``plain`` shows nothing, in
    ``fills_too_little`` the product takes less than two fifths of the picture's edges; the others are those of photos.
    """

    TOO_DARK = "too_dark"
    BLURRED = "blurred"
    TOO_SMALL = "too_small"
    FILLS_TOO_LITTLE = "fills_too_little"
    PLAIN = "plain"
    UNREADABLE = "unreadable"


class WeakPicture(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A reference image that serves badly."""

    part_number: str
    reference_image: UUID
    codes: list[WeakCode]


class CatalogPicture(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A reference image and its product."""

    part_number: str
    reference_image: UUID


class CopyGroup(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Reference images of ``products`` several products that look the same; the first are named of ``count``.
    ``identical``: they are one and the same file.
    """

    count: int
    products: int
    identical: bool
    pictures: Annotated[list[CatalogPicture], Meta(max_length=SELF_TEST_SHOWN)]


class CategoryCoverage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A category's products: how many have pictures, and several; ``findsItself`` of those that were asked about.

    ``category`` is left out for the products that have none. ``empty``: none of them has a picture, so that none is
    ever found by one.
    """

    category: str | UnsetType = UNSET
    products: int
    with_pictures: int
    with_several: int
    empty: bool
    finds_itself: Share | UnsetType = UNSET


class SelfTestCounters(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Of the whole catalog, but for the products that were asked about.

    ``asked``: products that were asked about; ``sampled`` of them are a sample of all that have pictures, the others
    were asked because of their category or a twin. ``unusable``: of those asked about, their picture is no photo.
    ``notLookedAt``: pictures that nobody had looked at, so that weak ones and copies among them are not told.
    """

    products: int
    with_pictures: int
    with_several: int
    asked: int
    sampled: int
    held_out: int
    drawn: int
    unusable: int
    lost: int
    twin_groups: int
    twins: int
    weak_pictures: int
    copy_groups: int
    not_looked_at: int
    categories: int
    empty_categories: int


class SelfTestReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a self-test found. Lists hold the first; ``counters`` say how many there are.

    ``findsItself`` and ``findsItselfAmongFive``: of the sampled products. ``ranks``: how many of them were found at
    which place, ``none`` for those that were not found at all.
    """

    counters: SelfTestCounters
    finds_itself: Share | UnsetType = UNSET
    finds_itself_among_five: Share | UnsetType = UNSET
    ranks: dict[str, int]
    lost: Annotated[list[LostProduct], Meta(max_length=SELF_TEST_SHOWN)]
    twins: Annotated[list[TwinGroup], Meta(max_length=SELF_TEST_SHOWN)]
    weak_codes: dict[str, int]
    weak_pictures: Annotated[list[WeakPicture], Meta(max_length=SELF_TEST_SHOWN)]
    copies: Annotated[list[CopyGroup], Meta(max_length=SELF_TEST_SHOWN)]
    categories: Annotated[list[CategoryCoverage], Meta(max_length=SELF_TEST_SHOWN)]


class SelfTest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A catalog's newest self-test: it is asked about its own pictures as a phone would ask, and they are compared.

    ``done`` of ``toAsk`` products have been asked about. ``report`` comes with ``completed``; it is of the catalog as
    it was then. ``failureCode`` comes with ``failed``, as ``worker_killed``: three processes ended while they did
    nothing but this; ``failure`` says it in a sentence. Another one can be started.
    """

    id: UUID
    catalog: CatalogName
    state: SelfTestState
    to_ask: int
    done: int
    report: SelfTestReport | UnsetType = UNSET
    failure: str | UnsetType = UNSET
    failure_code: str | UnsetType = UNSET
    created_at: datetime
    finished_at: datetime | UnsetType = UNSET
