"""Labelled pictures, to measure bundles on: references of products and query photos."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from service.models.errors import ModelError

MANIFEST = "manifest.csv"
ROLES = ("reference", "query")
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class LabelledPicture:
    """One picture of one product: a ``reference`` of the catalog or a ``query`` photo."""

    path: Path
    label: str
    role: str


def read_pictures(folder: Path) -> list[LabelledPicture]:
    """Read ``manifest.csv`` (columns ``path``, ``label``, ``role``; more are ignored) of a folder of pictures.

    Raises:
        ModelError: no manifest, a column is missing, a role is unknown, or there are not both roles.

    """
    try:
        with (folder / MANIFEST).open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        pictures = [LabelledPicture(folder / row["path"], row["label"], row["role"]) for row in rows]
    except OSError as error:
        raise ModelError(f"{folder / MANIFEST} cannot be read: {error.strerror}") from error
    except KeyError as error:
        raise ModelError(f"{folder / MANIFEST} has no column {error}") from error
    if {picture.role for picture in pictures} != set(ROLES):
        raise ModelError(f"{folder / MANIFEST} must name both roles, {' and '.join(ROLES)}, and no other")
    return pictures


def thinned(pictures: Sequence[LabelledPicture], queries: int | None) -> list[LabelledPicture]:
    """Keep all references and about ``queries`` queries, evenly drawn."""
    asked = [picture for picture in pictures if picture.role == "query"]
    if queries is None or queries >= len(asked):
        return list(pictures)
    kept = {asked[at * len(asked) // queries] for at in range(queries)}
    return [picture for picture in pictures if picture.role == "reference" or picture in kept]


def opened(pictures: Sequence[LabelledPicture]) -> Iterator[Image.Image]:
    """Decode upright RGB pictures, one at a time. The pictures are the operator's own, not untrusted ones.

    Raises:
        ModelError: a picture cannot be decoded.

    """
    for picture in pictures:
        try:
            with Image.open(picture.path) as image:
                yield ImageOps.exif_transpose(image).convert("RGB")
        except (OSError, ValueError, SyntaxError) as error:
            raise ModelError(f"{picture.path} cannot be read: {error}") from error


def sample(folder: Path, count: int) -> list[Image.Image]:
    """Open up to ``count`` JPEG, PNG or WebP files anywhere below a folder, evenly drawn.

    Raises:
        ModelError: there are none, or one cannot be decoded.

    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not found:
        raise ModelError(f"there are no pictures below {folder}")
    wanted = min(count, len(found))
    paths = [found[at * len(found) // wanted] for at in range(wanted)]
    return list(opened([LabelledPicture(path, "", "reference") for path in paths]))
