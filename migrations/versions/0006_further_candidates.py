"""Candidates of lookups that were ranked beyond those of the answer, so that they can be had page by page."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default lets the release before go on recording lookups.
    op.add_column("lookup", sa.Column("further_candidates", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
