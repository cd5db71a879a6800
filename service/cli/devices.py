"""``photocode devices``: which phones and programs may ask from outside."""

from collections.abc import Sequence
from uuid import UUID

import click
from msgspec import UNSET
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.devices import list_devices
from catalog.devices import revoke as revoke_device
from catalog.models import DeviceRow
from mobile_contract.access import Scope
from mobile_contract.limits import REVOCATION_SECONDS
from service.access.granting import read_grant
from service.access.names import read_name
from service.cli.at_database import database_url
from service.cli.enrolling import NewcomerRights, show_enrolment
from service.cli.granting import ID, grant_options, names_of_all, told
from service.cli.in_database import SHOWN_OF_ID, in_database, in_database_at, moment, own_settings
from service.cli.noting import note_command
from service.tls.store import noted_address


@click.command("enrol")
@click.option("--url", help="What phones open; unless given, what `photocode serve --lan` announced last.")
@grant_options(Scope.LOOKUP, Scope.CATALOG_READ)
@click.option("--worker", metavar="NAME", help="Who will use it; confirmations bear the name, for administrators.")
def enrol(url: str | None, scopes: tuple[str, ...], catalogs: tuple[str, ...], worker: str | None) -> None:
    """Show a code and a link by which one more device is enrolled within 15 minutes."""
    settings = own_settings()
    address = url or noted_address(settings.certificates)
    if not address:
        raise click.UsageError("say what phones open: --url (photocode serve --lan was not run on this data folder)")

    async def read(session: AsyncSession) -> NewcomerRights:
        grant = await read_grant(session, [Scope(one) for one in scopes], catalogs or UNSET)
        return NewcomerRights(grant=grant, worker=read_name(worker, "worker") if worker else None)

    with database_url(settings) as database:
        show_enrolment(database, address.rstrip("/"), in_database_at(database, read))


@click.command("list")
def list_command() -> None:
    """List all devices, also revoked ones."""

    async def read(session: AsyncSession) -> tuple[Sequence[DeviceRow], dict[UUID, str]]:
        rows = await list_devices(session)
        return rows, await names_of_all(session, rows)

    found, names = in_database(read)
    if not found:
        click.echo("no device is enrolled: photocode devices enrol")
        return
    table = Table(ID, Column("name", no_wrap=True), "may", "enrolled", "last seen", "state")
    for one in found:
        state = "good" if one.revoked_at is None else "revoked"
        name = escape(one.name if one.worker is None else f"{one.name}\n{one.worker}")
        times = moment(one.created_at), moment(one.last_seen_at)
        table.add_row(str(one.id)[:SHOWN_OF_ID], name, told(one.scopes, one.catalogs, names), *times, state)
    Console().print(table)


@click.command("revoke")
@click.argument("device")
def revoke(device: str) -> None:
    """Let a device in no longer. DEVICE is its id, the beginning of that, or its name."""

    async def revoke_one(session: AsyncSession) -> tuple[DeviceRow, bool]:
        one = meant_device(await list_devices(session), device)
        changed = await revoke_device(session, one.id)
        await note_command(session, "revokeDevice", f"/v1/devices/{one.id}", 204)
        return one, changed

    one, changed = in_database(revoke_one)
    when = f"it is refused within {REVOCATION_SECONDS} s" if changed else "it was revoked before"
    click.echo(f"{one.name} ({str(one.id)[:SHOWN_OF_ID]}): {when}")


def meant_device(found: Sequence[DeviceRow], said: str) -> DeviceRow:
    """The device that is meant by its name, its id, or the beginning of that. Living ones first: who enrols a phone
    again gives it the same name.

    Raises:
        click.ClickException: there is none, or it may be one of several.

    """
    named = [one for one in found if said and (one.name == said or str(one.id).startswith(said.lower()))]
    meant = [one for one in named if one.revoked_at is None] or named[:1]
    if not meant:
        raise click.ClickException(f"there is no device {said!r}: photocode devices list")
    if len(meant) > 1:
        ids = ", ".join(str(one.id)[:SHOWN_OF_ID] for one in meant)
        raise click.ClickException(f"{said!r} may be one of several devices; say which by its id: {ids}")
    return meant[0]
