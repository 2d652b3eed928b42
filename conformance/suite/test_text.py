"""Text: what is accepted is read back as it was, different texts stay different, nothing is cut."""

from __future__ import annotations

from hypothesis import given

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.strategies import valid_texts
from storeproof.conformance.suite.values import (
    DIFFERENT_KEYS,
    DIFFERENT_NAMES,
    NASTY_TEXTS,
    NO_TEXTS,
)
from storeproof.conformance.suite.ways import TEXT_WAYS, WayIn, through
from storeproof.stores import Metric, Param, Tag

IPV = "INVALID_PARAMETER_VALUE"


# Read back equal


@clause("TEXT-ROUNDTRIP")
@through(TEXT_WAYS)
def test_a_value_is_read_back_equal(way: WayIn, probe: Probe) -> None:
    """Text mode in files, strip() on the way and columns for three-byte characters change it."""
    place = way.place(probe)
    for number, text in enumerate(probe.cases(NASTY_TEXTS.values())):
        way.put(probe, place, f"k{number}", text)[f"k{number}"].equals(text)


@clause("TEXT-ROUNDTRIP")
@given(text=valid_texts())
def test_any_text_is_read_back_equal(probe: Probe, text: str) -> None:
    probe.begin()
    run = probe.run()
    probe.store.log_batch(run, params=[Param("k", text)], tags=[Tag("k", text)])
    seen = probe.see(probe.store.get_run(run))
    seen.params["k"].equals(text)
    seen.tags["k"].equals(text)


@clause("TEXT-ROUNDTRIP")
def test_an_experiment_name_that_is_accepted_is_read_back_equal(probe: Probe) -> None:
    for number, text in enumerate(probe.cases(NASTY_TEXTS.values())):
        name = probe.name(f"{number}{text}")
        made = probe.may_refuse(IPV).create_experiment(name)
        if probe.refusal is None:
            probe.see(probe.store.get_experiment(made)).name.equals(name)
            by_name = probe.store.get_experiment_by_name(name)
            probe.see(by_name).experiment_id.equals(made)


@clause("TEXT-ROUNDTRIP")
def test_a_run_name_that_is_accepted_is_read_back_equal(probe: Probe) -> None:
    experiment = probe.experiment()
    for text in probe.cases(text for text in NASTY_TEXTS.values() if text):
        made = probe.may_refuse(IPV).create_run(experiment, run_name=text)
        if probe.refusal is None:
            read = probe.store.get_run(made.info.run_id)
            probe.see(read).info.run_name.equals(text)
            probe.see(read).tags["mlflow.runName"].equals(text)


@clause("TEXT-ROUNDTRIP")
def test_a_user_id_that_is_accepted_is_read_back_equal(probe: Probe) -> None:
    experiment = probe.experiment()
    for text in probe.cases(NASTY_TEXTS.values()):
        made = probe.may_refuse(IPV).create_run(experiment, user_id=text)
        if probe.refusal is None:
            probe.see(probe.store.get_run(made.info.run_id)).info.user_id.equals(text)


@clause("TEXT-ROUNDTRIP")
def test_an_artifact_location_that_is_accepted_is_read_back_equal(probe: Probe) -> None:
    for number, text in enumerate(probe.cases(NASTY_TEXTS.values())):
        location = f"s3://bucket/{text}"
        made = probe.may_refuse(IPV).create_experiment(probe.name(f"-{number}"), location)
        if probe.refusal is None:
            read = probe.store.get_experiment(made)
            probe.see(read).artifact_location.equals(location)


@clause("TEXT-ROUNDTRIP")
def test_a_search_gives_the_same_texts_as_reading_by_id(probe: Probe) -> None:
    experiment = probe.experiment()
    texts = {f"k{number}": text for number, text in enumerate(NASTY_TEXTS.values())}
    run = probe.run(experiment)
    probe.store.log_batch(
        run,
        params=[Param(key, text) for key, text in texts.items()],
        tags=[Tag(key, text) for key, text in texts.items()],
    )
    found = probe.see(probe.store.search_runs([experiment])).items[0]
    for key, text in texts.items():
        found.params[key].equals(text)
        found.tags[key].equals(text)


