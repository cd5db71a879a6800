"""Migrates a database from code: the wheel carries the migrations, and needs no ``alembic.ini``."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from catalog.database import CONNECT_SECONDS, sqlalchemy_url


def upgrade(database_url: str) -> None:
    """Bring the database to the newest revision.

    Raises:
        sqlalchemy.exc.DBAPIError: no connection, or a lock was not to be had in time; nothing half-done is left.

    """
    command.upgrade(configured(database_url), "head")


def is_current(database_url: str) -> bool:
    """Whether the database has the newest revision."""
    engine = sa.create_engine(
        sqlalchemy_url(database_url), poolclass=sa.NullPool, connect_args={"connect_timeout": CONNECT_SECONDS}
    )
    with engine.connect() as connection:
        heads = set(MigrationContext.configure(connection).get_current_heads())
    return heads == set(ScriptDirectory.from_config(configured(database_url)).get_heads())


def configured(database_url: str) -> Config:
    """What Alembic needs to know, for a database at this address."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["database_url"] = database_url
    return config
