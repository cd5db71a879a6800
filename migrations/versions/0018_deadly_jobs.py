"""Why previews, self-tests and calibrations failed, as a code too; calibrations that were given up."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS: tuple[tuple[str, str, type[sa.Text | sa.Integer]], ...] = (
    ("import_preview", "failure_code", sa.Text),
    ("self_test", "failure_code", sa.Text),
    ("catalog", "calibration_failure", sa.Text),
    ("catalog", "calibration_failure_code", sa.Text),
    ("catalog", "calibration_failed_images", sa.Integer),
)


def upgrade() -> None:
    for table, name, kind in COLUMNS:
        op.add_column(table, sa.Column(name, kind(), nullable=True))


def downgrade() -> None:
    for table, name, _ in reversed(COLUMNS):
        op.drop_column(table, name)
