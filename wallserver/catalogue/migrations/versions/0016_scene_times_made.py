"""Since when a scene has its time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision: str | None = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of those that are there nobody knows it."""
    op.add_column("scene_times", sa.Column("made_ms", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("scene_times", "made_ms")
