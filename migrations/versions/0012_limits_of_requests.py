"""How much each client may ask a minute and a day, and how much it has asked."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request_limit",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=True),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("rate >= 0", name=op.f("ck_request_limit_rate")),
        sa.CheckConstraint("quota >= 0", name=op.f("ck_request_limit_quota")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_request_limit")),
    )
    op.create_table(
        "request_use",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_minute", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("in_day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_request_use")),
        # Written at every counted request: versions of a row stay on its page.
        postgresql_with={"fillfactor": "50"},
    )


def downgrade() -> None:
    op.drop_table("request_use")
    op.drop_table("request_limit")
