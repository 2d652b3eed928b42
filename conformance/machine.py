"""The state machine: any operations in any order on one store, or on several in lock-step.

Every call, the refused ones too, is judged by the model at once; what was written is read
back in between and at the end. It looks at nothing that it did not make itself, so that a
shared store will do. Subclasses add adversaries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
)

from storeproof.conformance import batches, strategies
from storeproof.conformance.batches import Batch
from storeproof.conformance.model import Model, Operation, Reference
from storeproof.conformance.probe import Breach, Probe
from storeproof.conformance.strategies import Bad, Name
from storeproof.conformance.subject import lockstep
from storeproof.stores.entities import (
    RUN_NAME_TAG,
    LifecycleStage,
    Metric,
    Param,
    RunStatus,
    Tag,
    ViewType,
)

T = TypeVar("T")
Made = str | MultipleResults[str]

experiments: Bundle[str] = Bundle("experiments")
runs: Bundle[str] = Bundle("runs")
keys: Bundle[str] = Bundle("keys")

_tags = st.lists(st.builds(Tag, keys, strategies.valid_texts()), max_size=3).map(tuple)
_some_experiments = st.lists(experiments | strategies.unknown_ids(), max_size=4).map(tuple)
_maybe_time = st.none() | strategies.times()
_points = st.lists(strategies.valid_metrics(st.just("")), min_size=1, max_size=5)
_names = strategies.valid_names() | strategies.valid_names() | strategies.doubtful_names()
_parts = st.integers(1, 3)
_seldom = st.integers(0, 3).map(lambda drawn: drawn == 3)


class StoreMachine(RuleBasedStateMachine):
    """The operations of the areas EXP, RUN, KEY, TEXT, PARAM, METRIC, TAG, BATCH and plain searches.

    `probes` are the watched stores, one or more; `make_model` makes the model of each.
    With `strict` the stores must agree in everything (see Lockstep).
    """

    def __init__(
        self,
        probes: Sequence[Probe],
        make_model: Callable[[Probe], Model] = lambda _: Model(),
        *,
        strict: bool = False,
    ) -> None:
        super().__init__()
        self.stores = lockstep(probes, make_model, strict=strict)
        self.prefix = probes[0].name("")
        self.broken = False
        self.full_batch_done = False
        self.first: Any = None

    # Doing

    def do(self, method: str, **args: Any) -> bool:
        """Do an operation on every store; whether it was done rather than refused."""
        return self._watch(lambda: self.stores.do(Operation(method, args)))

    def create(self, kind: str, method: str, **args: Any) -> Made:
        """Do an operation that creates; the symbol of what it made, or nothing."""
        symbol = self.stores.new_symbol(kind)
        done = self._watch(lambda: self.stores.do(Operation(method, args), symbol))
        return symbol if done else multiple()

    def in_pages(self, parts: int, clause: str, method: str, **args: Any) -> None:
        """Read in one piece and in about so many pages: with 1, a page that is exactly full."""
        self._watch(lambda: self.stores.pages(Operation(method, args), parts, clause))

    def full_name(self, name: Any) -> Any:
        """A Name behind this example's own prefix; anything else as it is."""
        return name.after(self.prefix) if isinstance(name, Name) else name

    def _watch(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except Breach as breach:
            self.broken = True
            if breach.probe is not None:
                breach.probe.note(breach)
            raise

    @initialize(target=keys, pool=strategies.key_pools())
    def draw_keys(self, pool: tuple[str, ...]) -> Made:
        """The keys of this example."""
        return multiple(*pool)

    @initialize(target=experiments)
    def first_experiment(self) -> Made:
        """So that there is always one."""
        made: Made = self._first_experiment()
        return made

    @initialize(target=runs)
    def first_run(self) -> Made:
        """So that there is always one."""
        return self.create("R", "create_run", experiment_id=self._first_experiment())

    # Experiments

    @rule(
        target=experiments,
        name=_names,
        location=strategies.valid_locations(),
        tags=_tags,
    )
    def create_experiment(self, name: Name, location: str | None, tags: tuple[Tag, ...]) -> Made:
        """EXP-CREATE; a name that is taken is refused (EXP-NAME-UNIQUE)."""
        return self.create(
            "E",
            "create_experiment",
            name=self.full_name(name),
            artifact_location=location,
            tags=tags,
        )

    @rule(
        experiment=experiments,
        name=strategies.valid_names(),
        bad_name=strategies.invalid_names(),
        location=strategies.invalid_locations(),
        bad_key=strategies.invalid_keys(),
    )
    def change_experiments_badly(
        self, experiment: str, name: Name, bad_name: Bad, location: Bad, bad_key: Bad
    ) -> None:
        """EXP-ATOMIC: whatever part is wrong, nothing is left. EXP-RENAME, EXP-TAG: nor changed."""
        full, bad_full = self.full_name(name), self.full_name(bad_name.value)
        tag = Tag(bad_key.value, "x")
        self.do("create_experiment", name=bad_full)
        self.do("create_experiment", name=full, artifact_location=location.value)
        self.do("create_experiment", name=full, tags=(tag,))
        self.do("get_experiment_by_name", name=full)
        self.do("rename_experiment", experiment_id=experiment, new_name=bad_full)
        self.do("set_experiment_tag", experiment_id=experiment, tag=tag)
        self.do("get_experiment", experiment_id=experiment)

    @rule(experiment=experiments, name=_names)
    def rename_experiment(self, experiment: str, name: Name) -> None:
        """EXP-RENAME."""
        full = self.full_name(name)
        self.do("rename_experiment", experiment_id=experiment, new_name=full)
        self.do("get_experiment", experiment_id=experiment)

    @rule(experiment=experiments, stays=_seldom)
    def delete_experiment(self, experiment: str, stays: bool) -> None:
        """EXP-DELETE, and mostly EXP-RESTORE at once, so that there is something to write to."""
        self.do("delete_experiment", experiment_id=experiment)
        if not stays:
            self.do("search_runs", experiment_ids=(experiment,), view=ViewType.DELETED_ONLY)
            self.do("restore_experiment", experiment_id=experiment)

    @rule(experiment=experiments)
    def restore_experiment(self, experiment: str) -> None:
        """EXP-RESTORE."""
        self.do("restore_experiment", experiment_id=experiment)

    @rule(
        experiment=experiments,
        key=keys,
        value=strategies.valid_texts() | strategies.texts_of_length(5000, 5001),
    )
    def set_experiment_tag(self, experiment: str, key: str, value: str) -> None:
        """EXP-TAG."""
        self.do("set_experiment_tag", experiment_id=experiment, tag=Tag(key, value))
        self.do("get_experiment", experiment_id=experiment)

    @rule(experiment=experiments, name=_names)
    def get_experiment_by_name(self, experiment: str, name: Name) -> None:
        """EXP-NAME-EXACT, EXP-BY-NAME-MISSING: of this name, and of twins of a name that is there."""
        self.do("get_experiment_by_name", name=self.full_name(name))
        known = self.stores.subjects[0].model.state.experiments.get(experiment)
        if known is not None:
            for twin in (
                known.name.swapcase(),
                f"{known.name} ",
                known.name.rstrip(),
                f"{known.name}%",
            ):
                self.do("get_experiment_by_name", name=twin)

    # Runs

    @rule(
        target=runs,
        experiment=experiments,
        user_id=st.none() | strategies.valid_run_names(),
        start_time=_maybe_time,
        tags=_tags,
        run_name=st.none() | st.just("") | strategies.valid_run_names(),
        name_tag=st.none() | strategies.valid_run_names(),
    )
    def create_run(
        self,
        experiment: str,
        user_id: str | None,
        start_time: int | None,
        tags: tuple[Tag, ...],
        run_name: str | None,
        name_tag: str | None,
    ) -> Made:
        """RUN-CREATE, RUN-NAME, RUN-TAG-KEYS, RUN-CREATE-DELETED-EXP."""
        return self.create(
            "R",
            "create_run",
            experiment_id=experiment,
            user_id=user_id,
            start_time=start_time,
            tags=tags if name_tag is None else (*tags, Tag(RUN_NAME_TAG, name_tag)),
            run_name=run_name,
        )

    @rule(target=runs, experiment=experiments)
    def create_plain_run(self, experiment: str) -> Made:
        """RUN-CREATE with nothing given."""
        return self.create("R", "create_run", experiment_id=experiment)

    @rule(
        run=runs,
        status=st.none() | strategies.statuses(),
        end_time=_maybe_time,
        run_name=st.none() | st.just("") | strategies.valid_run_names(),
    )
    def update_run(
        self, run: str, status: RunStatus | None, end_time: int | None, run_name: str | None
    ) -> None:
        """RUN-UPDATE, RUN-STATUS, RUN-NAME."""
        args = {"status": status, "end_time": end_time, "run_name": run_name}
        self.do("update_run_info", run_id=run, **args)
        self.do("get_run", run_id=run)

    @rule(run=runs, stays=_seldom)
    def delete_run(self, run: str, stays: bool) -> None:
        """RUN-DELETE, and mostly the run restored at once, so that there is something to write to."""
        self.do("delete_run", run_id=run)
        self.do("get_run", run_id=run)
        if not stays:
            self.restore_run(run)

    @rule(run=runs)
    def restore_deleted_run(self, run: str) -> None:
        """RUN-DELETE."""
        self.restore_run(run)

    @rule(
        unknown=strategies.unknown_ids(),
        experiment=strategies.near_ids(experiments),
        run=strategies.near_ids(runs),
        key=keys,
    )
    def use_unknown_ids(
        self, unknown: Reference, experiment: Reference, run: Reference, key: str
    ) -> None:
        """EXP-ID-UNKNOWN, RUN-MISSING."""
        of_experiments: dict[str, dict[str, Any]] = {
            "get_experiment": {},
            "rename_experiment": {"new_name": f"{self.prefix}unknown"},
            "delete_experiment": {},
            "restore_experiment": {},
            "set_experiment_tag": {"tag": Tag(key, "x")},
            "create_run": {},
        }
        of_runs: dict[str, dict[str, Any]] = {
            "get_run": {},
            "update_run_info": {"status": RunStatus.FAILED},
            "delete_run": {},
            "restore_run": {},
            "log_metric": {"metric": Metric(key, 1.0, 0, 0)},
            "log_param": {"param": Param(key, "x")},
            "set_tag": {"tag": Tag(key, "x")},
            "delete_tag": {"key": key},
            "log_batch": {},
            "get_metric_history": {"key": key},
        }
        for method, args in of_experiments.items():
            self.do(method, experiment_id=experiment, **args)
            self.do(method, experiment_id=unknown, **args)
        for method, args in of_runs.items():
            self.do(method, run_id=run, **args)
            self.do(method, run_id=unknown, **args)

    # What is logged

    @rule(run=runs, key=keys, value=strategies.valid_param_values())
    def log_param(self, run: str, key: str, value: str) -> None:
        """PARAM-LOG, PARAM-SAME, PARAM-IMMUTABLE."""
        self.do("log_param", run_id=run, param=Param(key, value))

    @rule(run=runs, key=keys, points=_points, batched=st.booleans(), parts=_parts)
    def log_metric(
        self, run: str, key: str, points: list[Metric], batched: bool, parts: int
    ) -> None:
        """METRIC-LOG, METRIC-DUP, METRIC-LATEST, METRIC-HISTORY, METRIC-HISTORY-PAGE."""
        metrics = tuple(replace(each, key=key) for each in points)
        if batched:
            self.do("log_batch", run_id=run, metrics=metrics)
        else:
            for metric in metrics:
                self.do("log_metric", run_id=run, metric=metric)
        self.do("get_run", run_id=run)
        self.in_pages(parts, "METRIC-HISTORY-PAGE", "get_metric_history", run_id=run, key=key)

    @rule(run=runs, key=keys, value=strategies.valid_tag_values())
    def set_tag(self, run: str, key: str, value: str) -> None:
        """TAG-SET."""
        self.do("set_tag", run_id=run, tag=Tag(key, value))

    @rule(run=runs, name=st.just("") | strategies.valid_run_names())
    def set_name_tag(self, run: str, name: str) -> None:
        """RUN-NAME."""
        self.do("set_tag", run_id=run, tag=Tag(RUN_NAME_TAG, name))
        self.do("get_run", run_id=run)

    @rule(run=runs, key=keys | st.just(RUN_NAME_TAG))
    def delete_tag(self, run: str, key: str) -> None:
        """TAG-DELETE."""
        self.do("delete_tag", run_id=run, key=key)

    @rule(run=runs, batch=batches.valid_batches(keys))
    def log_batch(self, run: str, batch: Batch) -> None:
        """BATCH-EQUALS-SINGLES."""
        self._log_batch(run, batch)

    @rule(run=runs, bad=batches.invalid_batches(keys) | batches.overfull_batches())
    def log_batch_badly(self, run: str, bad: Bad) -> None:
        """BATCH-VALIDATE, BATCH-LIMITS."""
        self._log_batch(run, bad.value)
        self.do("get_run", run_id=run)

    @precondition(lambda self: not self.full_batch_done)
    @rule(run=runs, batch=batches.full_batches())
    def log_full_batch(self, run: str, batch: Batch) -> None:
        """BATCH-LIMITS; once in an example, for it is slow."""
        self.full_batch_done = True
        self._log_batch(run, batch)

    @rule(
        run=runs, key=keys, bad=strategies.invalid_keys(), metric=strategies.invalid_metrics(keys)
    )
    def log_badly(self, run: str, key: str, bad: Bad, metric: Bad) -> None:
        """KEY-CHARS, KEY-LENGTH, METRIC-TYPES, PARAM-LOG, TAG-TYPES at the single calls."""
        self.do("log_param", run_id=run, param=Param(bad.value, "x"))
        self.do("set_tag", run_id=run, tag=Tag(bad.value, "x"))
        self.do("log_metric", run_id=run, metric=metric.value)
        no_text: Any = 1
        self.do("log_param", run_id=run, param=Param(key, no_text))
        self.do("set_tag", run_id=run, tag=Tag(key, no_text))
        self.do("get_run", run_id=run)

    @rule(
        run=runs,
        key=keys,
        odd_key=strategies.doubtful_keys(),
        text=strategies.unclean_texts() | strategies.texts_of_length(6001, 8001),
        value=strategies.doubtful_values(),
    )
    def log_doubtful(self, run: str, key: str, odd_key: str, text: str, value: Any) -> None:
        """TEXT-NUL, PARAM-LONG, TAG-LONG and what METRIC-TYPES and KEY-CHARS leave open."""
        self.do("log_param", run_id=run, param=Param(key, text))
        self.do("set_tag", run_id=run, tag=Tag(key, text))
        self.do("set_tag", run_id=run, tag=Tag(odd_key, "x"))
        self.do("log_metric", run_id=run, metric=Metric(key, value, 0, 0))
        self.do("get_run", run_id=run)

    # Searches

    @rule(wanted=_some_experiments, view=strategies.views(), size=strategies.valid_page_sizes())
    def search_runs(self, wanted: tuple[Reference, ...], view: ViewType, size: int) -> None:
        """SEARCH-VIEWS, SEARCH-EXPERIMENTS-TWICE."""
        self.do("search_runs", experiment_ids=wanted, view=view, max_results=size)

    @rule(wanted=_some_experiments, view=strategies.views(), parts=_parts)
    def search_runs_in_pages(
        self, wanted: tuple[Reference, ...], view: ViewType, parts: int
    ) -> None:
        """SEARCH-PAGES."""
        self.in_pages(parts, "SEARCH-PAGES", "search_runs", experiment_ids=wanted, view=view)

    @rule(view=strategies.views())
    def search_experiments(self, view: ViewType) -> None:
        """SEARCH-VIEWS, EXP-ATOMIC."""
        self.do("search_experiments", view=view, max_results=50000)

    @rule(
        experiment=experiments,
        bad_key=strategies.invalid_keys(),
        size=strategies.invalid_page_sizes(),
        token=strategies.invalid_page_tokens(),
    )
    def search_badly(self, experiment: str, bad_key: Bad, size: Bad, token: Reference) -> None:
        """SEARCH-PAGES: other sizes and tokens are refused. RUN-TAG-KEYS: a refused create leaves no run."""
        self.do("search_runs", experiment_ids=(experiment,), max_results=size.value)
        self.do("search_runs", experiment_ids=(experiment,), page_token=token)
        self.do("search_experiments", max_results=size.value)
        self.do("search_experiments", page_token=token)
        tags = (Tag("a", "x"), Tag(bad_key.value, "x"))
        self.do("create_run", experiment_id=experiment, tags=tags)
        self.do("search_runs", experiment_ids=(experiment,), view=ViewType.ALL)

    def restore_run(self, run: str) -> None:
        """RUN-DELETE; not inside a deleted experiment, of which the clauses say nothing."""
        state = self.stores.subjects[0].model.state
        known = state.runs.get(run)
        if known is None or state.experiments[known.experiment].stage == LifecycleStage.ACTIVE:
            self.do("restore_run", run_id=run)

    # Reading everything back

    def teardown(self) -> None:
        """What is there at the end is what was written."""
        if self.broken:
            return
        state = self.stores.subjects[0].model.state
        for experiment in list(state.experiments.values()):
            self.do("get_experiment", experiment_id=experiment.symbol)
            self.do("get_experiment_by_name", name=experiment.name)
            self.do("search_runs", experiment_ids=(experiment.symbol,), view=ViewType.ALL)
        for run in list(state.runs.values()):
            self.do("get_run", run_id=run.symbol)
            for key in run.points:
                self.do("get_metric_history", run_id=run.symbol, key=key)

    def _log_batch(self, run: str, batch: Batch) -> None:
        self.do(
            "log_batch",
            run_id=run,
            metrics=batch.metrics,
            params=batch.params,
            tags=batch.tags,
        )

    def _first_experiment(self) -> Any:
        if self.first is None:
            self.first = self.create("E", "create_experiment", name=f"{self.prefix}first")
        return self.first
