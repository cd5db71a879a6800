"""What a client is, or is to be, allowed: as options of commands, and as they show it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import click
from rich.table import Column
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.grants import names_of
from catalog.models import AccessKeyRow, DeviceRow
from mobile_contract.access import Scope

ID = Column("id", no_wrap=True)
"""Of tables: what is typed again stands in one line."""

Command = TypeVar("Command", bound=Callable[..., Any])


def told(scopes: Sequence[str], catalogs: Sequence[UUID] | None, names: Mapping[UUID, str]) -> str:
    """What a client may do, for people; ``names``: of catalogs, by id."""
    if catalogs is None:
        return " ".join(scopes)
    there = sorted(names[one] for one in catalogs if one in names)
    return f"{' '.join(scopes)} in {', '.join(there) or 'no catalog that there is'}"


async def names_of_all(session: AsyncSession, rows: Iterable[DeviceRow | AccessKeyRow]) -> dict[UUID, str]:
    """Names of the catalogs that any of these is bound to."""
    return await names_of(session, {one for row in rows for one in row.catalogs or ()})


def grant_options(*default: Scope) -> Callable[[Command], Command]:
    """The options ``scopes`` and ``catalogs``, as tuples; without a default, a scope has to be given."""

    def add(command: Command) -> Command:
        scopes = click.option(
            "--scope",
            "scopes",
            multiple=True,
            type=click.Choice([scope.value for scope in Scope]),
            default=[scope.value for scope in default] or None,
            show_default=bool(default),
            required=not default,
            help="What it may do, repeatable; admin includes all.",
        )
        catalogs = click.option(
            "--catalog",
            "catalogs",
            multiple=True,
            metavar="NAME",
            help="Only in this catalog, repeatable; else all.",
        )
        return scopes(catalogs(command))

    return add
