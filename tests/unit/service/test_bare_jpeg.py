"""JPEGs without metadata: nothing of it is left, and the pixels are the same."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from service.jobs.bare_jpeg import NotBare, bare_jpeg
from service.recognition.embedding.decoding import PhotoError, Pixels, guard_pillow, open_header, read_pixels

SECRET = b"N52.5200 E13.4050 somebody's phone"


@pytest.fixture(autouse=True)
def _guarded() -> None:
    guard_pillow()


def pixels(data: bytes, target: int = 10_000) -> Pixels:
    return read_pixels(open_header(data, "jpeg"), target, shrink=False)


def same(one: Pixels, other: Pixels) -> bool:
    sizes = (one.width, one.height) == (other.width, other.height)
    return sizes and np.array_equal(np.asarray(one.image), np.asarray(other.image))


def phone_photo(*, orientation: int = 1, mode: str = "RGB", progressive: bool = False, seed: int = 0) -> bytes:
    """A JPEG as phones make them: EXIF with a place, XMP, a colour profile, a comment, a video behind the end."""
    noise = np.random.default_rng(seed).integers(0, 256, (12, 16, 4), dtype=np.uint8)
    image = Image.fromarray(noise[..., :3]).resize((160, 120)).convert(mode)
    exif = Image.Exif()
    exif[Base.Make] = SECRET.decode()
    exif[Base.Orientation] = orientation
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSAreaInformation] = SECRET
    buffer = io.BytesIO()
    image.save(
        buffer,
        "JPEG",
        exif=exif,
        xmp=b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>",
        icc_profile=b"profile" + SECRET,
        comment=SECRET,
        progressive=progressive,
    )
    return buffer.getvalue() + b"\xff\xd8\xff\xe1" + SECRET


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_nothing_but_the_picture_and_its_orientation_is_kept(orientation: int, mode: str, progressive: bool) -> None:
    photo = phone_photo(orientation=orientation, mode=mode, progressive=progressive)
    assert SECRET in photo
    bare = bare_jpeg(photo)
    assert SECRET not in bare
    assert same(pixels(bare), pixels(photo))
    opened = Image.open(io.BytesIO(bare))
    assert dict(opened.getexif()) == ({} if orientation == 1 else {Base.Orientation: orientation})
    assert not {"icc_profile", "xmp", "comment", "photoshop"} & opened.info.keys()
    assert bare_jpeg(bare) == bare


def test_the_preview_inside_jfif_goes() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(buffer, "JPEG")
    plain = buffer.getvalue()
    assert plain[2:4] == b"\xff\xe0"
    preview = SECRET[:27]
    segment = b"JFIF\0\1\1\0\0\1\0\1\3\3" + preview
    with_preview = b"\xff\xd8\xff\xe0" + (len(segment) + 2).to_bytes(2, "big") + segment + plain[20:]
    bare = bare_jpeg(with_preview)
    assert preview in with_preview
    assert preview not in bare
    assert same(pixels(bare), pixels(plain))


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_file_is_refused_or_loses_its_metadata_all_the_same(data: st.DataObject) -> None:
    photo = bytearray(phone_photo(progressive=data.draw(st.booleans()), orientation=6))
    for _ in range(data.draw(st.integers(1, 4))):
        photo[data.draw(st.integers(0, len(photo) - 1))] = data.draw(st.integers(0, 255))
    photo = photo[: data.draw(st.integers(2, len(photo)))]
    try:
        bare = bare_jpeg(bytes(photo))
    except (NotBare, PhotoError):
        return
    try:
        before = pixels(bytes(photo))
    except PhotoError:
        return
    assert same(pixels(bare), before)


def test_real_and_hostile_jpegs_decode_to_the_same_pixels(shared: Path) -> None:
    paths = [path for path in sorted((shared / "hostile").rglob("*")) if path.is_file()]
    paths += sorted((shared / "photos" / "grocery").rglob("*.jpg"))[:50]
    kept = refused = 0
    for path in paths:
        photo = path.read_bytes()
        if not photo.startswith(b"\xff\xd8\xff"):
            continue
        try:
            before = pixels(photo, 224)
        except PhotoError:
            continue
        try:
            bare = bare_jpeg(photo)
        except NotBare:
            refused += 1
            continue
        assert same(pixels(bare, 224), before), path
        assert set(Image.open(io.BytesIO(bare)).getexif()) <= {Base.Orientation}, path
        kept += 1
    assert kept > 100
    assert refused <= 2
