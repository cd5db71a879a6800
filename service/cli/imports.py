"""``photocode imports``: look after imports of a running service."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from msgspec import UNSET
from rich.console import Console

from mobile_contract.clients.python.saving import whole_file
from service.cli.calling import url_option
from service.cli.import_client import importing
from service.cli.import_file import follow, token_option
from service.cli.import_screen import imports_table, show_import

Command = TypeVar("Command", bound=Callable[..., Any])

PAGES = 5


def _service(command: Command) -> Command:
    return url_option(token_option(click.option("--catalog", required=True, help="Whose imports.")(command)))


@click.group()
def imports() -> None:
    """List, show, pause, resume, cancel and retry imports. An IMPORT is its id, or the beginning of that."""


@imports.command("list")
@_service
def list_command(url: str, token: str | None, catalog: str) -> None:
    """List the newest imports."""
    with importing(url, token, catalog) as client:
        found, after = [], None
        for _ in range(PAGES):
            page = client.page(after)
            found += page.imports
            if page.next is UNSET:
                break
            after = page.next
    if found:
        Console().print(imports_table(found))
    else:
        click.echo(f"{catalog} has no imports: photocode import FILE --catalog {catalog}")


@imports.command()
@click.argument("import_id", metavar="IMPORT")
@click.option("--follow", "following", is_flag=True, help="Watch it to its end.")
@click.option("--self-test", "testing", is_flag=True, help="Watch it, and its self-test, and show what that found.")
@_service
def show(import_id: str, following: bool, testing: bool, url: str, token: str | None, catalog: str) -> None:
    """Show how far an import is, and what was wrong."""
    console = Console()
    with importing(url, token, catalog) as client:
        status = client.show(client.find(import_id))
        if following or testing:
            follow(console, client, status, "enriched", testing=testing)
        else:
            show_import(console, status)


@imports.command()
@click.argument("import_id", metavar="IMPORT")
@click.option("--warnings", is_flag=True, help="Also rows that landed without some of their pictures.")
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="A file.")
@_service
def failed(import_id: str, warnings: bool, out: Path | None, url: str, token: str | None, catalog: str) -> None:
    """Write the failed rows as a CSV table, to mend and send again."""
    with importing(url, token, catalog) as client:
        found = client.find(import_id)
        if out is None:
            client.failed_rows(found, warnings=warnings, out=sys.stdout.buffer)
            return
        with whole_file(out) as file:
            client.failed_rows(found, warnings=warnings, out=file)
    click.echo(f"wrote {out}")


def _changing(name: str, help_text: str) -> None:
    @imports.command(name, help=help_text)
    @click.argument("import_id", metavar="IMPORT")
    @_service
    def change(import_id: str, url: str, token: str | None, catalog: str) -> None:
        with importing(url, token, catalog) as client:
            show_import(Console(), client.change(client.find(import_id), name))


_changing("pause", "Let an import rest.")
_changing("resume", "Go on with a paused import.")
_changing("cancel", "End an import; what has landed stays.")
_changing("retry", "Try the failed rows of an ended import again.")
