"""SQL Server without an engine: everything the store can send is compiled and checked, and none of it is run.

The store is opened on a stand-in for its driver and led through every operation; what it
sent is judged by the rules of tsql.py. The outcome is never a pass.
"""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from storeproof.conformance.compile_only_registry import registry
from storeproof.conformance.results import CompileOnly, Problem
from storeproof.stores import (
    Dataset,
    DatasetInput,
    ErrorCode,
    Metric,
    Page,
    Param,
    RunStatus,
    StoreError,
    Tag,
    TrackingStore,
    ViewType,
)
from storeproof.stores.artifacts import Artifacts
from storeproof.stores.gc import collect, plan
from storeproof.stores.removing import RemovingStore

if TYPE_CHECKING:
    from storeproof.conformance.tsql_stand_in import StandIn

KINDS = ("mssql",)
"""The databases that can be checked so."""

ADDRESS = "mssql+pyodbc://user:password@no-server/store?driver=stand-in"

KNOWN_WIDE_KEYS = frozenset(
    {
        "dataset_pk",
        "registered_model_alias_pk",
        "registered_model_tag_pk",
        "model_version_tag_pk",
    }
)
"""MLflow's keys that exceed an index only with long text outside the basic plane: SQL Server warns
when it makes them, and refuses such a value (error 1946, INVALID_PARAMETER_VALUE)."""


class MissingTool(Exception):
    """What the check needs is not installed; the message says what to run."""


def possible() -> bool:
    """Whether the parser is installed."""
    return find_spec("sqlglot") is not None


def check(kind: str) -> CompileOnly:
    """Compile and judge what the store sends to a database of this kind.

    Raises MissingTool without the parser, and ValueError for a kind that is not in KINDS.
    """
    if kind not in KINDS:
        raise ValueError(f"only {', '.join(KINDS)} can be compiled without a server, not {kind!r}")
    if not possible():
        raise MissingTool("sqlglot is not installed; run: pip install 'storeproof[mssql-check]'")
    from storeproof.conformance.tsql import judge
    from storeproof.conformance.tsql_stand_in import FOLDING, Sent, Settings, StandIn

    sent: dict[tuple[Any, ...], Any] = {}
    problems: list[Problem] = []
    with tempfile.TemporaryDirectory(prefix="storeproof-") as folder:
        own, bare, mlflows = (str(Path(folder) / name) for name in ("own", "bare", "mlflows"))
        for settings in (
            Settings(own),
            Settings(bare, snapshots=False),
            # As MLflow makes its tables: not Unicode, and without regard to case.
            Settings(mlflows, collation=FOLDING, kind="varchar"),
        ):
            driver = StandIn(settings)
            problems += [Problem("walk", each, "") for each in walk(driver)]
            problems += driver.problems
            sent |= driver.sent
    chain = [Sent(text, ()) for text in migrations()]
    problems += [
        each
        for each in (*judge(sent.values()), *judge(chain))
        if not (each.rule == "key-widths" and each.what.split()[0] in KNOWN_WIDE_KEYS)
    ]
    shapes = {shape(each.text) for each in (*sent.values(), *chain)}
    return CompileOnly(kind, len(shapes), tuple(dict.fromkeys(problems)))


def migrations() -> Iterator[str]:
    """The statements of the whole way through the revisions, and back as far as there is a way (MIG-CHAIN)."""
    from storeproof.stores.sql.migrations.chain import HEAD, INITIAL, ONE_WAY
    from storeproof.stores.sql.migrations.running import script

    for start, end in ((INITIAL, HEAD), (HEAD, ONE_WAY)):
        printed = re.sub(r"^--.*$", "", script("mssql", start, end), flags=re.MULTILINE)
        for batch in re.split(r"^GO$", printed, flags=re.MULTILINE):
            begun, begins, rest = batch.partition("BEGIN TRANSACTION;")
            for text in ("BEGIN TRANSACTION", rest) if begins else (begun,):
                if text.strip():
                    yield text.strip().rstrip(";")


