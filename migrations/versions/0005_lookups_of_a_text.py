"""Lookups of a text alone, which have no photo."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("lookup", "photo_sha256", nullable=True)
