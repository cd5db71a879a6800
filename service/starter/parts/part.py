"""What a part is before it has a shape."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from service.starter.parts.finishes import FINISHES, Finish

Dimension = str | int | float


@dataclass(frozen=True, kw_only=True)
class Part:
    """One product: a designation, the recipe of its solid with dimensions in millimetres, and a finish."""

    part_number: str
    name: str
    category: str
    recipe: str
    dimensions: Mapping[str, Dimension]
    finish: str
    standard: str = ""
    thread: str = ""
    details: tuple[str, ...] = field(default=())

    @property
    def shape_key(self) -> str:
        """Equal for two parts exactly when their solids are equal."""
        return f"{self.recipe}:{json.dumps(dict(self.dimensions), sort_keys=True)}"

    @property
    def looks(self) -> Finish:
        """The finish itself."""
        return FINISHES[self.finish]

    @property
    def description(self) -> str:
        """A sentence as a catalog would print it."""
        measures = ", ".join(
            f"{name.replace('_', ' ')} {value:g}"
            for name, value in self.dimensions.items()
            if not isinstance(value, str)
        )
        about = f"{self.name}, {self.looks.words}"
        return f"{', '.join(filter(None, (about, *self.details, measures)))}."

    def measure(self, *names: str) -> str:
        """The first of these dimensions that the part has, as text, else an empty one."""
        return next(
            (f"{self.dimensions[name]:g}" for name in names if isinstance(self.dimensions.get(name), int | float)), ""
        )


@dataclass(frozen=True, kw_only=True)
class Family:
    """A category's parts: those of the demo catalog, those of no catalog, and any number to learn from."""

    category: str
    demo: tuple[Part, ...]
    strangers: tuple[Part, ...]
    drawn: Callable[[Random], list[Part]]
