"""The contract of the model registry: its public methods, each checked once, and the primitives behind them (REG-*).

Every store has the methods; whether a registry stands behind them is the store's to say. One
that has none refuses every call before anything else is looked at (REG-FILE). Primitives get
clean values, are one unit of work each, and raise what depends on what is stored with the
functions of refusals.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from storeproof.stores import paging, refusals, validation
from storeproof.stores.entities import ModelVersion, Page, RegisteredModel, Stage, Tag
from storeproof.stores.errors import ErrorCode, StoreError, invalid
from storeproof.stores.search.query import Query, model_version_query, registered_model_query

DEFAULT_MAX_RESULTS = 1000

IN_USE = (Stage.STAGING, Stage.PRODUCTION)
"""The stages whose other versions a transition may archive, as in MLflow."""


class Registry(ABC):
    """The primitives. Texts are clean, numbers whole; a name or a number may be one that nothing has."""

    @abstractmethod
    def create_model(
        self, name: str, tags: Mapping[str, str], description: str | None
    ) -> RegisteredModel:
        """Insert; model_name_taken()."""

    @abstractmethod
    def get_model(self, name: str) -> RegisteredModel:
        """Read by exact name; no_model()."""

    @abstractmethod
    def page_of_models(self, query: Query[RegisteredModel]) -> Page[RegisteredModel]:
        """The page of the answer that the query asks for, in its order; paging.bad_token()."""

    @abstractmethod
    def rename_model(self, name: str, new_name: str) -> RegisteredModel:
        """Rename with all that belongs to it; no_model(), model_name_taken(), but not by itself."""

    @abstractmethod
    def update_model(self, name: str, description: str | None) -> RegisteredModel:
        """Set the description; no_model()."""

    @abstractmethod
    def delete_model(self, name: str) -> None:
        """Remove it with all that belongs to it; no_model()."""

    @abstractmethod
    def latest_versions(self, name: str, stages: Sequence[Stage]) -> Sequence[ModelVersion]:
        """Of each of these stages the version with the largest number, by number; no_model()."""

    @abstractmethod
    def set_model_tag(self, name: str, tag: Tag) -> None:
        """Upsert; no_model()."""

    @abstractmethod
    def delete_model_tag(self, name: str, key: str) -> None:
        """Remove the tag if it is there; no_model()."""

    @abstractmethod
    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Point the alias to the version; no_version()."""

    @abstractmethod
    def delete_alias(self, name: str, alias: str) -> None:
        """Remove the alias if it is there; no_model()."""

    @abstractmethod
    def get_by_alias(self, name: str, alias: str) -> ModelVersion:
        """The version that the alias points to; no_model(), no_alias()."""

    @abstractmethod
    def create_version(
        self,
        name: str,
        source: str,
        run_id: str | None,
        tags: Mapping[str, str],
        run_link: str | None,
        description: str | None,
    ) -> ModelVersion:
        """Insert with the next number, which no other version has or ever had; no_model().

        A source `models:/<name>/<version>` is stored where that version is; no_version().
        """

    @abstractmethod
    def get_version(self, name: str, version: int) -> ModelVersion:
        """Read; no_version()."""

    @abstractmethod
    def get_version_location(self, name: str, version: int) -> str:
        """Where the version is stored; no_version()."""

    @abstractmethod
    def page_of_versions(self, query: Query[ModelVersion]) -> Page[ModelVersion]:
        """The page of the answer that the query asks for, in its order; paging.bad_token()."""

    @abstractmethod
    def update_version(self, name: str, version: int, description: str | None) -> ModelVersion:
        """Set the description; no_version()."""

    @abstractmethod
    def move_version(self, name: str, version: int, stage: Stage, *, archive: bool) -> ModelVersion:
        """Set the stage, and archive the model's others of that stage where asked; no_version()."""

    @abstractmethod
    def delete_version(self, name: str, version: int) -> None:
        """Remove it with its tags and aliases, and remember its number; no_version()."""

    @abstractmethod
    def set_version_tag(self, name: str, version: int, tag: Tag) -> None:
        """Upsert; no_version()."""

    @abstractmethod
    def delete_version_tag(self, name: str, version: int, key: str) -> None:
        """Remove the tag if it is there; no_version()."""


