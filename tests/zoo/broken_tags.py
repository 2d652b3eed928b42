"""Stores that break one rule of tags each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from wrapper import Wrapper, breaks

from storeproof.stores.entities import Metric, Run, Tag
from storeproof.stores.errors import StoreError


@breaks("TAG-SET")
class TagKeepsItsFirstValue(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        kept = {**tags, **self._get_run(run_id).tags} if tags else tags
        super()._log_batch(run_id, metrics, params, kept, name)


@breaks("TAG-SET")
class EmptyTagIsMissing(Wrapper):
    def _get_run(self, run_id: str) -> Run:
        run = super()._get_run(run_id)
        return replace(run, tags={key: value for key, value in run.tags.items() if value})


@breaks("TAG-LONG")
class TagCutAt250(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        cut = {key: value[:250] for key, value in tags.items()}
        super()._log_batch(run_id, metrics, params, cut, name)


@breaks("TAG-LONG")
class TagCutInBytes(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        cut = {key: value.encode()[:8000].decode("utf-8", "ignore") for key, value in tags.items()}
        super()._log_batch(run_id, metrics, params, cut, name)


@breaks("TAG-LONG")
class TagCutWhereCuttingIsOff(Wrapper):
    def set_tag(self, run_id: str, tag: Tag) -> None:
        value = tag.value[:8000] if isinstance(tag.value, str) else tag.value
        super().set_tag(run_id, Tag(tag.key, value))


@breaks("TAG-DELETE")
class MissingTagDeleted(Wrapper):
    def _delete_tag(self, run_id: str, key: str) -> None:
        self._get_run(run_id)
        with suppress(StoreError):
            super()._delete_tag(run_id, key)


@breaks("TAG-DELETE")
class TagDeletedWithItsFolder(Wrapper):
    def _delete_tag(self, run_id: str, key: str) -> None:
        super()._delete_tag(run_id, key)
        for other in self._get_run(run_id).tags:
            if other.startswith(f"{key}/"):
                super()._delete_tag(run_id, other)


@breaks("TAG-TYPES")
class TagValueMadeText(Wrapper):
    def set_tag(self, run_id: str, tag: Tag) -> None:
        super().set_tag(run_id, Tag(tag.key, str(tag.value)))
