"""Decodes every file of ``manifest.csv`` in a process of its own, whose peak of memory is nobody else's.

``python -m tests.robustness.decode_folder FOLDER`` prints JSON: what became of each file, seconds, and the bytes by
which this process grew plus the largest decoder process's.
"""

import asyncio
import csv
import json
import sys
import time
from pathlib import Path

from service.recognition.embedding.photo import PIXEL_CAP, PhotoDecoder, PhotoError


async def outcome(decoder: PhotoDecoder, data: bytes) -> str:
    try:
        photo = await decoder.decode(data, target=224)
    except PhotoError as error:
        return error.code
    assert photo.image.mode == "RGB"
    assert photo.image.info == {}
    assert 0 < photo.image.width * photo.image.height <= photo.width * photo.height <= PIXEL_CAP
    return "photo"


async def decode_all(folder: Path) -> tuple[dict[str, str], dict[str, float]]:
    with (folder / "manifest.csv").open(newline="") as stream:
        paths = [row["path"] for row in csv.DictReader(stream)]
    outcomes: dict[str, str] = {}
    seconds: dict[str, float] = {}
    decoder = PhotoDecoder()
    for path in paths:
        data = (folder / path).read_bytes()
        start = time.perf_counter()
        outcomes[path] = await outcome(decoder, data)
        seconds[path] = time.perf_counter() - start
    await decoder.close()
    return outcomes, seconds


def peaks() -> tuple[int, int]:
    """Bytes at most of this process and of the largest child; zeros where the platform does not tell."""
    if sys.platform == "win32":
        return 0, 0
    import resource  # noqa: PLC0415 (absent on Windows)

    unit = 1 if sys.platform == "darwin" else 1024
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own * unit, children * unit


def main() -> None:
    before, _ = peaks()
    outcomes, seconds = asyncio.run(decode_all(Path(sys.argv[1])))
    own, child = peaks()
    json.dump({"outcomes": outcomes, "seconds": seconds, "grown": own - before + child}, sys.stdout)


if __name__ == "__main__":
    main()
