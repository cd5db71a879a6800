"""``photocode limits``: how much each device, key or this machine may ask."""

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.devices import list_devices
from catalog.limits import SubjectLimits, clear_limits, get_limits, list_limits, set_limits
from catalog.models import DeviceRow
from mobile_contract.limits import ALLOWANCE_MAX, LOCAL_SUBJECT, SUBJECT_PATTERN
from service.cli.serve import database_url
from service.settings import Settings, SettingsError, load_settings

T = TypeVar("T")

PAGE = 500
WIDTH = 140
"""Of what is written into a file."""
DEVICE = "device:"
NUMBER = click.IntRange(0, ALLOWANCE_MAX)


@click.group()
def limits() -> None:
    """Set and list how much each client may ask: photos looked up, things taught, catalogs uploaded.

    SUBJECT is device: and the device's id or name, key: and the key's id, or local for this machine without a key.
    """


@limits.command("set")
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

    settings = _settings()
    found = _in_database(settings, work)
    shown_rate, shown_quota = _shown(found, settings)
    click.echo(f"{found.subject}: {shown_rate} a minute, {shown_quota} a day, within 4 s")


@limits.command("list")
def list_command() -> None:
    """List what was set, and what was asked today."""

    async def work(session: AsyncSession) -> tuple[list[SubjectLimits], Sequence[DeviceRow]]:
        found: list[SubjectLimits] = []
        while page := await list_limits(session, found[-1].subject if found else None, PAGE):
            found += page
        return found, await list_devices(session)

    settings = _settings()
    found, devices = _in_database(settings, work)
    names = {f"{DEVICE}{one.id}": one.name for one in devices}
    click.echo(f"others: {_number(settings.rate)} a minute, {_number(settings.quota)} a day (PHOTOCODE_RATE, _QUOTA)")
    if not found:
        return
    table = Table(Column("subject", no_wrap=True), "name", "a minute", "a day", "this minute", "today")
    for one in found:
        rate, quota = _shown(one, settings)
        name = escape(names.get(one.subject, ""))
        table.add_row(one.subject, name, rate, quota, str(one.in_minute), str(one.in_day))
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)


@limits.command("clear")
@click.argument("subject")
def clear_command(subject: str) -> None:
    """Let a client ask what all others may."""

    async def work(session: AsyncSession) -> tuple[str, bool]:
        meant = await _meant(session, subject)
        return meant, await clear_limits(session, meant)

    meant, changed = _in_database(_settings(), work)
    click.echo(f"{meant}: {'what all others may, within 4 s' if changed else 'nothing was set'}")


async def _meant(session: AsyncSession, said: str) -> str:
    """The subject, also where a device is named by its name or the beginning of its id."""
    if re.match(SUBJECT_PATTERN, said):
        return said
    if not said.startswith(DEVICE):
        raise click.ClickException(f"{said!r} is none: device:NAME, device:ID, key:ID or local")
    wanted = said.removeprefix(DEVICE)
    alike = [one for one in await list_devices(session) if one.revoked_at is None]
    found = [one for one in alike if wanted and (one.name == wanted or str(one.id).startswith(wanted.lower()))]
    if len(found) != 1:
        which = "there is no such device" if not found else f"{wanted!r} may be one of {len(found)} devices"
        raise click.ClickException(f"{which}: photocode devices list")
    return f"{DEVICE}{found[0].id}"


def _shown(one: SubjectLimits, settings: Settings) -> tuple[str, str]:
    local = one.subject == LOCAL_SUBJECT
    rate, quota = (0, 0) if local else (settings.rate, settings.quota)
    return _said(one.rate, rate), _said(one.quota, quota)


def _said(own: int | None, default: int) -> str:
    return f"{_number(default)} (as others)" if own is None else _number(own)


def _number(limit: int) -> str:
    return f"{limit:,}" if limit else "any"


def _in_database(settings: Settings, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async def run(url: str) -> T:
        database = Database(url, pool_size=1)
        try:
            async with database.write() as session:
                return await work(session)
        finally:
            await database.close()

    with database_url(settings) as url:
        return asyncio.run(run(url))


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
