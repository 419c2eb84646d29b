"""Cameras that a person has switched off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "switched_off",
        sa.Column("camera_id", sa.String(63), nullable=False),
        sa.Column("reason", sa.String(120), nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name="fk_switched_off_camera_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("camera_id", name="pk_switched_off"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("switched_off")
