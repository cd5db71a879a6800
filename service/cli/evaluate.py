"""``photocode evaluate``: how often lookups are right, on labelled photos or a catalog's own confirmations."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from mobile_contract.limits import PHOTOS_MAX
from service.cli.at_database import database_url
from service.cli.serve import checked_settings
from service.database.embedded import EmbeddedDatabaseError
from service.evaluation.errors import EvaluationError
from service.evaluation.options import Options
from service.evaluation.progress import Progress as Steps
from service.logs import configure_logs
from service.recognition.channels import Channel
from service.settings import Settings

FOLDER = click.Path(exists=True, file_okay=False, path_type=str)
FILE = click.Path(dir_okay=False, path_type=Path)
TERMINATED = 143
EXTRA = ("scipy", "matplotlib", "jinja2")


@click.command()
@click.argument("folder", type=FOLDER, required=False)
@click.option("--catalog", help="Instead of FOLDER: ask this catalog's confirmed lookups again.")
@click.option("--references", help="The set of references to find products by; all, if not given.")
@click.option("--group", help="The group whose queries are asked; every group's products are in the gallery.")
@click.option("--strangers", type=FOLDER, help="Photos of things that are in no catalog.")
@click.option("--distractors", type=FOLDER, help="Pictures of more products for the gallery.")
@click.option("--leave-out", type=click.FloatRange(0, 1, max_open=True), default=0.0, help="Share of products to omit.")
@click.option("--channels", "channel_sets", multiple=True, help="Such as image,surface; again for a comparison.")
@click.option("--ablation", is_flag=True, help="Compare all channels with each alone.")
@click.option("--rotate", type=float, default=0.0, help="Degrees to turn every photo by, counter-clockwise.")
@click.option("--together", type=click.IntRange(1, PHOTOS_MAX), default=1, help="Photos of a product a lookup.")
@click.option("--typed", is_flag=True, help="Ask with the manifest's column text as a hint.")
@click.option("--limit-queries", type=click.IntRange(min=1), help="Draw so many photos, and so many strangers.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--json", "json_file", type=FILE, help="Write the figures there.")
@click.option("--html", "html_file", type=FILE, help="Write a page with plots and the worst mistakes there.")
def evaluate(
    folder: str | None,
    catalog: str | None,
    channel_sets: tuple[str, ...],
    ablation: bool,
    json_file: Path | None,
    html_file: Path | None,
    **options: str | float | None,
) -> None:
    """Ask the photos of FOLDER (manifest.csv: path,label,role,set,group) of a scratch catalog, and count.

    Lookups run through the code that serves them, one at a time; nothing is left behind.
    """
    if channel_sets and ablation:
        raise click.UsageError("give either --channels or --ablation")
    asked = msgspec.convert({"folder": folder, "catalog": catalog, **options}, Options)
    _refuse_mixture(asked)
    for file in (json_file, html_file):
        _refuse_nowhere(file)
    _refuse_without_extra()
    runner, pages = import_module("service.evaluation.run"), import_module("service.evaluation.page")
    sets = runner.ABLATION if ablation else [_channels(text) for text in channel_sets] or runner.DEFAULT
    configure_logs("console", "error")
    settings = checked_settings()
    with (
        _terminable(),
        _refusals(),
        _progress() as progress,
        _database(settings, needed=catalog is not None) as settings,
    ):
        found = runner.evaluate(asked, settings, channel_sets=sets, progress=progress, sheet=html_file is not None)
    if json_file is not None:
        json_file.write_bytes(found.report.to_json())
    if html_file is not None:
        html_file.write_text(pages.draw_page(found), encoding="utf-8")
    import_module("service.evaluation.screen").show(Console(), found.report)


def _refuse_mixture(options: Options) -> None:
    if (options.folder is None) == (options.catalog is None):
        raise click.UsageError("give either FOLDER or --catalog")
    of_folders = ("references", "group", "strangers", "distractors", "leave_out")
    given = [name for name in (*of_folders, "typed") if getattr(options, name)] + ["together"] * (options.together > 1)
    if options.catalog and given:
        raise click.UsageError(f"--{given[0].replace('_', '-')} goes with FOLDER")


def _refuse_nowhere(file: Path | None) -> None:
    """Better told now than after minutes of asking."""
    if file is not None and not file.parent.is_dir():
        raise click.UsageError(f"there is no folder {file.parent} for {file.name}")


def _refuse_without_extra() -> None:
    """Told before anything is imported, which takes seconds."""
    for name in EXTRA:
        if find_spec(name) is None:
            raise click.ClickException(f"{name} is missing: pip install 'photocode[evaluate]'")


def _channels(text: str) -> frozenset[Channel]:
    try:
        return frozenset(Channel(name.strip()) for name in text.split(","))
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r}: channels are {', '.join(Channel)}, with commas between them", param_hint="--channels"
        ) from error


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (EvaluationError, EmbeddedDatabaseError) as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _terminable() -> Iterator[None]:
    """A termination unwinds as an interruption does, so that the scratch database stops and goes."""
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(TERMINATED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _database(settings: Settings, *, needed: bool) -> Iterator[Settings]:
    """The settings with a database that answers, where a catalog of it is asked."""
    if not needed:
        yield settings
        return
    with database_url(settings) as url:
        yield msgspec.structs.replace(settings, database_url=url)


@contextmanager
def _progress() -> Iterator[Steps]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done)

        yield progress
