"""Whose line a camera hangs on and who keeps it working; and when the site could see how its cameras were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table. What was before is not known to have been watched."""
    for column in ("provider", "contractor"):
        op.add_column("cameras", sa.Column(column, sa.String(120), nullable=False, server_default=""))
    op.create_table(
        "watched",
        sa.Column("from_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("from_ms", name="pk_watched"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("watched")
    for column in ("contractor", "provider"):
        op.drop_column("cameras", column)
