"""``photocode keys``: which programs may ask, and what."""

import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import click
from msgspec import UNSET
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.keys import create_key, is_live, list_keys, revoke_key, rotate_key
from catalog.models import AccessKeyRow
from mobile_contract.access import Scope
from mobile_contract.limits import KEY_DAYS_MAX, OVERLAP_HOURS_MAX, REVOCATION_SECONDS
from service.access.granting import read_grant
from service.access.names import read_name
from service.access.tokens import shown_prefix
from service.cli.granting import grant_options, names_of_all, told
from service.cli.in_database import fresh_key, in_database, moment
from service.cli.noting import note_command
from service.keys.presenter import state_of

DATE = 10
"""Characters."""

days_option = click.option(
    "--days", type=click.FloatRange(0, KEY_DAYS_MAX, min_open=True), help="Until it expires; else it does not."
)


@click.command("create")
@click.argument("client")
@grant_options()
@days_option
def create(client: str, scopes: tuple[str, ...], catalogs: tuple[str, ...], days: float | None) -> None:
    """Give CLIENT, the name of a program or of whoever runs it, a key. It is shown this once."""
    fresh = fresh_key()

    async def make(session: AsyncSession) -> AccessKeyRow:
        grant = await read_grant(session, [Scope(one) for one in scopes], catalogs or UNSET)
        row = await create_key(session, read_name(client, "client"), fresh.stored, grant, _lifetime(days))
        await note_command(session, "createKey", f"/v1/keys/{row.id}", 201)
        return row

    _show_new(in_database(make), fresh.text)


@click.command("list")
@click.option("--all", "everything", is_flag=True, help="Also expired and revoked ones.")
def list_command(everything: bool) -> None:
    """List keys, without what makes them keys."""

    async def read(session: AsyncSession) -> tuple[list[AccessKeyRow], dict[UUID, str]]:
        rows = [row for row in await list_keys(session) if everything or is_live(row, time.time())]
        return rows, await names_of_all(session, rows)

    found, names = in_database(read)
    if not found:
        click.echo("there is no live key: photocode keys create NAME --scope lookup")
        return
    table = Table(Column("key", no_wrap=True), *(Column(name, overflow="fold") for name in ("client", "may")))
    for name in ("expires", "last seen", "state"):
        table.add_column(name, min_width=DATE if name != "state" else None)
    for row in found:
        may, times = told(row.scopes, row.catalogs, names), (moment(row.expires_at), moment(row.last_seen_at))
        table.add_row(shown_prefix(row.public_id), escape(row.client), may, *times, state_of(row))
    Console().print(table)


@click.command("rotate")
@click.argument("key")
@click.option(
    "--overlap-hours",
    default=24.0,
    show_default=True,
    type=click.FloatRange(0, OVERLAP_HOURS_MAX),
    help="So long is the old one still good.",
)
@days_option
def rotate(key: str, overlap_hours: float, days: float | None) -> None:
    """Make another key that may do the same, and let the old one end. KEY is a client, or how its key begins."""
    fresh = fresh_key()

    async def replace(session: AsyncSession) -> AccessKeyRow:
        old = meant_key(await list_keys(session), key)
        overlap = timedelta(hours=overlap_hours)
        row = await rotate_key(session, old.id, fresh.stored, overlap=overlap, lifetime=_lifetime(days))
        await note_command(session, "rotateKey", f"/v1/keys/{old.id}/rotation", 201)
        return row

    row = in_database(replace)
    click.echo(f"The key of before is good for {overlap_hours:g} more hours.")
    _show_new(row, fresh.text)


@click.command("revoke")
@click.argument("key")
def revoke(key: str) -> None:
    """Let a key be good no longer. KEY is a client, or how its key begins."""

    async def revoke_one(session: AsyncSession) -> tuple[AccessKeyRow, bool]:
        one = meant_key(await list_keys(session), key)
        changed = await revoke_key(session, one.id)
        await note_command(session, "revokeKey", f"/v1/keys/{one.id}", 204)
        return one, changed

    one, changed = in_database(revoke_one)
    when = f"it is refused within {REVOCATION_SECONDS} s" if changed else "it was revoked before"
    click.echo(f"{one.client} ({shown_prefix(one.public_id)}): {when}")


def meant_key(found: Sequence[AccessKeyRow], said: str) -> AccessKeyRow:
    """The key that is meant by a client's name, by how it begins, or by the beginning of its id. Live keys first: a
    client keeps its name.

    Raises:
        click.ClickException: there is none, or it may be one of several.

    """
    named = [row for row in found if said and _is_called(row, said)]
    meant = [row for row in named if is_live(row, time.time())] or named[-1:]
    if not meant:
        raise click.ClickException(f"there is no key {said!r}: photocode keys list --all")
    if len(meant) > 1:
        which = ", ".join(shown_prefix(row.public_id) for row in meant)
        raise click.ClickException(f"{said!r} may be one of several keys; say which: {which}")
    return meant[0]


def _is_called(row: AccessKeyRow, said: str) -> bool:
    """Also by the whole key, as somebody finds it where it should not be."""
    begins = shown_prefix(row.public_id)
    by_key = len(said) > len("pck_") and (begins.startswith(said) or said.startswith(begins))
    return row.client == said or str(row.id).startswith(said.lower()) or by_key


def _lifetime(days: float | None) -> timedelta | None:
    return None if days is None else timedelta(days=days)


def _show_new(row: AccessKeyRow, text: str) -> None:
    click.echo(f"{row.client} may {' '.join(row.scopes)}, until {moment(row.expires_at, 'it is revoked')}.")
    click.echo("The key is shown this once; send it as Authorization: Bearer KEY")
    click.echo()
    click.echo(text)
