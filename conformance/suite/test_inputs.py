"""The datasets that runs used: logged, read back, known by name and digest, and never cut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.datasets import CONTEXT, dataset, inputs_of, use, user_of
from storeproof.conformance.suite.values import (
    DIFFERENT_NAMES,
    FOUR_BYTES,
    NASTY_TEXTS,
    NO_TEXTS,
)
from storeproof.stores import Dataset, DatasetInput, ViewType

IPV = "INVALID_PARAMETER_VALUE"

# Logging


@clause("INPUT-LOG")
def test_a_dataset_is_read_back_with_its_tags(probe: Probe) -> None:
    run = probe.run()
    tags = {CONTEXT: "fit", "a": "1", "b": ""}
    probe.store.log_inputs(run, [DatasetInput(dataset(), tags)])
    for store in (probe.store, probe.reopen()):
        inputs = probe.see(store.get_run(run)).inputs
        inputs.length().equals(1)
        inputs[0].dataset.equals(dataset())
        inputs[0].tags.equals(tags)


@clause("INPUT-LOG")
def test_a_search_shows_the_inputs_too(probe: Probe) -> None:
    """Whichever way a run is read, it is the same run."""
    experiment = probe.experiment()
    run = user_of(probe, experiment, "one", use("train", "d1", "fit"), use("test", "d2", "eval"))
    user_of(probe, experiment, "other", use("train", "d1", "eval"))
    user_of(probe, experiment, "without")
    wanted = [use("train", "d1", "fit"), use("test", "d2", "eval")]
    inputs_of(probe, run).is_some_order_of(wanted)
    for filter_string, order_by in probe.cases(
        (
            (None, ["run_name"]),
            ("dataset.name != 'x'", ["run_name"]),
            (None, ["run_name", "run_id"]),
        )
    ):
        found = probe.see(
            probe.store.search_runs([experiment], filter_string=filter_string, order_by=order_by)
        ).items
        found[0].inputs.is_some_order_of(wanted)
        found[1].inputs.equals((use("train", "d1", "eval"),))
    found = probe.see(probe.store.search_runs([experiment], order_by=["run_name"])).items
    found[2].inputs.equals(())


@clause("INPUT-LOG")
def test_a_deleted_run_and_its_inputs_are_still_read(probe: Probe) -> None:
    experiment = probe.experiment()
    run = user_of(probe, experiment, "one", use())
    probe.store.delete_run(run)
    inputs_of(probe, run).equals((use(),))
    found = probe.see(probe.store.search_runs([experiment], ViewType.DELETED_ONLY))
    found.items[0].inputs.equals((use(),))


@clause("INPUT-LOG", "TEXT-ROUNDTRIP")
def test_empty_texts_of_a_dataset_are_read_back(probe: Probe) -> None:
    """An empty text is not a missing one."""
    run = probe.run()
    empty = dataset("empty", "d", source_type="", source="", schema="", profile="")
    probe.store.log_inputs(run, [DatasetInput(empty)])
    inputs_of(probe, run).equals((DatasetInput(empty),))


@clause("INPUT-LOG")
def test_a_dataset_may_have_no_schema_and_no_profile(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_inputs(run, [DatasetInput(dataset(schema=None, profile=None))])
    seen = inputs_of(probe, run)[0].dataset
    seen.source.equals(dataset().source)
    seen.schema.is_one_of([None, ""])
    seen.profile.is_one_of([None, ""])


@clause("INPUT-LOG")
def test_more_datasets_join_those_that_are_there(probe: Probe) -> None:
    run = probe.run()
    uses = [use(f"set{number}", "d", f"for {number}") for number in range(5)]
    probe.store.log_inputs(run, uses[:2])
    probe.store.log_inputs(run, uses[2:3])
    probe.store.log_inputs(run, uses[3:])
    probe.store.log_inputs(run, [])
    inputs_of(probe, run).is_some_order_of(uses)


@clause("INPUT-LOG")
def test_a_dataset_logged_again_to_the_same_run_is_there_once(probe: Probe) -> None:
    """Make the link of run and dataset unique, or find it before another is inserted."""
    run = probe.run()
    for uses in ([use(context="fit")], [use(context="fit")], [use("test"), use(context="fit")]):
        probe.store.log_inputs(run, uses)
    inputs_of(probe, run).is_some_order_of([use(context="fit"), use("test")])


@clause("INPUT-LOG")
def test_a_dataset_twice_in_one_call_is_there_once(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_inputs(run, [use(context="fit"), use("test"), use(context="fit")])
    inputs_of(probe, run).is_some_order_of([use(context="fit"), use("test")])


@clause("INPUT-LOG")
def test_a_hundred_datasets_are_read_back(probe: Probe) -> None:
    run = probe.run()
    uses = [use(f"set{number}", f"{number:036}", f"{number}") for number in range(100)]
    probe.store.log_inputs(run, uses)
    inputs_of(probe, run).is_some_order_of(uses)


@clause("INPUT-LOG")
def test_inputs_leave_the_rest_of_a_run_as_it_is(probe: Probe) -> None:
    """The tags of a use are not tags of the run."""
    run = probe.run()
    before = probe.store.get_run(run)
    probe.store.log_inputs(run, [use(context="fit")])
    seen = probe.see(probe.store.get_run(run))
    seen.tags.equals(probe.see(before).tags)
    seen.info.equals(probe.see(before).info)
    seen.params.equals({})


@clause("INPUT-LOG", "TEXT-ROUNDTRIP")
@pytest.mark.parametrize("field", ["name", "digest", "source_type", "source", "schema", "profile"])
def test_a_dataset_may_hold_anything(probe: Probe, field: str) -> None:
    run = probe.run()
    texts = [text for text in NASTY_TEXTS.values() if text]
    for number, text in enumerate(probe.cases(texts)):
        value = text[:36]
        nasty = replace(dataset(f"set{number}", f"{number}"), **{field: value})
        probe.store.log_inputs(run, [DatasetInput(nasty, {"t": text})])
        inputs_of(probe, run).contains(DatasetInput(nasty, {"t": text}))


# Several runs and experiments


@clause("INPUT-SCOPE")
def test_runs_of_an_experiment_use_one_dataset_each_with_tags_of_its_own(probe: Probe) -> None:
    experiment = probe.experiment()
    one = user_of(probe, experiment, "one", use(context="fit"))
    other = user_of(probe, experiment, "other", use(context="eval"))
    without = user_of(probe, experiment, "without", use())
    inputs_of(probe, one).equals((use(context="fit"),))
    inputs_of(probe, other).equals((use(context="eval"),))
    inputs_of(probe, without).equals((use(),))


@clause("INPUT-SCOPE")
def test_two_experiments_never_share_a_dataset(probe: Probe) -> None:
    """A unique key without the experiment makes the second one read what the first one wrote."""
    ours = dataset(source="file:///ours", schema="{}", profile="ours")
    theirs = dataset(source="file:///theirs", schema="[]", profile="theirs")
    one, other = probe.run(), probe.run()
    probe.store.log_inputs(one, [DatasetInput(ours)])
    probe.store.log_inputs(other, [DatasetInput(theirs)])
    probe.store.log_inputs(one, [DatasetInput(ours)])
    inputs_of(probe, one).equals((DatasetInput(ours),))
    inputs_of(probe, other).equals((DatasetInput(theirs),))


@clause("INPUT-SCOPE")
@pytest.mark.parametrize(
    "pairs",
    [
        (("ab", "c"), ("a", "bc")),
        (("a-b", "c"), ("a", "b-c")),
        (("a", "b"), ("b", "a")),
        (("a", "b"), ("a", "B")),
        (("train", "d1"), ("train", "d2")),
        (("train", "d1"), ("test", "d1")),
        (("a:b", "c"), ("a", "b:c")),
        (("a/b", "c"), ("a", "b/c")),
        (("a_b", "c"), ("a", "b_c")),
        (("a,b", "c"), ("a", "b,c")),
    ],
    ids=lambda pairs: " and ".join("+".join(pair) for pair in pairs),
)
def test_name_and_digest_together_tell_datasets_apart(
    probe: Probe, pairs: tuple[tuple[str, str], tuple[str, str]]
) -> None:
    """A key made by joining the two takes ("ab", "c") and ("a", "bc") for one."""
    uses = [
        DatasetInput(dataset(*pair, source=f"file:///{number}"), {CONTEXT: f"{number}"})
        for number, pair in enumerate(pairs)
    ]
    together, one, other = probe.run(), *two_runs(probe)
    probe.store.log_inputs(together, uses)
    inputs_of(probe, together).is_some_order_of(uses)
    probe.store.log_inputs(one, uses[:1])
    probe.store.log_inputs(other, uses[1:])
    inputs_of(probe, one).equals((uses[0],))
    inputs_of(probe, other).equals((uses[1],))


def two_runs(probe: Probe) -> tuple[str, str]:
    """Two runs of one new experiment."""
    experiment = probe.experiment()
    return probe.run(experiment), probe.run(experiment)


@clause("INPUT-SCOPE", "TEXT-DISTINCT")
@pytest.mark.parametrize("field", ["name", "digest"])
def test_datasets_that_differ_in_any_character_are_two(probe: Probe, field: str) -> None:
    """Compare exactly: a unique key in a collation takes them for one."""
    experiment = probe.experiment()
    for number, pair in enumerate(probe.cases(DIFFERENT_NAMES.values())):
        run = probe.run(experiment)
        texts = [f"{number}{text}" for text in pair]
        uses = [DatasetInput(replace(dataset(), **{field: text}, source=text)) for text in texts]
        for each in uses:
            probe.store.log_inputs(run, [each])
        inputs_of(probe, run).is_some_order_of(uses)


@clause("INPUT-SCOPE", "TEXT-DISTINCT")
@pytest.mark.parametrize("field", ["name", "digest"])
def test_datasets_that_differ_by_a_trailing_space_are_two_or_the_second_is_refused(
    probe: Probe, field: str
) -> None:
    experiment = probe.experiment()
    for number, (one, other) in enumerate(probe.cases((("a", "a "), ("b ", "b"), ("c", "c  ")))):
        run = probe.run(experiment)
        texts = (f"{number}{one}", f"{number}{other}")
        first, second = (
            DatasetInput(replace(dataset(), **{field: text}, source=text)) for text in texts
        )
        probe.store.log_inputs(run, [first])
        probe.may_refuse(IPV).log_inputs(run, [second])
        if probe.refusal is None:
            inputs_of(probe, run).is_some_order_of([first, second])
        else:
            inputs_of(probe, run).equals((first,))
            probe.varies("TEXT-DISTINCT", "padded-refused")


_parts = st.text(st.sampled_from("ab -"), min_size=1, max_size=3)


@clause("INPUT-SCOPE")
@given(pairs=st.lists(st.tuples(_parts, _parts), max_size=8))
def test_any_datasets_are_there_once_each(probe: Probe, pairs: list[tuple[str, str]]) -> None:
    probe.begin()
    run = probe.run()
    probe.store.log_inputs(run, [use(*pair) for pair in pairs])
    inputs_of(probe, run).is_some_order_of(use(*pair) for pair in dict.fromkeys(pairs))


# Limits

_LIMITS = {
    "name": 500,
    "digest": 36,
    "source": 65_535,
    "schema": 1_048_575,
    "profile": 16_777_215,
}
_TAG_LIMITS = {"tag key": 255, "tag value": 500}


def with_length(what: str, length: int, character: str = "x") -> DatasetInput:
    """A use of which one text has this length."""
    text = character * length
    if what in _LIMITS:
        changes: dict[str, Any] = {what: text}
        return DatasetInput(replace(Dataset("long", "d", "local", "file:///a"), **changes))
    return DatasetInput(dataset(), {text: "v"} if what == "tag key" else {"k": text})


@clause("INPUT-LIMITS")
@pytest.mark.parametrize("what", [*_LIMITS, *_TAG_LIMITS])
def test_a_text_as_long_as_the_limit_is_kept_whole(probe: Probe, what: str) -> None:
    """A limit in bytes, or a column that is shorter, takes less."""
    run = probe.run()
    longest = with_length(what, (_LIMITS | _TAG_LIMITS)[what])
    probe.store.log_inputs(run, [longest])
    inputs_of(probe, run).equals((longest,))


@clause("INPUT-LIMITS", "TEXT-NO-CUT")
@pytest.mark.parametrize("what", ["name", "digest", *_TAG_LIMITS])
def test_the_limit_counts_characters(probe: Probe, what: str) -> None:
    run = probe.run()
    longest = with_length(what, (_LIMITS | _TAG_LIMITS)[what], FOUR_BYTES)
    probe.store.log_inputs(run, [longest])
    inputs_of(probe, run).equals((longest,))


@clause("INPUT-LIMITS")
@pytest.mark.parametrize("what", [*_LIMITS, *_TAG_LIMITS])
def test_a_longer_text_is_refused(probe: Probe, what: str) -> None:
    """Checked before the statement: without strict mode MySQL cuts it."""
    run = probe.run()
    limit = (_LIMITS | _TAG_LIMITS)[what]
    lengths = (limit + 1,) if what == "profile" else (limit + 1, 2 * limit)
    for length in probe.cases(lengths):
        probe.refused(IPV).log_inputs(run, [with_length(what, length)])
        probe.refused(IPV).log_inputs(run, [use("good"), with_length(what, length)])
        inputs_of(probe, run).each("dataset.name").lacks("long" if what in _LIMITS else "train")


@clause("TEXT-NO-CUT")
def test_many_bytes_are_kept_whole_or_refused(probe: Probe) -> None:
    """A column of 65535 bytes holds a quarter as many of the longest characters."""
    for character in probe.cases(("é", "学", FOUR_BYTES)):
        run = probe.run()
        longest = with_length("source", _LIMITS["source"], character)
        probe.may_refuse(IPV).log_inputs(run, [longest])
        kept = (longest,) if probe.refusal is None else ()
        inputs_of(probe, run).equals(kept)


@clause("TEXT-NUL")
@pytest.mark.parametrize("field", ["name", "digest", "source", "schema", "profile", "tag"])
def test_nul_and_lone_surrogates_are_refused(probe: Probe, field: str) -> None:
    run = probe.run()
    for text in probe.cases(NO_TEXTS):
        changes: dict[str, Any] = {} if field == "tag" else {field: text}
        bad = DatasetInput(
            replace(dataset("bad"), **changes), {"t": text} if field == "tag" else {}
        )
        probe.may_refuse(IPV).log_inputs(run, [bad])
        if probe.refusal is None:
            inputs_of(probe, run).contains(bad)
            probe.varies("TEXT-NUL", "stored")
        else:
            inputs_of(probe, run).equals(())
