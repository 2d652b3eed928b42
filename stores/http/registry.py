"""The model registry behind a tracking server, through the server's routes (HTTP-SAME)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typing_extensions import override

from storeproof.stores import refusals
from storeproof.stores.entities import ModelVersion, Page, RegisteredModel, Stage, Tag
from storeproof.stores.http import answered, writing
from storeproof.stores.http import registry_messages as messages
from storeproof.stores.http.connection import Connection
from storeproof.stores.http.messages import Message, Nothing
from storeproof.stores.http.sayable import is_sayable, sayable_token
from storeproof.stores.registry import Registry
from storeproof.stores.search.query import Query


class HttpRegistry(Registry):
    """A tracking server's registry."""

    def __init__(self, server: Connection) -> None:
        self._server = server

    # Models

    @override
    def create_model(
        self, name: str, tags: Mapping[str, str], description: str | None
    ) -> RegisteredModel:
        asked = messages.CreateModel(name, writing.entries(tags), description)
        made = self._server.write("registered-models/create", asked, messages.ModelFound)
        return self._server.told(answered.model, made.registered_model)

    @override
    def get_model(self, name: str) -> RegisteredModel:
        asked = messages.OfModel(_sayable(name))
        found = self._server.get("registered-models/get", asked, messages.ModelFound)
        return self._server.told(answered.model, found.registered_model)

    @override
    def page_of_models(self, query: Query[RegisteredModel]) -> Page[RegisteredModel]:
        found = self._server.get("registered-models/search", _search(query), messages.ModelsFound)
        return self._server.page(answered.model, found.registered_models, found.next_page_token)

    @override
    def rename_model(self, name: str, new_name: str) -> RegisteredModel:
        asked = messages.RenameModel(_sayable(name), new_name)
        renamed = self._server.write("registered-models/rename", asked, messages.ModelFound)
        return self._server.told(answered.model, renamed.registered_model)

    @override
    def update_model(self, name: str, description: str | None) -> RegisteredModel:
        asked = messages.UpdateModel(_sayable(name), description)
        updated = self._server.write(
            "registered-models/update", asked, messages.ModelFound, "PATCH"
        )
        return self._server.told(answered.model, updated.registered_model)

    @override
    def delete_model(self, name: str) -> None:
        self._remove("registered-models/delete", messages.OfModel(_sayable(name)))

    @override
    def latest_versions(self, name: str, stages: Sequence[Stage]) -> Sequence[ModelVersion]:
        asked = messages.GetLatestVersions(_sayable(name), [stage.value for stage in stages])
        found = self._server.read(
            "registered-models/get-latest-versions", asked, messages.VersionsFound
        )
        return self._server.page(answered.version, found.model_versions, None).items

    @override
    def set_model_tag(self, name: str, tag: Tag) -> None:
        asked = messages.ModelTag(_sayable(name), tag.key, tag.value)
        self._server.write("registered-models/set-tag", asked, Nothing)

    @override
    def delete_model_tag(self, name: str, key: str) -> None:
        self._remove("registered-models/delete-tag", messages.ModelTag(_sayable(name), key))

    # Aliases

    @override
    def set_alias(self, name: str, alias: str, version: int) -> None:
        asked = messages.ModelAlias(_sayable(name), alias, str(version))
        self._server.write("registered-models/alias", asked, Nothing)

    @override
    def delete_alias(self, name: str, alias: str) -> None:
        self._remove("registered-models/alias", messages.ModelAlias(_sayable(name), alias))

    @override
    def get_by_alias(self, name: str, alias: str) -> ModelVersion:
        if not is_sayable(alias):
            raise refusals.no_alias(name, alias)
        asked = messages.ModelAlias(_sayable(name), alias)
        found = self._server.get("registered-models/alias", asked, messages.VersionFound)
        return self._server.told(answered.version, found.model_version)

    # Versions

    @override
    def create_version(
        self,
        name: str,
        source: str,
        run_id: str | None,
        tags: Mapping[str, str],
        run_link: str | None,
        description: str | None,
    ) -> ModelVersion:
        asked = messages.CreateVersion(
            _sayable(name), source, run_id, writing.entries(tags), run_link, description
        )
        made = self._server.write("model-versions/create", asked, messages.VersionFound)
        return self._server.told(answered.version, made.model_version)

    @override
    def get_version(self, name: str, version: int) -> ModelVersion:
        asked = _of_version(name, version)
        found = self._server.get("model-versions/get", asked, messages.VersionFound)
        return self._server.told(answered.version, found.model_version)

    @override
    def get_version_location(self, name: str, version: int) -> str:
        asked = _of_version(name, version)
        found = self._server.get("model-versions/get-download-uri", asked, messages.DownloadUri)
        return found.artifact_uri or ""

    @override
    def page_of_versions(self, query: Query[ModelVersion]) -> Page[ModelVersion]:
        found = self._server.get("model-versions/search", _search(query), messages.VersionsFound)
        return self._server.page(answered.version, found.model_versions, found.next_page_token)

    @override
    def update_version(self, name: str, version: int, description: str | None) -> ModelVersion:
        asked = messages.UpdateVersion(_sayable(name), str(version), description)
        updated = self._server.write("model-versions/update", asked, messages.VersionFound, "PATCH")
        return self._server.told(answered.version, updated.model_version)

    @override
    def move_version(self, name: str, version: int, stage: Stage, *, archive: bool) -> ModelVersion:
        asked = messages.TransitionStage(_sayable(name), str(version), stage.value, archive)
        moved = self._server.write("model-versions/transition-stage", asked, messages.VersionFound)
        return self._server.told(answered.version, moved.model_version)

    @override
    def delete_version(self, name: str, version: int) -> None:
        self._remove("model-versions/delete", _of_version(name, version))

    @override
    def set_version_tag(self, name: str, version: int, tag: Tag) -> None:
        asked = messages.VersionTag(_sayable(name), str(version), tag.key, tag.value)
        self._server.write("model-versions/set-tag", asked, Nothing)

    @override
    def delete_version_tag(self, name: str, version: int, key: str) -> None:
        asked = messages.VersionTag(_sayable(name), str(version), key)
        self._remove("model-versions/delete-tag", asked)

    def _remove(self, path: str, asked: Message) -> None:
        self._server.write(path, asked, Nothing, "DELETE")


def _sayable(name: str) -> str:
    if not is_sayable(name):
        raise refusals.no_model(name)
    return name


def _of_version(name: str, version: int) -> messages.OfVersion:
    return messages.OfVersion(_sayable(name), str(version))


def _search(query: Query[RegisteredModel] | Query[ModelVersion]) -> messages.Search:
    return messages.Search(
        query.filter_string,
        query.limit,
        list(query.order_by) or None,
        sayable_token(query.page_token),
    )
