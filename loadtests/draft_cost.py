"""What decoding JPEGs small costs in accuracy, and what it saves: ``python -m loadtests.draft_cost [--bundle DIR]``.

Each photo is embedded twice: decoded in full, and decoded by DCT scaling as the service does. Cosines between the two
are given plain and mean-centred: an untrained tower maps everything to nearly one vector, so plain cosines prove
nothing there. Photos are never enlarged or pasted together to get large ones, so the sets are what the folder has.
"""

import asyncio
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from service.recognition.embedding.bundle import open_bundle
from service.recognition.embedding.decoding import Pixels, guard_pillow, open_header, read_pixels
from service.recognition.embedding.engine import Engine

ROOT = Path(__file__).parents[1]
FULL = 100_000
REPEATS = 5
QUANTILES = (0.01, 0.05, 0.5)
SMALL_SIDE = 348


@dataclass(frozen=True)
class PhotoSet:
    """Photos that are decoded for a model input of ``target`` px."""

    name: str
    files: Sequence[Path]
    target: int


@click.command()
@click.option("--bundle", "folder", type=Path, default=ROOT / "service/bundles/starter", show_default=True)
@click.option("--shared", type=Path, default=Path(os.environ.get("PHOTOCODE_SHARED", ROOT.parent / "shared")))
@click.option("--photos", default=200, show_default=True, help="Most photos of a set.")
def main(folder: Path, shared: Path, photos: int) -> None:
    """Print what JPEG draft decoding costs in cosine and saves in milliseconds."""
    guard_pillow()
    bundle = open_bundle(folder)
    size = bundle.manifest.preprocessing.size
    print(f"{bundle.manifest.name}, input {size} px; a draft keeps the shorter side at twice the target or more")
    asyncio.run(
        measure(Engine.open(bundle, precision="fp32", provider="cpu", threads=2), photo_sets(shared, size, photos))
    )


def photo_sets(shared: Path, size: int, most: int) -> list[PhotoSet]:
    """Large real photos at the model's own size, small ones at a target low enough for a draft at 1/2."""
    large = sorted((shared / "hostile/exif-orientation").glob("*.jpg"))
    small = sorted((shared / "photos/grocery/queries").rglob("*.jpg"))
    target = SMALL_SIDE // 4
    random.Random(0).shuffle(small)
    return [
        PhotoSet(f"{len(large)} photos of 2 scenes, 1800 x 1200, as the service decodes them", large, size),
        PhotoSet(
            f"phone photos of groceries, {SMALL_SIDE} px: too small for a draft at {size} px, so at target {target}: "
            f"{2 * target} px is {2 * target / size:.2f} of the input instead of 2.00 or more (harsher than service)",
            small[:most],
            target,
        ),
    ]


async def measure(engine: Engine, sets: Sequence[PhotoSet]) -> None:
    """Embed both ways and print a block for each set."""
    await engine.start()
    for photo_set in sets:
        if not photo_set.files:
            print(f"\n{photo_set.name}\n  no such photos here")
            continue
        full, full_ms = decode_all(photo_set.files, FULL)
        draft, draft_ms = decode_all(photo_set.files, photo_set.target)
        factors = sorted({round(one.image.width / two.image.width) for one, two in zip(full, draft, strict=True)})
        print(f"\n{photo_set.name}\n  {len(full)} photos, decoded at 1/{', 1/'.join(map(str, factors))}")
        if factors == [1]:
            print("  no photo is large enough for a draft at this target: nothing to compare")
            continue
        vectors = [await engine.embed_images([pixels.image for pixels in both]) for both in (full, draft)]
        report(*vectors)
        print(f"  decode, median: full {full_ms:.1f} ms, draft {draft_ms:.1f} ms, saved {full_ms - draft_ms:.1f} ms")
    await engine.close()


def decode_all(files: Sequence[Path], target: int) -> tuple[list[Pixels], float]:
    """The photos' pixels, and the median over photos of the best of some runs, in ms."""
    decoded, times = [], []
    for file in files:
        data = file.read_bytes()
        best = float("inf")
        for _ in range(REPEATS):
            start = time.perf_counter()
            pixels = read_pixels(open_header(data, "jpeg"), target, shrink=False)
            best = min(best, time.perf_counter() - start)
        decoded.append(pixels)
        times.append(1000 * best)
    return decoded, float(np.median(times))


def report(full: NDArray[np.float32], draft: NDArray[np.float32]) -> None:
    """Cosine quantiles, and how often a draft's nearest full vector is its own photo's."""
    centred = full - full.mean(axis=0)
    for name, one, two in (("plain", full, draft), ("mean-centred", centred, draft - full.mean(axis=0))):
        values = np.quantile(cosines(one, two), QUANTILES)
        told = ", ".join(f"q{quantile}: {value:.5f}" for quantile, value in zip(QUANTILES, values, strict=True))
        print(f"  cosine {name:12}  {told}")
    own = np.argmax(draft @ full.T, axis=1) == np.arange(len(full))
    print(f"  nearest full vector is the photo's own: {own.mean():.1%}")


def cosines(one: NDArray[np.float32], two: NDArray[np.float32]) -> NDArray[np.float32]:
    """``float32[n]`` cosines of rows."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
    values: NDArray[np.float32] = (one * two).sum(axis=1) / lengths
    return values


if __name__ == "__main__":
    main()
