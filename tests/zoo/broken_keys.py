"""Stores that break one rule of keys each."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from rewriting import Rewriting
from wrapper import Wrapper, breaks

from storeproof.stores.entities import Metric, Param, Run, Tag
from storeproof.stores.errors import invalid
from storeproof.stores.paging import Place

E = TypeVar("E", Metric, Param, Tag)


@breaks("KEY-CHARS")
class OnlyAsciiKeys(Rewriting):
    def key(self, key: str) -> str:
        if not key.isascii():
            raise invalid("The key must be ASCII.")
        return key


@breaks("KEY-CHARS")
class NoSpacesInKeys(Rewriting):
    def key(self, key: str) -> str:
        if " " in key:
            raise invalid("The key must not hold spaces.")
        return key


@breaks("KEY-CHARS")
class LineEndBehindAKey(Wrapper):
    """As with a pattern that ends in `$`."""

    def log_param(self, run_id: str, param: Param) -> None:
        super().log_param(run_id, replace(param, key=param.key.removesuffix("\n")))


@breaks("KEY-CHARS")
class ForbiddenCharactersReplaced(Wrapper):
    def set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        key = "".join(each if each.isalnum() or each in "_/.- :" else "_" for each in tag.key)
        super().set_experiment_tag(experiment_id, replace(tag, key=key))


@breaks("KEY-CHARS")
class KeysNormalised(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        super().log_batch(run_id, _normal(metrics), _normal(params), _normal(tags))


def _normal(entries: Iterable[E]) -> list[E]:
    return [replace(each, key=posixpath.normpath(each.key)) for each in entries]


@breaks("KEY-LENGTH")
class KeysCountedInBytes(Rewriting):
    def key(self, key: str) -> str:
        if len(key.encode()) > 250:
            raise invalid("The key is longer than 250 bytes.")
        return key


@breaks("KEY-LENGTH")
class KeysCutAt250(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        super().log_batch(run_id, _cut(metrics), _cut(params), _cut(tags))


def _cut(entries: Iterable[E]) -> list[E]:
    return [replace(each, key=each.key[:250]) for each in entries]


@breaks("KEY-LENGTH")
class ShorterKeysAtCreation(Wrapper):
    """A limit of one way in that the others do not have."""

    def _create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Mapping[str, str], name: str
    ) -> Run:
        if max(map(len, tags)) > 249:
            raise invalid("The key is too long.")
        return super()._create_run(experiment_id, user_id, start_time, tags, name)


@breaks("KEY-LENGTH")
class KeysIndexedByTheirBeginning(Rewriting):
    def key(self, key: str) -> str:
        return key[:249]


@breaks("KEY-PREFIX")
class AKeyIsAFileOrAFolder(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        run = self._get_run(run_id)
        points = {metric.key for metric in metrics}
        for old, new in ((run.params, params), (run.tags, tags), (run.metrics, points)):
            for key in new:
                if any(f"{other}/" in f"{key}/" and other != key for other in [*old, *new]):
                    raise invalid("The key is a folder of another.")
        super()._log_batch(run_id, metrics, params, tags, name)


@breaks("KEY-PREFIX")
class AFolderReplacesAFile(Wrapper):
    def _set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        if "a/b" in tag.key and "a" in self._get_experiment(experiment_id).tags:
            super()._set_experiment_tag(experiment_id, Tag("a", ""))
        super()._set_experiment_tag(experiment_id, tag)


@breaks("KEY-PREFIX")
class HistoryListedByPrefix(Wrapper):
    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        keys = [each for each in self._get_run(run_id).metrics if each.startswith(key)]
        return [
            point
            for each in sorted({key, *keys})
            for point in super(HistoryListedByPrefix, self)._get_metric_history(
                run_id, each, limit, after
            )
        ]
