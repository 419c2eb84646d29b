"""Where a camera is: its village (kelurahan), and its place on the map."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision: str | None = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of the cameras that are there nothing is known."""
    op.add_column("cameras", sa.Column("village", sa.String(120), nullable=False, server_default=""))
    op.add_column("cameras", sa.Column("latitude", sa.Double(), nullable=True))
    op.add_column("cameras", sa.Column("longitude", sa.Double(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    for column in ("longitude", "latitude", "village"):
        op.drop_column("cameras", column)
