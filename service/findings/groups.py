"""Groups of things of which some pairs belong together (union-find)."""

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

Thing = TypeVar("Thing", bound=Hashable)


class Groups(Generic[Thing]):
    """Grows by pairs."""

    def __init__(self, pairs: Iterable[tuple[Thing, Thing]] = ()) -> None:
        """Those that belong together, to begin with."""
        self._heads: dict[Thing, Thing] = {}
        for one, other in pairs:
            self.unite(one, other)

    def unite(self, one: Thing, other: Thing) -> None:
        """They and all that belongs to either belong together."""
        first, second = self.head(one), self.head(other)
        if first != second:
            self._heads[second] = first

    def head(self, one: Thing) -> Thing:
        """The same of all that belongs together."""
        path = []
        while (above := self._heads.setdefault(one, one)) != one:
            path.append(one)
            one = above
        for passed in path:
            self._heads[passed] = one
        return one

    def all(self) -> list[list[Thing]]:
        """Groups of two and more, each in the order in which its things came."""
        members: dict[Thing, list[Thing]] = {}
        for one in list(self._heads):
            members.setdefault(self.head(one), []).append(one)
        return [group for group in members.values() if len(group) > 1]
