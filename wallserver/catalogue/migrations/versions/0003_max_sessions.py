"""How many streams a camera can send at a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the cameras that are there can send two."""
    op.add_column("cameras", sa.Column("max_sessions", sa.BigInteger(), nullable=False, server_default="2"))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("cameras", "max_sessions")
