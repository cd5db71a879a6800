"""Regions of a photo: what is cut, and where its places lie in the whole."""

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from service.recognition.embedding.photo import Photo
from service.recognition.region import MOST_TARGET, Region

SHARES = st.floats(0, 1)


@st.composite
def regions(draw: st.DrawFn) -> Region:
    width, height = draw(st.floats(0.01, 1)), draw(st.floats(0.01, 1))
    return Region(x=draw(st.floats(0, 1 - width)), y=draw(st.floats(0, 1 - height)), width=width, height=height)


@given(regions(), st.integers(1, 70), st.integers(1, 70))
def test_something_is_cut_and_it_is_as_large_as_was_asked(region: Region, width: int, height: int) -> None:
    photo = Photo(Image.new("RGB", (width, height)), 4 * width, 4 * height, "jpeg", ())
    cut = region.cut(photo, 8)
    assert 1 <= cut.image.width <= width
    assert 1 <= cut.image.height <= height
    assert abs(cut.image.width - region.width * width) <= 2
    assert (cut.width, cut.height) == (4 * width, 4 * height)


@given(regions(), SHARES, SHARES)
def test_places_stay_in_the_region(region: Region, x: float, y: float) -> None:
    ((across, down),) = region.outwards([(x, y)])
    assert region.x <= across <= region.x + region.width
    assert region.y <= down <= region.y + region.height


def test_a_region_is_decoded_as_large_as_a_whole_photo_would_be() -> None:
    assert Region(x=0, y=0, width=1, height=1).target(192) == 192
    assert Region(x=0.1, y=0, width=0.25, height=0.5).target(192) == 768
    assert Region(x=0.1, y=0, width=0.01, height=0.5).target(192) == MOST_TARGET
    assert Region(x=0.1, y=0, width=0.01, height=0.5).target(MOST_TARGET + 1) == MOST_TARGET + 1


def test_pixels_are_those_of_the_place() -> None:
    image = Image.new("RGB", (100, 50), "red")
    image.paste("blue", (60, 10, 80, 30))
    cut = Region(x=0.6, y=0.2, width=0.2, height=0.4).cut(Photo(image, 100, 50, "jpeg", ()), 8)
    assert cut.image.getcolors() == [(400, (0, 0, 255))]
