"""MLflow's routes for the model registry, one small function each (HTTP-API, REG-*)."""

from __future__ import annotations

from typing import Any

from storeproof.stores.contract import TrackingStore
from storeproof.stores.entities import Tag
from storeproof.stores.http import registry_messages as messages
from storeproof.stores.http import requested, writing
from storeproof.stores.http.messages import Nothing
from storeproof.stores.http.route import Route
from storeproof.stores.http.wire import whole
from storeproof.stores.registry import DEFAULT_MAX_RESULTS

# What is missing is refused by the contract, as anything but a text or a number is.


def create_model(store: TrackingStore, asked: messages.CreateModel) -> messages.ModelFound:
    """REG-MODEL."""
    name: Any = asked.name
    made = store.create_registered_model(name, requested.tags(asked.tags), asked.description)
    return messages.ModelFound(writing.model(made))


def get_model(store: TrackingStore, asked: messages.OfModel) -> messages.ModelFound:
    """REG-MODEL."""
    return messages.ModelFound(writing.model(store.get_registered_model(_name(asked))))


def rename_model(store: TrackingStore, asked: messages.RenameModel) -> messages.ModelFound:
    """REG-MODEL."""
    new_name: Any = asked.new_name
    renamed = store.rename_registered_model(_name(asked), new_name)
    return messages.ModelFound(writing.model(renamed))


def update_model(store: TrackingStore, asked: messages.UpdateModel) -> messages.ModelFound:
    """REG-MODEL."""
    updated = store.update_registered_model(_name(asked), asked.description)
    return messages.ModelFound(writing.model(updated))


def delete_model(store: TrackingStore, asked: messages.OfModel) -> Nothing:
    """REG-MODEL."""
    store.delete_registered_model(_name(asked))
    return Nothing()


def search_models(store: TrackingStore, asked: messages.Search) -> messages.ModelsFound:
    """REG-SEARCH."""
    page = store.search_registered_models(
        _limit(asked), asked.page_token, asked.filter, asked.order_by
    )
    return messages.ModelsFound(writing.some(page.items, writing.model), page.token)


def get_latest_versions(
    store: TrackingStore, asked: messages.GetLatestVersions
) -> messages.VersionsFound:
    """REG-STAGE."""
    found = store.get_latest_versions(_name(asked), asked.stages)
    return messages.VersionsFound(writing.some(found, writing.version))


def set_model_tag(store: TrackingStore, asked: messages.ModelTag) -> Nothing:
    """REG-TAG."""
    store.set_registered_model_tag(_name(asked), _tag(asked))
    return Nothing()


def delete_model_tag(store: TrackingStore, asked: messages.ModelTag) -> Nothing:
    """REG-TAG."""
    key: Any = asked.key
    store.delete_registered_model_tag(_name(asked), key)
    return Nothing()


def set_alias(store: TrackingStore, asked: messages.ModelAlias) -> Nothing:
    """REG-ALIAS."""
    store.set_registered_model_alias(_name(asked), _alias(asked), _number(asked))
    return Nothing()


def delete_alias(store: TrackingStore, asked: messages.ModelAlias) -> Nothing:
    """REG-ALIAS."""
    store.delete_registered_model_alias(_name(asked), _alias(asked))
    return Nothing()


def get_version_by_alias(store: TrackingStore, asked: messages.ModelAlias) -> messages.VersionFound:
    """REG-ALIAS."""
    found = store.get_model_version_by_alias(_name(asked), _alias(asked))
    return messages.VersionFound(writing.version(found))


def create_version(store: TrackingStore, asked: messages.CreateVersion) -> messages.VersionFound:
    """REG-VERSION."""
    source: Any = asked.source
    made = store.create_model_version(
        _name(asked),
        source,
        asked.run_id,
        requested.tags(asked.tags),
        asked.run_link,
        asked.description,
    )
    return messages.VersionFound(writing.version(made))


def get_version(store: TrackingStore, asked: messages.OfVersion) -> messages.VersionFound:
    """REG-VERSION."""
    found = store.get_model_version(_name(asked), _number(asked))
    return messages.VersionFound(writing.version(found))


def get_download_uri(store: TrackingStore, asked: messages.OfVersion) -> messages.DownloadUri:
    """REG-VERSION."""
    uri = store.get_model_version_download_uri(_name(asked), _number(asked))
    return messages.DownloadUri(uri)


