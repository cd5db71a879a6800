"""Products that were removed and can be restored, safety notices, the order of pictures, files that nothing needs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _columns()
    _parked()
    _unused_files()
    # Committed up to here: the indexes are built beside the running service.
    with op.get_context().autocommit_block():
        _indexes()


def _columns() -> None:
    # All have defaults: the release before goes on writing these tables, and nothing is rewritten.
    op.add_column("product", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("product", sa.Column("notices", JSONB(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("catalog", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reference_image", sa.Column("place", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("surface_signature", sa.Column("parked", sa.Boolean(), server_default=sa.false(), nullable=False))


def _parked() -> None:
    op.execute(
        """
        CREATE TABLE reference_embedding_parked (
            gallery_id integer NOT NULL REFERENCES gallery (id) ON DELETE CASCADE,
            reference_id uuid NOT NULL REFERENCES reference_image (id) ON DELETE CASCADE,
            product_id uuid NOT NULL,
            embedding halfvec NOT NULL,
            PRIMARY KEY (gallery_id, reference_id)
        )
        """
    )
    op.execute("CREATE INDEX ix_reference_embedding_parked_product_id ON reference_embedding_parked (product_id)")
    op.execute("CREATE INDEX ix_reference_embedding_parked_reference_id ON reference_embedding_parked (reference_id)")


def _unused_files() -> None:
    op.create_table(
        "unused_file",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_unused_file")),
    )
    op.create_index(op.f("ix_unused_file_since"), "unused_file", ["since"], unique=False)
    # Triggers, so that whatever removes a row, a cascade too, leaves word of its file. In order, so that two
    # transactions cannot wait for each other.
    op.execute(
        """
        CREATE FUNCTION reference_image_gone() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO unused_file (key) SELECT DISTINCT object_key FROM gone ORDER BY 1 ON CONFLICT DO NOTHING;
            RETURN NULL;
        END
        $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER reference_image_gone AFTER DELETE ON reference_image
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION reference_image_gone()
        """
    )
    op.execute(
        """
        CREATE FUNCTION surface_signature_gone() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO unused_file (key) SELECT DISTINCT features_key FROM gone ORDER BY 1 ON CONFLICT DO NOTHING;
            RETURN NULL;
        END
        $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER surface_signature_gone AFTER DELETE ON surface_signature
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION surface_signature_gone()
        """
    )


def _indexes() -> None:
    op.create_index(
        "ix_product_deleted",
        "product",
        ["deleted_at", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_concurrently=True,
        if_not_exists=True,
    )
    for table, column in (("reference_image", "object_key"), ("surface_signature", "features_key")):
        op.create_index(
            op.f(f"ix_{table}_{column}"),
            table,
            [column],
            unique=False,
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    """Products that were removed are gone for good: the release before would show them."""
    op.execute("DELETE FROM product WHERE deleted_at IS NOT NULL")
    op.execute("DELETE FROM catalog WHERE deleted_at IS NOT NULL")
    for index, table in (
        ("ix_surface_signature_features_key", "surface_signature"),
        ("ix_reference_image_object_key", "reference_image"),
        ("ix_product_deleted", "product"),
    ):
        op.drop_index(index, table_name=table, if_exists=True)
    for table in ("surface_signature", "reference_image"):
        op.execute(f"DROP TRIGGER {table}_gone ON {table}")
        op.execute(f"DROP FUNCTION {table}_gone()")
    op.drop_table("unused_file")
    op.execute("DROP TABLE reference_embedding_parked")
    op.drop_column("surface_signature", "parked")
    op.drop_column("reference_image", "place")
    op.drop_column("catalog", "deleted_at")
    op.drop_column("product", "notices")
    op.drop_column("product", "deleted_at")