@clause("TEXT-ROUNDTRIP")
def test_the_store_opened_again_gives_the_same_texts(probe: Probe) -> None:
    run = probe.run()
    texts = {f"k{number}": text for number, text in enumerate(NASTY_TEXTS.values())}
    probe.store.log_batch(run, params=[Param(key, text) for key, text in texts.items()])
    read = probe.see(probe.reopen().get_run(run))
    for key, text in texts.items():
        read.params[key].equals(text)


@clause("TEXT-ROUNDTRIP")
def test_a_text_that_was_overwritten_by_a_shorter_one_leaves_no_rest(probe: Probe) -> None:
    run = probe.run()
    for text in ("a long text\nof two lines", "short", ""):
        probe.store.set_tag(run, Tag("k", text))
        probe.see(probe.store.get_run(run)).tags["k"].equals(text)


# Different texts are different


@clause("TEXT-DISTINCT")
def test_keys_that_differ_are_two_params_two_metrics_and_two_tags(probe: Probe) -> None:
    """A collation that ignores the difference takes the second for the first."""
    run = probe.run()
    for pair in probe.cases(DIFFERENT_KEYS.values()):
        for number, key in enumerate(pair):
            probe.store.log_param(run, Param(key, f"p{number}"))
            probe.store.log_metric(run, Metric(key, float(number), 1))
            probe.store.set_tag(run, Tag(key, f"t{number}"))
        read = probe.see(probe.store.get_run(run))
        for number, key in enumerate(pair):
            read.params[key].equals(f"p{number}")
            read.metrics[key].equals(Metric(key, float(number), 1))
            read.tags[key].equals(f"t{number}")
            history = probe.store.get_metric_history(run, key)
            probe.see(history).items.equals((Metric(key, float(number), 1),))


@clause("TEXT-DISTINCT")
def test_keys_that_differ_can_be_in_one_batch(probe: Probe) -> None:
    run = probe.run()
    for pair in probe.cases(DIFFERENT_KEYS.values()):
        probe.store.log_batch(
            run,
            [Metric(key, float(number), 1) for number, key in enumerate(pair)],
            [Param(key, f"p{number}") for number, key in enumerate(pair)],
            [Tag(key, f"t{number}") for number, key in enumerate(pair)],
        )
        read = probe.see(probe.store.get_run(run))
        for number, key in enumerate(pair):
            read.params[key].equals(f"p{number}")
            read.metrics[key].value.equals(float(number))
            read.tags[key].equals(f"t{number}")


@clause("TEXT-DISTINCT")
def test_keys_that_differ_are_two_tags_of_an_experiment(probe: Probe) -> None:
    experiment = probe.experiment()
    for one, other in probe.cases(DIFFERENT_KEYS.values()):
        probe.store.set_experiment_tag(experiment, Tag(one, "1"))
        probe.store.set_experiment_tag(experiment, Tag(other, "2"))
        tags = probe.see(probe.store.get_experiment(experiment)).tags
        tags[one].equals("1")
        tags[other].equals("2")


@clause("TEXT-DISTINCT")
def test_deleting_a_tag_leaves_the_one_that_differs(probe: Probe) -> None:
    run = probe.run()
    for one, other in probe.cases(DIFFERENT_KEYS.values()):
        probe.store.log_batch(run, tags=[Tag(one, "1"), Tag(other, "2")])
        probe.store.delete_tag(run, one)
        tags = probe.see(probe.store.get_run(run)).tags
        tags.lacks(one)
        tags[other].equals("2")


@clause("TEXT-DISTINCT")
def test_the_history_of_a_key_that_differs_is_empty(probe: Probe) -> None:
    run = probe.run()
    for one, other in probe.cases(DIFFERENT_KEYS.values()):
        probe.store.log_metric(run, Metric(one, 1.0, 1))
        probe.see(probe.store.get_metric_history(run, other)).items.equals(())


