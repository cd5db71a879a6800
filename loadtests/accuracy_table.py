"""The figures on the terminal."""

from collections.abc import Sequence
from typing import Final

from rich.table import Table

from loadtests.accuracy_lines import Line, Target, Unit

WARNING: Final = (
    "Read the groceries' figures as somewhat kind: the visual words and the weights of fusion were learned on photos "
    "(photos/train) that are others, but of the same grocery products in the same shops."
)


def table(lines: Sequence[Line]) -> Table:
    """A row a figure: 95 % bounds, target, and whether it was met."""
    shown = Table("", "photos", "", "figure", "95 %", "target", "")
    before = ""
    for line in lines:
        shown.add_row(
            line.what if line.what != before else "",
            f"{line.photos}",
            line.figure,
            text(line.value, line.unit),
            "" if line.low is None or line.high is None else _between(line.low, line.high, line.unit),
            _target(line.target, line.unit),
            {None: "", True: "[green]met[/]", False: "[red]missed[/]"}[line.met],
        )
        before = line.what
    return shown


def text(value: float, unit: Unit) -> str:
    """A figure with its unit."""
    return {
        Unit.SHARE: f"{value * 100:.1f} %",
        Unit.POINTS: f"{value * 100:+.1f} points",
        Unit.MILLISECONDS: f"{value:.1f} ms",
        Unit.NUMBER: f"{value:.3f}",
    }[unit]


def _between(low: float, high: float, unit: Unit) -> str:
    return f"{text(low, unit).removesuffix(' points').removesuffix(' %')} to {text(high, unit)}"


def _target(target: Target | None, unit: Unit) -> str:
    if target is None:
        return ""
    if target.surely:
        return "surely a gain"
    if target.least is not None:
        return f"at least {text(target.least, unit)}"
    return "" if target.most is None else f"at most {text(target.most, unit)}"
