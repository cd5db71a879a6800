"""``photocode audit``: who changed what."""

import sys
from collections.abc import Sequence

import click
import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.audit import read_entries
from catalog.models import AuditRow
from service.audit.presenter import present_entries
from service.cli.in_database import in_database, moment

OPERATION = 18
"""Characters that most names of operations have at most."""


@click.command()
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="The newest so many.")
@click.option("--subject", help="Of this client only, such as key:ID, device:ID, local or command:USER.")
@click.option("--operation", help="Of this operation only, such as createKey.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line, the newest first.")
def audit(limit: int, subject: str | None, operation: str | None, as_json: bool) -> None:
    """Show who changed what: keys, devices, catalogs, imports and products."""

    async def read(session: AsyncSession) -> Sequence[AuditRow]:
        return await read_entries(session, most=limit, subject=subject, operation=operation)

    rows = in_database(read)
    if as_json:
        for entry in present_entries(rows, limit).entries:
            sys.stdout.write(msgspec.json.encode(entry).decode() + "\n")
        return
    for row in reversed(rows):
        where = f" from {row.address}" if row.address else ""
        what = f"{row.status}  {row.operation:<{OPERATION}}  {row.target}"
        click.echo(f"{moment(row.created_at)}  {what}  by {row.subject}{where}")
    if not rows:
        click.echo("nothing was changed yet")
