"""Hands and tools cover a little of a part; a card beside it is true to scale. Needs ``photocode[render]``."""

from typing import Any

import numpy as np
import pytest

from tests.extras import imported, need

need("render")

bodies = imported("service.starter.render.bodies")
hands = imported("service.starter.render.hands")
tools = imported("service.starter.render.bench_tools")
occluders = imported("service.starter.render.occluders")
card_photo = imported("service.starter.render.card_photo")
cameras = imported("service.starter.render.cameras")
cards = imported("service.starter.render.cards")
hardships = imported("service.starter.render.hardships")
poses = imported("service.starter.render.poses")
scenes = imported("service.starter.render.scenes")
stage = imported("service.starter.render.stage")
tabletop = imported("service.starter.render.tabletop")
environments = imported("service.starter.render.environments")
finishes = imported("service.starter.parts.finishes")

pytestmark = pytest.mark.filterwarnings("default")
PLATE_MM = (40.0, 24.0, 3.0)


@pytest.fixture(scope="module")
def room() -> Any:
    opened = stage.Stage(640, 480, environments.workshop(3))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def plate() -> Any:
    half = np.array(PLATE_MM) / 2
    mesh = bodies.bare(bodies.box((0, 0, 0), tuple(half / np.linalg.norm(half))))
    return stage.Item("plate", mesh, finishes.FINISHES["zinc"], poses.placed(mesh, np.eye(3)))


def _volume(surface: Any) -> float:
    vertices, faces = surface
    a, b, c = (vertices[faces[:, i]].astype(float) for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def test_bodies_are_closed_and_face_outwards() -> None:
    assert _volume(bodies.box((3, 0, 0), (1, 2, 3))) == pytest.approx(48)
    assert _volume(bodies.ellipsoid((0, 5, 0), (1, 2, 3))) == pytest.approx(4 / 3 * np.pi * 6, rel=0.06)
    assert _volume(bodies.rod((0, 0, 0), (0, 0, 10), 2)) == pytest.approx(np.pi * 40, rel=0.02)
    assert _volume(bodies.limb([(0, 0, 0), (10, 0, 0)], (2, 2))) == pytest.approx(
        np.pi * 40 + 4 / 3 * np.pi * 8, rel=0.03
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_hand_points_at_the_origin_and_comes_from_afar(seed: int) -> None:
    words, pieces = hands.hand(np.random.default_rng(seed))
    points = np.concatenate([vertices for (vertices, _), _ in pieces])
    assert "finger" in words
    assert points[:, 0].min() > -20
    assert points[:, 0].max() > 600
    assert np.linalg.norm(points, axis=1).min() < hands.FINGER


@pytest.mark.parametrize("place", range(len(tools.TOOLS)))
def test_tools_are_as_large_as_tools(place: int) -> None:
    _, make = tools.TOOLS[place]
    points = np.concatenate([vertices for (vertices, _), _ in make(np.random.default_rng(1))])
    assert 90 < np.ptp(points[:, 0]) < 320
    assert np.abs(points[:, 1]).max() < 60


@pytest.mark.parametrize("seed", range(5))
def test_an_occluder_covers_a_little_and_never_more_than_a_quarter(room: Any, plate: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    camera = poses.orbit(plate.pose[:3, 3], 60, 40 * seed, poses.distance_for(45, 0.6), 45, 10 * seed)
    found = occluders.occluder(room, plate, [], camera, 25.0, rng)
    assert found is not None
    alone, seen = room.visible(plate, [], camera), room.visible(plate, list(found.items), camera)
    assert 0.05 <= hardships.lost(alone, seen) <= 0.25
    assert found.share == pytest.approx(hardships.lost(alone, seen))
    reaches_border = room.shoot(list(found.items), camera)[..., 3] > 127
    rim = np.concatenate([reaches_border[0], reaches_border[-1], reaches_border[:, 0], reaches_border[:, -1]])
    assert rim.any()


@pytest.mark.parametrize("seed", range(4))
def test_a_part_measures_beside_the_card_what_it_measures(room: Any, plate: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    radius = float(np.linalg.norm(PLATE_MM) / 2)
    glass = cameras.Glass(40.0, 0.0, 0.0, 0.0)
    card = card_photo.card_beside(plate, radius, rng)
    camera = card_photo.framing(plate, card, glass, 640 / 480, rng, card_photo.CardScene().elevation)
    below = tabletop.table_picture(room, np.full((8, 8, 3), 90, np.uint8), 5.0, [card], camera)
    pixels = scenes.picture(room, [plate], camera, below, [])
    found = cards.found_markers(pixels)
    assert len(found) >= 3
    rows, columns = np.nonzero(room.visible(plate, [], camera) > 127)
    outline = cards.measured_mm(found, np.stack([columns, rows], axis=1))
    longest = max(float(np.linalg.norm(outline - point, axis=1).max()) for point in outline[:: len(outline) // 300])
    assert longest == pytest.approx(np.hypot(*PLATE_MM[:2]), rel=0.08)
    assert longest >= np.hypot(*PLATE_MM[:2]) * 0.97


def test_the_lens_leaves_the_middle_and_bends_the_rim() -> None:
    picture = np.zeros((240, 320, 3), np.float32)
    picture[:, ::16] = 1.0
    straight = cameras.bend(picture, cameras.Glass(40.0, 0.0, 0.0, 0.0))
    bent = cameras.bend(picture, cameras.Glass(40.0, 0.1, 0.004, 0.0))
    middle = (slice(115, 125), slice(150, 170))
    assert np.abs(straight[middle] - bent[middle]).mean() < 0.06
    assert np.abs(straight[:20] - bent[:20]).mean() > 0.1
    assert np.ptp(bent[:, :40], axis=2).max() > np.ptp(straight[:, :40], axis=2).max() + 0.1


def test_no_horizon_shows_from_the_lowest_elevation(room: Any) -> None:
    for field in (20.0, 45.0, 70.0):
        elevation = cameras.lowest_elevation(field, 640 / 480)
        camera = poses.orbit(np.zeros(3), elevation, 20, 4.0, cameras.overscanned(field), 37)
        assert room.ground(np.full((8, 8, 3), 200, np.uint8), camera, 5.0).min() > 100
