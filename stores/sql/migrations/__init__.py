"""From any of MLflow's schemas to the head: an Alembic environment and its 28 revisions (MIG-CHAIN)."""
