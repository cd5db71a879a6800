"""``photocode export``: a catalog of a running service as a file that imports back."""

from pathlib import Path

import click
from rich.progress import DownloadColumn, Progress, SpinnerColumn, TransferSpeedColumn

from mobile_contract.clients.python.saving import whole_file
from service.cli.calling import calling, url_option

FORMS = {".zip": "zip", ".csv": "csv", ".jsonl": "jsonl"}


@click.command()
@click.argument("catalog")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--table",
    type=click.Choice(["jsonl", "csv"]),
    default="jsonl",
    show_default=True,
    help="Of a ZIP: jsonl says everything exactly, csv is for spreadsheets.",
)
@url_option
def export(catalog: str, file: Path, table: str, url: str) -> None:
    """Write CATALOG into FILE: table and pictures if it ends in .zip, the table alone in .csv or .jsonl.

    A file that is there is replaced, once the whole new one has come.
    """
    form = FORMS.get(file.suffix.lower())
    if form is None:
        raise click.UsageError(f"{file} ends in none of {', '.join(FORMS)}")
    try:
        columns = (SpinnerColumn(), DownloadColumn(), TransferSpeedColumn())
        with calling(url) as phone, whole_file(file) as out, Progress(*columns, transient=True) as progress:
            task = progress.add_task("", total=None)
            phone.export(catalog, out, form=form, table=table, watch=lambda more: progress.advance(task, more))
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"{catalog}: {file.stat().st_size:,} bytes in {file}")
