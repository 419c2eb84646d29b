"""What was changed in words; drafts; scenes at times of the day; overrides that return."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, create the tables."""
    with op.batch_alter_table("wall_revisions") as revisions:
        revisions.add_column(sa.Column("said_id", sa.String(400), nullable=True))
        revisions.add_column(sa.Column("said_en", sa.String(400), nullable=True))
    op.create_table(
        "wall_drafts",
        sa.Column("wall_id", sa.String(63), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("base_revision", sa.BigInteger(), nullable=False),
        sa.Column("commands", sa.JSON(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["wall_id"], ["walls.id"], name="fk_wall_drafts_wall_id_walls", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("wall_id", "person_id", name="pk_wall_drafts"),
    )
    op.create_table(
        "scene_times",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("wall_id", sa.String(63), nullable=False),
        sa.Column("scene", sa.String(63), nullable=False),
        sa.Column("at", sa.String(5), nullable=False),
        sa.Column("days", sa.String(7), nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("done_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["wall_id"], ["walls.id"], name="fk_scene_times_wall_id_walls", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_scene_times"),
    )
    op.create_table(
        "overrides",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("wall_id", sa.String(63), nullable=False),
        sa.Column("before_revision", sa.BigInteger(), nullable=False),
        sa.Column("after_revision", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["wall_id"], ["walls.id"], name="fk_overrides_wall_id_walls", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_overrides"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("overrides", "scene_times", "wall_drafts"):
        op.drop_table(table)
    with op.batch_alter_table("wall_revisions") as revisions:
        revisions.drop_column("said_en")
        revisions.drop_column("said_id")