@clause("TEXT-DISTINCT")
def test_experiment_names_that_differ_are_two_experiments(probe: Probe) -> None:
    for pair in DIFFERENT_NAMES.values():
        probe.begin()
        made = [probe.store.create_experiment(probe.name(name)) for name in pair]
        for name, experiment in zip(pair, made, strict=True):
            probe.see(probe.store.get_experiment(experiment)).name.equals(probe.name(name))
            by_name = probe.store.get_experiment_by_name(probe.name(name))
            probe.see(by_name).experiment_id.equals(experiment)


@clause("TEXT-DISTINCT")
@through(tuple(way for way in TEXT_WAYS if not way.creates))
def test_a_key_that_differs_by_a_trailing_space_is_another_or_refused(
    way: WayIn, probe: Probe
) -> None:
    """The database compares as if the shorter text were padded with spaces."""
    place = way.place(probe)
    way.put(probe, place, "k", "1")
    seen = way.offer(probe, place, "k ", "2")
    if seen is None:
        probe.varies("TEXT-DISTINCT", "padded-refused")
    else:
        seen["k "].equals("2")
    way.look(probe, place)["k"].equals("1")


@clause("TEXT-DISTINCT")
def test_a_metric_that_differs_by_a_trailing_space_is_another_or_refused(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_metric(run, Metric("k", 1.0, 1))
    probe.may_refuse(IPV).log_metric(run, Metric("k ", 2.0, 2, 2))
    if probe.refusal is not None:
        probe.varies("TEXT-DISTINCT", "padded-refused")
    else:
        probe.see(probe.store.get_run(run)).metrics["k "].equals(Metric("k ", 2.0, 2, 2))
    probe.see(probe.store.get_run(run)).metrics["k"].equals(Metric("k", 1.0, 1))


@clause("TEXT-DISTINCT")
def test_a_name_that_differs_by_a_trailing_space_is_another_or_refused(probe: Probe) -> None:
    name = probe.name("plan")
    first = probe.store.create_experiment(name)
    made = probe.may_refuse(IPV).create_experiment(f"{name} ")
    if probe.refusal is not None:
        probe.varies("TEXT-DISTINCT", "padded-refused")
    else:
        probe.see(probe.store.get_experiment(made)).name.equals(f"{name} ")
        probe.see(probe.store.get_experiment_by_name(f"{name} ")).experiment_id.equals(made)
    probe.see(probe.store.get_experiment_by_name(name)).experiment_id.equals(first)


# What is no text


@clause("TEXT-NUL")
@through(TEXT_WAYS)
def test_a_value_with_nul_or_a_lone_surrogate_is_refused(way: WayIn, probe: Probe) -> None:
    """Drivers raise errors of their own, or cut the text at the NUL: check before anything is sent."""
    place = way.place(probe)
    for number, text in enumerate(probe.cases(NO_TEXTS)):
        seen = way.offer(probe, place, f"k{number}", text)
        if seen is not None:
            seen[f"k{number}"].equals(text)
            probe.varies("TEXT-NUL", "stored")


@clause("TEXT-NUL")
def test_a_name_with_nul_or_a_lone_surrogate_is_refused(probe: Probe) -> None:
    for text in probe.cases(NO_TEXTS):
        name = probe.name(text)
        made = probe.may_refuse(IPV).create_experiment(name)
        if probe.refusal is None:
            probe.see(probe.store.get_experiment(made)).name.equals(name)
            probe.varies("TEXT-NUL", "stored")
        else:
            # Cut at the NUL it would be this one.
            probe.see(probe.store.get_experiment_by_name(probe.name("a"))).equals(None)


@clause("TEXT-NUL")
def test_a_new_name_with_nul_or_a_lone_surrogate_is_refused(probe: Probe) -> None:
    name = probe.name("old")
    experiment = probe.experiment(name)
    for text in probe.cases(NO_TEXTS):
        probe.may_refuse(IPV).rename_experiment(experiment, probe.name(text))
        if probe.refusal is None:
            probe.see(probe.store.get_experiment(experiment)).name.equals(probe.name(text))
            probe.varies("TEXT-NUL", "stored")
        else:
            probe.see(probe.store.get_experiment(experiment)).name.equals(name)


@clause("TEXT-NUL")
def test_a_run_name_with_nul_or_a_lone_surrogate_is_refused(probe: Probe) -> None:
    run = probe.run()
    for text in probe.cases(NO_TEXTS):
        probe.may_refuse(IPV).update_run_info(run, run_name=text)
        if probe.refusal is None:
            probe.see(probe.store.get_run(run)).info.run_name.equals(text)
            probe.varies("TEXT-NUL", "stored")
        else:
            probe.see(probe.store.get_run(run)).info.run_name.equals("first")


# Nothing is cut

_LENGTHS = (100, 249, 250, 251, 255, 256, 257, 500, 501, 1000, 2048, 2049, 4000, 4001, 5000)
"""Around the widths of columns that MLflow and others have; to 5000, which every value may have."""


def _long(length: int) -> str:
    return "x" * (length - 1) + "!"


@clause("TEXT-NO-CUT")
@through(TEXT_WAYS)
def test_a_value_of_up_to_5000_characters_is_kept_whole(way: WayIn, probe: Probe) -> None:
    """Characters, not bytes, and the same limit at each way in; a lax database cuts with a warning."""
    place = way.place(probe)
    texts = [*map(_long, _LENGTHS), "𠮷" * 4999 + "!"]
    for number, text in enumerate(probe.cases(texts)):
        way.put(probe, place, f"k{number}", text)[f"k{number}"].equals(text)


@clause("TEXT-NO-CUT")
def test_an_experiment_tag_is_never_cut(probe: Probe) -> None:
    experiment = probe.experiment()
    for length in probe.cases((5001, 6001, 8001, 70_000)):
        tag = Tag(f"k{length}", _long(length))
        probe.may_refuse(IPV).set_experiment_tag(experiment, tag)
        if probe.refusal is None:
            read = probe.store.get_experiment(experiment)
            probe.see(read).tags[tag.key].equals(tag.value)


@clause("TEXT-NO-CUT")
def test_an_experiment_name_is_kept_whole_or_refused(probe: Probe) -> None:
    for length in probe.cases(_LENGTHS):
        name = probe.name(_long(length - len(probe.name(""))))
        made = probe.may_refuse(IPV).create_experiment(name)
        if probe.refusal is None:
            probe.see(probe.store.get_experiment(made)).name.equals(name)


@clause("TEXT-NO-CUT")
def test_an_artifact_location_is_kept_whole_or_refused(probe: Probe) -> None:
    for length in probe.cases(_LENGTHS):
        location = f"s3://b/{_long(length - 7)}"
        made = probe.may_refuse(IPV).create_experiment(probe.name(f"-{length}"), location)
        if probe.refusal is None:
            read = probe.store.get_experiment(made)
            probe.see(read).artifact_location.equals(location)


@clause("TEXT-NO-CUT")
def test_a_run_name_and_a_user_id_are_kept_whole_or_refused(probe: Probe) -> None:
    experiment = probe.experiment()
    for length in probe.cases(_LENGTHS):
        made = probe.may_refuse(IPV).create_run(experiment, run_name=_long(length))
        if probe.refusal is None:
            probe.see(probe.store.get_run(made.info.run_id)).info.run_name.equals(_long(length))
        made = probe.may_refuse(IPV).create_run(experiment, user_id=_long(length))
        if probe.refusal is None:
            probe.see(probe.store.get_run(made.info.run_id)).info.user_id.equals(_long(length))


@clause("TEXT-NO-CUT")
def test_a_new_run_name_is_kept_whole_or_refused(probe: Probe) -> None:
    run = probe.run()
    for length in probe.cases(_LENGTHS):
        probe.may_refuse(IPV).update_run_info(run, run_name=_long(length))
        if probe.refusal is None:
            probe.see(probe.store.get_run(run)).info.run_name.equals(_long(length))
