"""The base of the stores with a broken registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import text
from wrapper import Wrapper

from storeproof.stores.entities import ModelVersion, RegisteredModel
from storeproof.stores.registry import Registry
from storeproof.stores.sql.tracking import SqlStore


class Registered(Wrapper):
    """A wrapper that is its own registry: a primitive that it does not override is that of a good one, `base`."""

    kinds = frozenset({"sql"})

    def __init__(self) -> None:
        super().__init__()
        self.database = SqlStore("sqlite://")
        self.good = self.database
        self.base = self.database._registry()

    def _registry(self) -> Registry:
        return cast(Registry, self)

    def __getattr__(self, primitive: str) -> Any:
        return getattr(self.base, primitive)

    def execute(self, statement: str, **values: object) -> None:
        """Change what the good registry keeps, behind its back."""
        self.database._database.write(
            lambda connection: connection.execute(text(statement), values)
        )


class Showing(Registered):
    """Gives `seen(version)` and `seen_model(model)` for what one reads."""

    def seen(self, version: ModelVersion) -> ModelVersion:
        return version

    def seen_model(self, model: RegisteredModel) -> RegisteredModel:
        return model

    def get_version(self, name: str, version: int) -> ModelVersion:
        return self.seen(self.base.get_version(name, version))

    def get_model(self, name: str) -> RegisteredModel:
        return self.seen_model(self.base.get_model(name))


Tags = Mapping[str, str]
