"""What the migrations make is what the mapped classes say."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from catalog.database import sqlalchemy_url
from catalog.models import Base

UNMAPPED = ("reference_embedding", "procrastinate_")


def is_mapped(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith(UNMAPPED))


@pytest.mark.filterwarnings("ignore:Did not recognize type 'xid8'")
def test_models_and_migrations_agree(database_url: str) -> None:
    engine = sa.create_engine(sqlalchemy_url(database_url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_mapped})
        assert compare_metadata(context, Base.metadata) == []


def test_signatures_are_kept_as_they_are(database_url: str) -> None:
    engine = sa.create_engine(sqlalchemy_url(database_url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        storage = connection.scalar(
            sa.text(
                "SELECT attstorage::text FROM pg_attribute "
                "WHERE attrelid = 'surface_signature'::regclass AND attname = 'signatures'"
            )
        )
    assert storage == "e"  # EXTERNAL: out of line, not compressed
