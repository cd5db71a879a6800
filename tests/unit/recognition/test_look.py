"""Copies of pictures are found, and other pictures are not."""

import io
from itertools import combinations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from catalog.search.looks import LOOK_TYPE, Looks, near, pairs, unpacked
from service.recognition.look import look_at
from tests.pictures import printed


def looks(*images: Image.Image) -> Looks:
    return unpacked([look_at(image, 160).packed or b"" for image in images])


def coded(image: Image.Image, form: str, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, form, quality=quality)
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


def part(holes: int, *, border: int = 60, length: int = 260) -> Image.Image:
    """A plate on white with holes, as a studio shows it."""
    image = Image.new("RGB", (length + 2 * border, 180 + 2 * border), "white")
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((border, border, border + length, border + 180), 20, fill="slategrey")
    for place in range(holes):
        x, y = border + 30 + (place % 4) * (length - 60) // 4, border + 30 + (place // 4) * 60
        draw.ellipse((x, y, x + 36, y + 36), fill="white")
    return image


ORIGINAL = printed(1)


@pytest.mark.parametrize(
    "copy",
    [
        coded(ORIGINAL, "JPEG", 30),
        coded(ORIGINAL, "WEBP", 40),
        ORIGINAL.resize((180, 135), Image.Resampling.BILINEAR),
        ORIGINAL.crop((7, 5, 713, 535)),
        ImageEnhance.Brightness(ORIGINAL).enhance(0.87),
        coded(ORIGINAL.resize((300, 225)), "JPEG", 60),
    ],
    ids=["jpeg", "webp", "small", "trimmed", "darker", "small-jpeg"],
)
def test_copies_are_near(copy: Image.Image) -> None:
    one, other = looks(ORIGINAL, copy).rows
    assert near(one, unpacked([other.tobytes()]))[0].tolist() == [0]
    assert near(other, unpacked([one.tobytes()]))[0].tolist() == [0]


def test_other_prints_and_siblings_in_another_colour_are_not() -> None:
    different = [printed(seed) for seed in range(1, 13)] + [printed(50, band=band) for band in ("red", "lime", "blue")]
    found = looks(*different)
    assert list(pairs(found, 0, len(found))) == []


def test_parts_on_the_same_white_ground_are_told_apart() -> None:
    plates = [part(holes) for holes in (1, 4, 8, 12)] + [part(4, length=500)]
    found = looks(*plates)
    assert list(pairs(found, 0, len(found))) == []


def test_a_wider_border_is_no_other_picture() -> None:
    one, other = looks(part(5), part(5, border=200)).rows
    assert near(one, unpacked([other.tobytes()]))[0].tolist() == [0]


def test_pairs_are_found_once_however_they_are_divided() -> None:
    found = looks(*[coded(printed(seed), "JPEG", quality) for quality in (30, 60, 90) for seed in (1, 2)])
    expected = {(one, other) for one, other in combinations(range(6), 2) if one % 2 == other % 2}
    assert {(one, other) for one, other, _ in pairs(found, 0, 6)} == expected
    divided = [*pairs(found, 0, 2), *pairs(found, 2, 5), *pairs(found, 5, 6)]
    assert {(one, other) for one, other, _ in divided} == expected


@pytest.mark.parametrize(
    ("image", "flaws"),
    [
        (printed(1), ()),
        (printed(1).resize((120, 90)), ("too_small",)),
        (printed(1).point(lambda level: level // 8), ("too_dark",)),
        (part(4, border=600), ("fills_too_little",)),
    ],
    ids=["good", "small", "dark", "far"],
)
def test_weak_pictures_say_why(image: Image.Image, flaws: tuple[str, ...]) -> None:
    assert look_at(image, 160).flaws == flaws


def test_a_picture_of_nothing_is_like_no_other() -> None:
    found = look_at(Image.new("RGB", (300, 200), "silver"), 160)
    assert found.packed is None
    assert "plain" in found.flaws


def test_a_look_is_of_one_size() -> None:
    packed = look_at(printed(3), 160).packed
    assert packed is not None
    assert len(packed) == LOOK_TYPE.itemsize
    assert np.isfinite(unpacked([packed]).rows["aspects"]).all()
