"""The decoder as the service calls it."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import pytest
from PIL import Image

from service.recognition.embedding.overload import Overloaded
from service.recognition.embedding.photo import Photo, PhotoDecoder, PhotoError

Scene = Callable[[int, int], Image.Image]
Encode = Callable[..., bytes]


def with_decoder(use: Callable[[PhotoDecoder], Awaitable[Photo]], **options: float) -> Photo:
    async def run() -> Photo:
        decoder = PhotoDecoder(**options)  # type: ignore[arg-type] # numbers all
        try:
            return await use(decoder)
        finally:
            await decoder.close()

    return asyncio.run(run())


@pytest.mark.parametrize("photo_format", ["jpeg", "png", "webp", "heic", "avif"])
def test_every_format_gives_a_photo(photo_format: str, scene: Scene, encode: Encode) -> None:
    data = encode(scene(640, 480), photo_format)
    photo = with_decoder(lambda decoder: decoder.decode(data, target=112, needed=112))
    assert photo.format == photo_format
    assert (photo.width, photo.height) == (640, 480)
    assert photo.image.mode == "RGB"
    assert min(photo.image.size) >= 224
    assert photo.advice == ()
    small = with_decoder(lambda decoder: decoder.decode(data, target=112, needed=481))
    assert "too_small" in small.advice
    assert with_decoder(lambda decoder: decoder.decode(data, target=481)).advice == ()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "photo_empty"),
        (b"GIF89a", "photo_format_unsupported"),
        (b"hello", "photo_format_unsupported"),
        (b"\xff\xd8\xff\xe0", "photo_unreadable"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "photo_unreadable"),
    ],
)
def test_every_refusal_has_its_code(data: bytes, code: str) -> None:
    with pytest.raises(PhotoError) as caught:
        with_decoder(lambda decoder: decoder.decode(data, target=224))
    assert caught.value.code == code


def test_oversized_pictures_decode_shrunk(encode: Encode) -> None:
    data = encode(Image.new("RGB", (4000, 3000), "green"), "png", compress_level=1)
    photo = with_decoder(lambda decoder: decoder.decode(data, target=224))
    assert photo.image.size == (1000, 750)
    assert (photo.width, photo.height) == (4000, 3000)


def test_a_caller_who_leaves_does_not_disturb_the_next(scene: Scene, encode: Encode) -> None:
    heic = encode(scene(640, 480), "heic")

    async def leave_early(decoder: PhotoDecoder) -> Photo:
        tasks = []
        for wait in (0.0, 0.005, 0.02, 0.05):
            tasks.append(asyncio.create_task(decoder.decode(heic, target=224)))
            await asyncio.sleep(wait)
            tasks[-1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(task.cancelled() for task in tasks) >= 2
        return await decoder.decode(heic, target=224)

    assert with_decoder(leave_early).width == 640


def test_photos_queue_for_the_sandbox(scene: Scene, encode: Encode) -> None:
    heic = encode(scene(320, 240), "heic")

    async def several(decoder: PhotoDecoder) -> Photo:
        photos = await asyncio.gather(*(decoder.decode(heic, target=224) for _ in range(6)))
        return photos[-1]

    assert with_decoder(several, sandboxes=2).width == 320


def test_a_photo_that_finds_no_free_sandbox_in_time_is_told(scene: Scene, encode: Encode) -> None:
    heic = encode(scene(320, 240), "heic")

    async def crowd(decoder: PhotoDecoder) -> Photo:
        await decoder.decode(heic, target=224)
        [sandbox] = [decoder._sandboxes.get()]
        assert sandbox.pid is not None
        os.kill(sandbox.pid, signal.SIGSTOP)
        decoder._sandboxes.put(sandbox)
        hung = asyncio.create_task(decoder.decode(heic, target=224))
        await asyncio.sleep(0.05)
        with pytest.raises(Overloaded):
            await decoder.decode(heic, target=224)
        with pytest.raises(PhotoError) as caught:
            await hung
        assert caught.value.code == "photo_too_slow"
        return await decoder.decode(heic, target=224)

    assert with_decoder(crowd, seconds=1.0, patience=0.2).width == 320


def test_photos_of_one_lookup_have_the_patience_of_all(scene: Scene, encode: Encode) -> None:
    heic = encode(scene(320, 240), "heic")

    async def behind(decoder: PhotoDecoder) -> Photo:
        await decoder.decode(heic, target=224)
        [sandbox] = [decoder._sandboxes.get()]
        assert sandbox.pid is not None
        os.kill(sandbox.pid, signal.SIGSTOP)
        decoder._sandboxes.put(sandbox)
        slow = asyncio.create_task(decoder.decode(heic, target=224, beside=20))
        await asyncio.sleep(0.05)
        photo = await decoder.decode(heic, target=224, beside=20)
        with pytest.raises(PhotoError):
            await slow
        return photo

    assert with_decoder(behind, seconds=1.0, patience=0.2).width == 320


def test_a_small_jpeg_of_a_thousand_scans_is_stopped(encode: Encode) -> None:
    plain = encode(Image.new("RGB", (4000, 3000), "green"), "jpeg", progressive=True)
    start = plain.rindex(b"\xff\xda")
    # the last refinement scan again and again: each one walks over all the blocks
    data = plain[:-2] + plain[start:-2] * 1000 + plain[-2:]

    async def refuse_then_decode(decoder: PhotoDecoder) -> Photo:
        with pytest.raises(PhotoError) as caught:
            await decoder.decode(data, target=224)
        assert caught.value.code == "photo_too_slow"
        return await decoder.decode(plain, target=224)

    assert with_decoder(refuse_then_decode, seconds=1.0).width == 4000
