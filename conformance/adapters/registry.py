"""The registry's part of the contract over any MLflow registry store, of MLflow 2.22 and 3.

MLflow keeps registered models in a store of its own, found by the address's scheme like the
other one (entry point group mlflow.model_registry_store). It is opened when it is first used.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, cast

from storeproof.conformance.adapters import entities as convert
from storeproof.stores.entities import ModelVersion, Page, RegisteredModel, Tag


class RegistryCalls:
    """The methods of RegistryStore, each the one call that MLflow's server makes for it."""

    _entities: Any

    def __init__(self, registry: Callable[[], Any]) -> None:
        self._open_registry = registry

    @cached_property
    def _models(self) -> Any:
        """MLflow's store of registered models; None where there is none."""
        return self._open_registry()

    def opened_registry(self) -> list[Any]:
        """That store, if it was opened."""
        opened = vars(self).get("_models")
        return [] if opened is None else [opened]

    @abstractmethod
    def _call_on(self, inner: Any, method: str, *arguments: object, **named: object) -> Any:
        """Call a store of MLflow's."""

    @abstractmethod
    def _each(self, one: Callable[[object, Any], Any], many: object) -> Any:
        """The entries as MLflow's."""

    def _ask(self, method: str, *arguments: object, **named: object) -> Any:
        return self._call_on(self._models, method, *arguments, **named)

    # Models

    def create_registered_model(
        self, name: str, tags: Iterable[Tag] = (), description: str | None = None
    ) -> RegisteredModel:
        """See RegistryStore."""
        given = self._each(convert.model_tag_in, tags)
        made = self._ask("create_registered_model", name=name, tags=given, description=description)
        return convert.model_out(made)

    def get_registered_model(self, name: str) -> RegisteredModel:
        """See RegistryStore."""
        return convert.model_out(self._ask("get_registered_model", name))

    def search_registered_models(
        self,
        max_results: int = 1000,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[RegisteredModel]:
        """See RegistryStore."""
        found = self._ask(
            "search_registered_models",
            filter_string=filter_string,
            max_results=max_results,
            order_by=listed(order_by),
            page_token=page_token,
        )
        return convert.page_out(map(convert.model_out, found), found.token)

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """See RegistryStore."""
        return convert.model_out(self._ask("rename_registered_model", name, new_name))

    def update_registered_model(self, name: str, description: str | None) -> RegisteredModel:
        """See RegistryStore."""
        return convert.model_out(self._ask("update_registered_model", name, description))

    def delete_registered_model(self, name: str) -> None:
        """See RegistryStore."""
        self._ask("delete_registered_model", name)

    def get_latest_versions(
        self, name: str, stages: Iterable[str] | None = None
    ) -> tuple[ModelVersion, ...]:
        """See RegistryStore."""
        found = self._ask("get_latest_versions", name, listed(stages))
        return tuple(map(convert.version_out, found))

    def set_registered_model_tag(self, name: str, tag: Tag) -> None:
        """See RegistryStore."""
        self._ask("set_registered_model_tag", name, convert.model_tag_in(tag, self._entities))

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """See RegistryStore."""
        self._ask("delete_registered_model_tag", name, key)

    # Aliases

    def set_registered_model_alias(self, name: str, alias: str, version: int) -> None:
        """See RegistryStore."""
        self._ask("set_registered_model_alias", name, alias, _said(version))

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """See RegistryStore."""
        self._ask("delete_registered_model_alias", name, alias)

    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """See RegistryStore."""
        return convert.version_out(self._ask("get_model_version_by_alias", name, alias))

    # Versions

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Iterable[Tag] = (),
        run_link: str | None = None,
        description: str | None = None,
    ) -> ModelVersion:
        """See RegistryStore."""
        made = self._ask(
            "create_model_version",
            name=name,
            source=source,
            run_id=run_id,
            tags=self._each(convert.version_tag_in, tags),
            run_link=run_link,
            description=description,
        )
        return convert.version_out(made)

    def get_model_version(self, name: str, version: int) -> ModelVersion:
        """See RegistryStore."""
        return convert.version_out(self._ask("get_model_version", name, _said(version)))

    def get_model_version_download_uri(self, name: str, version: int) -> str:
        """See RegistryStore."""
        return cast(str, self._ask("get_model_version_download_uri", name, _said(version)))

    def search_model_versions(
        self,
        max_results: int = 1000,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[ModelVersion]:
        """See RegistryStore."""
        found = self._ask(
            "search_model_versions",
            filter_string=filter_string,
            max_results=max_results,
            order_by=listed(order_by),
            page_token=page_token,
        )
        return convert.page_out(map(convert.version_out, found), found.token)

    def update_model_version(
        self, name: str, version: int, description: str | None
    ) -> ModelVersion:
        """See RegistryStore."""
        changed = self._ask("update_model_version", name, _said(version), description)
        return convert.version_out(changed)

    def transition_model_version_stage(
        self, name: str, version: int, stage: str, archive_existing_versions: bool = False
    ) -> ModelVersion:
        """See RegistryStore."""
        moved = self._ask(
            "transition_model_version_stage",
            name,
            _said(version),
            stage,
            archive_existing_versions,
        )
        return convert.version_out(moved)

    def delete_model_version(self, name: str, version: int) -> None:
        """See RegistryStore."""
        self._ask("delete_model_version", name, _said(version))

    def set_model_version_tag(self, name: str, version: int, tag: Tag) -> None:
        """See RegistryStore."""
        given = convert.version_tag_in(tag, self._entities)
        self._ask("set_model_version_tag", name, _said(version), given)

    def delete_model_version_tag(self, name: str, version: int, key: str) -> None:
        """See RegistryStore."""
        self._ask("delete_model_version_tag", name, _said(version), key)


def _said(version: object) -> object:
    """A number as MLflow's client and server say it, as a text."""
    return str(version) if type(version) is int else version


def listed(entries: object) -> Any:
    """Entries as the list that MLflow passes; what cannot be gone through stays what it is."""
    if not isinstance(entries, Iterable) or isinstance(entries, str | bytes):
        return entries
    return list(entries)
