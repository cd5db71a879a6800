"""How each import's upload was read, and pictures that are uploaded before the table that names them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nullable: the release before goes on writing imports without it.
    op.add_column("import_job", sa.Column("detected", postgresql.JSONB(), nullable=True))
    op.create_table(
        "uploaded_picture",
        sa.Column("catalog_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["catalog_id"], ["catalog.id"], name=op.f("fk_uploaded_picture_catalog_id_catalog"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("catalog_id", "content_hash", name=op.f("pk_uploaded_picture")),
    )
    op.create_index(op.f("ix_uploaded_picture_kept_until"), "uploaded_picture", ["kept_until"])


def downgrade() -> None:
    op.drop_table("uploaded_picture")
    op.drop_column("import_job", "detected")
