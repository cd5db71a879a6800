from collections.abc import Callable

import pytest
from PIL import Image

from service.recognition.embedding.photo_format import count_scans, sniff


@pytest.mark.parametrize("photo_format", ["jpeg", "png", "webp", "heic", "avif"])
def test_formats_are_told_by_their_bytes(
    photo_format: str, encode: Callable[..., bytes], scene: Callable[[int, int], Image.Image]
) -> None:
    assert sniff(encode(scene(32, 24), photo_format)) == photo_format


@pytest.mark.parametrize("photo_format", ["gif", "tiff", "bmp"])
def test_other_formats_are_none(
    photo_format: str, encode: Callable[..., bytes], scene: Callable[[int, int], Image.Image]
) -> None:
    assert sniff(encode(scene(32, 24), photo_format)) is None


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x18ftypqt  \0\0\0\0", b"<svg/>"])
def test_near_misses_are_none(data: bytes) -> None:
    assert sniff(data) is None


def test_a_generic_container_is_told_by_its_compatible_brands() -> None:
    assert sniff(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif") == "avif"
    assert sniff(b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic") == "heic"
    assert sniff(b"\0\0\0\x14ftypmsf1\0\0\0\0msf1") == "heic"


def test_scans_of_progressive_jpegs_are_counted(
    encode: Callable[..., bytes], scene: Callable[[int, int], Image.Image]
) -> None:
    assert count_scans(encode(scene(64, 64), "jpeg")) == 1
    assert count_scans(encode(scene(64, 64), "jpeg", progressive=True)) > 4
