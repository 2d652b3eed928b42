"""The state machine passes the reference stores and finds the faults that are put into them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from storeproof.conformance.machine import StoreMachine
from storeproof.conformance.model import Model, Operation
from storeproof.conformance.probe import Breach, Probe
from storeproof.conformance.subject import lockstep
from storeproof.conformance.target import Place
from storeproof.stores import open_store
from storeproof.stores.contract import TrackingStore
from storeproof.stores.entities import (
    MODELS_TAG,
    Experiment,
    LifecycleStage,
    Metric,
    Page,
    Param,
    Run,
    Tag,
)
from storeproof.stores.errors import ErrorCode, StoreError

ARTIFACTS = 256
"""Characters of an artifact location in the schema of the database (EXP-ARTIFACT)."""

Spoil = Callable[[TrackingStore], None]


def model(_: Probe) -> Model:
    return Model(artifact_location_length=ARTIFACTS)


@contextmanager
def opened(
    folder: Path, spoil: Spoil = lambda _: None, uri: str = "sqlite:///{}/store.db"
) -> Iterator[Probe]:
    store = open_store(uri.format(folder), f"{folder}/artifacts")
    spoil(store)
    probe = Probe(Place(open=lambda: store, recipe=()))
    try:
        yield probe
    finally:
        probe.close()


def run(
    probes: Sequence[Probe],
    make_model: Callable[[Probe], Model] = model,
    examples: int = 60,
    **options: Any,
) -> None:
    machine: Any = lambda: StoreMachine(probes, make_model, **options)  # noqa: E731
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def changed(method: str, change: Callable[..., object]) -> Spoil:
    """`change` gets the store's own method and the arguments, and answers in its place."""

    def spoil(store: TrackingStore) -> None:
        own = getattr(store, method)
        setattr(store, method, lambda **args: change(own, **args))

    return spoil


def strips_values(own: Any, run_id: str) -> Run:
    found: Run = own(run_id=run_id)
    return replace(found, params={key: value.strip() for key, value in found.params.items()})


def folds_keys(own: Any, run_id: str, tag: Tag) -> None:
    own(run_id=run_id, tag=replace(tag, key=tag.key.lower()) if isinstance(tag.key, str) else tag)


def overwrites_names(own: Any, name: str) -> Experiment | None:
    found: Experiment | None = own(name=name)
    return found or own(name=name.lower())


def trims_ids(own: Any, experiment_id: str) -> Experiment:
    found: Experiment = own(experiment_id=experiment_id.strip())
    return found


def forgets_deletion(own: Any, run_id: str) -> Run:
    found: Run = own(run_id=run_id)
    active = replace(found.info, lifecycle_stage=LifecycleStage.ACTIVE, deleted_time=None)
    return replace(found, info=active)


def forgets_names(own: Any, run_id: str) -> Run:
    found: Run = own(run_id=run_id)
    return replace(found, info=replace(found.info, run_name="run"))


def loses_nan(own: Any, run_id: str) -> Run:
    found: Run = own(run_id=run_id)
    metrics = {
        key: replace(each, value=0.0) if each.value != each.value else each
        for key, each in found.metrics.items()
    }
    return replace(found, metrics=metrics)


def loses_points(own: Any, **args: Any) -> Page[Metric]:
    page: Page[Metric] = own(**args)
    return replace(page, items=tuple({each.timestamp: each for each in page.items}.values()))


def promises_more(own: Any, **args: Any) -> Page[Run]:
    page: Page[Run] = own(**args)
    full = len(page.items) == args.get("max_results", 1000)
    return replace(page, token=page.token or ("more" if full else None))


def chokes_on_four_bytes(own: Any, run_id: str, tag: Tag) -> None:
    if isinstance(tag.value, str) and any(each > "\uffff" for each in tag.value):
        raise ValueError("Incorrect string value")
    own(run_id=run_id, tag=tag)


