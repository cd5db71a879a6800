"""New pictures of an import that are copies of others, of the same file or of the catalog's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from catalog.search.looks import CatalogLooks, LookedAt, Looks, near, unpacked

TOGETHER: Final = 1_024
"""Looks of the file that are compared at once, as soon as there are so many."""


@dataclass(frozen=True, kw_only=True)
class NewPicture:
    """A picture that a row would add. ``look``: None where there is nothing to tell, or nobody looked."""

    line: int
    part_number: str
    path: str
    content_hash: str
    look: bytes | None


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A new picture and what it is like: a reference of the catalog, or a picture that came before it in the file."""

    picture: NewPicture
    other: LookedAt | NewPicture
    identical: bool
    likeness: float


@dataclass(kw_only=True)
class Copies:
    """Finds copies among a file's new pictures, given in their order, and a catalog's references."""

    catalog: CatalogLooks
    _pictures: list[NewPicture] = field(default_factory=list)
    _blocks: list[Looks] = field(default_factory=list)
    _tail: list[bytes] = field(default_factory=list)
    _by_hash: dict[str, NewPicture] = field(default_factory=dict)

    def find(self, pictures: Sequence[NewPicture], same_file: Mapping[str, Sequence[LookedAt]]) -> Iterator[Copy]:
        """Those that are copies, each with the one that it is most like, of the catalog if any. ``same_file``:
        references of the catalog by content hash. Takes up to 2 ms a picture for 100,000 references: for a thread.
        """
        for picture in pictures:
            identical = self._identical(picture, same_file.get(picture.content_hash, ()))
            if identical is not None:
                yield Copy(picture=picture, other=identical, identical=True, likeness=1.0)
            elif picture.look is not None and (best := self._nearest(picture.look)):
                yield Copy(picture=picture, other=best[0], identical=False, likeness=best[1])
            self._keep(picture)

    def _identical(self, picture: NewPicture, same: Sequence[LookedAt]) -> LookedAt | NewPicture | None:
        others = [one for one in same if one.part_number != picture.part_number]
        return others[0] if others else self._by_hash.get(picture.content_hash)

    def _nearest(self, look: bytes) -> tuple[LookedAt | NewPicture, float] | None:
        one = unpacked([look]).rows[0]
        for place, likeness in _best(one, self.catalog.looks):
            return self.catalog.references[place], likeness
        found: list[tuple[float, int]] = []
        start = 0
        for block in [*self._blocks, unpacked(self._tail)]:
            found += [(likeness, start + place) for place, likeness in _best(one, block)]
            start += len(block)
        if not found:
            return None
        likeness, place = max(found, key=lambda one: one[0])
        return self._pictures[place], likeness

    def _keep(self, picture: NewPicture) -> None:
        self._by_hash.setdefault(picture.content_hash, picture)
        if picture.look is None:
            return
        self._pictures.append(picture)
        self._tail.append(picture.look)
        if len(self._tail) == TOGETHER:
            self._blocks.append(unpacked(self._tail))
            self._tail = []


def _best(one: np.void, others: Looks) -> list[tuple[int, float]]:
    places, likeness = near(one, others)
    if not len(places):
        return []
    best = int(np.argmax(likeness))
    return [(int(places[best]), float(likeness[best]))]
