"""Alembic's migrations; packaged, run by `open_database`."""
