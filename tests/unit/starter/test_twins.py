"""Twins are told by geometry: equal but for scale, of one finish."""

import numpy as np
import pytest

from service.starter.twins import TOLERANCE, Shape, Surfaces, surface_distance, twin_groups


def _box(x: float, y: float, z: float) -> Surfaces:
    corners = np.array([(a, b, c) for a in (-x, x) for b in (-y, y) for c in (-z, z)], np.float32)
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    faces = np.array([(q[0], q[i], q[i + 1]) for q in quads for i in (1, 2)], np.int32)
    return {"body": (corners / np.float32(np.linalg.norm((x, y, z))), faces)}


def test_a_body_lies_on_itself_at_another_scale() -> None:
    assert surface_distance(_box(4, 2, 1), _box(40, 20, 10)) < TOLERANCE / 2


def test_distance_of_two_plates_is_what_lies_between_them() -> None:
    thin, thick = _box(1, 1, 0.001), _box(1, 1, 0.2)
    assert surface_distance(thin, thick) == pytest.approx(0.14, abs=0.03)


def test_distance_is_symmetric_and_repeats() -> None:
    one, other = _box(3, 2, 1), _box(3, 2, 2)
    assert surface_distance(one, other) == surface_distance(other, one) == surface_distance(one, other)


def test_groups_are_unions_of_pairs_in_the_order_of_the_products() -> None:
    chain = [Shape(f"plate {i}", "zinc", _box(10, 10, thickness)) for i, thickness in enumerate((1.0, 1.3, 1.6, 2.6))]
    assert surface_distance(chain[0].surfaces, chain[2].surfaces) > TOLERANCE
    assert twin_groups(chain) == {"plate 0": "T01", "plate 1": "T01", "plate 2": "T01"}


def test_another_finish_is_no_twin() -> None:
    shapes = [
        Shape("cube", "brass", _box(1, 1, 1)),
        Shape("rod", "brass", _box(9, 1, 1)),
        Shape("cube in zinc", "zinc", _box(1, 1, 1)),
        Shape("long rod", "brass", _box(18, 2, 2)),
        Shape("large cube", "zinc", _box(5, 5, 5)),
    ]
    groups = twin_groups(shapes)
    assert groups == {"rod": "T01", "long rod": "T01", "cube in zinc": "T02", "large cube": "T02"}
    assert list(groups) == ["rod", "cube in zinc", "long rod", "large cube"]


def test_turned_bodies_are_no_twins_since_parts_stand_as_designed() -> None:
    assert twin_groups([Shape("lying", "zinc", _box(5, 1, 1)), Shape("standing", "zinc", _box(1, 1, 5))]) == {}
