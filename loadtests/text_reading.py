"""What the size that text is read at costs and brings: ``python -m loadtests.text_reading`` (``make bench-text``).

Packages of the groceries are told apart by nothing but their text, compared as the service compares it: with the text
of one catalogue picture each, and of five phone photos. ``--of train`` takes the photos that sizes are chosen on,
``--of test`` those that accuracy is reported on. The time is of the processor and of one core, so that what else the
machine does matters little; photos of the demo, without any text, say what it costs to find none. *Sure* is text that
may make a verdict surer: of the right product, and of any other one where the right one is left out.
"""

import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import click
import numpy as np
import psutil
from PIL import Image
from rich.console import Console
from rich.table import Table

from loadtests.accuracy_photos import PHOTOS
from loadtests.machine import this_machine
from loadtests.photos import EDGE
from service.demo.data_set import field_photos
from service.evaluation.manifest import LabelledPicture, read_photo_set
from service.recognition.fusion import SURE_READ
from service.recognition.reading.comparing import Bearer, compare
from service.recognition.reading.port import Line
from service.recognition.reading.rapid import PIXELS, RapidReader
from service.recognition.reading.words import words_of_lines, words_of_product

SIZES = (150_000, 221_184, PIXELS, 442_368)
GROUP = "Packages"
REFERENCES = 5
ASKED_OF_PRODUCT = 3
PLAIN_PHOTOS = 20
MEGABYTE = 1 << 20

Found = Literal["right", "tied", "wrong", "none"]

OUTCOMES: Final[tuple[Found, ...]] = ("right", "tied", "wrong", "none")
SURE = ("sure", "left out: sure")


@dataclass(frozen=True, kw_only=True)
class Task:
    """Photos with their labels, and two sets of references: pictures by label."""

    asked: Sequence[tuple[Path, str]]
    references: Mapping[str, Mapping[str, Sequence[Path]]]
    names: Mapping[str, Sequence[str]]


@dataclass(kw_only=True)
class Reading:
    """A reader and what it took, in milliseconds of the processor a picture."""

    reader: RapidReader
    milliseconds: list[float] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def read(self, path: Path, *, edge: int | None = None) -> list[Line]:
        """A picture's lines."""
        with Image.open(path) as opened:
            image = opened.convert("RGB")
        if edge:
            image.thumbnail((edge, edge))
        start = time.process_time()
        found = self.reader.read(image)
        self.milliseconds.append((time.process_time() - start) * 1000)
        self.lines.append(len(found))
        return found


