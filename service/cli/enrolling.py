"""Enrolment tokens from the command line: made in the database, shown as a QR code."""

import asyncio
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta

import click

from catalog.database import Database
from catalog.devices import PAGE_GRANT, begin_enrolment
from catalog.grants import Grant
from mobile_contract.limits import ENROLMENT_SECONDS
from service.access.tokens import Purpose, hash_of, new_token
from service.cli.noting import note_command
from service.printing.terminal_code import code_lines

WHITE, BLACK = 231, 16
"""Of the 256 colours that terminals know; the first sixteen are the user's to change."""


@dataclass(frozen=True, kw_only=True)
class NewcomerRights:
    """What a device that is to be enrolled will be allowed, and who will use it, if that is known."""

    grant: Grant = PAGE_GRANT
    worker: str | None = None


def show_enrolment(database_url: str, url: str, rights: NewcomerRights) -> None:
    """Make an enrolment token and print how to use it. ``url``: what phones open.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database does not answer.

    """
    token = new_token(Purpose.ENROLMENT)
    until = asyncio.run(_begin(database_url, token, rights))
    # In the fragment, which browsers keep to themselves: it comes into no log.
    address = f"{url}/#enrol={token}"
    click.echo()
    if _can_draw():
        for line in code_lines(address):
            click.echo(f"  {click.style(line, fg=WHITE, bg=BLACK)}")
        click.echo()
    click.echo(f"  {address}")
    minutes = ENROLMENT_SECONDS // 60
    click.echo(f"  The device may {' '.join(rights.grant.scopes)}.")
    click.echo(f"  Good for one device, until {until.astimezone():%H:%M} ({minutes} minutes from now).")


async def _begin(database_url: str, token: str, rights: NewcomerRights) -> datetime:
    database = Database(database_url, pool_size=1)
    try:
        async with database.write() as session:
            lifetime = timedelta(seconds=ENROLMENT_SECONDS)
            until = await begin_enrolment(session, hash_of(token), lifetime, rights.grant, rights.worker)
            await note_command(session, "beginEnrolment", "/v1/devices/enrolments", 201)
            return until
    finally:
        await database.close()


def _can_draw() -> bool:
    try:
        "█▀▄".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
