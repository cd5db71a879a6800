"""Enrolment tokens from the command line: made in the database, shown as a QR code."""

import asyncio
import sys
from datetime import datetime, timedelta

import click

from catalog.database import Database
from catalog.devices import begin_enrolment
from mobile_contract.limits import ENROLMENT_SECONDS
from service.access.tokens import Purpose, hash_of, new_token
from service.printing.terminal_code import code_lines

WHITE, BLACK = 231, 16
"""Of the 256 colours that terminals know; the first sixteen are the user's to change."""


def show_enrolment(database_url: str, url: str) -> None:
    """Make an enrolment token and print how to use it. ``url``: what phones open.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database does not answer.

    """
    token = new_token(Purpose.ENROLMENT)
    until = asyncio.run(_begin(database_url, token))
    # In the fragment, which browsers keep to themselves: it comes into no log.
    address = f"{url}/#enrol={token}"
    click.echo()
    if _can_draw():
        for line in code_lines(address):
            click.echo(f"  {click.style(line, fg=WHITE, bg=BLACK)}")
        click.echo()
    click.echo(f"  {address}")
    minutes = ENROLMENT_SECONDS // 60
    click.echo(f"  Good for one device, until {until.astimezone():%H:%M} ({minutes} minutes from now).")


async def _begin(database_url: str, token: str) -> datetime:
    database = Database(database_url, pool_size=1)
    try:
        async with database.write() as session:
            return await begin_enrolment(session, hash_of(token), timedelta(seconds=ENROLMENT_SECONDS))
    finally:
        await database.close()


def _can_draw() -> bool:
    try:
        "█▀▄".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
