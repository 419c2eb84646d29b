"""What was on every cell, which camera tours chose, and the displays' word that they drew it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels = None
depends_on = None

_revisions = sa.table(
    "wall_revisions",
    sa.column("wall_id", sa.String),
    sa.column("revision", sa.BigInteger),
    sa.column("snapshot", sa.JSON),
    sa.column("made_ms", sa.BigInteger),
)


def upgrade() -> None:
    """Create the tables; what the revisions until now put on each cell is read out of them."""
    orders = op.create_table(
        "cell_orders",
        sa.Column("wall_id", sa.String(63), nullable=False),
        sa.Column("display_id", sa.String(63), nullable=False),
        sa.Column("cell_id", sa.String(120), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("camera_id", sa.String(120), nullable=True),
        sa.ForeignKeyConstraint(["wall_id"], ["walls.id"], name="fk_cell_orders_wall_id_walls", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("wall_id", "display_id", "cell_id", "at_ms", "revision", name="pk_cell_orders"),
    )
    op.create_index("ix_cell_orders_at_ms", "cell_orders", ["at_ms"])
    op.create_table(
        "tour_steps",
        sa.Column("wall_id", sa.String(63), nullable=False),
        sa.Column("display_id", sa.String(63), nullable=False),
        sa.Column("cell_id", sa.String(120), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("tour", sa.String(63), nullable=False),
        sa.Column("camera_id", sa.String(120), nullable=True),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("wall_id", "display_id", "cell_id", "at_ms", name="pk_tour_steps"),
    )
    op.create_index("ix_tour_steps_at_ms", "tour_steps", ["at_ms"])
    op.create_table(
        "drawn",
        sa.Column("display_id", sa.String(63), nullable=False),
        sa.Column("cell_id", sa.String(120), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.Column("camera_id", sa.String(120), nullable=False),
        sa.Column("plan", sa.BigInteger(), nullable=False),
        sa.Column("frames", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("display_id", "cell_id", "from_ms", name="pk_drawn"),
    )
    op.create_index("ix_drawn_from_ms", "drawn", ["from_ms"])
    _fill(orders)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("drawn")
    op.drop_table("tour_steps")
    op.drop_table("cell_orders")


def _fill(orders: sa.Table) -> None:
    connection = op.get_bind()
    wall: str | None = None
    before: dict[tuple[str, str], object] = {}
    for row in connection.execute(sa.select(_revisions).order_by("wall_id", "revision")).all():
        if row.wall_id != wall:
            wall, before = row.wall_id, {}
        now = {
            (display["id"], cell["id"]): cell["content"]
            for display in row.snapshot["displays"]
            for cell in display["layout"]["cells"]
        }
        made = [
            {
                "wall_id": row.wall_id,
                "display_id": display,
                "cell_id": cell,
                "at_ms": row.made_ms,
                "revision": row.revision,
                "camera_id": content.get("camera"),
            }
            for (display, cell), content in now.items()
            if before.get((display, cell)) != content
        ]
        if made:
            connection.execute(orders.insert(), made)
        before = now
