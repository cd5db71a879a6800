"""The scale card is found however it lies, and says how large what lies beside it is."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.recognition.evidence.card import CARDS, POCKET, SHEET, Card, marker_corners
from service.recognition.evidence.card_pose import find_card
from service.starter.render.cards import card_picture

PIXELS = 6.0
SIZE = (960, 720)


def photographed(
    card: Card, *, turn: float, tilt: tuple[float, float], covered: float = 0.0, light: float = 1.0
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A photo of a card uint8[h, w], part of it covered, and the homography from its millimetres to the photo."""
    scale = PIXELS * 85.6 / card.width
    picture = cv2.cvtColor(card_picture(scale, card), cv2.COLOR_RGB2GRAY)
    picture[:, : round(covered * picture.shape[1])] = 90
    cosine, sine = np.cos(turn), np.sin(turn)
    middle = np.array([(1, 0, -card.width / 2), (0, 1, -card.height / 2), (0, 0, 1)])
    turned = np.array([(cosine, -sine, 0), (sine, cosine, 0), (0, 0, 1)])
    seen = np.array([(scale, 0, SIZE[0] / 2), (0, scale, SIZE[1] / 2), (0, 0, 1)])
    bent = np.array([(1, 0, 0), (0, 1, 0), (tilt[0] / card.width, tilt[1] / card.width, 1)])
    there = seen @ bent @ turned @ middle
    pixels = np.array([(1 / scale, 0, 0.5 / scale), (0, 1 / scale, 0.5 / scale), (0, 0, 1)])
    photo = cv2.warpPerspective(picture, there @ pixels, SIZE, flags=cv2.INTER_AREA, borderValue=90)
    return (photo * light).astype(np.uint8), there


@settings(max_examples=40, deadline=None)
@given(
    card=st.sampled_from(CARDS),
    turn=st.floats(0, 2 * np.pi),
    tilt=st.tuples(st.floats(-0.25, 0.25), st.floats(-0.25, 0.25)),
    covered=st.sampled_from([0.0, 0.5]),
    light=st.floats(0.3, 1.0),
)
def test_a_card_is_found_and_tells_lengths_beside_it(
    card: Card, turn: float, tilt: tuple[float, float], covered: float, light: float
) -> None:
    photo, there = photographed(card, turn=turn, tilt=tilt, covered=covered, light=light)
    pose = find_card(photo)
    assert pose is not None
    assert (pose.card, pose.markers) == (card, 2 if covered else 4)
    beside = np.array([(card.width, 0.0), (card.width * 1.3, card.height)])
    seen = cv2.perspectiveTransform(beside[:, None], there)[:, 0]
    measured = pose.millimetres(np.asarray(seen, np.float64))
    truth = np.linalg.norm(beside[1] - beside[0])
    assert np.linalg.norm(measured[1] - measured[0]) == pytest.approx(truth, rel=max(0.03, 4 * pose.error))


def test_fewer_markers_are_less_certain() -> None:
    whole, _ = photographed(POCKET, turn=0.3, tilt=(0.1, 0.1))
    half, _ = photographed(POCKET, turn=0.3, tilt=(0.1, 0.1), covered=0.5)
    everything, less = find_card(whole), find_card(half)
    assert everything is not None
    assert less is not None
    assert less.error > everything.error


def test_a_card_that_is_not_one_is_not_claimed() -> None:
    """Markers of the card that lie otherwise than on it: on a shelf of labels, say."""
    photo, _ = photographed(POCKET, turn=0.0, tilt=(0.0, 0.0))
    shuffled = np.hstack([photo[:, SIZE[0] // 2 :], photo[:, : SIZE[0] // 2]])
    assert find_card(np.ascontiguousarray(shuffled)) is None


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1 << 30), grain=st.sampled_from([4, 9, 16, 40]))
def test_no_card_is_seen_in_textures(seed: int, grain: int) -> None:
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 2, (SIZE[1] // grain + 1, SIZE[0] // grain + 1), np.uint8) * 255
    photo = cv2.resize(cells, SIZE, interpolation=cv2.INTER_NEAREST)
    assert find_card(np.asarray(photo, np.uint8)) is None


def test_the_camera_is_above_what_it_looks_at() -> None:
    photo, _ = photographed(POCKET, turn=0.0, tilt=(0.0, 0.0))
    pose = find_card(photo)
    assert pose is not None
    x, y, height = pose.camera
    assert (x, y) == pytest.approx((POCKET.width / 2, POCKET.height / 2), abs=15)
    assert 80 < height < 300


def test_cards_share_no_marker() -> None:
    assert not set(marker_corners(POCKET)) & set(marker_corners(SHEET))
