"""What is forgotten by age: kept answers, rows of ended imports. What background work has in its hands."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_idempotency_lease_until": ("idempotency", "lease_until", None),
    "ix_idempotency_catalog_id": ("idempotency", "catalog_id", "catalog_id IS NOT NULL"),
    "ix_import_job_kept_rows": ("import_job", "finished_at", "rows_dropped_at IS NULL"),
}


def upgrade() -> None:
    # Keys claimed by the release before are of no client: they are found by nobody any more, and go by age.
    op.add_column("idempotency", sa.Column("catalog_id", sa.Uuid(), nullable=True))
    op.add_column("import_job", sa.Column("rows_dropped_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "in_hand",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("things", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_in_hand")),
        # Written at every batch of an import: versions of a row stay on its page.
        postgresql_with={"fillfactor": "50"},
    )
    # Committed up to here: the indexes are built beside the running service.
    with op.get_context().autocommit_block():
        _indexes()


def _indexes() -> None:
    for name, (table, column, where) in INDEXES.items():
        # A try that failed leaves an index that serves nothing.
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
        some = None if where is None else sa.text(where)
        op.create_index(name, table, [column], postgresql_concurrently=True, postgresql_where=some)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, (table, _, _) in INDEXES.items():
            op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
    op.drop_table("in_hand")
    op.drop_column("import_job", "rows_dropped_at")
    op.drop_column("idempotency", "catalog_id")
