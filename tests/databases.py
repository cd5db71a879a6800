"""Fast test databases: one PostgreSQL a run, one database a test, copied from a template that Alembic migrated."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from sqlalchemy.engine import make_url

from migrations.runner import upgrade

TEMPLATE = "photocode_template"
_numbers = count(1)


def make_template(server_url: str) -> None:
    """Migrate the template database."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    upgrade(named(server_url, TEMPLATE))


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """A migrated, empty database while the block runs; gives its URL."""
    name = f"photocode_test_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        try:
            yield named(server_url, name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def named(server_url: str, database: str) -> str:
    """The same server's URL for another database."""
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)
