"""The database's tables, built step by step by Alembic, in code: there is no ini file to keep beside it."""

from sdc.migrations.running import configuration, current_revision, newest_revision, upgrade

__all__ = ["configuration", "current_revision", "newest_revision", "upgrade"]