def shape(text: str) -> str:
    """A statement without regard to how many rows, values or parameters it has."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\((\?|NULL|-?\d+)(, (\?|NULL|-?\d+))*\)", "(?)", text)
    text = re.sub(r"\(\?\)(, \(\?\))+", "(?)", text)
    return re.sub(r"\bTOP \d+", "TOP ?", text)


def open_on(driver: StandIn) -> TrackingStore:
    """The store on a stand-in."""
    from storeproof.stores.sql.tracking import SqlStore

    return SqlStore(ADDRESS, "/artifacts", driver=driver)


def walk(driver: StandIn) -> Iterator[str]:
    """Lead a store through every operation, opened anew for each area; what went wrong on the way."""
    for part in (
        *(_experiments, _runs, _batches, _histories, _inputs, _searches, _filters, _removals),
        _registry,
    ):
        try:
            with closing(open_on(driver)) as store:
                part(store, driver)
        except _Unexpected as error:
            yield f"{part.__name__.strip('_')}: {error}"
        except StoreError as error:
            yield f"{part.__name__.strip('_')}: {error.message}"


class _Unexpected(Exception):
    """The walk met an answer that it did not expect."""


@contextmanager
def _refused(code: ErrorCode) -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        if error.code is not code:
            raise _Unexpected(f"refused with {error.code} for {code}: {error.message}") from error
    else:
        raise _Unexpected(f"not refused with {code}")


_TAKEN = ErrorCode.RESOURCE_ALREADY_EXISTS
_MISSING = ErrorCode.RESOURCE_DOES_NOT_EXIST
_INVALID = ErrorCode.INVALID_PARAMETER_VALUE


def _experiments(store: TrackingStore, _: StandIn) -> None:
    ids = [store.create_experiment(f"e{number}") for number in range(4)]
    tags = [Tag("a", "1"), Tag("b", "")]
    placed = store.create_experiment("key \" ' % \\ é", "s3://bucket/é", tags)
    with _refused(_TAKEN):
        store.create_experiment("e1")
    with _refused(_INVALID):
        store.create_experiment("e1 ")
    store.get_experiment(placed)
    with _refused(_MISSING):
        store.get_experiment("999")
    store.get_experiment_by_name("e1")
    store.get_experiment_by_name("no such")
    store.set_experiment_tag(placed, Tag("a", "2"))
    store.set_experiment_tag(placed, Tag("new", "3"))
    with _refused(_INVALID):
        store.set_experiment_tag(placed, Tag("a ", "3"))
    store.rename_experiment(placed, "renamed")
    with _refused(_TAKEN):
        store.rename_experiment(placed, "e1")
    store.create_run(placed)
    store.delete_experiment(placed)
    with _refused(_INVALID):
        store.rename_experiment(placed, "again")
    store.restore_experiment(placed)
    store.delete_experiment(ids[0])
    for view in ViewType:
        _every_page(partial(store.search_experiments, view, 2))


def _runs(store: TrackingStore, _: StandIn) -> None:
    experiment = store.create_experiment("of runs", "s3://bucket/" + 200 * "x")
    with _refused(_MISSING):
        store.create_run("999")
    run = store.create_run(
        experiment, "user", 1, [Tag("k", "v"), Tag("l", "w")], "name"
    ).info.run_id
    store.create_run("0")
    store.get_run(run)
    with _refused(_MISSING):
        store.get_run(32 * "0")
    for status in (None, RunStatus.FINISHED):
        for end_time in (None, 2):
            for name in (None, f"named {status} {end_time}"):
                store.update_run_info(run, status, end_time, name)
    store.delete_run(run)
    store.delete_run(run)
    with _refused(_INVALID):
        store.log_param(run, Param("p", "1"))
    store.restore_run(run)
    store.set_tag(run, Tag("k", "other"))
    with _refused(_INVALID):
        store.set_tag(run, Tag("k ", "other"))
    store.delete_tag(run, "k")
    with _refused(_MISSING):
        store.delete_tag(run, "k")


def _batches(store: TrackingStore, _: StandIn) -> None:
    run = store.create_run("0").info.run_id
    store.log_metric(run, Metric("m", 1.5, 1, 1))
    store.log_param(run, Param("p", "1"))
    store.log_batch(run)
    params = [Param(f"p{number}", "") for number in range(100)]
    for round_ in range(2):
        # New ones, then the same params, raised metrics and overwritten tags.
        metrics = [Metric(f"m{number}", 0.5, 1, round_) for number in range(800)]
        tags = [Tag(f"t{number}", str(round_)) for number in range(100)]
        store.log_batch(run, metrics, params, tags)
    with _refused(_INVALID):
        store.log_batch(run, params=[Param("p1", "changed")])
    store.log_batch(run, [Metric(f"n{number}", float("nan"), 1, -1) for number in range(1000)])
    store.log_batch(run, tags=[Tag("mlflow.runName", "renamed")])
    with _refused(_INVALID):
        store.log_param(run, Param("p ", "1"))
    with _refused(_INVALID):
        store.log_metric(run, Metric("m ", 1.0, 1))


def _histories(store: TrackingStore, _: StandIn) -> None:
    run = store.create_run("0").info.run_id
    points = [Metric("m", value, 1, 1) for value in (1.0, -2.5, 1.7e308, float("nan"))]
    store.log_batch(run, points)
    store.get_metric_history(run, "m")
    store.get_metric_history(run, "never logged")
    _every_page(partial(store.get_metric_history, run, "m", 1))
    with _refused(_MISSING):
        store.get_metric_history(32 * "0", "m")


def _inputs(store: TrackingStore, _: StandIn) -> None:
    runs = [store.create_run("0").info.run_id for _ in range(2)]
    train = Dataset("train", "1", "local", "file", "columns", "rows")
    for run in (*runs, runs[0]):
        store.log_inputs(run, [DatasetInput(train, {"mlflow.data.context": run[:4]})])
        store.log_inputs(run, [DatasetInput(Dataset("test", "1", "local", "file"))])
    with _refused(_INVALID):
        store.log_inputs(runs[0], [DatasetInput(Dataset("test ", "1", "local", "file"))])
    store.get_run(runs[0])
    for number in range(2):
        store.record_logged_model(runs[0], {"number": number})


def _removals(tracking: TrackingStore, _: StandIn) -> None:
    store = cast(RemovingStore, tracking)
    experiment = store.create_experiment("removed", tags=[Tag("k", "v")])
    runs = [store.create_run(experiment).info.run_id for _ in range(3)]
    for run in runs:
        store.log_batch(run, [Metric("m", 1.0, 1, 1)], [Param("p", "v")], [Tag("t", "v")])
        store.log_inputs(run, [DatasetInput(Dataset("d", "1", "local", "s"), {"k": "v"})])
    store.delete_run(runs[0])
    with _refused(_INVALID):
        plan(store, runs, [experiment], "0s")
    collect(store, plan(store, runs[:1], None, "0s"), Artifacts())
    collect(store, plan(store, None, None, "1d"), Artifacts())
    with _refused(_MISSING):
        store.hard_delete_run(runs[0])
    store.delete_experiment(experiment)
    collect(store, plan(store, None, [experiment], "0s"), Artifacts())
    with _refused(_MISSING):
        store.hard_delete_experiment(experiment)


def _searches(store: TrackingStore, driver: StandIn) -> None:
    experiments = ["0", store.create_experiment("searched")]
    for start in range(3):
        store.create_run(experiments[1], "user", start, [Tag("a", "1")])
    for view in ViewType:
        _every_page(partial(store.search_runs, experiments, view, 2))
    store.search_runs([])
    store.search_runs(["999", "no number"])
    driver.fill(experiments[1], 2100)  # more runs than one statement may name
    store.search_runs(experiments, max_results=3000)


def _filters(store: TrackingStore, _: StandIn) -> None:
    parent = store.create_experiment("filtered", "s3://bucket/" + "x" * 200, [Tag("k", "v")])
    run = store.create_run(parent, "user", 5, [Tag("k", "v")], "named").info.run_id
    store.create_run(parent, "user", 5)
    store.log_batch(run, [Metric("m", 1.5, 1), Metric("nan", math.nan, 1)], [Param("p", "v")])
    store.log_inputs(run, [DatasetInput(Dataset("d", "1", "t", "s"), {"mlflow.data.context": "c"})])

    def expect(count: int, filter_string: str) -> None:
        found = len(store.search_runs([parent], filter_string=filter_string).items)
        if found != count:
            raise _Unexpected(f"{found} runs found, not {count}, by {filter_string[:80]}")

    for each in _FITTING:
        expect(1, each)
    for each in _UNFITTING:
        expect(0, each)
    expect(1, " AND ".join(_FITTING))
    expect(
        1, " AND ".join(f"params.p != '{number}'" for number in range(301))
    )  # more than are bound
    expect(1, " AND ".join(f"run_id IN ('{run}', '{number}')" for number in range(3)))
    expect(1, f"run_id IN ('{run}', {', '.join(repr(str(number)) for number in range(101))})")
    orders = ["metrics.m DESC", "metrics.nan", "params.p", "tags.k DESC", "end_time", "run_name"]
    for order_by in (orders, orders[:1], ["artifact_uri", "status", "user_id DESC", "run_id DESC"]):
        _every_page(partial(store.search_runs, [parent], max_results=1, order_by=order_by))
    store.search_experiments(
        filter_string="name LIKE 'f%' AND tags.k = 'v' AND creation_time > 1.5"
    )
    for key in ("name", "experiment_id DESC", "last_update_time", "creation_time"):
        _every_page(partial(store.search_experiments, max_results=1, order_by=[key]))
    for limit in (None, 1):
        store.get_metric_history_bulk([run], "m", limit)


def _registry(store: TrackingStore, _: StandIn) -> None:
    for search, count in registry(store):
        found = sum(1 for _ in _items(search))
        if found != count:
            raise _Unexpected(f"{found} found, not {count}, by {search}")


_FITTING = (
    *("metrics.m > 1", "metrics.m <= 1.5", "metrics.nan != 0", "metrics.m < 1e400"),
    *("params.p = 'v'", "tags.k LIKE '%'", "tags.k ILIKE 'V'", "params.p != 'v '"),
    *(
        "start_time = 5 AND params.p = 'v'",
        "run_name = 'named'",
        "user_id ILIKE 'USE_' AND tags.k = 'v'",
    ),
    *("artifact_uri LIKE 's3://%' AND params.p = 'v'", "status = 'RUNNING' AND metrics.m = 1.5"),
    *("dataset.name = 'd'", "dataset.context IN ('c', 'x')", "dataset.digest NOT IN ('2')"),
    "dataset.name LIKE 'd' AND dataset.context ILIKE 'C'",
)
_UNFITTING = (
    *(
        "metrics.nan < 1",
        "metrics.missing != 1",
        "params.p = 'V'",
        "params.p = 'v '",
        "tags.k LIKE 'V'",
    ),
    *("end_time < 1e30", "start_time > 1e30", "tags.`k ` = 'v'", "params.p LIKE '[v]'"),
    *("dataset.name NOT IN ('d')", "dataset.context != 'c'", "run_id LIKE 'x%'"),
)


def _every_page(search: Callable[..., Page[Any]]) -> None:
    for _ in _items(search):
        pass


def _items(search: Callable[..., Page[Any]]) -> Iterator[Any]:
    page = search()
    yield from page.items
    while page.token is not None:
        page = search(page_token=page.token)
        yield from page.items
