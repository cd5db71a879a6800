"""The report: one HTML file that needs nothing else."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from rich.text import Text

from loadtests.mobile_day.drawing import page_plots
from loadtests.mobile_day.figures import Latencies, Summary
from loadtests.mobile_day.screen import NONE, counts, details, import_lines

TEMPLATES: Final = Path(__file__).parent / "templates"


def draw_page(summary: Summary) -> str:
    """The page."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["three"] = _three
    return environment.get_template("report.html").render(
        summary=summary,
        counts=counts(summary),
        details=[Text.from_markup(line).plain for line in details(summary)],
        imported=import_lines(summary.imported) if summary.imported else [],
        plots=[(title, text, Markup(drawing)) for title, text, drawing in page_plots(summary)],  # noqa: S704  our own
    )


def _three(of: Latencies | None) -> list[str]:
    return [NONE] * 3 if of is None else [f"{value:,.0f}" for value in (of.p50, of.p95, of.p99)]
