"""Fast test databases: one PostgreSQL a run, one database a test, copied from a template that Alembic migrated."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy.engine import make_url

from migrations.runner import upgrade

TEMPLATE = "photocode_template"
MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it get names that nobody can guess
ROOM = 2_000_000_000
"""Bytes that have to be free there: several servers run at once, and each has its write-ahead log."""
_numbers = count(1)


@contextmanager
def server_folder(otherwise: Path) -> Iterator[Path]:
    """A folder for a PostgreSQL of tests: in memory where there is room, as a database is copied in a fraction of the
    time there.
    """
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM:
        yield otherwise
        return
    with TemporaryDirectory(dir=MEMORY, prefix="photocode-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def make_template(server_url: str) -> None:
    """Migrate the template database."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    upgrade(named(server_url, TEMPLATE))


@contextmanager
def fresh_database(server_url: str, template: str = TEMPLATE) -> Iterator[str]:
    """A migrated database while the block runs, empty or as the ``template`` is; gives its URL."""
    name = f"photocode_test_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield named(server_url, name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def named(server_url: str, database: str) -> str:
    """The same server's URL for another database."""
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)
