"""Whatever is cut from a photo or flipped in it: pixels or a PhotoError, never anything else."""

import asyncio
import io
from collections.abc import Iterator
from typing import Final, get_args

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from service.recognition.embedding.decoding import PhotoError, Pixels, guard_pillow, open_header, read_pixels
from service.recognition.embedding.photo import PhotoDecoder
from service.recognition.embedding.photo_format import PhotoFormat, sniff
from service.recognition.embedding.sandbox import Sandbox

FORMATS: Final[tuple[PhotoFormat, ...]] = get_args(PhotoFormat)


def photo_file(photo_format: PhotoFormat) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    image = Image.fromarray(pixels).resize((64, 48), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    if photo_format == "heic":
        pillow_heif.from_pillow(image).save(buffer)
    else:
        image.save(buffer, photo_format.upper(), exif=exif)
    return buffer.getvalue()


FILES: Final = {photo_format: photo_file(photo_format) for photo_format in FORMATS}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


@st.composite
def mutated(draw: st.DrawFn, photo_format: PhotoFormat) -> bytes:
    """A file with up to eight flipped bits, or cut short, or both."""
    data = bytearray(FILES[photo_format])
    for bit in draw(st.lists(st.integers(0, 8 * len(data) - 1), max_size=8)):
        data[bit // 8] ^= 1 << bit % 8
    return bytes(data[: draw(st.integers(0, len(data)) | st.just(len(data)))])


def decode(sandbox: Sandbox, data: bytes, photo_format: PhotoFormat) -> Pixels:
    if photo_format in ("heic", "avif"):
        return sandbox.decode(data, photo_format, 16)
    return read_pixels(open_header(data, photo_format), 16, shrink=False)


@pytest.mark.parametrize("photo_format", FORMATS)
@settings(max_examples=250)
@given(choices=st.data())
def test_a_mutated_photo_gives_pixels_or_a_photo_error(
    photo_format: PhotoFormat, choices: st.DataObject, sandbox: Sandbox
) -> None:
    guard_pillow()
    data = choices.draw(mutated(photo_format))
    try:
        pixels = decode(sandbox, data, photo_format)
    except PhotoError:
        return
    assert pixels.image.mode == "RGB"
    assert pixels.image.width > 0


@settings(max_examples=500)
@given(st.binary(max_size=64) | st.binary(max_size=64).map(lambda tail: b"\0\0\0\x20ftyp" + tail))
def test_any_bytes_have_a_format_or_none(data: bytes) -> None:
    assert sniff(data) in (None, *FORMATS)


def test_the_unmutated_files_decode() -> None:
    async def run() -> list[tuple[int, int]]:
        decoder = PhotoDecoder()
        photos = [await decoder.decode(data, target=16) for data in FILES.values()]
        await decoder.close()
        return [(photo.width, photo.height) for photo in photos]

    assert asyncio.run(run()) == [(48, 64), (48, 64), (48, 64), (64, 48), (48, 64)]
