"""Datasets go with their experiment."""

from __future__ import annotations

from storeproof.stores.sql.migrations.changes import ForeignKey
from storeproof.stores.sql.migrations.step import step

revision = "0584bdc529eb"
down_revision = "f5a4f2784254"

_COLUMN, _REFERS_TO = "experiment_id", "experiments.experiment_id"


def upgrade() -> None:
    """Have the foreign key of datasets cascade, under a name of its own."""
    name = "fk_datasets_experiment_id_experiments"
    step().alter("datasets", ForeignKey(_COLUMN, _REFERS_TO, name, cascade=True))


def downgrade() -> None:
    """Have it not cascade, under the name that the engine gives it."""
    step().alter("datasets", ForeignKey(_COLUMN, _REFERS_TO, None, cascade=False))
