"""Bytes to RGB pixels, in this process."""

import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from service.recognition.embedding.decoding import (
    PIXEL_CAP,
    PhotoError,
    Pixels,
    guard_pillow,
    open_header,
    read_pixels,
    shrink_factor,
)
from service.recognition.embedding.photo_format import PhotoFormat

Scene = Callable[[int, int], Image.Image]
Encode = Callable[..., bytes]


@pytest.fixture(autouse=True)
def guarded() -> None:
    guard_pillow()


def decode(data: bytes, photo_format: PhotoFormat, target: int = 224, *, shrink: bool = False) -> Pixels:
    return read_pixels(open_header(data, photo_format), target, shrink=shrink)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_upright(orientation: int, scene: Scene, encode: Encode) -> None:
    upright = scene(96, 64)
    # stored as a camera of this orientation would: the inverse of what makes it upright
    stored = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = decode(encode(stored, "png", exif=exif), "png")
    assert (pixels.width, pixels.height) == (96, 64)
    assert np.array_equal(np.asarray(pixels.image), np.asarray(upright))


def test_nothing_of_the_metadata_survives(scene: Scene, encode: Encode) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    data = encode(scene(64, 64), "jpeg", exif=exif, icc_profile=b"profile", comment=b"a comment", xmp=b"<xmp/>")
    image = decode(data, "jpeg").image
    assert type(image) is Image.Image
    assert image.info == {}
    assert not image.getexif()


def test_broken_exif_does_not_cost_the_photo(scene: Scene, encode: Encode) -> None:
    data = encode(scene(64, 48), "jpeg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff\xff")
    assert decode(data, "jpeg").image.size == (64, 48)


@pytest.mark.parametrize(
    ("target", "size"), [(224, (2000, 1500)), (100, (500, 375)), (90, (250, 188)), (1000, (2000, 1500))]
)
def test_jpegs_are_decoded_small_and_never_under_twice_the_target(
    target: int, size: tuple[int, int], scene: Scene, encode: Encode
) -> None:
    pixels = decode(encode(scene(2000, 1500), "jpeg"), "jpeg", target)
    expected = (1000, 750) if target == 224 else size
    assert pixels.image.size == expected
    assert min(pixels.image.size) >= min(2 * target, 1500)
    assert (pixels.width, pixels.height) == (2000, 1500)


def test_png_keeps_its_size_here_and_shrinks_in_the_sandbox(scene: Scene, encode: Encode) -> None:
    data = encode(scene(1000, 800), "png")
    assert decode(data, "png", 50).image.size == (1000, 800)
    shrunk = decode(data, "png", 50, shrink=True)
    assert shrunk.image.size == (125, 100)
    assert (shrunk.width, shrunk.height) == (1000, 800)


def test_shrink_factor_leaves_twice_the_target() -> None:
    assert shrink_factor((8064, 6048), 224) == 8
    assert shrink_factor((1800, 1791), 224) == 2
    assert shrink_factor((447, 9000), 224) == 1


def test_transparency_shows_white(encode: Encode) -> None:
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    assert decode(encode(clear, "png"), "png").image.getpixel((0, 0)) == (255, 255, 255)
    grey = Image.new("LA", (8, 8), (0, 128))
    assert decode(encode(grey, "png"), "png").image.getpixel((0, 0)) == (127, 127, 127)
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([10, 20, 30, 40, 50, 60])
    assert decode(encode(palette, "png", transparency=0), "png").image.getpixel((0, 0)) == (255, 255, 255)
    assert decode(encode(palette, "png"), "png").image.getpixel((0, 0)) == (10, 20, 30)
    keyed = Image.new("RGB", (8, 8), (1, 2, 3))
    assert decode(encode(keyed, "png", transparency=(1, 2, 3)), "png").image.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("shrink", [False, True])
def test_sixteen_bits_are_scaled_not_clipped(encode: Encode, *, shrink: bool) -> None:
    ramp = Image.fromarray(np.linspace(0, 65535, 64 * 64, dtype=np.uint16).reshape(64, 64))
    image = decode(encode(ramp, "png"), "png", 8, shrink=shrink).image
    side = image.width
    assert side == (16 if shrink else 64)
    values = np.asarray(image)[:, :, 0].astype(int)
    assert values[0, 0] < 8
    assert abs(values[side // 2, 0] - 128) < 8
    assert values[-1, -1] > 247


def test_cmyk_and_grey_jpegs_become_rgb(encode: Encode) -> None:
    cmyk = decode(encode(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "jpeg"), "jpeg").image
    red, green, blue = np.asarray(cmyk)[8, 8]
    assert red > 240
    assert green < 15
    assert blue < 15
    assert decode(encode(Image.new("L", (16, 16), 77), "jpeg"), "jpeg").image.getpixel((3, 3)) == (77, 77, 77)


def test_the_first_frame_counts(encode: Encode) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    for photo_format in ("png", "webp"):
        data = encode(frames[0], photo_format, save_all=True, append_images=frames[1:], lossless=True)
        assert decode(data, photo_format).image.getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("photo_format", ["jpeg", "png", "webp"])
def test_a_truncated_photo_is_an_error_and_not_half_grey(
    photo_format: PhotoFormat, part: float, scene: Scene, encode: Encode
) -> None:
    data = encode(scene(640, 480), photo_format)
    with pytest.raises(PhotoError) as caught:
        decode(data[: int(len(data) * part)], photo_format)
    assert caught.value.code == "photo_unreadable"


def test_a_header_that_claims_more_than_the_cap_is_refused_before_decoding() -> None:
    side = int(PIXEL_CAP**0.5) + 1
    for width in (side, 4 * side):
        header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", width, side, 8, 2, 0, 0, 0)
        checksum = zlib.crc32(header[12:])
        data = header + struct.pack(">I", checksum) + b"\0\0\0\0IDAT\x35\xaf\x06\x1e"
        with pytest.raises(PhotoError) as caught:
            open_header(data, "png")
        assert caught.value.code == "photo_too_large"


def test_messages_tell_nothing_of_the_inside() -> None:
    with pytest.raises(PhotoError) as caught:
        decode(b"\xff\xd8\xff\xe0 not really", "jpeg")
    assert str(caught.value) == "The photo is damaged or incomplete."
