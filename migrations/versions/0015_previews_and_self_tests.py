"""Imports shown before they are made, looks of references by which copies are found, and self-tests of catalogs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _looks()
    _previews()
    _answers()
    _self_tests()


def _looks() -> None:
    # The default lets the release before go on writing references; all that are there wait to be looked at.
    op.add_column(
        "reference_image", sa.Column("look_state", sa.Text(), server_default=sa.text("'pending'"), nullable=False)
    )
    op.add_column("reference_image", sa.Column("look_maker", sa.Text(), nullable=True))
    op.add_column("reference_image", sa.Column("look", sa.LargeBinary(), nullable=True))
    op.add_column("reference_image", sa.Column("look_flaws", postgresql.JSONB(), nullable=True))
    op.create_index(
        "ix_reference_image_look_pending",
        "reference_image",
        ["created_at", "id"],
        postgresql_where=sa.text("look_state = 'pending'"),
    )


def _previews() -> None:
    op.create_table(
        "import_preview",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("catalog_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("archive_key", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["catalog_id"], ["catalog.id"], name=op.f("fk_import_preview_catalog_id_catalog"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_preview")),
    )
    op.create_index(op.f("ix_import_preview_catalog_id"), "import_preview", ["catalog_id"])
    op.create_index(
        "ix_import_preview_open", "import_preview", ["created_at"], postgresql_where=sa.text("state <> 'completed'")
    )


def _answers() -> None:
    op.create_table(
        "rehearsal_answer",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("catalog_id", sa.Uuid(), nullable=False),
        sa.Column("reference_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("drawn", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("candidates", postgresql.JSONB(), nullable=False),
        sa.Column("reference_images", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["catalog_id"], ["catalog.id"], name=op.f("fk_rehearsal_answer_catalog_id_catalog"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["reference_id"],
            ["reference_image.id"],
            name=op.f("fk_rehearsal_answer_reference_id_reference_image"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsal_answer")),
    )
    op.create_index(op.f("ix_rehearsal_answer_catalog_id"), "rehearsal_answer", ["catalog_id"])
    op.create_index(op.f("ix_rehearsal_answer_reference_id"), "rehearsal_answer", ["reference_id"])


def _self_tests() -> None:
    op.create_table(
        "self_test",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("catalog_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("reference_images", sa.Integer(), nullable=False),
        sa.Column("newest", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", postgresql.JSONB(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["catalog_id"], ["catalog.id"], name=op.f("fk_self_test_catalog_id_catalog"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_test")),
    )
    op.create_index("ix_self_test_catalog_id_created_at", "self_test", ["catalog_id", "created_at"])
    op.create_table(
        "self_test_item",
        sa.Column("self_test_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("reference_id", sa.Uuid(), nullable=False),
        sa.Column("ground_key", sa.Text(), nullable=False),
        sa.Column("base", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("answer_id", sa.BigInteger(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_self_test_item_{column}_{table}"), ondelete=deleted
            )
            for column, table, deleted in (
                ("self_test_id", "self_test", "CASCADE"),
                ("product_id", "product", "CASCADE"),
                ("reference_id", "reference_image", "CASCADE"),
                ("answer_id", "rehearsal_answer", "SET NULL"),
            )
        ),
        sa.PrimaryKeyConstraint("self_test_id", "place", name=op.f("pk_self_test_item")),
        sa.UniqueConstraint("self_test_id", "product_id", name=op.f("uq_self_test_item_self_test_id_product_id")),
    )
    for column in ("product_id", "reference_id", "answer_id"):
        op.create_index(op.f(f"ix_self_test_item_{column}"), "self_test_item", [column])


def downgrade() -> None:
    for table in ("self_test_item", "self_test", "rehearsal_answer", "import_preview"):
        op.drop_table(table)
    op.drop_index("ix_reference_image_look_pending", "reference_image")
    for column in ("look_flaws", "look", "look_maker", "look_state"):
        op.drop_column("reference_image", column)
