"""``photocode import``: send a file, and watch it land."""

from pathlib import Path

import click
import msgspec
from rich.console import Console

from mobile_contract.imports import ImportProgress, ImportState
from service.cli.calling import url_option
from service.cli.import_client import ImportClient, importing
from service.cli.import_screen import SHOWN_OF_ID, bars, show_import, upload_bar
from service.cli.import_tested import follow_self_test

token_option = click.option("--token", envvar="PHOTOCODE_TOKEN", help="From another machine; or PHOTOCODE_TOKEN.")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--catalog", required=True, help="Where it goes.")
@click.option("--create", is_flag=True, help="Make the catalog, if there is none of this name.")
@click.option(
    "--mode",
    type=click.Choice(["merge", "sync"]),
    default="merge",
    show_default=True,
    help="sync also removes the products that the file does not have.",
)
@click.option("--max-removed", type=click.FloatRange(0, 1), help="Share of the catalog that a sync may remove [0.1].")
@click.option("--format", "table_format", type=click.Choice(["csv", "jsonl"]), help="How the table is written.")
@click.option("--encoding", help="The table's, such as utf-8 or windows-1252.")
@click.option("--delimiter", help="What stands between cells: one character, or its name (tab).")
@click.option("--column", "columns", multiple=True, metavar="HEADER=FIELD", help="What a column holds; repeatable.")
@click.option(
    "--until",
    type=click.Choice(["searchable", "enriched"]),
    default="searchable",
    show_default=True,
    help="How long to watch: until all can be found, or until all pictures are described too.",
)
@click.option("--self-test", "testing", is_flag=True, help="Wait for the self-test too, and show what it found.")
@url_option
@token_option
def import_file(
    file: Path,
    catalog: str,
    create: bool,
    mode: str,
    max_removed: float | None,
    table_format: str | None,
    encoding: str | None,
    delimiter: str | None,
    columns: tuple[str, ...],
    until: str,
    testing: bool,
    url: str,
    token: str | None,
) -> None:
    """Import FILE: a CSV table, JSON lines, or a ZIP of either and its pictures. Exit status 1 where it, or one of its
    rows, fails. How the table is written and what its columns hold is found out where it is not said.

    Ctrl-C ends the watching; the import goes on.
    """
    console = Console()
    said = {"mode": mode, "format": table_format, "encoding": encoding, "delimiter": delimiter}
    said["maxRemoved"] = None if max_removed is None else str(max_removed)
    said["columns"] = msgspec.json.encode(_fields(columns)).decode() if columns else None
    options = {name: value for name, value in said.items() if value is not None}
    with importing(url, token, catalog) as client:
        if create:
            client.create_catalog()
        with upload_bar(console, file.stat().st_size) as progress:
            started = client.start(file, options, lambda count: progress.advance(progress.task_ids[0], count))
        follow(console, client, started, "enriched" if testing else until, testing=testing)


def _fields(columns: tuple[str, ...]) -> dict[str, str]:
    """From headers to fields.

    Raises:
        click.BadParameter: one says no field.

    """
    pairs = [one.rpartition("=") for one in columns]
    if wrong := [one for one, (header, _, field) in zip(columns, pairs, strict=True) if not header or not field]:
        raise click.BadParameter(f"{wrong[0]!r} is not HEADER=FIELD", param_hint="--column")
    return {header: field for header, _, field in pairs}


def follow(console: Console, client: ImportClient, one: ImportProgress, until: str, *, testing: bool = False) -> None:
    """Show an import's progress to its end, then what became of it; ``testing``: and what its self-test found.

    Raises:
        SystemExit: with 1 where it did not complete, or some of its rows failed; with 130 at Ctrl-C.

    """
    how = f"photocode imports show {str(one.id)[:SHOWN_OF_ID]} --catalog {client.catalog}"
    try:
        with bars(console) as shown:
            shown.show(one)
            for now in client.watch(one.id, until):
                shown.show(now)
                if now.state is ImportState.PAUSED:
                    break
    except KeyboardInterrupt:
        console.print(f"the import goes on: {how}", highlight=False)
        raise SystemExit(130) from None
    status = client.show(one.id)
    show_import(console, status)
    if status.counters.failed or status.counters.with_warnings:
        failed = f"photocode imports failed {str(one.id)[:SHOWN_OF_ID]} --catalog {client.catalog} --out failed.csv"
        lost = " --warnings" if status.counters.with_warnings else ""
        console.print(f"to mend and send again: {failed}{lost}", highlight=False, soft_wrap=True)
    if status.state is ImportState.PAUSED:
        console.print("it was paused; to go on: photocode imports resume", highlight=False)
    if testing and status.state is not ImportState.PAUSED:
        follow_self_test(console, client, status)
    if status.state is not ImportState.COMPLETED or status.counters.failed:
        raise SystemExit(1)
