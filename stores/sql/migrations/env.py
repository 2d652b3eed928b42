"""Alembic's environment: runs the revisions on the work that the configuration holds."""

from alembic import context

from storeproof.stores.sql.migrations.running import run_revisions

run_revisions(context)
