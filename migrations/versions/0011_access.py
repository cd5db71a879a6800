"""Keys, what devices may do and who uses them, the audit log, and what erasing photos needs."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# What devices could do before, as far as the phone page needs it: those that the release before enrols, too.
DEVICE_SCOPES = "ARRAY['lookup', 'catalog:read', 'catalog:write']"
UNBOUND_ADMIN = "catalogs IS NULL OR NOT 'admin' = ANY (scopes)"
KEPT_PHOTOS = "photo_key IS NOT NULL OR jsonb_path_exists(further_photos, '$[*].key ? (@ != null)')"
INDEXES = {
    "ix_lookup_device_id": ("device_id", "device_id IS NOT NULL"),
    "ix_lookup_photo_key": ("photo_key", "photo_key IS NOT NULL"),
    "ix_lookup_kept_photos": ("created_at", KEPT_PHOTOS),
}


def upgrade() -> None:
    _indexes()
    _keys()
    _audit()
    for table in ("device", "enrolment"):
        kind: sa.ARRAY[str] = sa.ARRAY(sa.Text())
        op.add_column(table, sa.Column("scopes", kind, server_default=sa.text(DEVICE_SCOPES), nullable=False))
        op.add_column(table, sa.Column("catalogs", sa.ARRAY(sa.Uuid()), nullable=True))
        op.add_column(table, sa.Column("worker", sa.Text(), nullable=True))
        op.create_check_constraint(f"ck_{table}_unbound_admin", table, UNBOUND_ADMIN)
    for table in ("lookup", "confirmation"):
        op.add_column(table, sa.Column("key_id", sa.Uuid(), nullable=True))
        name = op.f(f"fk_{table}_key_id_access_key")
        op.create_foreign_key(name, table, "access_key", ["key_id"], ["id"], ondelete="SET NULL")
    op.add_column("confirmation", sa.Column("worker", sa.Text(), nullable=True))
    op.create_table(
        "erased_photo",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_erased_photo")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in (*INDEXES, "ix_lookup_further_photos"):
            op.drop_index(name, "lookup", postgresql_concurrently=True, if_exists=True)
    op.drop_table("lease")
    op.drop_table("erased_photo")
    op.drop_column("confirmation", "worker")
    for table in ("lookup", "confirmation"):
        op.drop_column(table, "key_id")
    for table in ("device", "enrolment"):
        op.drop_constraint(f"ck_{table}_unbound_admin", table)
        for column in ("scopes", "catalogs", "worker"):
            op.drop_column(table, column)
    op.drop_table("audit_entry")
    op.drop_table("access_key")


def _keys() -> None:
    op.create_table(
        "access_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("pepper", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("catalogs", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(UNBOUND_ADMIN, name=op.f("ck_access_key_unbound_admin")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_access_key_public_id")),
    )
    op.create_index(op.f("ix_access_key_client"), "access_key", ["client"], unique=False)


def _audit() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_subject_sequence"), "audit_entry", ["subject", "sequence"], unique=False)


def _indexes() -> None:
    # Beside lookups that are answered meanwhile, and first, because it is not undone with the rest. A try that failed
    # leaves an index that serves nothing.
    with op.get_context().autocommit_block():
        for name, (column, where) in INDEXES.items():
            op.drop_index(name, "lookup", postgresql_concurrently=True, if_exists=True)
            some = sa.text(where)
            op.create_index(name, "lookup", [column], postgresql_concurrently=True, postgresql_where=some)
        op.drop_index("ix_lookup_further_photos", "lookup", postgresql_concurrently=True, if_exists=True)
        op.create_index(
            "ix_lookup_further_photos",
            "lookup",
            ["further_photos"],
            postgresql_concurrently=True,
            postgresql_using="gin",
            postgresql_ops={"further_photos": "jsonb_path_ops"},
            postgresql_where=sa.text("further_photos <> '[]'"),
        )
