"""What alembic runs: always on a connection that `open_database` hands over."""

from __future__ import annotations

from alembic import context

from wallserver.catalogue.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter most of a table in place
)
with context.begin_transaction():
    context.run_migrations()
