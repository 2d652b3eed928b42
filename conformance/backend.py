"""The store behind whatever serves it, as its administrator reaches it: what is removed for good, and what is left.

It looks past the store for traces of a text in every table and file, since what no call shows
may still be there (GC-COMPLETE).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, String, Table, func, inspect, or_, select

from storeproof.stores import open_store
from storeproof.stores.addressing import file_path, scheme_of
from storeproof.stores.artifacts import Artifacts
from storeproof.stores.errors import ErrorCode, StoreError, invalid
from storeproof.stores.gc import collect, plan
from storeproof.stores.removing import RemovingStore

Collector = Callable[..., object]
"""A store's own gc: called with run_ids, experiment_ids and older_than by name, each None or given.

It gives the ids of the runs that stay because of their artifacts, and raises StoreError, or an
exception whose `error_code` is one of the codes, for what it refuses.
"""


class Backend:
    """A store by its address or as it is; `collector` is its own gc, where that is not ours to do."""

    def __init__(
        self,
        store: str | RemovingStore | None,
        folder: str | Path | None = None,
        collector: Collector | None = None,
    ) -> None:
        """`folder` is where a store that is given as it is keeps its files, if it does.

        An address with a collector is a store of somebody else's, which is looked at and not opened.
        """
        self._given = store
        self._collector = collector
        self._opened: RemovingStore | None = None
        if folder is None and isinstance(store, str) and scheme_of(store) == "file":
            folder = file_path(store)
        self._folder = None if folder is None else Path(folder)

    @classmethod
    def of_mlflow(cls, uri: str) -> Backend:
        """The store that MLflow keeps at an address, whose gc is `mlflow gc`."""
        from storeproof.conformance.adapters.commands import collector

        return cls(uri, collector=collector(uri))

    def gc(
        self,
        run_ids: Sequence[str] | None = None,
        experiment_ids: Sequence[str] | None = None,
        older_than: str | None = None,
    ) -> list[str]:
        """Collect what is deleted and selected; the runs that stay because of their artifacts, sorted."""
        if self._collector is not None:
            return _own(self._collector, run_ids, experiment_ids, older_than)
        what = plan(self._store, run_ids, experiment_ids, older_than)
        return sorted(collect(self._store, what, Artifacts()).kept)

    def hard_delete_run(self, run_id: str) -> None:
        """See TrackingStore."""
        self._store.hard_delete_run(run_id)

    def hard_delete_experiment(self, experiment_id: str) -> None:
        """See TrackingStore."""
        self._store.hard_delete_experiment(experiment_id)

    def get_traces(self, text: str) -> dict[str, int]:
        """Where a text is still to be found: rows by table, or files by name, whose name or content has it."""
        if self._folder is not None:
            return _in_files(self._folder, text)
        if isinstance(self._given, str):
            return _in_tables(self._given, text)
        return {}

    def put_artifact(self, location: str, run_id: str, name: str) -> None:
        """Write a file where a run of an experiment at `location`, a path, keeps artifacts."""
        path = _artifacts(location, run_id) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")

    def link_artifacts(self, location: str, run_id: str, target: str) -> None:
        """Make the place where a run keeps artifacts a link to another folder."""
        path = _artifacts(location, run_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def get_artifacts(self, location: str, run_id: str) -> list[str]:
        """The files where a run keeps artifacts, sorted."""
        folder = _artifacts(location, run_id)
        found = (path for path in folder.rglob("*") if path.is_file())
        return sorted(path.relative_to(folder).as_posix() for path in found)

    def close(self) -> None:
        """Close what was opened for this."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @property
    def _store(self) -> RemovingStore:
        if self._given is None or (isinstance(self._given, str) and self._collector is not None):
            raise StoreError(ErrorCode.NOT_IMPLEMENTED, "Only the store's own gc is known.")
        if not isinstance(self._given, str):
            return self._given
        if self._opened is None:
            opened = open_store(self._given)
            if not isinstance(opened, RemovingStore):
                opened.close()
                raise invalid("A tracking server's store is removed from behind the server.")
            self._opened = opened
        return self._opened


def _artifacts(location: str, run_id: str) -> Path:
    return Path(location, run_id, "artifacts")


def _own(collector: Collector, *selected: object) -> list[str]:
    names = ("run_ids", "experiment_ids", "older_than")
    try:
        kept = collector(**dict(zip(names, selected, strict=True)))
    except StoreError:
        raise
    except Exception as error:
        known = {str(code): code for code in ErrorCode}
        code = known.get(str(getattr(error, "error_code", "")))
        if code is None:
            raise
        raise StoreError(code, str(error)) from error
    return sorted(map(str, kept)) if isinstance(kept, list | tuple | set | frozenset) else []


def _in_files(folder: Path, text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if text in name or (path.is_file() and text.encode() in path.read_bytes()):
            found[name] = found.get(name, 0) + 1
    return found


def _in_tables(uri: str, text: str) -> dict[str, int]:
    from storeproof.stores.sql.engine import open_database
    from storeproof.stores.sql.tables import metadata

    def work(connection: Connection) -> dict[str, int]:
        present = set(inspect(connection).get_table_names())
        counts = {
            table.name: connection.execute(_with_text(table, text)).scalar_one()
            for table in metadata.sorted_tables
            if table.name in present
        }
        return {name: count for name, count in counts.items() if count}

    with closing(open_database(uri)) as database:
        return database.read(work)


def _with_text(table: Table, text: str) -> Any:
    columns = [each for each in table.columns if isinstance(each.type, String)]
    return (
        select(func.count())
        .select_from(table)
        .where(or_(*(each.contains(text, autoescape=True) for each in columns)))
    )
