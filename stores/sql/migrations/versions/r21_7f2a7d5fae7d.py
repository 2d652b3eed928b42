"""Datasets, and their uses by runs."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.mysql import MEDIUMTEXT

from storeproof.stores.sql.migrations.step import step

revision = "7f2a7d5fae7d"
down_revision = "3500859a5d39"


def upgrade() -> None:
    """Make datasets, inputs and input_tags."""
    work = step()
    work.create(
        Table(
            "datasets",
            MetaData(),
            Column("dataset_uuid", String(36), nullable=False),
            Column(
                "experiment_id",
                Integer,
                ForeignKey("experiments.experiment_id"),
                nullable=False,
                autoincrement=False,
            ),
            Column("name", String(500), nullable=False),
            Column("digest", String(36), nullable=False),
            Column("dataset_source_type", String(36), nullable=False),
            Column("dataset_source", Text, nullable=False),
            Column("dataset_schema", Text),
            Column("dataset_profile", Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")),
            PrimaryKeyConstraint("experiment_id", "name", "digest", name="dataset_pk"),
            Index("index_datasets_dataset_uuid", "dataset_uuid"),
            Index(
                "index_datasets_experiment_id_dataset_source_type",
                "experiment_id",
                "dataset_source_type",
            ),
        )
    )
    work.create(
        Table(
            "inputs",
            MetaData(),
            Column("input_uuid", String(36), nullable=False),
            Column("source_type", String(36), nullable=False),
            Column("source_id", String(36), nullable=False),
            Column("destination_type", String(36), nullable=False),
            Column("destination_id", String(36), nullable=False),
            PrimaryKeyConstraint(
                "source_type", "source_id", "destination_type", "destination_id", name="inputs_pk"
            ),
            Index("index_inputs_input_uuid", "input_uuid"),
            Index(
                "index_inputs_destination_type_destination_id_source_type",
                "destination_type",
                "destination_id",
                "source_type",
            ),
        )
    )
    work.create(
        Table(
            "input_tags",
            MetaData(),
            Column("input_uuid", String(36), nullable=False),
            Column("name", String(255), nullable=False),
            Column("value", String(500), nullable=False),
            PrimaryKeyConstraint("input_uuid", "name", name="input_tags_pk"),
        )
    )
