"""How often photos are called faulty that are not, and are not that are: ``python -m loadtests.photo_quality``
(``make bench-quality``).

Good photos are the phone photos of groceries and of the training set, of clothing, and those of the demo's that were
drawn neither dark, noisy, defocused nor shaken. Faulty ones are made of them: a seventh of the light; a Gaussian blur
of a hundredth of the shorter side; 60 px. What is far is drawn: the demo's studio pictures at a fifth of a photo on
ground of their own colour, with light that falls off, sensor noise and JPEG.
"""

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import click
import numpy as np
from PIL import Image, ImageFilter
from rich.console import Console
from rich.table import Table

from loadtests.machine import this_machine
from service.demo.data_set import DATA
from service.evaluation.bounds import exact_bounds
from service.evaluation.manifest import read_photo_set
from service.recognition.embedding.photo import PhotoDecoder

TARGET: Final = 128
"""Px that photos are asked to have: the starter's input."""
FAULTS: Final = ("dark", "noisy", "defocused", "shaken")
CODES: Final = ("too_dark", "blurred", "too_small", "too_far")
MOST: Final = 0.02
"""Of good photos that may be called faulty."""
PHOTO: Final = (1024, 768)
FAR, NEAR = 0.2, 0.6
"""Shares of a photo's shorter side that studio pictures are drawn at."""
FALL_OFF, NOISE, QUALITY = 40.0, 4.0, 85
"""Levels of 255 that corners are darker by; standard deviation of the noise; of the JPEG."""


def good_photos(shared: Path) -> Iterator[tuple[str, list[Path]]]:
    """Sets of photos without a fault, by name."""
    if (shared / "grocery").is_dir():
        groceries = read_photo_set(shared / "grocery")
        yield "groceries", [one.path for one in [*groceries.queries(None), *groceries.references("views")]]
    for name, folder in (("training", "train/grocery"), ("clothing", "no_match")):
        if (shared / folder).is_dir():
            yield name, sorted((shared / folder).rglob("*.jpg"))
    with (DATA / "queries.csv").open(newline="", encoding="utf-8") as table:
        yield "demo", [DATA / row["path"] for row in csv.DictReader(table) if not any(f in row["note"] for f in FAULTS)]


def darkened(image: Image.Image) -> Image.Image:
    """At a seventh of the light."""
    return image.point(lambda value: value // 7)


def defocused(image: Image.Image) -> Image.Image:
    """Out of focus by a hundredth of the shorter side."""
    return image.filter(ImageFilter.GaussianBlur(min(image.size) / 100))


def shrunk(image: Image.Image) -> Image.Image:
    """Of 60 px."""
    return image.resize((60, 60))


def on_a_table(studio: Image.Image, share: float, rng: np.random.Generator) -> Image.Image:
    """A studio picture at a share of a photo's shorter side, somewhere on ground of its own colour."""
    width, height = PHOTO
    side = round(share * height)
    edges = np.asarray(studio)[[0, -1]].reshape(-1, 3)
    photo = Image.new("RGB", PHOTO, tuple(int(value) for value in np.median(edges, axis=0)))
    photo.paste(studio.resize((side, side)), (int(rng.integers(width - side)), int(rng.integers(height - side))))
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = -FALL_OFF / 2 * (x * x + y * y)
    noisy = np.asarray(photo) + light[..., None] + rng.normal(0, NOISE, (height, width, 3))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


class Counts:
    """Of photos of one kind, how many were called what."""

    def __init__(self, kind: str, wanted: str | None) -> None:
        """``wanted``: the code that is right; none of a good photo."""
        self.kind, self.wanted = kind, wanted
        self.photos, self.called = 0, Counter[str]()

    def add(self, advice: Iterable[str]) -> None:
        """One more."""
        self.photos += 1
        self.called.update(advice)
        self.called["any"] += bool(list(advice))

    def row(self) -> list[str]:
        """For the table: how often each code was given, and the bounds of what is asked of the kind."""
        code = self.wanted or "any"
        low, high = exact_bounds(self.called[code], self.photos)
        shares = [f"{100 * self.called[one] / self.photos:.1f} %" for one in CODES]
        return [self.kind, str(self.photos), *shares, f"{code} {100 * low:.1f} to {100 * high:.1f} %"]


async def _advice(decoder: PhotoDecoder, picture: Image.Image) -> Sequence[str]:
    return (await decoder.decode(_jpeg(picture), target=TARGET, needed=TARGET)).advice


async def measure(shared: Path) -> list[Counts]:
    """Good photos by set, then faulty ones by fault."""
    decoder, rng = PhotoDecoder(), np.random.default_rng(0)
    faults: dict[str, Callable[[Image.Image], Image.Image]] = {
        "too_dark": darkened, "blurred": defocused, "too_small": shrunk,
    }  # fmt: skip
    faulty = {code: Counts(f"made {code.removeprefix('too_')}", code) for code in faults}
    good: list[Counts] = []
    try:
        for name, paths in good_photos(shared):
            good.append(Counts(f"good: {name}", None))
            for place, path in enumerate(paths):
                photo = await decoder.decode(path.read_bytes(), target=TARGET, needed=TARGET)
                good[-1].add(photo.advice)
                if not place % 4:
                    for code, spoil in faults.items():
                        faulty[code].add(
                            (await decoder.decode(_jpeg(spoil(photo.image)), target=TARGET, needed=TARGET)).advice
                        )
        drawn = Counts("drawn far away", "too_far"), Counts("good: drawn near", None)
        for path in sorted((DATA / "references").iterdir()):
            with Image.open(path) as studio:
                for counts, share in zip(drawn, (FAR, NEAR), strict=True):
                    counts.add(await _advice(decoder, on_a_table(studio.convert("RGB"), share, rng)))
    finally:
        await decoder.close()
    return [*good, drawn[1], *faulty.values(), drawn[0]]


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


@click.command()
@click.option("--photos", type=click.Path(path_type=Path), default=Path("../shared/photos"), help="Real photos.")
def main(photos: Path) -> None:
    """Print how often each code is given to good and to faulty photos; status 1 where good ones are called faulty
    more often than in two of a hundred.
    """
    console = Console(width=140)
    console.print(f"[bold]{this_machine()}[/]")
    counts = asyncio.run(measure(photos))
    table = Table("photos", "of them", *CODES, "95 % bounds")
    for one in counts:
        table.add_row(*one.row())
    console.print(table)
    missed = [one.kind for one in counts if one.wanted is None and one.called["any"] > MOST * one.photos]
    for kind in missed:
        console.print(f"{kind}: called faulty more often than {MOST:.0%}: MISSED", highlight=False)
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
