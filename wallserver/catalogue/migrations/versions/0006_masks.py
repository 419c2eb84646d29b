"""Privacy masks of cameras."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "masks",
        sa.Column("camera_id", sa.String(63), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("masks", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name="fk_masks_camera_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("camera_id", "made_ms", name="pk_masks"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("masks")
