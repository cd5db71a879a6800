"""The report's plots, as SVG that takes its colours from the page."""

import io
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from service.evaluation.bounds import Floats
from service.evaluation.figures import BINS, calibration_bins
from service.evaluation.outcomes import Bools, Outcomes

INCHES: Final = (4.6, 3.3)
MOST_RANKS: Final = 10
HISTOGRAM_BINS: Final = 24
# Okabe and Ito's colours, told apart by nearly everybody, on light and dark ground.
RIGHT, WRONG, ABSENT = "#009e73", "#d55e00", "#56b4e9"
INK: Final = "#010203"
"""Drawn in the page's text colour."""
LINES: Final = ("#0072b2", "#e69f00", "#cc79a7", "#009e73", "#d55e00", "#56b4e9")
_GRID: Final = "#040506"
_STYLE: Final = {
    "svg.fonttype": "none",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": _GRID,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}


def recall_plot(sets: Sequence[tuple[str, Outcomes]]) -> str:
    """How often the product is among the first k, for k from 1 to 10, a line for each set of channels."""

    def draw(axes: Axes) -> None:
        ranks = np.arange(1, MOST_RANKS + 1)
        for colour, (name, found) in zip(LINES, sets, strict=False):
            of = found.ranks[found.present]
            recall = ((of[:, None] > 0) & (of[:, None] <= ranks)).mean(axis=0)
            axes.plot(ranks, recall, marker="o", markersize=4, color=colour, label=name)
        axes.set(xlabel="candidates shown", ylabel="product among them", xticks=ranks, ylim=(0, 1.03))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.legend(loc="lower right")

    return svg("recall", draw)


def score_plot(found: Outcomes) -> str:
    """Confidence in the first candidate, of right, wrong and absent ones."""

    def draw(axes: Axes) -> None:
        values = np.where(np.isfinite(found.confidence), found.confidence, np.nan)
        if np.isnan(values).all():
            return
        edges = np.histogram_bin_edges(values[~np.isnan(values)], bins=HISTOGRAM_BINS)
        for name, members, colour in _classes(found):
            own = values[members & ~np.isnan(values)]
            if len(own):
                shares = np.full(len(own), 1 / len(own))
                axes.hist(own, edges, weights=shares, color=colour, alpha=0.3)
                axes.hist(own, edges, weights=shares, color=colour, histtype="step", label=f"{name} ({len(own)})")
        axes.set(xlabel=_confidence_name(found), ylabel="share of the photos")
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.legend(loc="best")

    return svg("scores", draw)


def reliability_plot(found: Outcomes) -> str | None:
    """How often a probability comes true, by bins of a tenth; None where verdicts carry none."""
    probabilities = found.probabilities
    if probabilities is None:
        return None

    def draw(axes: Axes) -> None:
        bins = calibration_bins(probabilities)
        counts = np.bincount(bins, minlength=BINS)
        there = counts > 0
        right = np.bincount(bins, weights=found.right, minlength=BINS)[there] / counts[there]
        said = np.bincount(bins, weights=probabilities, minlength=BINS)[there] / counts[there]
        axes.plot([0, 1], [0, 1], color=INK, linestyle="--", linewidth=1)
        axes.plot(said, right, color=LINES[0], marker="o", markersize=4)
        for x, y, count in zip(said, right, counts[there], strict=True):
            axes.annotate(str(count), (x, y), textcoords="offset points", xytext=(5, -10), fontsize=8)
        axes.set(xlabel="probability said", ylabel="right first candidates", xlim=(-0.02, 1.05), ylim=(-0.02, 1.05))

    return svg("reliability", draw)


def risk_plot(sets: Sequence[tuple[str, Outcomes]]) -> str:
    """Wrong answers among those given, when only the most certain share of all photos is answered."""

    def draw(axes: Axes) -> None:
        for colour, (name, found) in zip(LINES, sets, strict=False):
            coverage, risk = risk_coverage(found.confidence, found.right)
            axes.plot(coverage, risk, color=colour, label=name)
        axes.set(xlabel="photos answered, most certain first", ylabel="of these wrong", xlim=(0, 1.02), ylim=(0, 1.03))
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.legend(loc="best")

    return svg("risk", draw)


def risk_coverage(confidence: Floats, right: Bools) -> tuple[Floats, Floats]:
    """Shares answered and shares wrong among them, one point for each level of confidence (El-Yaniv, JMLR 2010)."""
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~right[order])
    answered = np.arange(1, len(order) + 1)
    # Photos of equal confidence can only be answered together.
    ordered = confidence[order]
    last = np.append(ordered[1:] != ordered[:-1], True)
    return (answered / len(order))[last], (wrong / answered)[last]


def _classes(found: Outcomes) -> list[tuple[str, Bools, str]]:
    wrong = found.present & ~found.right
    return [("right", found.right, RIGHT), ("wrong", wrong, WRONG), ("absent", ~found.present, ABSENT)]


def _confidence_name(found: Outcomes) -> str:
    return "score of the first candidate" if found.probabilities is None else "probability of the first candidate"


def svg(name: str, draw: Callable[[Axes], None], *, inches: tuple[float, float] = INCHES) -> str:
    """A drawing as an SVG element: its ink is the page's text colour, its grid the page's ``--line``."""
    buffer = io.StringIO()
    with rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=inches, layout="constrained")
        draw(figure.add_subplot())
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    drawn = buffer.getvalue()
    drawn = drawn[drawn.index("<svg") :].replace(INK, "currentColor").replace(_GRID, "var(--line)")
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{name}" ', 1)
