"""``photocode limits``: how much each device, key or this machine may ask."""

import re
import sys

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.devices import list_devices
from catalog.keys import list_keys
from catalog.limits import SubjectLimits, clear_limits, get_limits, list_limits, set_limits
from mobile_contract.limits import ALLOWANCE_MAX, LOCAL_SUBJECT, SUBJECT_PATTERN
from service.cli.devices import meant_device
from service.cli.in_database import in_database, own_settings
from service.cli.keys import meant_key
from service.settings import Settings

PAGE = 500
WIDTH = 140
"""Of what is written into a file."""
DEVICE, KEY = "device:", "key:"
NUMBER = click.IntRange(0, ALLOWANCE_MAX)


@click.command("set")
@click.argument("subject")
@click.option("--rate", type=NUMBER, help="Requests a minute; 0 is no limit.")
@click.option("--quota", type=NUMBER, help="Requests a day (UTC); 0 is no limit.")
def set_command(subject: str, rate: int | None, quota: int | None) -> None:
    """Set a client's rate, quota or both; what is not named stays."""
    if rate is None and quota is None:
        raise click.UsageError("say --rate, --quota or both")

    async def work(session: AsyncSession) -> SubjectLimits:
        meant = await _meant(session, subject)
        before = await get_limits(session, meant)
        await set_limits(
            session, meant, before.rate if rate is None else rate, before.quota if quota is None else quota
        )
        return await get_limits(session, meant)

    settings = own_settings()
    found = in_database(work)
    shown_rate, shown_quota = _shown(found, settings)
    click.echo(f"{found.subject}: {shown_rate} a minute, {shown_quota} a day, within 4 s")


@click.command("list")
def list_command() -> None:
    """List what was set, and what was asked today."""

    async def work(session: AsyncSession) -> tuple[list[SubjectLimits], dict[str, str]]:
        found: list[SubjectLimits] = []
        while page := await list_limits(session, found[-1].subject if found else None, PAGE):
            found += page
        names = {f"{DEVICE}{one.id}": one.name for one in await list_devices(session)}
        return found, names | {f"{KEY}{one.id}": one.client for one in await list_keys(session)}

    settings = own_settings()
    found, names = in_database(work)
    click.echo(f"others: {_number(settings.rate)} a minute, {_number(settings.quota)} a day (PHOTOCODE_RATE, _QUOTA)")
    if not found:
        return
    table = Table(Column("subject", no_wrap=True), "name", "a minute", "a day", "this minute", "today")
    for one in found:
        rate, quota = _shown(one, settings)
        name = escape(names.get(one.subject, ""))
        table.add_row(one.subject, name, rate, quota, str(one.in_minute), str(one.in_day))
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)


@click.command("clear")
@click.argument("subject")
def clear_command(subject: str) -> None:
    """Let a client ask what all others may."""

    async def work(session: AsyncSession) -> tuple[str, bool]:
        meant = await _meant(session, subject)
        return meant, await clear_limits(session, meant)

    meant, changed = in_database(work)
    click.echo(f"{meant}: {'what all others may, within 4 s' if changed else 'nothing was set'}")


async def _meant(session: AsyncSession, said: str) -> str:
    """The subject, also where a device or key is named as in the commands that look after them."""
    if re.match(SUBJECT_PATTERN, said):
        return said
    if said.startswith(DEVICE):
        return f"{DEVICE}{meant_device(await list_devices(session), said.removeprefix(DEVICE)).id}"
    if said.startswith(KEY):
        return f"{KEY}{meant_key(await list_keys(session), said.removeprefix(KEY)).id}"
    raise click.ClickException(f"{said!r} is none: device: or key: and a name or id, or local")


def _shown(one: SubjectLimits, settings: Settings) -> tuple[str, str]:
    local = one.subject == LOCAL_SUBJECT
    rate, quota = (0, 0) if local else (settings.rate, settings.quota)
    return _said(one.rate, rate), _said(one.quota, quota)


def _said(own: int | None, default: int) -> str:
    return f"{_number(default)} (as others)" if own is None else _number(own)


def _number(limit: int) -> str:
    return f"{limit:,}" if limit else "any"
