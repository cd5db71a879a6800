"""``photocode contract``: the committed OpenAPI documents, and what changes in them."""

from typing import IO, Any

import click
import msgspec

from mobile_contract.documents import DOCUMENT, OLDER
from service.app import create_app
from service.contract.changes import changes
from service.contract.finishing import finish
from service.contract.older import as_3_0
from service.contract.schemas import Change
from service.openapi import openapi_config
from service.recognition.embedding.fake import FakeEngine
from service.settings import Settings


@click.command("write")
@click.option("--breaking", is_flag=True, help="Also where clients that are in the field would break.")
def write(breaking: bool) -> None:
    """Write the documents, of OpenAPI 3.1 and 3.0.3, if nothing that clients rely on has gone."""
    told = changes(read(DOCUMENT.read_bytes()), read(document())) if DOCUMENT.exists() else []
    show(told)
    if any(one.breaking for one in told) and not breaking:
        raise click.ClickException("clients would break: keep what they rely on, or say --breaking")
    DOCUMENT.write_bytes(document())
    OLDER.write_bytes(older_document())
    click.echo(f"wrote {DOCUMENT} and {OLDER.name}")


@click.command()
def documents() -> None:
    """Exit status 1 where the committed documents are not the code's."""
    for path, content in ((DOCUMENT, document()), (OLDER, older_document())):
        if not path.exists() or path.read_bytes() != content:
            raise click.ClickException(f"mobile_contract/{path.name} is out of date: photocode contract write")
    click.echo("the documents in mobile_contract are up to date")


@click.command("diff")
@click.argument("old", type=click.File("rb"))
@click.argument("new", type=click.File("rb"), required=False)
@click.pass_context
def diff(context: click.Context, old: IO[bytes], new: IO[bytes] | None) -> None:
    """What changed from the document OLD (a file, or - for standard input) to NEW, by default the code's.

    Exit status 1 where a client that was written for OLD would break.
    """
    told = changes(read(old.read()), read(new.read() if new else document()))
    show(told)
    breaking = sum(one.breaking for one in told)
    click.echo(f"{breaking} breaking, {len(told) - breaking} additive")
    context.exit(1 if breaking else 0)


def show(told: list[Change]) -> None:
    """A line for each."""
    for one in told:
        click.echo(str(one))


def read(content: bytes) -> dict[str, Any]:
    """A document.

    Raises:
        click.ClickException: it is none.

    """
    try:
        found: dict[str, Any] = msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise click.ClickException(f"this is no OpenAPI document in JSON: {error}") from error
    if "paths" not in found:
        raise click.ClickException("this is no OpenAPI document: it has no paths")
    return found


def document() -> bytes:
    """The code's document, keys sorted, so that a diff shows what changed."""
    app = create_app(Settings(), FakeEngine(), openapi=openapi_config())
    finish(app)
    return _formatted(app.openapi_schema.to_schema())


def older_document() -> bytes:
    """The same as OpenAPI 3.0.3."""
    return _formatted(as_3_0(read(document())))


def _formatted(schema: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=1) + b"\n"
