"""Odd, huge, truncated and broken files of the test suites of Pillow, sharp and exif-orientation-examples."""

import asyncio
import csv
import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import get_args

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from service.recognition.embedding.photo import Photo, PhotoDecoder, PhotoErrorCode

ROOT = Path(__file__).parents[2]
SECONDS = 3.0
MEBIBYTES = 512


@pytest.fixture(scope="module")
def hostile(shared: Path) -> Path:
    return shared / "hostile"


def test_every_file_gives_a_photo_or_one_typed_error(hostile: Path) -> None:
    with (hostile / "manifest.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    command = [sys.executable, "-W", "error", "-m", "tests.robustness.decode_folder", str(hostile)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    outcomes: dict[str, str] = told["outcomes"]
    assert len(outcomes) == len(rows) > 1000
    assert max(told["seconds"].values()) < SECONDS
    assert told["grown"] < MEBIBYTES * 2**20
    counts = Counter(outcomes.values())
    assert set(counts) <= {"photo", *get_args(PhotoErrorCode)}
    # nothing that Pillow reads of the formats we take is refused, and nothing that is damaged comes as half a picture
    decodes = {row["path"] for row in rows if row["plain_pillow_outcome"] == "decodes"}
    refused = {path for path in decodes if outcomes[path] not in ("photo", "photo_format_unsupported")}
    assert refused == set()
    invented = {path for path, said in outcomes.items() if said == "photo"} - decodes
    assert invented == {"pillow/hopper.heif"}
    assert counts["photo"] > 500


@pytest.mark.parametrize("photo_format", ["jpeg", "heic"])
def test_48_megapixels_decode(photo_format: str) -> None:
    image = Image.linear_gradient("L").convert("RGB").resize((8064, 6048))
    buffer = io.BytesIO()
    if photo_format == "heic":
        pillow_heif.from_pillow(image).save(buffer, quality=30, tile_size=512, enc_params={"preset": "ultrafast"})
    else:
        image.save(buffer, "JPEG")
    del image

    async def run() -> Photo:
        decoder = PhotoDecoder()
        photo = await decoder.decode(buffer.getvalue(), target=224)
        await decoder.close()
        return photo

    photo = asyncio.run(run())
    assert (photo.width, photo.height, photo.format) == (8064, 6048, photo_format)
    assert photo.image.size == (1008, 756)


@pytest.mark.parametrize("name", ["Landscape", "Portrait"])
def test_the_nine_orientations_show_the_same_picture(name: str, hostile: Path) -> None:
    async def run() -> list[Photo]:
        decoder = PhotoDecoder()
        files = [hostile / "exif-orientation" / f"{name}_{orientation}.jpg" for orientation in range(9)]
        photos = [await decoder.decode(file.read_bytes(), target=224) for file in files]
        await decoder.close()
        return photos

    photos = asyncio.run(run())
    assert len({(photo.width, photo.height) for photo in photos}) == 1
    small = [np.asarray(photo.image.resize((64, 64), Image.Resampling.BOX), dtype=float) for photo in photos]
    # the corner is left out: each file has its own number written over the picture
    differences = [float(np.median(np.abs(one - small[0]))) for one in small[1:]]
    turned = float(np.median(np.abs(np.rot90(small[0], 2) - small[0])))
    assert max(differences) < 4 < turned