def search_versions(store: TrackingStore, asked: messages.Search) -> messages.VersionsFound:
    """REG-SEARCH."""
    page = store.search_model_versions(
        _limit(asked), asked.page_token, asked.filter, asked.order_by
    )
    return messages.VersionsFound(writing.some(page.items, writing.version), page.token)


def update_version(store: TrackingStore, asked: messages.UpdateVersion) -> messages.VersionFound:
    """REG-VERSION."""
    updated = store.update_model_version(_name(asked), _number(asked), asked.description)
    return messages.VersionFound(writing.version(updated))


def transition_stage(
    store: TrackingStore, asked: messages.TransitionStage
) -> messages.VersionFound:
    """REG-STAGE."""
    stage: Any = asked.stage
    moved = store.transition_model_version_stage(
        _name(asked), _number(asked), stage, bool(asked.archive_existing_versions)
    )
    return messages.VersionFound(writing.version(moved))


def delete_version(store: TrackingStore, asked: messages.OfVersion) -> Nothing:
    """REG-VERSION."""
    store.delete_model_version(_name(asked), _number(asked))
    return Nothing()


def set_version_tag(store: TrackingStore, asked: messages.VersionTag) -> Nothing:
    """REG-TAG."""
    store.set_model_version_tag(_name(asked), _number(asked), _tag(asked))
    return Nothing()


def delete_version_tag(store: TrackingStore, asked: messages.VersionTag) -> Nothing:
    """REG-TAG."""
    key: Any = asked.key
    store.delete_model_version_tag(_name(asked), _number(asked), key)
    return Nothing()


def _name(asked: Any) -> Any:
    return asked.name


def _alias(asked: messages.ModelAlias) -> Any:
    return asked.alias


def _number(asked: Any) -> Any:
    return whole(asked.version)


def _tag(asked: messages.ModelTag | messages.VersionTag) -> Tag:
    return Tag(*requested.pair(asked))


def _limit(asked: messages.Search) -> Any:
    return DEFAULT_MAX_RESULTS if asked.max_results is None else whole(asked.max_results)


MODELS = "registered-models"
VERSIONS = "model-versions"

REGISTRY_ROUTES = (
    Route("POST", f"{MODELS}/create", messages.CreateModel, create_model),
    Route("GET", f"{MODELS}/get", messages.OfModel, get_model),
    Route("POST", f"{MODELS}/rename", messages.RenameModel, rename_model),
    Route("PATCH", f"{MODELS}/update", messages.UpdateModel, update_model),
    Route("DELETE", f"{MODELS}/delete", messages.OfModel, delete_model),
    Route("GET", f"{MODELS}/search", messages.Search, search_models),
    Route("POST", f"{MODELS}/get-latest-versions", messages.GetLatestVersions, get_latest_versions),
    Route("GET", f"{MODELS}/get-latest-versions", messages.GetLatestVersions, get_latest_versions),
    Route("POST", f"{MODELS}/set-tag", messages.ModelTag, set_model_tag),
    Route("DELETE", f"{MODELS}/delete-tag", messages.ModelTag, delete_model_tag),
    Route("POST", f"{MODELS}/alias", messages.ModelAlias, set_alias),
    Route("DELETE", f"{MODELS}/alias", messages.ModelAlias, delete_alias),
    Route("GET", f"{MODELS}/alias", messages.ModelAlias, get_version_by_alias),
    Route("POST", f"{VERSIONS}/create", messages.CreateVersion, create_version),
    Route("GET", f"{VERSIONS}/get", messages.OfVersion, get_version),
    Route("GET", f"{VERSIONS}/get-download-uri", messages.OfVersion, get_download_uri),
    Route("GET", f"{VERSIONS}/search", messages.Search, search_versions),
    Route("PATCH", f"{VERSIONS}/update", messages.UpdateVersion, update_version),
    Route("POST", f"{VERSIONS}/transition-stage", messages.TransitionStage, transition_stage),
    Route("DELETE", f"{VERSIONS}/delete", messages.OfVersion, delete_version),
    Route("POST", f"{VERSIONS}/set-tag", messages.VersionTag, set_version_tag),
    Route("DELETE", f"{VERSIONS}/delete-tag", messages.VersionTag, delete_version_tag),
)
"""The registry's routes, by MLflow's own names."""
