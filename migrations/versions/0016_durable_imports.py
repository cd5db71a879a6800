"""Imports that read in the background, can be paused, and know what has not changed; the queue that wakes workers."""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    _job_columns()
    op.add_column("import_item", sa.Column("part_number", sa.Text(), nullable=True))
    op.add_column("import_item", sa.Column("content_hash", sa.Text(), nullable=True))
    op.add_column("import_item", sa.Column("cells", JSONB, nullable=True))
    op.add_column("import_item", sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_index("ix_import_item_part_number", "import_item", ["job_id", "part_number"])
    op.add_column("product", sa.Column("import_hash", sa.Text(), nullable=True))
    _forgetting()
    # The release that pins a newer procrastinate brings its schema up to date in a revision of its own.
    op.get_bind().exec_driver_sql(SchemaManager.get_schema(), execution_options={"no_parameters": True})


def _job_columns() -> None:
    for column in (
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), server_default=sa.text("'merge'"), nullable=False),
        sa.Column("most_removed", sa.Double(), nullable=True),
        sa.Column("options", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("absent", sa.Integer(), nullable=True),
        sa.Column("removed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("counts", JSONB, nullable=True),
        sa.Column("upload_dropped_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("import_job", column)
    # The release before wrote all rows with the job, and dropped uploads when it ended.
    op.execute("UPDATE import_job SET read_at = created_at, started_at = created_at, upload_dropped_at = finished_at")
    op.create_index("ix_import_job_open", "import_job", ["created_at"], postgresql_where=sa.text("finished_at IS NULL"))
    op.create_index("ix_import_job_page", "import_job", ["catalog_id", "created_at", "id"])


def _forgetting() -> None:
    """What an import said of a product counts no longer when somebody else changes it."""
    op.execute(
        """
        CREATE FUNCTION product_import_forgotten() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.import_hash := NULL;
            RETURN NEW;
        END
        $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER product_import_forgotten BEFORE UPDATE ON product FOR EACH ROW
        WHEN (OLD.import_hash IS NOT NULL AND NEW.import_hash IS NOT DISTINCT FROM OLD.import_hash
              AND OLD.* IS DISTINCT FROM NEW.*)
        EXECUTE FUNCTION product_import_forgotten()
        """
    )
    op.execute(
        """
        CREATE FUNCTION reference_import_forgotten() RETURNS trigger LANGUAGE plpgsql
        SET search_path FROM CURRENT AS $$
        BEGIN
            UPDATE product SET import_hash = NULL
            FROM changed WHERE product.id = changed.product_id AND changed.role = 'catalog'
                AND product.import_hash IS NOT NULL;
            RETURN NULL;
        END
        $$
        """
    )
    for event, table in (("DELETE", "OLD"), ("INSERT", "NEW")):
        op.execute(
            f"""
            CREATE TRIGGER reference_import_forgotten_{event.lower()} AFTER {event} ON reference_image
            REFERENCING {table} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reference_import_forgotten()
            """
        )


def downgrade() -> None:
    for event in ("delete", "insert"):
        op.execute(f"DROP TRIGGER reference_import_forgotten_{event} ON reference_image")
    op.execute("DROP TRIGGER product_import_forgotten ON product")
    op.execute("DROP FUNCTION reference_import_forgotten")
    op.execute("DROP FUNCTION product_import_forgotten")
    op.drop_column("product", "import_hash")
    op.drop_index("ix_import_item_part_number", "import_item")
    for name in ("part_number", "content_hash", "cells", "attempts"):
        op.drop_column("import_item", name)
    op.drop_index("ix_import_job_page", "import_job")
    op.drop_index("ix_import_job_open", "import_job")
    for name in (
        *("failure_code", "content_hash", "mode", "most_removed", "options", "started_at", "read_at", "compared_at"),
        *("absent", "removed", "counts", "upload_dropped_at"),
    ):
        op.drop_column("import_job", name)
    for kind in ("events", "periodic_defers", "jobs", "workers"):
        op.execute(f"DROP TABLE procrastinate_{kind} CASCADE")
    op.execute(
        """
        DO $$
        DECLARE one record;
        BEGIN
            FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p
                       WHERE p.proname LIKE 'procrastinate\\_%' LOOP
                EXECUTE 'DROP FUNCTION ' || one.name || ' CASCADE';
            END LOOP;
        END
        $$
        """
    )
    for kind in ("job_status", "job_event_type", "job_to_defer_v1"):
        op.execute(f"DROP TYPE procrastinate_{kind} CASCADE")
