"""What became of each camera, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "state_changes",
        sa.Column("stream", sa.String(120), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("camera_id", sa.String(63), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("cause_id", sa.String(200), nullable=False),
        sa.Column("cause_en", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("stream", "at_ms", name="pk_state_changes"),
    )
    op.create_index("ix_state_changes_camera_id_at_ms", "state_changes", ["camera_id", "at_ms"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("state_changes")
