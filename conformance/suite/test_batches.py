"""Batches: how large, refused as a whole, all or nothing, and the same as single calls."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.strategies import valid_keys, valid_texts
from storeproof.conformance.suite.points import points
from storeproof.stores import Metric, Param, Run, Tag

IPV = "INVALID_PARAMETER_VALUE"


def metrics_of(count: int) -> list[Metric]:
    """So many points of different keys."""
    return [Metric(f"m{i}", float(i), i) for i in range(count)]


def params_of(count: int) -> list[Param]:
    """So many params."""
    return [Param(f"p{i}", f"{i}") for i in range(count)]


def tags_of(count: int) -> list[Tag]:
    """So many tags."""
    return [Tag(f"t{i}", f"{i}") for i in range(count)]


def sees_same(probe: Probe, run: str, before: Run) -> None:
    """The run is as it was before: nothing of a batch was written."""
    now = probe.see(probe.store.get_run(run))
    now.params.equals(dict(before.params))
    now.metrics.equals(dict(before.metrics))
    now.tags.equals(dict(before.tags))
    now.info.run_name.equals(before.info.run_name)


# Limits


@clause("BATCH-LIMITS")
def test_1000_metrics_are_accepted_and_all_written(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_batch(run, metrics_of(1000))
    found = probe.see(probe.store.get_run(run)).metrics
    found.equals({f"m{i}": Metric(f"m{i}", float(i), i) for i in range(1000)})


@clause("BATCH-LIMITS")
def test_1000_points_of_one_metric_are_accepted_and_all_written(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_batch(run, [Metric("k", float(i), i, i) for i in range(1000)])
    probe.see(probe.store.get_metric_history(run, "k")).items.length().equals(1000)


@clause("BATCH-LIMITS")
def test_100_params_and_100_tags_are_accepted_and_all_written(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_batch(run, params=params_of(100), tags=tags_of(100))
    found = probe.see(probe.store.get_run(run))
    found.params.equals({f"p{i}": f"{i}" for i in range(100)})
    for i in range(100):
        found.tags[f"t{i}"].equals(f"{i}")


@clause("BATCH-LIMITS")
def test_1000_entries_in_all_are_accepted_and_all_written(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_batch(run, metrics_of(800), params_of(100), tags_of(100))
    found = probe.see(probe.store.get_run(run))
    found.metrics.length().equals(800)
    found.params.length().equals(100)
    found.tags["t99"].equals("99")


@clause("BATCH-LIMITS")
def test_one_entry_more_is_refused_and_nothing_written(probe: Probe) -> None:
    run = probe.run()
    before = probe.store.get_run(run)
    for metrics, params, tags in probe.cases(
        ((1001, 0, 0), (0, 101, 0), (0, 0, 101), (801, 100, 100), (1000, 1, 0), (1000, 0, 1))
    ):
        probe.refused(IPV).log_batch(run, metrics_of(metrics), params_of(params), tags_of(tags))
        sees_same(probe, run, before)


@clause("BATCH-LIMITS")
def test_an_empty_batch_succeeds_and_changes_nothing(probe: Probe) -> None:
    run = probe.run()
    before = probe.store.get_run(run)
    probe.store.log_batch(run)
    probe.store.log_batch(run, [], [], [])
    sees_same(probe, run, before)


# Refused as a whole

_NOTHING = cast(Any, None)

BAD_ENTRIES: dict[str, Metric | Param | Tag] = {
    "metric key": Metric("a\\b", 1.0, 1),
    "metric value": Metric("bad", _NOTHING, 1),
    "metric value over the range": Metric("bad", 10**400, 1),
    "metric timestamp": Metric("bad", 1.0, -1),
    "metric step": Metric("bad", 1.0, 1, 2**63),
    "param key": Param("../bad", "1"),
    "param value": Param("bad", _NOTHING),
    "tag key": Tag("k" * 251, "1"),
    "tag value": Tag("bad", _NOTHING),
}
"""Entries that must be refused, by what is wrong."""


def _with(entry: Metric | Param | Tag, place: int) -> tuple[list[Metric], list[Param], list[Tag]]:
    """A batch of four good entries of each kind, with the bad one among its kind."""
    batch = (metrics_of(4), params_of(4), tags_of(4))
    kind: list[Any] = batch[(Metric, Param, Tag).index(type(entry))]
    kind.insert(place, entry)
    return batch


@clause("BATCH-VALIDATE")
def test_one_bad_entry_anywhere_refuses_the_whole_batch(probe: Probe) -> None:
    """First, in the middle or last of its kind: check all before the first is written."""
    run = probe.run()
    before = probe.store.get_run(run)
    entries = [(entry, place) for entry in BAD_ENTRIES.values() for place in (0, 2, 4)]
    for entry, place in probe.cases(entries):
        probe.refused(IPV).log_batch(run, *_with(entry, place))
        sees_same(probe, run, before)


@clause("BATCH-VALIDATE")
def test_a_bad_entry_at_the_end_of_a_full_batch_leaves_no_history(probe: Probe) -> None:
    run = probe.run()
    metrics = [Metric("k", float(i), i, i) for i in range(999)]
    probe.refused(IPV).log_batch(run, [*metrics, Metric("k", 1.0, -1)])
    probe.see(probe.store.get_metric_history(run, "k")).items.equals(())
    probe.see(probe.store.get_run(run)).metrics.equals({})


@clause("BATCH-VALIDATE")
def test_a_refused_batch_can_be_sent_again_without_the_bad_entry(probe: Probe) -> None:
    run = probe.run()
    good = (metrics_of(2), params_of(2), tags_of(2))
    probe.refused(IPV).log_batch(run, good[0], good[1], [*good[2], Tag("k" * 251, "1")])
    probe.store.log_batch(run, *good)
    found = probe.see(probe.store.get_run(run))
    found.params.equals({"p0": "0", "p1": "1"})
    found.metrics.equals({"m0": Metric("m0", 0.0, 0), "m1": Metric("m1", 1.0, 1)})
    found.tags["t1"].equals("1")


# All or nothing


def sees_all_or_nothing(
    probe: Probe, run: str, before: Run, metrics: list[Metric], tags: list[Tag]
) -> None:
    """Of a batch refused for its params, nothing is there; or, as a variation, all of a kind."""
    now = probe.store.get_run(run)
    all_metrics = {**before.metrics, **{metric.key: metric for metric in metrics}}
    all_tags = {**before.tags, **{tag.key: tag.value for tag in tags}}
    found = probe.see(now)
    found.params.equals(dict(before.params))
    found.metrics.is_one_of([dict(before.metrics), all_metrics])
    found.tags.is_one_of([dict(before.tags), all_tags])
    if now.metrics != before.metrics or now.tags != before.tags:
        probe.varies("BATCH-ATOMIC", "atomic-per-kind")


@clause("BATCH-ATOMIC")
def test_a_changed_param_anywhere_leaves_nothing_of_the_batch(probe: Probe) -> None:
    """What is stored decides here, so the refusal comes in the middle of the writing."""
    run = probe.run()
    probe.store.log_batch(run, params=[Param("old", "1")], tags=[Tag("t0", "old")])
    before = probe.store.get_run(run)
    for place in probe.cases((0, 25, 50)):
        params = params_of(50)
        params.insert(place, Param("old", "2"))
        probe.refused(IPV).log_batch(run, metrics_of(50), params, tags_of(50))
        sees_all_or_nothing(probe, run, before, metrics_of(50), tags_of(50))


@clause("BATCH-ATOMIC")
def test_a_full_batch_with_a_changed_param_leaves_no_history(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_param(run, Param("old", "1"))
    before = probe.store.get_run(run)
    metrics = [Metric("k", float(i), i, i) for i in range(999)]
    probe.refused(IPV).log_batch(run, metrics, [Param("old", "2")])
    sees_all_or_nothing(probe, run, before, metrics[-1:], [])
    probe.see(probe.store.get_metric_history(run, "k")).items.length().is_one_of([0, 999])


@clause("BATCH-ATOMIC")
def test_a_batch_refused_for_a_param_leaves_the_latest_metric(probe: Probe) -> None:
    run = probe.run()
    old, new = Metric("k", 1.0, 1, 1), Metric("k", 2.0, 2, 2)
    probe.store.log_batch(run, [old], [Param("old", "1")])
    before = probe.store.get_run(run)
    probe.refused(IPV).log_batch(run, [new], [Param("old", "2")])
    sees_all_or_nothing(probe, run, before, [new], [])
    history = probe.see(probe.store.get_metric_history(run, "k"))
    history.items.is_one_of([(old,), (old, new), (new, old)])


@clause("BATCH-ATOMIC")
def test_a_batch_refused_for_a_param_leaves_the_runs_name(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_param(run, Param("old", "1"))
    before = probe.store.get_run(run)
    tags = [Tag("mlflow.runName", "second")]
    probe.refused(IPV).log_batch(run, params=[Param("old", "2")], tags=tags)
    sees_all_or_nothing(probe, run, before, [], tags)
    now = probe.store.get_run(run)
    probe.see(now).info.run_name.equals(now.tags["mlflow.runName"])


# The same key twice


@clause("BATCH-PARAM-TWICE")
def test_a_param_twice_in_a_batch_is_refused(probe: Probe) -> None:
    """With the same value too, and wherever the two are."""
    run = probe.run()
    probe.store.log_param(run, Param("known", "1"))
    before = probe.store.get_run(run)
    for twice in probe.cases(
        (
            [Param("k", "1"), Param("k", "2")],
            [Param("k", "1"), Param("k", "1")],
            [Param("known", "1"), Param("known", "1")],
            [Param("k", "1"), *params_of(98), Param("k", "2")],
        )
    ):
        probe.refused(IPV).log_batch(run, metrics_of(1), twice, tags_of(1))
        sees_same(probe, run, before)


@clause("BATCH-TAG-TWICE")
def test_of_a_tag_twice_in_a_batch_the_last_wins(probe: Probe) -> None:
    run = probe.run()
    probe.store.set_tag(run, Tag("old", "0"))
    tags = [Tag("k", "1"), Tag("old", "1"), Tag("other", "1"), Tag("k", "2"), Tag("old", "2")]
    probe.store.log_batch(run, tags=tags)
    found = probe.see(probe.store.get_run(run)).tags
    found["k"].equals("2")
    found["old"].equals("2")
    found["other"].equals("1")


@clause("BATCH-TAG-TWICE")
def test_of_100_values_of_a_tag_in_a_batch_the_last_wins(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_batch(run, tags=[Tag("k", f"{i}") for i in range(100)])
    probe.see(probe.store.get_run(run)).tags["k"].equals("99")


@clause("BATCH-TAG-TWICE")
def test_of_a_run_name_twice_in_a_batch_the_last_wins(probe: Probe) -> None:
    run = probe.run()
    tags = [Tag("mlflow.runName", "second"), Tag("mlflow.runName", "third")]
    probe.store.log_batch(run, tags=tags)
    found = probe.see(probe.store.get_run(run))
    found.tags["mlflow.runName"].equals("third")
    found.info.run_name.equals("third")


# The same as single calls


@dataclass(frozen=True)
class Entries:
    """What is logged to one run in a batch and to another in single calls."""

    metrics: list[Metric]
    params: list[Param]
    tags: list[Tag]


_keys = st.sampled_from(["a", "b", "a/b", "A"]) | valid_keys()
_values = valid_texts().filter(lambda text: 0 < len(text) < 100)  # a run's name has its own limits
_tag_keys = st.just("mlflow.runName") | _keys
_entries = st.builds(
    Entries,
    st.lists(points(_keys), max_size=8),
    st.lists(st.builds(Param, _keys, valid_texts()), max_size=4, unique_by=lambda each: each.key),
    st.lists(st.builds(Tag, _tag_keys, _values), max_size=4),
)


def sees_batch_equal_singles(probe: Probe, entries: Entries) -> None:
    """A run that got the entries in a batch is as one that got them in single calls."""
    experiment = probe.experiment()
    single, batch = probe.run(experiment), probe.run(experiment)
    for metric in entries.metrics:
        probe.store.log_metric(single, metric)
    for param in entries.params:
        probe.store.log_param(single, param)
    for tag in entries.tags:
        probe.store.set_tag(single, tag)
    probe.store.log_batch(batch, entries.metrics, entries.params, entries.tags)
    wanted = probe.store.get_run(single)
    found = probe.see(probe.store.get_run(batch))
    found.params.equals(dict(wanted.params))
    found.metrics.equals(dict(wanted.metrics))
    found.tags.equals(dict(wanted.tags))
    found.info.run_name.equals(wanted.info.run_name)
    for key in dict.fromkeys(metric.key for metric in entries.metrics):
        history = probe.store.get_metric_history(single, key)
        again = probe.see(probe.store.get_metric_history(batch, key))
        again.items.is_some_order_of(history.items)


@clause("BATCH-EQUALS-SINGLES")
@given(entries=_entries)
def test_any_batch_leaves_what_the_single_calls_leave(probe: Probe, entries: Entries) -> None:
    probe.begin()
    sees_batch_equal_singles(probe, entries)


@clause("BATCH-EQUALS-SINGLES")
def test_a_batch_renames_the_run_as_set_tag_does(probe: Probe) -> None:
    sees_batch_equal_singles(probe, Entries([], [], [Tag("mlflow.runName", "second")]))


@clause("BATCH-EQUALS-SINGLES")
def test_a_batch_treats_long_values_as_the_single_calls_do(probe: Probe) -> None:
    experiment = probe.experiment()
    single, batch = probe.run(experiment), probe.run(experiment)
    param, tag = Param("k", "x" * 6001), Tag("k", "x" * 8001)
    probe.may_refuse(IPV).log_param(single, param)
    store = probe.store if probe.refusal is None else probe.refused(IPV)
    store.log_batch(batch, params=[param])
    probe.may_refuse(IPV).set_tag(single, tag)
    store = probe.store if probe.refusal is None else probe.refused(IPV)
    store.log_batch(batch, tags=[tag])
    wanted = probe.store.get_run(single)
    found = probe.see(probe.store.get_run(batch))
    found.params.equals(dict(wanted.params))
    found.tags.equals(dict(wanted.tags))


@clause("BATCH-EQUALS-SINGLES")
def test_a_batch_keeps_numbers_as_the_single_calls_do(probe: Probe) -> None:
    values = (math.nan, math.inf, -math.inf, -0.0, 5e-324, 1)
    metrics = [Metric("k", value, 1, step) for step, value in enumerate(values)]
    sees_batch_equal_singles(probe, Entries(metrics, [], []))
