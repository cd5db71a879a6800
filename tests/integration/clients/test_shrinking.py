"""Photos leave the device small, upright and bare of place, date and owner."""

import asyncio
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mobile_contract.clients.python import AsyncPhotocode
from mobile_contract.clients.python.photos import read_photos
from mobile_contract.clients.python.shrinking import shrunk
from tests.integration.clients.conftest import QUICK, Service
from tests.integration.meddling import leave
from tests.pictures import EXIF_ORIENTATION, STORED_AS, picture
from tests.unit.service.test_bare_jpeg import SECRET, phone_photo

Connect = Callable[..., Any]
LARGE = (3000, 2000)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_large_photos_are_shrunk_before_they_are_sent(connect: Connect, service: Service) -> None:
    large = picture("red", size=LARGE)
    with service.line.by(leave) as line:
        small = connect().look_up("colours", large)
        full = connect(shrink=None).look_up("colours", large)
        chosen = connect(shrink=768).look_up("colours", large)
    assert [(one.photo.width, one.photo.height) for one in (small, full, chosen)] == [(1024, 683), LARGE, (768, 512)]
    assert len(line.seen[0].body) < len(line.seen[1].body) / 3
    assert small.candidates[0].part_number == "P-red"


def test_nothing_that_the_phone_wrote_beside_the_picture_is_sent(connect: Connect, service: Service) -> None:
    photo = phone_photo()
    assert SECRET in photo
    with service.line.by(leave) as line:
        connect().look_up("colours", photo)
        name = f"bare-{id(line)}-{id(connect)}"
        photocode = connect()
        photocode.create_catalog(name)
        photocode.teach_product(name, "N", "n", photo)
        photocode.add_references(name, "N", photo)
    assert [SECRET in asked.body for asked in line.seen] == [False] * 4


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_photos_are_sent_upright(orientation: int, form: str) -> None:
    upright = Image.new("RGB", (200, 100), "red")
    upright.paste("blue", (0, 0, 60, 100))
    stored = upright.transpose(STORED_AS[orientation]) if orientation in STORED_AS else upright
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    buffer = io.BytesIO()
    stored.save(buffer, form, exif=exif)
    sent = opened(shrunk(buffer.getvalue(), 1024))
    assert (sent.format, sent.size, dict(sent.getexif())) == ("JPEG", (200, 100), {})
    left: Any = sent.getpixel((20, 50))
    assert left[2] > 200
    assert left[0] < 60


def test_the_same_photo_gives_the_same_bytes_and_small_ones_keep_their_size() -> None:
    photo = picture("red", size=LARGE)
    assert shrunk(photo, 1024) == shrunk(photo, 1024)
    assert opened(shrunk(picture("red"), 1024)).size == (160, 120)


def test_what_is_no_picture_is_left_to_the_service() -> None:
    for content in (b"no photo", picture("red")[:700], b"\xff\xd8\xff"):
        assert shrunk(content, 1024) == content


def test_photos_of_phones_are_read(shared: Path) -> None:
    for path in sorted((shared / "hostile" / "exif-orientation").glob("*_6.jpg")):
        (read,) = read_photos([path], 512)
        image = opened(read.content)
        assert (max(image.size), read.media_type) == (512, "image/jpeg")


def test_without_pillow_photos_are_sent_as_they_are() -> None:
    code = (
        "import sys; sys.modules['PIL'] = None; from mobile_contract.clients.python import Photocode; "
        "from mobile_contract.clients.python.photos import read_photos; "
        "print(read_photos([b'\\xff\\xd8\\xffx'], 1024)[0] == (b'\\xff\\xd8\\xffx', 'image/jpeg'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "True", done.stderr


def test_other_work_goes_on_while_a_photo_is_shrunk_and_sent(service: Service) -> None:
    async def run() -> tuple[int, int]:
        beats = 0

        async def beat() -> None:
            nonlocal beats
            while True:
                beats += 1
                await asyncio.sleep(0.001)

        heart = asyncio.create_task(beat())
        async with AsyncPhotocode(service.url, retries=QUICK) as photocode:
            photos = [picture(colour, size=LARGE) for colour in ("red", "lime", "blue")]
            beats = 0
            found = await asyncio.gather(*(photocode.look_up("colours", photo) for photo in photos))
        heart.cancel()
        right = [one.candidates[0].part_number for one in found] == ["P-red", "P-lime", "P-blue"]
        return beats, right

    beats, right = asyncio.run(run())
    assert right
    assert beats > 20
