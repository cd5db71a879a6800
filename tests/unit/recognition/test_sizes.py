"""Sizes in metadata, what a thing of a size shows in a photo, and when that decides."""

from dataclasses import replace
from math import exp
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.search.candidates import ProductHit, ReferenceFacts
from service.recognition.evidence.silhouette import fit, silhouette
from service.recognition.evidence.sized import Size
from service.recognition.evidence.sizes import extents_of, sizes_in
from service.recognition.verdict.judge import Judgement, Verdict, judge_contradicted
from service.recognition.verdict.likelihood import Likelihood, Likely
from service.recognition.verdict.sized import decide, lifts


@pytest.mark.parametrize(
    ("text", "extents"),
    [
        ("20", (20.0,)),
        ("20 mm", (20.0,)),
        ("2 cm", (20.0,)),
        ("3/4 in", (19.05,)),
        ('1 1/2"', (38.1,)),
        ("1-1/2 inch", (38.1,)),
        ("13,3 x 88 x 13.3 mm", (88.0, 13.3, 13.3)),
        ("2x3 cm", (30.0, 20.0)),
        ("5 mm × 2 cm", (20.0, 5.0)),
        ("Ø 40", (40.0,)),
    ],
)
def test_a_size_is_read(text: str, extents: tuple[float, ...]) -> None:
    assert extents_of(text) == pytest.approx(extents)


@pytest.mark.parametrize(
    "text", ["", "M8", "about 20", "20-30 mm", "1/0 in", "0", "1 x 2 x 3 x 4", "x", "20 kg", "99 m"]
)
def test_what_is_no_size_is_none(text: str) -> None:
    assert extents_of(text) is None


@given(st.text(max_size=40))
def test_any_text_is_read_or_left(text: str) -> None:
    found = extents_of(text)
    assert found is None or all(0 < one <= 10_000 for one in found)


def test_the_first_key_that_holds_a_size_counts() -> None:
    assert sizes_in({"size": "large", "size_mm": "40 x 20"}, ("size", "size_mm")) == (40.0, 20.0)
    assert sizes_in({"length_mm": "40"}, ("size_mm",)) is None


def lying(length: float, breadth: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([(0, 0), (length, 0), (length, breadth), (0, breadth)], np.float64) + 100


@given(length=st.floats(20, 150), slim=st.floats(0.2, 1.0), factor=st.sampled_from([0.5, 0.67, 0.8, 1.25, 1.5, 2.0]))
def test_a_flat_thing_fits_its_own_size_and_no_other(length: float, slim: float, factor: float) -> None:
    seen = silhouette(lying(length, slim * length), (100.0, 100.0, 500.0), 0.01)
    own = (length, slim * length, 1.0)
    assert fit(seen, own).distance < 0.5
    assert fit(seen, own).expected == pytest.approx(length, rel=0.02)
    if slim == 1.0:
        assert fit(seen, tuple(factor * one for one in own)).distance > 3


def test_what_stands_high_looks_larger() -> None:
    """A cube of 40 mm, seen from 200 mm above: its top face covers 50 mm of the ground."""
    seen = silhouette(lying(50, 50), (125.0, 125.0, 200.0), 0.01)
    assert fit(seen, (40.0, 40.0, 40.0)).distance < 0.5
    assert fit(seen, (40.0, 40.0, 1.0)).distance > 3


A, B, C = uuid4(), uuid4(), uuid4()


def likely(**exact: float) -> Likelihood:
    ids = {"a": A, "b": B, "c": C}
    return Likelihood(
        products=tuple(Likely(product=hit(ids[name]), exact=share, kind=share) for name, share in exact.items()),
        basis="",
    )


def hit(product_id: UUID) -> ProductHit:
    return ProductHit(
        product_id=product_id,
        part_number="",
        name="",
        description=None,
        category=None,
        superseded_by=None,
        attributes={},
        reference=ReferenceFacts(id=uuid4(), width=1, height=1, role="studio"),
        score=0.0,
    )


def sized(distance: float) -> Size:
    return Size(measured=20.0, expected=20.0, distance=distance)


def test_size_decides_where_it_fits_one_and_excludes_the_others() -> None:
    decided = decide(likely(a=0.5, b=0.4), {A: sized(9.0), B: sized(0.3)})
    assert decided is not None
    assert decided.product_id == B
    assert 0.8 <= decided.probability <= 1


@pytest.mark.parametrize(
    ("shares", "sizes"),
    [
        ({"a": 0.5, "b": 0.4}, {A: sized(0.2), B: sized(2.0)}),  # both might be
        ({"a": 0.5, "b": 0.4}, {A: sized(9.0), B: sized(1.8)}),  # neither is
        ({"a": 0.5, "b": 0.4}, {B: sized(0.1)}),  # one says nothing of its size
        ({"a": 0.5, "b": 0.3, "c": 0.1}, {A: sized(9.0), B: sized(0.1), C: sized(0.2)}),  # a third fits too
        ({"a": 0.05, "b": 0.04}, {A: sized(9.0), B: sized(0.1)}),  # looks say it is none of these
        ({}, {A: sized(0.1)}),
        ({"a": 0.9}, {}),
    ],
)
def test_size_leaves_open_what_it_does_not_tell(shares: dict[str, float], sizes: dict[UUID, Size]) -> None:
    assert decide(likely(**shares), sizes) is None


def test_what_is_not_measured_surely_decides_nothing_and_contradicts_nothing() -> None:
    unsure = {product_id: replace(size, sure=False) for product_id, size in {A: sized(9.0), B: sized(0.3)}.items()}
    assert decide(likely(a=0.5, b=0.4), unsure) is None
    assert decide(likely(a=0.5, b=0.4), {A: unsure[A], B: sized(0.3)}) is None
    looks = Judgement(verdict=Verdict.MATCH, score=1.0, margin=1.0, basis="looks")
    assert judge_contradicted(looks, unsure[A]) is looks
    found = replace(likely(a=0.5, b=0.4), unit=0.5)
    assert lifts(found, unsure)[B] > lifts(found, unsure)[A]


def test_what_is_of_the_measured_size_is_lifted_above_what_is_not() -> None:
    found = replace(likely(a=0.6, b=0.2, c=0.1), unit=0.5)
    lifted = lifts(found, {A: sized(9.0), B: sized(0.1)})
    assert lifted[B] > lifted[C] > lifted[A]
    # Scores are in units of which each is worth e^2 here: the odds of a to b were 3, and are turned.
    assert 3 * exp((lifted[A] - lifted[B]) / 0.5) < 0.1


def test_without_a_measured_size_nothing_is_lifted() -> None:
    assert lifts(likely(a=0.6), {}) == lifts(None, {A: sized(0.1)}) == {}


@pytest.mark.parametrize(
    ("verdict", "size", "said"),
    [
        (Verdict.MATCH, sized(9.0), Verdict.AMBIGUOUS),
        (Verdict.MATCH, sized(2.0), Verdict.MATCH),
        (Verdict.MATCH, None, Verdict.MATCH),
        (Verdict.NO_MATCH, sized(9.0), Verdict.NO_MATCH),
    ],
)
def test_a_match_by_looks_is_none_where_the_size_is_another(verdict: Verdict, size: Size | None, said: Verdict) -> None:
    judged = judge_contradicted(Judgement(verdict=verdict, score=1.0, margin=1.0, basis="looks"), size)
    assert judged.verdict is said
    assert ("scale card" in judged.basis) == (said is not verdict)
