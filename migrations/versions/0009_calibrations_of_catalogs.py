"""Verdicts fitted to each catalog: its calibrations by version, what share of wrong matches it wants, and how sure the
shared model was of each lookup.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calibration",
        sa.Column("catalog_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("slope", sa.Double(), nullable=False),
        sa.Column("intercept", sa.Double(), nullable=False),
        sa.Column("match_probability", sa.Double(), nullable=False),
        sa.Column("no_match_probability", sa.Double(), nullable=False),
        sa.Column("wrong_matches", sa.Double(), nullable=False),
        sa.Column("rehearsed", postgresql.JSONB(), nullable=False),
        sa.Column("reference_images", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("last_confirmation", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["catalog_id"], ["catalog.id"], name=op.f("fk_calibration_catalog_id_catalog"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("catalog_id", "version", name=op.f("pk_calibration")),
    )
    # The defaults let the release before go on writing catalogs and lookups.
    op.add_column("catalog", sa.Column("wrong_matches", sa.Double(), server_default=sa.text("0.01"), nullable=False))
    op.add_column("catalog", sa.Column("calibrating_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lookup", sa.Column("certainty", sa.Double(), nullable=True))
    op.add_column("lookup", sa.Column("certainty_maker", sa.Text(), nullable=True))
    op.create_index(op.f("ix_confirmation_sequence"), "confirmation", ["sequence"], unique=False)
