"""``photocode database``: the operator's own PostgreSQL."""

import click
from sqlalchemy.exc import SQLAlchemyError

from migrations.runner import is_current, upgrade
from service.settings import SettingsError, load_settings


@click.command("upgrade")
def upgrade_command() -> None:
    """Bring the database to this release's revision."""
    url = _url()
    try:
        upgrade(url)
    except SQLAlchemyError as error:
        raise click.ClickException(f"the database could not be upgraded: {_first_line(error)}") from error
    click.echo("the database is at this release's revision")


@click.command("check")
def check_command() -> None:
    """Say whether the database is at this release's revision; exit status 1 where it is not."""
    try:
        current = is_current(_url())
    except SQLAlchemyError as error:
        raise click.ClickException(f"the database does not answer: {_first_line(error)}") from error
    if not current:
        raise click.ClickException("the database is not at this release's revision: photocode database upgrade")
    click.echo("the database is at this release's revision")


def _url() -> str:
    try:
        url = load_settings().database_url
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    if not url:
        raise click.ClickException("DATABASE_URL is not set; the embedded database needs no preparing")
    return url


def _first_line(error: SQLAlchemyError) -> str:
    return str(error.__cause__ or error).split("\n", 1)[0]
