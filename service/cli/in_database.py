"""What the commands that work on the database itself have in common; the service need not run."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import click
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.database import Database
from catalog.errors import CatalogError
from service.access.fresh_keys import FreshKey, make_key
from service.access.pepper import Pepper, PepperError
from service.cli.at_database import database_url
from service.refused import Refused
from service.settings import Settings, SettingsError, load_settings

T = TypeVar("T")

SHOWN_OF_ID = 8


def own_settings() -> Settings:
    """The settings.

    Raises:
        click.ClickException: one is wrong.

    """
    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def fresh_key() -> FreshKey:
    """A key that nobody had before, hashed with the settings' pepper.

    Raises:
        click.ClickException: that cannot be read or made.

    """
    settings = own_settings()
    try:
        return make_key(Pepper(settings.pepper, settings.data_folder))
    except PepperError as error:
        raise click.ClickException(str(error)) from error


def in_database(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Do something in a transaction on the settings' database, which is started where it is the embedded one.

    Raises:
        click.ClickException: it does not answer, or what was to be done cannot be.

    """
    with database_url(own_settings()) as url:
        return in_database_at(url, work)


def in_database_at(url: str, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """The same on a database that runs."""

    async def run() -> T:
        database = Database(url, pool_size=1)
        try:
            async with database.write() as session:
                return await work(session)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except (CatalogError, Refused) as error:
        raise click.ClickException(str(error)) from error


def moment(when: datetime | None, otherwise: str = "never") -> str:
    """A moment as this machine's clock shows it."""
    return f"{when.astimezone():%Y-%m-%d %H:%M}" if when else otherwise
