"""${message}

A migration must not break the release before it: add first, remove a release later; indexes on filled tables
CONCURRENTLY in ``op.get_context().autocommit_block()``.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
