"""The decoder process: decodes one untrusted photo at a time, under a memory limit, in a process that can be killed.

``python -m service.recognition.embedding.decoder_process BYTES`` reads requests from standard input and answers on
standard output until the input ends. It imports Pillow and pillow-heif only.

A request is ``REQUEST`` (format index, target, seconds, length) and the photo's bytes. An answer is ``ANSWER``
(status, upright width and height of the original, width and height of the pixels) and, when the status is 0, the RGB
pixels, ``height * width * 3`` bytes. Other statuses are 1 + the index of the error code in ``ERROR_CODES``.
"""

import math
import os
import signal
import struct
import sys
from typing import BinaryIO, Final, get_args

from PIL import AvifImagePlugin

from service.recognition.embedding.decoding import (
    PhotoError,
    PhotoErrorCode,
    Pixels,
    guard_pillow,
    open_header,
    read_pixels,
)
from service.recognition.embedding.photo_format import PhotoFormat

REQUEST: Final = struct.Struct("<BIfQ")
ANSWER: Final = struct.Struct("<BIIII")
FORMATS: Final[tuple[PhotoFormat, ...]] = get_args(PhotoFormat)
ERROR_CODES: Final[tuple[PhotoErrorCode, ...]] = get_args(PhotoErrorCode)
_THREADS: Final = min(2, os.cpu_count() or 1)


def main() -> None:
    """Serve until standard input ends."""
    limit_resources(int(sys.argv[1]))
    register_decoders()
    source = sys.stdin.buffer
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as sink:
        # what a library prints must not land between the answers
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        while serve_one(source, sink):
            pass


def limit_resources(address_space: int) -> None:
    """Cap the address space (bytes), written files and core dumps, where the platform can."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 (absent on Windows)

    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_AS: address_space}
    for name, value in limits.items():
        try:
            resource.setrlimit(name, (value, value))
        except (ValueError, OSError):
            # macOS refuses RLIMIT_AS; the process can still be killed on time
            continue


def register_decoders() -> None:
    """Teach Pillow HEIC and keep its decoders to two threads."""
    import pillow_heif  # noqa: PLC0415 (heavy: after the limits are set)

    guard_pillow()
    # an embedded thumbnail may show something else than the photo
    pillow_heif.register_heif_opener(decode_threads=_THREADS, thumbnails=False, depth_images=False, aux_images=False)
    AvifImagePlugin.DEFAULT_MAX_THREADS = _THREADS


def serve_one(source: BinaryIO, sink: BinaryIO) -> bool:
    """Answer one request; False where the input has ended or memory ran out, so that a fresh process takes over."""
    head = source.read(REQUEST.size)
    if len(head) < REQUEST.size:
        return False
    format_index, target, seconds, length = REQUEST.unpack(head)
    data = source.read(length)
    if len(data) < length:
        return False
    if hasattr(signal, "alarm"):
        # kills this process should the parent be gone and no longer do it
        signal.alarm(math.ceil(seconds) + 1)
    try:
        pixels = decode(data, FORMATS[format_index], target)
        sink.write(_answer(pixels))
        sink.write(pixels.image.tobytes())
        going_on = True
    except PhotoError as error:
        sink.write(ANSWER.pack(1 + ERROR_CODES.index(error.code), 0, 0, 0, 0))
        going_on = error.code != "photo_too_large"
    sink.flush()
    if hasattr(signal, "alarm"):
        signal.alarm(0)
    return going_on


def decode(data: bytes, photo_format: PhotoFormat, target: int) -> Pixels:
    """Decode and shrink one photo.

    Raises:
        PhotoError: it gives no pixels.

    """
    return read_pixels(open_header(data, photo_format), target, shrink=True)


def _answer(pixels: Pixels) -> bytes:
    return ANSWER.pack(0, pixels.width, pixels.height, pixels.image.width, pixels.image.height)


if __name__ == "__main__":
    main()