def leaves_half_a_batch(store: TrackingStore) -> None:
    own = store.log_batch

    def log_batch(run_id: str, metrics: Any = (), params: Any = (), tags: Any = ()) -> None:
        try:
            own(run_id, metrics, params, tags)
        except StoreError:
            if store.get_run(run_id).info.lifecycle_stage is LifecycleStage.ACTIVE and params:
                own(run_id, (), params[:1], ())
            raise

    store.log_batch = log_batch  # type: ignore[method-assign]


def keeps_the_last_metric(store: TrackingStore) -> None:
    own, last = store.get_run, {}
    log = store.log_metric

    def log_metric(run_id: str, metric: Metric) -> None:
        log(run_id, metric)
        if metric.value == metric.value:
            last[run_id, metric.key] = metric

    def get_run(run_id: str) -> Run:
        found = own(run_id)
        metrics = {key: last.get((run_id, key), each) for key, each in found.metrics.items()}
        return replace(found, metrics=metrics)

    store.log_metric = log_metric  # type: ignore[method-assign]
    store.get_run = get_run  # type: ignore[method-assign]


def forgets(argument: str) -> Callable[..., object]:
    def search(own: Any, **args: Any) -> object:
        args.pop(argument, None)
        return own(**args)

    return search


def understands_anything(own: Any, **args: Any) -> Page[Run]:
    try:
        page: Page[Run] = own(**args)
    except StoreError:
        return Page(())
    return page


def drops_runs_without_metrics(own: Any, **args: Any) -> Page[Run]:
    page: Page[Run] = own(**args)
    if not any("metric" in each for each in args.get("order_by", ())):
        return page
    return replace(page, items=tuple(each for each in page.items if each.metrics))


def forgets_tags_of_inputs(own: Any, run_id: str) -> Run:
    found: Run = own(run_id=run_id)
    return replace(found, inputs=tuple(replace(each, tags={}) for each in found.inputs))


def cuts_datasets(own: Any, run_id: str, datasets: Any) -> None:
    own(
        run_id=run_id,
        datasets=[
            replace(
                each,
                dataset=replace(
                    each.dataset, name=each.dataset.name[:500], digest=each.dataset.digest[:36]
                ),
            )
            for each in datasets
        ],
    )


def keeps_one_model(store: TrackingStore) -> None:
    own = store.record_logged_model

    def record_logged_model(run_id: str, model: Any) -> None:
        if MODELS_TAG in store.get_run(run_id).tags:
            store.delete_tag(run_id, MODELS_TAG)
        own(run_id, model)

    store.record_logged_model = record_logged_model  # type: ignore[method-assign]


def limits_the_whole_answer(own: Any, **args: Any) -> dict[str, tuple[Metric, ...]]:
    found: dict[str, tuple[Metric, ...]] = own(**args)
    left = args.get("max_results") or 1000
    for run_id in found:
        found[run_id] = found[run_id][:left]
        left -= len(found[run_id])
    return found


SEARCH = {f"SEARCH-{each}" for each in "GRAMMAR MISSING NAN NUMBERS LIKE RUNNAME".split()}

