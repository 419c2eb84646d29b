"""Revisions are found by the time at which they were made, without a look into each of their snapshots."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision: str | None = "0016"
branch_labels = None
depends_on = None

_INDEX = "ix_wall_revisions_wall_id_made_ms_revision"


def upgrade() -> None:
    """Add the index."""
    op.create_index(_INDEX, "wall_revisions", ["wall_id", "made_ms", "revision"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index(_INDEX, "wall_revisions")
