"""Tags of catalogs: a list of texts that photos are compared with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default lets the release before go on making catalogs.
    op.add_column("catalog", sa.Column("tags", JSONB(), server_default=sa.text("'[]'"), nullable=False))