FAULTS: dict[str, tuple[Spoil, set[str]]] = {
    "strips values": (changed("get_run", strips_values), {"TEXT-ROUNDTRIP", "PARAM-LOG", "TEXT-NO-CUT"}),
    "folds keys": (changed("set_tag", folds_keys), {"TAG-SET", "TEXT-DISTINCT", "RUN-NAME", "KEY-CHARS"}),
    "ignores the case of names": (changed("get_experiment_by_name", overwrites_names), {"EXP-NAME-EXACT"}),
    "trims ids": (changed("get_experiment", trims_ids), {"EXP-ID-UNKNOWN"}),
    "forgets deletion": (changed("get_run", forgets_deletion), {"EXP-DELETE", "RUN-DELETE"}),
    "forgets names": (changed("get_run", forgets_names), {"RUN-NAME"}),
    "loses NaN": (changed("get_run", loses_nan), {"METRIC-NAN", "METRIC-LATEST"}),
    "loses points": (changed("get_metric_history", loses_points), {"METRIC-HISTORY"}),
    "promises more": (changed("search_runs", promises_more), {"SEARCH-PAGES"}),
    "chokes on four bytes": (changed("set_tag", chokes_on_four_bytes), {"TEXT-ROUNDTRIP", "RUN-DELETED-WRITES"}),
    # A refusal's own clause is blamed for what it leaves: here either may be what refuses.
    "leaves half a batch": (leaves_half_a_batch, {"BATCH-VALIDATE", "BATCH-LIMITS", "PARAM-IMMUTABLE"}),
    "keeps the last metric": (keeps_the_last_metric, {"METRIC-LATEST", "METRIC-LOG", "METRIC-INF"}),
    "forgets filters": (changed("search_runs", forgets("filter_string")), SEARCH),
    "forgets orders": (changed("search_runs", forgets("order_by")), {"SEARCH-ORDER"}),
    "understands anything": (changed("search_runs", understands_anything), {"SEARCH-GRAMMAR", "SEARCH-ORDER", "SEARCH-PAGES"}),
    "drops runs by order": (changed("search_runs", drops_runs_without_metrics), {"SEARCH-ORDER"}),
    "forgets tags of inputs": (changed("get_run", forgets_tags_of_inputs), {"INPUT-LOG"}),
    "cuts datasets": (changed("log_inputs", cuts_datasets), {"INPUT-LIMITS"}),
    "keeps one model": (keeps_one_model, {"MODEL-RECORD"}),
    "limits the whole answer": (changed("get_metric_history_bulk", limits_the_whole_answer), {"METRIC-BULK"}),
}  # fmt: skip


@pytest.mark.parametrize("uri", ["sqlite:///{}/store.db", "{}/mlruns"])
def test_a_reference_store_passes(tmp_path: Path, uri: str) -> None:
    with opened(tmp_path, uri=uri) as probe:
        run([probe], model if "sqlite" in uri else lambda _: Model(), examples=12)
        assert probe.variations == set()


def test_two_reference_stores_pass_in_lock_step(tmp_path: Path) -> None:
    with opened(tmp_path) as one, opened(tmp_path, uri="{}/mlruns") as other:
        run([one, other], lambda each: model(each) if each is one else Model(), 12, strict=True)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_its_clause_named(tmp_path: Path, fault: str) -> None:
    spoil, clauses = FAULTS[fault]
    with opened(tmp_path, spoil) as probe:
        with pytest.raises(Breach) as found:
            run([probe], examples=150)
        assert found.value.clause in clauses


def test_a_fault_in_one_of_two_stores_is_found(tmp_path: Path) -> None:
    spoil = changed("get_run", forgets_names)
    (tmp_path / "other").mkdir()
    with opened(tmp_path) as good, opened(tmp_path / "other", spoil) as bad:
        lock_step = pytest.raises(Breach)
        with lock_step:
            run([good, bad])


def test_an_accepted_variation_passes_and_is_noted(tmp_path: Path) -> None:
    def refuses_long(own: Any, run_id: str, param: Param) -> None:
        if len(param.value) > 6000:
            raise StoreError(ErrorCode.INVALID_PARAMETER_VALUE, "too long")
        own(run_id=run_id, param=param)

    with opened(tmp_path, changed("log_param", refuses_long)) as probe:
        stores = lockstep([probe], model)
        assert stores.do(Operation("create_experiment", {"name": "one"}), "E1")
        assert stores.do(Operation("create_run", {"experiment_id": "E1"}), "R1")
        long = Param("a", "x" * 6001)
        assert not stores.do(Operation("log_param", {"run_id": "R1", "param": long}))
        assert {clause for clause, _ in probe.variations} == {"PARAM-LONG"}
