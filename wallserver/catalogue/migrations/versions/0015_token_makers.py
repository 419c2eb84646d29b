"""Who made a token."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision: str | None = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of the tokens that are there nobody knows it."""
    op.add_column("tokens", sa.Column("made_by", sa.String(120), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("tokens", "made_by")
