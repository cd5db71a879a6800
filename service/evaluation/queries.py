"""What is asked: photos with what is true of them, and the plan of a folder's evaluation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import numpy as np

from service.evaluation.errors import EvaluationError
from service.evaluation.manifest import LabelledPicture, LabelledProduct, PhotoSet
from service.recognition.region import Region
from service.recognition.verdict.statements import Statement, statements


class Kind(StrEnum):
    """What is true of a photo: its product is in the gallery, was left out of it, or is in no catalog at all."""

    PRESENT = "present"
    LEFT_OUT = "left_out"
    STRANGER = "strangers"


@dataclass(frozen=True, kw_only=True)
class Query:
    """A photo to ask, or several of one product that are asked together.

    ``sources`` are files, or keys of the picture store; ``part_number`` what it truly shows, None for a stranger;
    ``cluster`` names its product: photos of one product are not independent. ``region``: the part of the photo that
    the worker had marked; ``text``: what was typed beside it. ``truth``: all that is true of its product and may be
    said in a coarse answer; nothing of a stranger.
    """

    name: str
    sources: tuple[Path | str, ...]
    kind: Kind
    part_number: str | None
    cluster: str
    region: Region | None = None
    text: str | None = None
    truth: frozenset[Statement] = frozenset()


@dataclass(frozen=True, kw_only=True)
class GalleryProduct:
    """A product of the scratch catalog with its pictures; a ``distractor`` is there only to be confused with."""

    part_number: str
    name: str
    description: str = ""
    category: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    pictures: tuple[Path, ...]
    distractor: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What goes into the gallery and what is asked. ``notes`` are sentences for the report."""

    gallery: tuple[GalleryProduct, ...]
    queries: tuple[Query, ...]
    left_out: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


def plan_folder(
    photos: PhotoSet,
    *,
    references: str | None = None,
    group: str | None = None,
    leave_out: float = 0.0,
    strangers: Sequence[Path] = (),
    distractors: Sequence[Path] = (),
    together: int = 1,
    typed: bool = False,
    most_queries: int | None = None,
    seed: int = 0,
) -> Plan:
    """Decide what is asked of what. All groups' products are in the gallery; ``group`` chooses whose photos are asked.

    ``leave_out`` is the share (0..1) of products kept out of the gallery, drawn within each group; their photos are
    asked all the same. ``together``: so many photos of a product are asked as one lookup; ``typed``: with the text that
    the folder has for the first of them. At most ``most_queries`` lookups of the folder, and as many strangers, are
    drawn.

    Raises:
        EvaluationError: no such set or group, or nothing would be left to find.

    """
    generator = np.random.default_rng(seed)
    pictures: dict[str, list[Path]] = {}
    for picture in photos.references(references):
        pictures.setdefault(picture.label, []).append(picture.path)
    asked = photos.queries(group)
    left_out = _left_out([photos.products[label] for label in sorted(pictures)], leave_out, generator)
    gallery = [
        _product(photos.products[label], paths) for label, paths in pictures.items() if label not in left_out
    ] + [_distractor(number, path) for number, path in enumerate(distractors, start=1)]
    queries = [_query(picture, photos, pictures.keys() - left_out, typed=typed) for picture in asked]
    queries = drawn(joined(queries, together), most_queries, generator)
    queries += drawn([_stranger(path) for path in strangers], most_queries, generator)
    if not any(query.kind is Kind.PRESENT for query in queries):
        raise EvaluationError("no photo that would be asked shows a product that is in the gallery")
    notes = []
    if unknown := sorted({picture.label for picture in asked} - pictures.keys()):
        notes.append(f"{len(unknown)} products that are asked have no reference, and count as left out: {unknown[0]}")
    return Plan(gallery=tuple(gallery), queries=tuple(queries), left_out=tuple(sorted(left_out)), notes=notes)


def drawn(queries: list[Query], most: int | None, generator: np.random.Generator) -> list[Query]:
    """At most ``most`` of the queries, at random, in their order."""
    if most is None or most >= len(queries):
        return queries
    kept = np.sort(generator.choice(len(queries), size=most, replace=False))
    return [queries[at] for at in kept]


def joined(queries: Sequence[Query], together: int) -> list[Query]:
    """So many photos of each product as one, in their order; what is left over of a product is not asked."""
    if together == 1:
        return list(queries)
    by_product: dict[str, list[Query]] = {}
    for query in queries:
        by_product.setdefault(query.cluster, []).append(query)
    return [
        replace(some[0], name=" + ".join(one.name for one in some), sources=tuple(one.sources[0] for one in some))
        for of_product in by_product.values()
        for start in range(0, len(of_product) - together + 1, together)
        for some in [of_product[start : start + together]]
    ]


def _left_out(products: Sequence[LabelledProduct], share: float, generator: np.random.Generator) -> set[str]:
    chosen: set[str] = set()
    for group in sorted({product.group for product in products}):
        labels = [product.label for product in products if product.group == group]
        order = generator.permutation(len(labels))
        chosen |= {labels[at] for at in order[: round(share * len(labels))]}
    return chosen


def _product(product: LabelledProduct, pictures: list[Path]) -> GalleryProduct:
    return GalleryProduct(
        part_number=product.part_number,
        name=product.name,
        description=product.description,
        category=product.category,
        metadata=product.metadata,
        pictures=tuple(pictures),
    )


def _distractor(number: int, path: Path) -> GalleryProduct:
    return GalleryProduct(part_number=f"distractor-{number:05d}", name=path.name, pictures=(path,), distractor=True)


def _query(picture: LabelledPicture, photos: PhotoSet, present: set[str], *, typed: bool) -> Query:
    path, product = picture.path, photos.products[picture.label]
    return Query(
        name=str(path.relative_to(photos.folder) if path.is_relative_to(photos.folder) else path),
        sources=(picture.path,),
        kind=Kind.PRESENT if picture.label in present else Kind.LEFT_OUT,
        part_number=product.part_number,
        cluster=picture.label,
        text=(picture.text or None) if typed else None,
        truth=frozenset(statements(product.part_number, product.category, product.metadata)),
    )


def _stranger(path: Path) -> Query:
    cluster = f"stranger {path.parent.name}/{path}"
    return Query(name=path.name, sources=(path,), kind=Kind.STRANGER, part_number=None, cluster=cluster)
