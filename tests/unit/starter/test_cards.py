"""The scale card is what it says it is, and it can be read."""

import cv2
import numpy as np
import pytest
from PIL import Image

from service.recognition.evidence.card import POCKET, marker_corners
from service.starter.render.cards import HEIGHT, WIDTH, card_picture, found_markers, measured_mm


def test_the_card_has_the_size_of_a_credit_card() -> None:
    height, width = card_picture(10).shape[:2]
    assert (width, height) == (856, 540)


def test_markers_lie_on_the_card_and_apart() -> None:
    corners = marker_corners(POCKET)
    assert set(corners) == set(POCKET.ids)
    for square in corners.values():
        assert square.min() > 0
        assert (square.max(0) < (WIDTH, HEIGHT)).all()
        assert np.linalg.norm(np.diff(square, axis=0), axis=1) == pytest.approx([POCKET.marker] * 3)
    assert corners[1][0, 0] - corners[0][1, 0] > POCKET.marker


def test_markers_are_found_where_they_are_printed() -> None:
    found = found_markers(card_picture(10))
    assert set(found) == set(POCKET.ids)
    for number, corners in marker_corners(POCKET).items():
        assert np.abs(found[number] / 10 - corners).max() < 0.15


@pytest.mark.parametrize("turn", [0, 35, 140, 250])
def test_lengths_are_right_on_a_card_seen_askew(turn: float) -> None:
    card = card_picture(8)
    height, width = card.shape[:2]
    radians = np.radians(turn)
    spun = np.array([[np.cos(radians), -np.sin(radians), 0], [np.sin(radians), np.cos(radians), 0], [0, 0, 1]])
    tilted = np.array([[1, 0, 450], [0, 1, 450], [0.0002, 0.0004, 1.25]]) @ spun
    centred = tilted @ np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1.0]])
    photo = np.asarray(cv2.warpPerspective(card, centred, (900, 900), borderValue=(90, 80, 70)), np.uint8)
    ends = cv2.perspectiveTransform(np.array([[(0.0, 0.0), (width, height)]]), centred)[0]
    found = found_markers(photo)
    assert len(found) >= 3
    first, second = measured_mm(found, ends)
    assert np.linalg.norm(second - first) == pytest.approx(np.hypot(WIDTH, HEIGHT), rel=0.01)


def test_no_marker_where_no_card_lies() -> None:
    rng = np.random.default_rng(2)
    noise = Image.fromarray(rng.integers(0, 255, (60, 80, 3), np.uint8)).resize((640, 480))
    assert found_markers(np.asarray(noise)) == {}
