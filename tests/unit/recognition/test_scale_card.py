"""The scale card is found however it lies, and says how large what lies beside it is."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from service.recognition.evidence.card import CARDS, POCKET, SHEET, Card, marker_corners
from service.recognition.evidence.card_pose import find_card
from service.recognition.evidence.part_view import part_region, part_view
from service.recognition.evidence.scaled import Measured, Scaled, SeenCard
from service.recognition.evidence.silhouette import Silhouette
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


def carded(measured: Measured | None) -> tuple[Image.Image, Scaled]:
    """A white card on the left of grain, and its outline."""
    grain = np.random.default_rng(1).integers(90, 130, (120, 160, 3), np.uint8)
    grain[30:90, 16:64] = 255
    outline = ((0.1, 0.25), (0.4, 0.25), (0.4, 0.75), (0.1, 0.75))
    card = SeenCard(name="card", markers=4, outline=outline, millimetres_per_pixel=0.5, error=0.01)
    return Image.fromarray(grain), Scaled(card=card, measured=measured)


def test_where_no_part_is_measured_the_whole_picture_is_seen_without_the_card() -> None:
    image, scaled = carded(None)
    region = part_region(scaled, image.size)
    assert region is not None
    seen, before = np.asarray(part_view(image, scaled, region)), np.asarray(image)
    assert seen.shape == before.shape
    assert np.array_equal(seen[:, 80:], before[:, 80:])
    assert seen[30:90, 16:64].max() < 150
    assert seen[30:90, 16:64].std() > 5, "grain and no patch that stands out"
    assert part_region(None, image.size) is None


def test_a_part_is_seen_alone_and_never_painted_over() -> None:
    silhouette = Silhouette(length=9, breadth=9, middle=(0, 0), direction=0, camera=(0, 0, 300), error=0.01)
    outline = ((0.35, 0.4), (0.55, 0.4), (0.55, 0.6), (0.35, 0.6))  # laid onto the card's edge
    image, scaled = carded(Measured(silhouette=silhouette, outline=outline, error=0.1, sure=True))
    region = part_region(scaled, image.size)
    assert region is not None
    left, top, right, bottom = region.box(image.size)
    seen, before = np.asarray(part_view(image, scaled, region)), np.asarray(image)[top:bottom, left:right]
    assert seen.shape == before.shape != (120, 160, 3)
    on_card = np.s_[50 - top : 70 - top, 57 - left : 63 - left]
    assert np.array_equal(seen[on_card], before[on_card])
    assert seen[:, : 54 - left].max() < 200
