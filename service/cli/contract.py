"""``photocode contract``: the committed OpenAPI document."""

from pathlib import Path

import click
import msgspec

import mobile_contract
from service.app import create_app
from service.cli.contract_check import checking
from service.recognition.embedding.fake import FakeEngine
from service.settings import Settings

DOCUMENT = Path(mobile_contract.__file__).parent / "openapi.json"


@click.group()
def contract() -> None:
    """Keep mobile_contract/openapi.json in step with the code."""


@contract.command("write")
def write() -> None:
    """Write the document."""
    DOCUMENT.write_bytes(document())
    click.echo(f"wrote {DOCUMENT}")


@contract.command("check")
def check() -> None:
    """Exit status 1 where the committed document is not the code's."""
    if DOCUMENT.read_bytes() != document():
        raise click.ClickException("mobile_contract/openapi.json is out of date: photocode contract write")
    click.echo("mobile_contract/openapi.json is up to date")


def document() -> bytes:
    """The code's document, keys sorted, so that a diff shows what changed."""
    schema = create_app(Settings(), FakeEngine()).openapi_schema.to_schema()
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=1) + b"\n"


contract.add_command(checking(document=check))  # in the place of the one above, which it is without an address
