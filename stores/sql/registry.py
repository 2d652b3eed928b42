"""The model registry in the database: every primitive is one transaction (REG-*)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection

from storeproof.stores import contract, refusals
from storeproof.stores.entities import ModelVersion, RegisteredModel, Stage, Tag
from storeproof.stores.errors import ErrorCode, StoreError
from storeproof.stores.keeping import KeepingRegistry
from storeproof.stores.search.query import Query
from storeproof.stores.sql import failures
from storeproof.stores.sql.database import Database
from storeproof.stores.sql.models import Models
from storeproof.stores.sql.versions import OUTRUN, Versions

_ATTEMPTS = 20
"""Times that a number is taken anew, where writers that do not lock the model are quicker."""


class SqlRegistry(KeepingRegistry):
    """Models and their versions, in MLflow's tables (MIG-CHAIN)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._models = Models(database.dialect)
        self._versions = Versions(database.dialect, self._models)

    # Models

    def create_model(
        self, name: str, tags: Mapping[str, str], description: str | None
    ) -> RegisteredModel:
        """Insert."""
        with self._told_exactly(name):
            return self._database.write(
                lambda connection: self._models.create(
                    connection, name, tags, description, contract.now()
                )
            )

    def get_model(self, name: str) -> RegisteredModel:
        """Read."""
        return self._database.read(lambda connection: self._models.get(connection, name))

    def search_models(self, query: Query[RegisteredModel]) -> Sequence[RegisteredModel]:
        """Search."""
        return self._database.read(lambda connection: self._models.search(connection, query))

    def rename_model(self, name: str, new_name: str) -> RegisteredModel:
        """Rename."""

        def work(connection: Connection) -> RegisteredModel:
            self._models.rename(connection, name, new_name, contract.now())
            return self._models.get(connection, new_name)

        with self._told_exactly(new_name):
            return self._database.write(work)

    def update_model(self, name: str, description: str | None) -> RegisteredModel:
        """Set the description."""

        def work(connection: Connection) -> RegisteredModel:
            self._models.for_writing(connection, name)
            self._models.change(connection, name, contract.now(), description=description)
            return self._models.get(connection, name)

        return self._database.write(work)

    def delete_model(self, name: str) -> None:
        """Remove."""
        self._database.write(lambda connection: self._models.delete(connection, name))

    def latest_versions(self, name: str, stages: Sequence[Stage]) -> Sequence[ModelVersion]:
        """The latest of each stage."""
        return self._database.read(
            lambda connection: self._versions.latest(connection, name, stages)
        )

    def set_model_tag(self, name: str, tag: Tag) -> None:
        """Upsert."""
        self._database.write(
            lambda connection: self._models.set_tag(connection, name, tag.key, tag.value)
        )

    def delete_model_tag(self, name: str, key: str) -> None:
        """Remove if it is there."""
        self._database.write(lambda connection: self._models.delete_tag(connection, name, key))

    # Aliases

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Upsert."""

        def work(connection: Connection) -> None:
            self._versions.for_writing(connection, name, version)
            self._models.set_alias(connection, name, alias, version)

        self._database.write(work)

    def delete_alias(self, name: str, alias: str) -> None:
        """Remove if it is there."""
        self._database.write(lambda connection: self._models.delete_alias(connection, name, alias))

    def get_by_alias(self, name: str, alias: str) -> ModelVersion:
        """Read the version behind an alias."""

        def work(connection: Connection) -> ModelVersion:
            self._models.find(connection, name)
            number = self._models.alias(connection, name, alias)
            if number is None:
                raise refusals.no_alias(name, alias)
            return self._versions.get(connection, name, number)

        return self._database.read(work)

    # Versions

    def create_version(
        self,
        name: str,
        source: str,
        run_id: str | None,
        tags: Mapping[str, str],
        run_link: str | None,
        description: str | None,
    ) -> ModelVersion:
        """Insert with the next number."""
        values = {
            "source": source,
            "run_id": run_id,
            "run_link": run_link,
            "description": description,
        }
        for _ in range(_ATTEMPTS):
            try:
                return self._database.write(
                    lambda connection: self._versions.create(
                        connection, name, values, tags, contract.now()
                    )
                )
            except StoreError as error:
                if error is not OUTRUN:
                    raise
        raise OUTRUN

    def get_version(self, name: str, version: int) -> ModelVersion:
        """Read."""
        return self._database.read(lambda connection: self._versions.get(connection, name, version))

    def get_version_location(self, name: str, version: int) -> str:
        """Where it is stored."""
        return self._database.read(
            lambda connection: self._versions.location(connection, name, version)
        )

    def search_versions(self, query: Query[ModelVersion]) -> Sequence[ModelVersion]:
        """Search."""
        return self._database.read(lambda connection: self._versions.search(connection, query))

    def update_version(self, name: str, version: int, description: str | None) -> ModelVersion:
        """Set the description."""
        return self._database.write(
            lambda connection: self._versions.describe(
                connection, name, version, description, contract.now()
            )
        )

    def move_version(self, name: str, version: int, stage: Stage, *, archive: bool) -> ModelVersion:
        """Set the stage."""
        return self._database.write(
            lambda connection: self._versions.move(
                connection, name, version, stage, archive=archive, moment=contract.now()
            )
        )

    def delete_version(self, name: str, version: int) -> None:
        """Remove all but the number."""
        self._database.write(
            lambda connection: self._versions.delete(connection, name, version, contract.now())
        )

    def set_version_tag(self, name: str, version: int, tag: Tag) -> None:
        """Upsert."""
        self._database.write(
            lambda connection: self._versions.set_tag(connection, name, version, tag.key, tag.value)
        )

    def delete_version_tag(self, name: str, version: int, key: str) -> None:
        """Remove if it is there."""
        self._database.write(
            lambda connection: self._versions.delete_tag(connection, name, version, key)
        )

    @contextmanager
    def _told_exactly(self, name: str) -> Iterator[None]:
        """A name that only the collation takes for another's is not taken but refused (TEXT-DISTINCT)."""
        try:
            yield
        except StoreError as error:
            if error.code is ErrorCode.RESOURCE_ALREADY_EXISTS and not self._is_there(name):
                raise failures.indistinct() from error
            raise

    def _is_there(self, name: str) -> bool:
        try:
            self.get_model(name)
        except StoreError as error:
            if error.code is ErrorCode.RESOURCE_DOES_NOT_EXIST:
                return False
            raise
        return True
