"""Objects by the network that ships: what stands out of a ground, wherever it lies."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from service.bootstrap import MASK
from service.recognition.mask_network import MaskNetwork
from service.recognition.objects.boxes import overlap
from service.recognition.objects.masks import MaskDetector
from service.recognition.objects.windows import Window, in_the_middle, squares
from service.recognition.region import Region


@pytest.fixture(scope="module")
def detector() -> Iterator[MaskDetector]:
    made = MaskDetector(MaskNetwork(MASK))
    yield made
    made._thread.shutdown()


def table(size: tuple[int, int], *boxes: tuple[int, int, int, int]) -> Image.Image:
    """Dark discs with a bright rim on a light, grainy table."""
    grain = np.random.default_rng(0).normal(190, 6, (size[1], size[0], 1))
    image = Image.fromarray(np.clip(np.repeat(grain, 3, axis=2), 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for left, top, right, bottom in boxes:
        draw.ellipse((left, top, right, bottom), fill=(60, 64, 72))
        across, down = (right - left) // 8, (bottom - top) // 8
        draw.ellipse((left + across, top + down, right - across, bottom - down), fill=(90, 96, 104))
    return image


def in_fractions(box: tuple[int, int, int, int], size: tuple[int, int]) -> Region:
    left, top, right, bottom = box
    width, height = size
    return Region(x=left / width, y=top / height, width=(right - left) / width, height=(bottom - top) / height)


@pytest.mark.parametrize("size", [(800, 600), (600, 800), (1200, 500)])
def test_discs_on_a_table_are_found(detector: MaskDetector, size: tuple[int, int]) -> None:
    width, height = size
    edge = min(size) // 4
    boxes = [
        (width // 6, height // 6, width // 6 + edge, height // 6 + edge),
        (width * 2 // 3, height * 2 // 3 - edge // 4, width * 2 // 3 + edge, height * 2 // 3 + edge * 3 // 4),
    ]
    found = detector.detect_now(table(size, *boxes), 8)
    for box in boxes:
        assert max(overlap(one.region, in_fractions(box, size)) for one in found) > 0.5
    assert [one.confidence for one in found] == sorted((one.confidence for one in found), reverse=True)
    assert len(detector.detect_now(table(size, *boxes), 1)) == 1


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (64, 64)])
def test_odd_photos_are_no_failure(detector: MaskDetector, size: tuple[int, int]) -> None:
    assert len(detector.detect_now(Image.new("RGB", size, "red"), 8)) <= 8


@given(st.integers(1, 600), st.integers(1, 600))
def test_squares_cover_the_picture(width: int, height: int) -> None:
    line = sorted((one.x if width >= height else one.y) - one.edge / 2 for one in squares(width, height))
    short, long = min(width, height), max(width, height)
    assert line[0] == pytest.approx(0)
    assert line[-1] + short == pytest.approx(long)
    assert all(after - before <= short + 1e-6 for before, after in pairwise(line))


@settings(max_examples=60)
@given(
    st.integers(1, 30), st.integers(1, 30), st.floats(-50, 250), st.floats(-50, 250), st.floats(20, 400), st.booleans()
)
def test_a_thing_lies_in_the_picture(left: int, top: int, x: float, y: float, edge: float, cut_off: bool) -> None:
    mask = np.zeros((32, 32), np.float32)
    mask[top if not cut_off else 0 : top + 6, left : left + 6] = 1
    thing = in_the_middle(mask, Window(x, y, edge), 200, 150)
    if thing is not None:
        assert thing.clearness == pytest.approx(1)
        assert 0 <= thing.region.x <= thing.region.x + thing.region.width <= 1 + 1e-9
        assert 0 <= thing.region.y <= thing.region.y + thing.region.height <= 1 + 1e-9
        assert not (cut_off and thing.whole)


def test_nothing_in_a_mask_is_no_thing() -> None:
    assert in_the_middle(np.zeros((32, 32), np.float32), Window(50, 50, 100), 100, 100) is None