class RegistryStore:
    """Registered models, their versions, stages, aliases and tags, where the store keeps a registry."""

    def _registry(self) -> Registry:
        """The primitives; NOT_IMPLEMENTED where there are none (REG-FILE)."""
        raise StoreError(
            ErrorCode.NOT_IMPLEMENTED,
            "This store keeps no model registry; use a database-backed store, such as "
            "sqlite:///mlflow.db, or a tracking server over one.",
        )

    # Models

    def create_registered_model(
        self, name: str, tags: Iterable[Tag] = (), description: str | None = None
    ) -> RegisteredModel:
        """Create a model without versions (REG-MODEL); a tag key given twice: the last wins.

        Raises INVALID_PARAMETER_VALUE for a bad name, tag or description,
        RESOURCE_ALREADY_EXISTS for a name that is taken.
        """
        return self._registry().create_model(
            validation.model_name(name), _tags(tags), _description(description)
        )

    def get_registered_model(self, name: str) -> RegisteredModel:
        """The model of exactly this name; else RESOURCE_DOES_NOT_EXIST (REG-MODEL)."""
        return self._registry().get_model(_model(name))

    def search_registered_models(
        self,
        max_results: int = DEFAULT_MAX_RESULTS,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[RegisteredModel]:
        """A page of the models that `filter_string` finds, by its name and its tags (REG-SEARCH).

        They are in the order of `order_by` (name, creation_timestamp, last_updated_timestamp),
        then by name. `max_results` is 1 to 50000. Raises INVALID_PARAMETER_VALUE for another
        number, a bad token, or a filter or an order that is not in the language.
        """
        registry = self._registry()
        query = registered_model_query(filter_string, order_by)
        limit, token = validation.max_results(max_results), paging.token(page_token)
        return registry.page_of_models(replace(query, limit=limit, page_token=token))

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Give a model another name; it keeps its versions, tags and aliases (REG-MODEL).

        To its own name: success. Raises RESOURCE_DOES_NOT_EXIST, RESOURCE_ALREADY_EXISTS,
        INVALID_PARAMETER_VALUE for a bad name.
        """
        return self._registry().rename_model(_model(name), validation.model_name(new_name))

    def update_registered_model(self, name: str, description: str | None) -> RegisteredModel:
        """Set the description of a model; at most 5000 characters. Raises RESOURCE_DOES_NOT_EXIST."""
        return self._registry().update_model(_model(name), _description(description))

    def delete_registered_model(self, name: str) -> None:
        """Delete a model for good, with its versions, tags and aliases; missing: RESOURCE_DOES_NOT_EXIST (REG-MODEL)."""
        self._registry().delete_model(_model(name))

    def get_latest_versions(
        self, name: str, stages: Iterable[str] | None = None
    ) -> tuple[ModelVersion, ...]:
        """Of each stage, or of each of `stages`, the version with the largest number (REG-STAGE).

        A stage without a version has none. Raises RESOURCE_DOES_NOT_EXIST for a missing model,
        INVALID_PARAMETER_VALUE for what is no stage.
        """
        registry = self._registry()
        named = validation.entries(() if stages is None else stages, "stages")
        wanted = tuple(dict.fromkeys(map(validation.stage, named))) or tuple(Stage)
        return tuple(registry.latest_versions(_model(name), wanted))

    def set_registered_model_tag(self, name: str, tag: Tag) -> None:
        """Set or overwrite a tag of a model (REG-TAG); a missing model: RESOURCE_DOES_NOT_EXIST."""
        self._registry().set_model_tag(_model(name), validation.registry_tag(tag))

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Remove a tag of a model; a missing tag: success, a missing model: RESOURCE_DOES_NOT_EXIST (REG-TAG)."""
        self._registry().delete_model_tag(_model(name), validation.key(key, "tag"))

    # Aliases

    def set_registered_model_alias(self, name: str, alias: str, version: int) -> None:
        """Let an alias of a model point to a version, whatever it pointed to before (REG-ALIAS).

        Raises INVALID_PARAMETER_VALUE for a bad alias, RESOURCE_DOES_NOT_EXIST for a missing
        model or version.
        """
        self._registry().set_alias(_model(name), validation.alias(alias), _number(version))

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Remove an alias of a model; a missing one: success (REG-ALIAS)."""
        self._registry().delete_alias(_model(name), validation.text(alias, "The alias"))

    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """The version that an alias points to (REG-ALIAS).

        Raises INVALID_PARAMETER_VALUE for a missing alias, RESOURCE_DOES_NOT_EXIST for a
        missing model.
        """
        return self._registry().get_by_alias(_model(name), validation.text(alias, "The alias"))

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
        """Create the next version of a model: 1, 2, 3, and never a number again (REG-VERSION).

        `source` is where the model's files are, or `models:/<name>/<version>` for another
        version's; `run_id` and `run_link` tell of the run that made it, "" counts as None.
        Raises RESOURCE_DOES_NOT_EXIST for a missing model or source version,
        INVALID_PARAMETER_VALUE for bad values.
        """
        return self._registry().create_version(
            _model(name),
            validation.version_source(source),
            validation.optional(run_id, "The run id", validation.VERSION_RUN_ID_LENGTH),
            _tags(tags),
            validation.optional(run_link, "The run link", validation.VERSION_SOURCE_LENGTH),
            _description(description),
        )

    def get_model_version(self, name: str, version: int) -> ModelVersion:
        """The version of a model; missing or deleted: RESOURCE_DOES_NOT_EXIST (REG-VERSION)."""
        return self._registry().get_version(_model(name), _number(version))

    def get_model_version_download_uri(self, name: str, version: int) -> str:
        """Where the files of a version are; of one made from another version, where that one's are."""
        return self._registry().get_version_location(_model(name), _number(version))

    def search_model_versions(
        self,
        max_results: int = DEFAULT_MAX_RESULTS,
        page_token: str | None = None,
        filter_string: str | None = None,
        order_by: Iterable[str] | None = None,
    ) -> Page[ModelVersion]:
        """A page of the versions that `filter_string` finds: name, run_id, source_path, version_number, tags (REG-SEARCH).

        They are in the order of `order_by` (name, run_id, source_path, version_number,
        creation_timestamp, last_updated_timestamp), then by name, then the newest first.
        Deleted versions are not found. Raises as search_registered_models.
        """
        registry = self._registry()
        query = model_version_query(filter_string, order_by)
        limit, token = validation.max_results(max_results), paging.token(page_token)
        return registry.page_of_versions(replace(query, limit=limit, page_token=token))

    def update_model_version(
        self, name: str, version: int, description: str | None
    ) -> ModelVersion:
        """Set the description of a version; at most 5000 characters. Raises RESOURCE_DOES_NOT_EXIST."""
        return self._registry().update_version(
            _model(name), _number(version), _description(description)
        )

    def transition_model_version_stage(
        self, name: str, version: int, stage: str, archive_existing_versions: bool = False
    ) -> ModelVersion:
        """Move a version to a stage, named in any case (REG-STAGE).

        `archive_existing_versions`, for Staging and Production, archives the model's other
        versions that are there. Raises RESOURCE_DOES_NOT_EXIST, and INVALID_PARAMETER_VALUE
        for what is no stage.
        """
        registry = self._registry()
        wanted = validation.stage(stage)
        if archive_existing_versions and wanted not in IN_USE:
            raise invalid(
                f"Only {' and '.join(IN_USE)} can have their other versions archived, not {wanted}."
            )
        return registry.move_version(
            _model(name), _number(version), wanted, archive=bool(archive_existing_versions)
        )

    def delete_model_version(self, name: str, version: int) -> None:
        """Delete a version for good, with its tags and aliases; its number is not given again (REG-VERSION)."""
        self._registry().delete_version(_model(name), _number(version))

    def set_model_version_tag(self, name: str, version: int, tag: Tag) -> None:
        """Set or overwrite a tag of a version (REG-TAG); a missing version: RESOURCE_DOES_NOT_EXIST."""
        self._registry().set_version_tag(
            _model(name), _number(version), validation.registry_tag(tag)
        )

    def delete_model_version_tag(self, name: str, version: int, key: str) -> None:
        """Remove a tag of a version; a missing tag: success (REG-TAG)."""
        self._registry().delete_version_tag(
            _model(name), _number(version), validation.key(key, "tag")
        )


def _model(name: object) -> str:
    """The name of a model that is asked for; MLflow's older ones may be named as no new one can be."""
    if not isinstance(name, str):
        raise invalid(f"The model name must be a string, not {validation.shown(name)}.")
    try:
        return validation.text(name, "The model name")
    except StoreError:
        raise refusals.no_model(name) from None


def _number(version: object) -> int:
    return validation.whole(version, "The version")


def _description(value: str | None) -> str | None:
    return (
        None
        if value is None
        else validation.text(value, "The description", validation.DESCRIPTION_LENGTH)
    )


def _tags(tags: Iterable[Tag]) -> dict[str, str]:
    clean = map(validation.registry_tag, validation.entries(tags, "tags"))
    return {tag.key: tag.value for tag in clean}
