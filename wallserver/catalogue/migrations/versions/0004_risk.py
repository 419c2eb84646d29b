"""How much it matters that a camera is dead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the cameras that are there are green."""
    op.add_column("cameras", sa.Column("risk", sa.String(8), nullable=False, server_default="green"))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("cameras", "risk")
