"""What is published, and what is cut off from the public."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables: nothing is published."""
    op.create_table(
        "publications",
        sa.Column("camera_id", sa.String(63), nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("group_name", sa.String(120), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], name="fk_publications_camera_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("camera_id", name="pk_publications"),
        sa.UniqueConstraint("public_id", name="uq_publications_public_id"),
    )
    op.create_table(
        "cut_offs",
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("target", sa.String(120), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("public_text", sa.String(400), nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "target", name="pk_cut_offs"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("cut_offs")
    op.drop_table("publications")
