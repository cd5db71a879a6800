"""The HTML report: one file that needs nothing else."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from service.evaluation.bounds import Estimate
from service.evaluation.plots import recall_plot, reliability_plot, risk_plot, score_plot
from service.evaluation.run import Evaluation
from service.evaluation.words import WORDS, named_figures, percent

TEMPLATES: Final = Path(__file__).parent / "templates"


def draw_page(found: Evaluation) -> str:
    """The report with its plots and the sheet of the worst mistakes."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "bounds": _bounds, "difference": _difference}
    report = found.report
    return environment.get_template("report.html").render(
        report=report,
        words=WORDS,
        figures=named_figures(report.figures),
        channels=" + ".join(report.channels),
        others=[(" + ".join(one.channels), one.figures) for one in report.ablation],
        plots=_plots(found),
        mistakes=found.mistakes,
    )


def _plots(found: Evaluation) -> list[tuple[str, str, Markup]]:
    """Title, explanation and drawing of each plot."""
    report, reported = found.report, found.outcomes[0]
    names = [" + ".join(channels) for channels in [report.channels, *(one.channels for one in report.ablation)]]
    sets = list(zip(names, found.outcomes, strict=True))
    drawn = [
        ("Recall", "Photos of products in the gallery, by how many candidates are shown.", recall_plot(sets)),
        ("Confidence", "Where right, wrong and absent do not overlap, a verdict can be certain.", score_plot(reported)),
        ("Risk and coverage", "Absent products count as wrong.", risk_plot(sets)),
    ]
    if (reliability := reliability_plot(reported)) is not None:
        drawn.append(("Reliability", "On the line, probabilities come true; numbers are photos.", reliability))
    return [(title, text, Markup(svg)) for title, text, svg in drawn]  # noqa: S704  our own, escaped when drawn


def _bounds(estimate: Estimate) -> str:
    return f"{percent(estimate.low)} to {percent(estimate.high)}"


def _difference(estimate: Estimate) -> str:
    return f"{estimate.value * 100:+.1f} ({estimate.low * 100:+.1f} to {estimate.high * 100:+.1f})"
