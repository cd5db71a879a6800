"""Text on reference pictures: whether it has been read, by which reader, and what it says."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default lets the release before go on writing references; they wait to be read as all others do.
    op.add_column(
        "reference_image", sa.Column("text_state", sa.Text(), server_default=sa.text("'pending'"), nullable=False)
    )
    op.add_column("reference_image", sa.Column("text_reader", sa.Text(), nullable=True))
    op.add_column("reference_image", sa.Column("text_read", sa.Text(), nullable=True))
    op.create_index(
        "ix_reference_image_text_pending",
        "reference_image",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text("text_state = 'pending'"),
    )
