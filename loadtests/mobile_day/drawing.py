"""The day drawn: on the terminal by plotext, on the report's page by matplotlib."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import plotext
from matplotlib.axes import Axes

from loadtests.mobile_day.figures import Series, Summary
from service.evaluation.plots import INK, LINES, RIGHT, WRONG, svg

INCHES: Final = (9.2, 3.0)
LINES_HIGH: Final = 13
BLUE, ORANGE = LINES[0], LINES[1]

Values = Sequence[float] | Sequence[float | None]
Line = tuple[str, Values, str]
"""Name, values (None where there are none), colour of the terminal."""


def terminal_plots(summary: Summary, *, columns: int, colours: bool) -> list[str]:
    """Rates and latencies over the day."""
    one = summary.series
    rates = [("offered", one.offered, "blue"), ("answered", one.answered, "green"), ("refused", one.refused, "red")]
    waits = [("p95", one.p95, "orange"), ("p50", one.p50, "blue")]
    return [
        _terminal("lookups a second", one, rates, columns, colours=colours),
        _terminal("ms from when a lookup was due", one, waits, columns, colours=colours),
    ]


def _terminal(title: str, series: Series, lines: Sequence[Line], columns: int, *, colours: bool) -> str:
    plotext.clear_figure()
    plotext.limit_size(width=False, height=False)
    plotext.theme("pro" if colours else "clear")
    plotext.plot_size(columns, LINES_HIGH)
    plotext.title(title)
    plotext.ylim(0, None)
    for place, (name, values, colour) in enumerate(lines):
        known = [(x, y) for x, y in zip(series.middles, values, strict=True) if y is not None]
        if known:
            # Without colours lines are told apart by what they are drawn with.
            marker = "braille" if colours else ("braille", "*", "x")[place]
            plotext.plot(*zip(*known, strict=True), label=name, color=colour, marker=marker)
    plotext.xlabel("seconds")
    drawn: str = plotext.build()
    return drawn if colours else plotext.uncolorize(drawn)


def page_plots(summary: Summary) -> list[tuple[str, str, str]]:
    """Title, explanation and SVG of each."""
    rates = "Lookups a second: due by plan, answered, and refused after every repeat. Grey: the import."
    waits = "Milliseconds from when a lookup was due to its answer, without what a free uplink takes by itself."
    return [
        ("Offered and answered", rates, svg("rates", _over_day(summary, _rates), inches=INCHES)),
        ("Latency", waits, svg("latency", _over_day(summary, _waits), inches=INCHES)),
    ]


def _over_day(summary: Summary, draw: Callable[[Axes, Series], None]) -> Callable[[Axes], None]:
    def whole(axes: Axes) -> None:
        draw(axes, summary.series)
        if summary.imported is not None:
            begin, seconds = summary.imported.begin, summary.imported.seconds
            axes.axvspan(begin, begin + seconds, color=INK, alpha=0.08, linewidth=0)
        axes.set(xlabel="seconds", xlim=(0, summary.seconds))
        axes.set_ylim(bottom=0)
        for phase in summary.phases:
            axes.axvline(phase.begin, color=INK, linewidth=0.6, linestyle=":")
            axes.annotate(
                phase.name, (phase.begin, 1), xycoords=("data", "axes fraction"), xytext=(3, 3),
                textcoords="offset points", fontsize=8,
            )  # fmt: skip
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))

    return whole


def _rates(axes: Axes, series: Series) -> None:
    axes.plot(series.middles, series.offered, color=BLUE, label="offered")
    axes.plot(series.middles, series.answered, color=RIGHT, label="answered")
    axes.plot(series.middles, series.refused, color=WRONG, label="refused")


def _waits(axes: Axes, series: Series) -> None:
    p50, p95 = (np.array([np.nan if one is None else one for one in values]) for values in (series.p50, series.p95))
    axes.plot(series.middles, p95, color=ORANGE, label="p95", marker=".")
    axes.plot(series.middles, p50, color=BLUE, label="p50", marker=".")