@click.command()
@click.option("--photos", type=click.Path(path_type=Path, file_okay=False), default=PHOTOS, show_default=True)
@click.option("--of", "whose", type=click.Choice(["train", "test"]), default="train", show_default=True)
@click.option("--most", type=click.IntRange(min=1), default=93, show_default=True, help="Photos that are asked.")
@click.option("--pixels", type=int, multiple=True, help="Read at so many pixels; again for a comparison.")
def main(photos: Path, whose: str, most: int, pixels: tuple[int, ...]) -> None:
    """Print what reading costs and how often text alone finds the product."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(f"{this_machine()}", highlight=False)
    before = psutil.Process().memory_info().rss
    RapidReader.open()
    taken = (psutil.Process().memory_info().rss - before) / MEGABYTE
    console.print(f"a reader takes {taken:.0f} MB, its library included", highlight=False)
    task = make_task(photos, whose, most)
    console.print(f"{len(task.asked)} photos ({whose}) of {len(task.names)} packages; time of one core")
    table = Table("pixels", "ms p50", "ms p95", "lines", "ms p50, no text", "references", *OUTCOMES, *SURE)
    for size in pixels or SIZES:
        for row in measure(task, size):
            table.add_row(*row)
    console.print(table)


def make_task(photos: Path, whose: str, most: int) -> Task:
    """Packages of the groceries. Training photos are drawn by chance, the same at every run."""
    groceries = read_photo_set(photos / "grocery")
    names = {
        label: (product.part_number, product.name)
        for label, product in groceries.products.items()
        if product.group == GROUP
    }
    catalogue = _by_label(groceries.references("catalog"), names)
    if whose == "test":
        asked = [(one.path, one.label) for one in groceries.queries(GROUP)]
        random.Random(0).shuffle(asked)
        phone = _by_label(groceries.references("views"), names)
    else:
        asked, phone = _training(photos, names)
    return Task(asked=asked[:most], references={"catalogue": catalogue, "phone": phone}, names=names)


def _by_label(pictures: Sequence[LabelledPicture], names: Mapping[str, object]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for picture in pictures:
        if picture.label in names:
            found[picture.label].append(picture.path)
    return found


def _training(photos: Path, names: Mapping[str, object]) -> tuple[list[tuple[Path, str]], dict[str, list[Path]]]:
    by_label: dict[str, list[Path]] = defaultdict(list)
    for path in sorted((photos / "train" / "grocery").glob("*.jpg")):
        if (label := path.stem.rsplit("-", 1)[0]) in names:
            by_label[label].append(path)
    rng = random.Random(3)
    asked: list[tuple[Path, str]] = []
    phone: dict[str, list[Path]] = {}
    for label, paths in sorted(by_label.items()):
        drawn = rng.sample(paths, min(len(paths), REFERENCES + ASKED_OF_PRODUCT))
        phone[label] = drawn[:REFERENCES]
        asked += [(path, label) for path in drawn[REFERENCES:]]
    return asked, phone


def measure(task: Task, pixels: int) -> list[tuple[str, ...]]:
    """A row for each set of references."""
    reader = RapidReader.open(pixels=pixels)
    asking, plain, referring = Reading(reader=reader), Reading(reader=reader), Reading(reader=reader)
    read = [(asking.read(path), label) for path, label in task.asked]
    for photo in [one for one in field_photos() if one.path.suffix == ".jpg"][:PLAIN_PHOTOS]:
        plain.read(photo.path, edge=EDGE)
    rows = []
    for name, references in task.references.items():
        bearers = {
            label: Bearer(words=words_of_product([*named, *_texts(referring, references.get(label, ()))]))
            for label, named in task.names.items()
        }
        found = Counter(_found(lines, label, bearers) for lines, label in read)
        sure = [_sure(lines, label, bearers) for lines, label in read]
        counts = [*(found[outcome] for outcome in OUTCOMES), *map(sum, zip(*sure, strict=True))]
        shares = [f"{count / len(read):.1%}" for count in counts]
        cost = (f"{np.median(asking.milliseconds):.0f}", f"{np.percentile(asking.milliseconds, 95):.0f}")
        lines = f"{np.mean(asking.lines):.1f}"
        rows.append((f"{pixels:,}", *cost, lines, f"{np.median(plain.milliseconds):.0f}", name, *shares))
    return rows


def _texts(reading: Reading, paths: Sequence[Path]) -> list[str]:
    return [line.text for path in paths for line in reading.read(path)]


def _found(lines: Sequence[Line], label: str, bearers: Mapping[str, Bearer]) -> Found:
    """By their text alone: the right product before all others, among others of its score, behind one, or none."""
    said = compare(words_of_lines(lines), bearers)
    own, best = said[label].score, max((one.score for other, one in said.items() if other != label), default=0.0)
    if not max(own, best):
        return "none"
    return "right" if own > best else "tied" if own == best else "wrong"


def _sure(lines: Sequence[Line], label: str, bearers: Mapping[str, Bearer]) -> tuple[bool, bool]:
    """Whether text is sure of the right product, and of another one where that is left out."""
    words = words_of_lines(lines)
    others = compare(words, {other: bearer for other, bearer in bearers.items() if other != label})
    best = max((one.score for one in others.values()), default=0.0)
    return compare(words, bearers)[label].score >= SURE_READ, best >= SURE_READ


if __name__ == "__main__":
    main()
