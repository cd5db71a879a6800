"""Teach things by photos of them, and find each by another photo.

A folder holds one folder a thing, called by its number, a blank and its name, with two photos or more:
``desk/D-1 Stapler/front.jpg``. All but the last photo of each are taught, the last one is looked up.

    python -m mobile_contract.clients.python.examples.teach_and_find http://127.0.0.1:8700 desk ./desk
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from mobile_contract.clients.python import Conflict, Photocode


class Thing(NamedTuple):
    """What is taught, and the photo that is to find it."""

    number: str
    name: str
    taught: list[Path]
    asked: Path


def main(arguments: Sequence[str] | None = None) -> None:
    """Teach, then find."""
    parser = argparse.ArgumentParser(description="Teach things, and find them.")
    parser.add_argument("url")
    parser.add_argument("catalog", help="is made where it is not there")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--token")
    given = parser.parse_args(arguments)
    start = time.monotonic()
    with Photocode(given.url, token=given.token) as photocode:
        if given.catalog not in [one.name for one in photocode.catalogs()]:
            photocode.create_catalog(given.catalog)
        things = list(things_in(given.folder))
        for thing in things:
            try:
                photocode.teach_product(given.catalog, thing.number, thing.name, *thing.taught)
            except Conflict:  # taught before: it gets these photos too
                photocode.add_references(given.catalog, thing.number, *thing.taught)
        photocode.wait_for_surfaces(given.catalog)  # found before that too, but things that look alike less surely
        right = sum(find(photocode, given.catalog, thing) for thing in things)
    print(f"{right} of {len(things)} found in {time.monotonic() - start:.1f} s")


def things_in(folder: Path) -> Iterator[Thing]:
    """The things of a folder."""
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        number, _, name = place.name.partition(" ")
        *taught, asked = sorted(place.iterdir())
        yield Thing(number, name or number, taught[:5], asked)


def find(photocode: Photocode, catalog: str, thing: Thing) -> bool:
    """Whether its photo finds it first."""
    answer = photocode.look_up(catalog, thing.asked)
    first = answer.candidates[0]
    print(f"{thing.number} {thing.name}: {answer.verdict} {first.part_number} {first.name}")
    return first.part_number == thing.number


if __name__ == "__main__":
    main()
