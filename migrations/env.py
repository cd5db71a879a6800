"""Runs migrations one process at a time, and never waits long for a lock that a running service holds."""

import os

import sqlalchemy as sa
from alembic import context

from catalog.database import CONNECT_SECONDS, sqlalchemy_url
from catalog.models import Base

ADVISORY_LOCK = 0x70686F746F63  # "photoc"
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "15min"

# The partitioned table of vectors and its partitions are no mapped classes: catalog.search.vectors owns them, and
# procrastinate owns its own.
_UNMAPPED = ("reference_embedding", "procrastinate_")


def _include_name(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith(_UNMAPPED))


def run() -> None:
    """Migrate the database named by the configuration, or by ``DATABASE_URL``."""
    url = context.config.attributes.get("database_url") or os.environ["DATABASE_URL"]
    engine = sa.create_engine(
        sqlalchemy_url(url), poolclass=sa.NullPool, connect_args={"connect_timeout": CONNECT_SECONDS}
    )
    with engine.connect() as connection:
        connection.execute(sa.text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        # Waits for another process's migrations, however long they take; only the tables' locks are not waited for.
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        connection.execute(sa.text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_name=_include_name,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
        connection.commit()


run()
