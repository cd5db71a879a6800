"""The database that a command works on."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import SQLAlchemyError

from migrations.runner import is_current, upgrade
from service.database.embedded import EmbeddedDatabaseError, embedded_postgres
from service.settings import Settings


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """The database's URL, migrated: the operator's own, or the embedded one while the block runs.

    Raises:
        click.ClickException: it does not start or answer, or an operator's own is not migrated.
    """
    try:
        if settings.database_url:
            if not is_current(settings.database_url):
                raise click.ClickException("the database is not at this release's revision: photocode database upgrade")
            yield settings.database_url
            return
        with embedded_postgres(settings.data_folder) as url:
            upgrade(url)
            yield url
    except EmbeddedDatabaseError as error:
        raise click.ClickException(str(error)) from error
    except SQLAlchemyError as error:
        raise click.ClickException(f"the database does not answer: {type(error).__name__}") from error
