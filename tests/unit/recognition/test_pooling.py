"""Candidates of several photos, put together by product."""

from dataclasses import replace
from uuid import UUID

from catalog.search.candidates import ProductHit, ReferenceFacts
from service.recognition.channels import Channel
from service.recognition.fusion import Evidence
from service.recognition.pooling import pooled, views
from service.recognition.proposals import Found
from service.recognition.surface.verification import Verified


def found(product: int, evidence: Evidence, *ways: Channel) -> Found:
    hit = ProductHit(
        product_id=UUID(int=product),
        part_number=f"P-{product}",
        name="",
        description=None,
        category=None,
        superseded_by=None,
        attributes={},
        reference=ReferenceFacts(id=UUID(int=product), width=1, height=1, role="catalog"),
        score=evidence.image or 0.0,
    )
    return Found(product=hit, evidence=evidence, matched_by=ways or (Channel.IMAGE,))


def test_a_product_that_a_photo_lacks_is_no_better_there_than_its_worst() -> None:
    first = [found(1, Evidence(image=0.9, kernel=0.3)), found(2, Evidence(image=0.4, kernel=0.1))]
    second = [found(1, Evidence(image=0.8))]
    third = [found(2, Evidence(image=None, kernel=0.2))]
    by_product = {one.product.part_number: one for one in pooled([first, second, third])}
    assert by_product["P-1"].evidence == (first[0].evidence, second[0].evidence, Evidence(kernel=0.0))
    assert by_product["P-2"].evidence == (first[1].evidence, Evidence(image=0.8), third[0].evidence)
    assert by_product["P-2"].evidence[1].kernel is None, "a channel that did not answer there speaks against nobody"


def test_the_photo_that_geometry_confirms_shows_a_product_best() -> None:
    near = found(1, Evidence(image=0.9))
    checked = found(1, Evidence(image=0.5, verified=Verified(matches=40, inliers=30)), Channel.GEOMETRY)
    other = replace(checked, product=replace(checked.product, part_number="shown"))
    (one,) = pooled([[near], [other]])
    assert (one.photo, one.product.part_number) == (1, "shown")
    assert one.matched_by == (Channel.IMAGE, Channel.GEOMETRY)


def test_views_hold_the_same_candidates_in_the_same_order() -> None:
    products = pooled([[found(1, Evidence(image=0.1)), found(2, Evidence(image=0.2))], [found(2, Evidence(image=0.3))]])
    assert [[one.image for one in view] for view in views(products, 2)] == [[0.1, 0.2], [0.3, 0.3]]


def test_nothing_found_is_nothing() -> None:
    assert pooled([[], []]) == []
