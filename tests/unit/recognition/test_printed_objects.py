"""Features without those of what was found."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.recognition.objects.printed import without
from service.recognition.surface.features import LocalFeatures, Taken

WIDTH, HEIGHT = 480, 320


def features(points: list[tuple[float, float]]) -> LocalFeatures:
    count = len(points)
    return LocalFeatures(
        points=np.array(points, dtype=np.float32).reshape(-1, 2),
        scales=np.arange(count, dtype=np.float32),
        angles=np.zeros(count, np.float32),
        descriptors=np.repeat(np.arange(count, dtype=np.uint8)[:, None], 128, axis=1),
        size=(WIDTH, HEIGHT),
        pictures=Taken(colours=np.zeros((32, 48, 3), np.uint8), grey=np.zeros((HEIGHT, WIDTH), np.uint8)),
    )


inside_photo = st.tuples(st.floats(0, WIDTH, width=32), st.floats(0, HEIGHT, width=32))


@given(st.lists(inside_photo, max_size=40), st.floats(0.1, 0.9), st.floats(0.1, 0.9))
def test_what_lies_in_an_outline_is_left_out(points: list[tuple[float, float]], right: float, bottom: float) -> None:
    outline = [(0.0, 0.0), (right, 0.0), (right, bottom), (0.0, bottom)]
    left = without(features(points), [outline])
    kept = [at for at, (x, y) in enumerate(points) if x > right * WIDTH + 0.01 or y > bottom * HEIGHT + 0.01]
    assert set(kept) <= set(left.scales.astype(int).tolist())
    assert all(x > right * WIDTH - 0.01 or y > bottom * HEIGHT - 0.01 for x, y in left.points)
    assert left.descriptors[:, 0].tolist() == left.scales.astype(int).tolist()
    assert len(left) == len(left.angles) == len(left.descriptors)


def test_without_outlines_all_stay() -> None:
    assert len(without(features([(1.0, 1.0), (2.0, 3.0)]), [])) == 2
