"""``photocode devices``: which phones and programs may ask from outside."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.devices import list_devices
from catalog.devices import revoke as revoke_device
from catalog.models import DeviceRow
from mobile_contract.limits import REVOCATION_SECONDS
from service.cli.enrolling import show_enrolment
from service.cli.serve import database_url
from service.settings import Settings, SettingsError, load_settings
from service.tls.store import noted_address

T = TypeVar("T")

SHOWN_OF_ID = 8


@click.group()
def devices() -> None:
    """Enrol, list and revoke the phones and programs that may ask from outside this machine."""


@devices.command("enrol")
@click.option("--url", help="What phones open; unless given, what `photocode serve --lan` announced last.")
def enrol(url: str | None) -> None:
    """Show a code by which one more device is enrolled within 15 minutes."""
    settings = _settings()
    address = url or noted_address(settings.certificates)
    if not address:
        raise click.UsageError("say what phones open: --url (photocode serve --lan was not run on this data folder)")
    with database_url(settings) as database:
        show_enrolment(database, address.rstrip("/"))


@devices.command("list")
def list_command() -> None:
    """List all devices, also revoked ones."""
    found = _in_database(list_devices)
    if not found:
        click.echo("no device is enrolled: photocode devices enrol")
        return
    table = Table("id", "name", "enrolled", "last seen", "state")
    for one in found:
        state = "good" if one.revoked_at is None else "revoked"
        seen = _moment(one.last_seen_at) if one.last_seen_at else "never"
        table.add_row(str(one.id)[:SHOWN_OF_ID], escape(one.name), _moment(one.created_at), seen, state)
    Console().print(table)


@devices.command("revoke")
@click.argument("device")
def revoke(device: str) -> None:
    """Let a device in no longer. DEVICE is its id, the beginning of that, or its name."""

    async def revoke_one(session: AsyncSession) -> tuple[DeviceRow, bool]:
        one = _meant(await list_devices(session), device)
        return one, await revoke_device(session, one.id)

    one, changed = _in_database(revoke_one)
    when = f"it is refused within {REVOCATION_SECONDS} s" if changed else "it was revoked before"
    click.echo(f"{one.name} ({str(one.id)[:SHOWN_OF_ID]}): {when}")


def _meant(found: Sequence[DeviceRow], said: str) -> DeviceRow:
    """Living devices first: who enrols a phone again gives it the same name."""
    named = [one for one in found if said and (one.name == said or str(one.id).startswith(said.lower()))]
    meant = [one for one in named if one.revoked_at is None] or named[:1]
    if not meant:
        raise click.ClickException(f"there is no device {said!r}: photocode devices list")
    if len(meant) > 1:
        ids = ", ".join(str(one.id)[:SHOWN_OF_ID] for one in meant)
        raise click.ClickException(f"{said!r} may be one of several devices; say which by its id: {ids}")
    return meant[0]


def _in_database(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async def run(url: str) -> T:
        database = Database(url, pool_size=1)
        try:
            async with database.write() as session:
                return await work(session)
        finally:
            await database.close()

    with database_url(_settings()) as url:
        return asyncio.run(run(url))


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _moment(when: datetime) -> str:
    return f"{when.astimezone():%Y-%m-%d %H:%M}"
