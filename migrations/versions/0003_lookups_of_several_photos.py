"""Lookups of several photos: where the photos after the first lie, and what they are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default lets the release before go on recording lookups of one photo.
    op.add_column("lookup", sa.Column("further_photos", JSONB(), server_default=sa.text("'[]'"), nullable=False))
