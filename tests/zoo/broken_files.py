"""File stores that break one rule of files each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml
from wrapper import Wrapper, breaks

from storeproof.stores.entities import Experiment, Metric, Run, RunInfo, RunStatus
from storeproof.stores.errors import StoreError, unavailable
from storeproof.stores.paging import Place
from storeproof.stores.search.query import Query


class FileWrapper(Wrapper):
    """A wrapper that says of itself that it is a file store."""

    kinds = frozenset({"file"})

    def run_folder(self, run_id: str) -> Path:
        (found,) = self.folder.glob(f"*/{run_id}")
        return found


@breaks("FILE-LAYOUT")
class ParamsEndInALineEnd(FileWrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        super()._log_batch(run_id, metrics, params, tags, name)
        for key in params:
            file = self.run_folder(run_id) / "params" / key
            if file.is_file():
                file.write_text(f"{file.read_text()}\n")


@breaks("FILE-LAYOUT")
class NoFolderForMetricsYet(FileWrapper):
    def _create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Mapping[str, str], name: str
    ) -> Run:
        run = super()._create_run(experiment_id, user_id, start_time, tags, name)
        (self.run_folder(run.info.run_id) / "metrics").rmdir()
        return run


@breaks("FILE-LAYOUT")
class StatusByName(FileWrapper):
    def _update_run_info(
        self, run_id: str, status: RunStatus | None, end_time: int | None, name: str | None
    ) -> RunInfo:
        info = super()._update_run_info(run_id, status, end_time, name)
        meta = self.run_folder(run_id) / "meta.yaml"
        document = {**yaml.safe_load(meta.read_text()), "status": info.status.value}
        meta.write_text(yaml.safe_dump(document))
        return info


@breaks("FILE-LAYOUT")
class TwoFieldLinesIgnored(FileWrapper):
    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        found = super()._get_metric_history(run_id, key, limit, after)
        return [point for point in found if point.step]


@breaks("FILE-LAYOUT")
class DeletedExperimentsStay(FileWrapper):
    def _delete_experiment(self, experiment_id: str, moment: int) -> None:
        super()._delete_experiment(experiment_id, moment)
        (self.folder / ".trash" / experiment_id).rename(self.folder / experiment_id)


@breaks("FILE-LAYOUT")
class ParamsRememberedForEver(FileWrapper):
    """Does not look at the files again."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[tuple[str, int], Run] = {}
        self.writes = 0

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        self.writes += 1
        super()._log_batch(run_id, metrics, params, tags, name)

    def _get_run(self, run_id: str) -> Run:
        run = super()._get_run(run_id)
        first = self.known.setdefault((run_id, self.writes), run)
        return replace(run, params=first.params)


@breaks("FILE-JUNK")
class StrayFilesAreEntries(FileWrapper):
    def _search_experiments(self, query: Query[Experiment]) -> Sequence[Experiment]:
        if any(each.is_file() for each in self.folder.iterdir()):
            raise unavailable("The folder holds something that is no experiment.")
        return super()._search_experiments(query)


@breaks("FILE-JUNK")
class OneBrokenRunHidesAll(FileWrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        for meta in self.folder.glob("*/*/meta.yaml"):
            if not meta.read_bytes().strip():
                raise unavailable(f"{meta} is empty.")
        return super()._search_runs(experiment_ids, query)


@breaks("FILE-JUNK")
class BrokenRunsCrash(FileWrapper):
    def _get_run(self, run_id: str) -> Run:
        try:
            return super()._get_run(run_id)
        except StoreError:
            if any(self.folder.glob(f"*/{run_id}/meta.yaml")):
                raise ValueError("not enough values to unpack") from None
            raise


@breaks("FILE-JUNK")
class OneBrokenLineEndsAHistory(FileWrapper):
    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        found = super()._get_metric_history(run_id, key, limit, after)
        lines = (self.run_folder(run_id) / "metrics" / key).read_bytes().split(b"\n")
        return [point for point, line in zip(found, lines, strict=False) if line.count(b" ") == 2]


@breaks("FILE-CRASH")
class WrittenWhenRead(FileWrapper):
    """Keeps params in memory until somebody asks."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[tuple[str, dict[str, str]]] = []

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        super()._log_batch(run_id, metrics, {}, tags, name)
        self.waiting.append((run_id, dict(params)))

    def _get_run(self, run_id: str) -> Run:
        while self.waiting:
            run, params = self.waiting.pop(0)
            super()._log_batch(run, (), params, {}, None)
        return super()._get_run(run_id)


@breaks("FILE-CRASH")
class AppendsToHalfALine(FileWrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        super()._log_batch(run_id, (), params, tags, name)
        for each in metrics:
            file = self.run_folder(run_id) / "metrics" / each.key
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a") as lines:
                lines.write(f"{each.timestamp} {each.value!r} {each.step}\n")


@breaks("FILE-CRASH")
class HalfALineIsAPoint(FileWrapper):
    def _get_metric_history(
        self, run_id: str, key: str, limit: int | None, after: Place | None
    ) -> Sequence[Metric]:
        for file in self.folder.glob(f"*/{run_id}/metrics/{key}"):
            if not file.read_bytes().endswith(b"\n"):
                file.write_bytes(file.read_bytes() + b"\n")
        return super()._get_metric_history(run_id, key, limit, after)


@breaks("FILE-CONFINED")
class RunIdsAreJoined(FileWrapper):
    def _get_run(self, run_id: str) -> Run:
        for meta in self.folder.glob("*/*/meta.yaml"):
            if (meta.parent.parent / run_id / "meta.yaml").exists() and run_id.strip("./"):
                return super()._get_run((meta.parent.parent / run_id).resolve().name)
        return super()._get_run(run_id)


@breaks("FILE-CONFINED")
class ExperimentIdsAreJoined(FileWrapper):
    def _get_experiment(self, experiment_id: str) -> Experiment:
        return super()._get_experiment((self.folder / experiment_id).resolve().name)


@breaks("FILE-CONFINED")
class LinksAreFollowed(FileWrapper):
    def _get_run(self, run_id: str) -> Run:
        run = super()._get_run(run_id)
        links = {
            each.name: each.read_text()
            for each in self.folder.glob(f"*/{run_id}/params/*")
            if each.is_symlink()
        }
        return replace(run, params={**run.params, **links})


@breaks("FILE-CONFINED")
class UserIdsMakeFolders(FileWrapper):
    def _create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Mapping[str, str], name: str
    ) -> Run:
        if user_id.startswith("../"):
            (self.folder / user_id).mkdir(parents=True)
        return super()._create_run(experiment_id, user_id, start_time, tags, name)
