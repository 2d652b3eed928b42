"""The language of filters: every form that it has is understood."""

from __future__ import annotations

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.searching import START, add, finds
from storeproof.stores import Metric, RunStatus, Tag

KEYS = ("k", "a b", "a.b", "a/b", "a-b", "a:b", "Ключ 4", "and", "like")
"""Keys of every kind of character that a key may hold, and words of the language."""


def two_runs(probe: Probe) -> tuple[str, str]:
    """An experiment of "one" and "other", which have the same keys with other values, and the id of "one"."""
    experiment = probe.store.create_experiment(probe.name(), "s3://bucket/first")
    one = add(
        probe,
        experiment,
        "one",
        params=dict.fromkeys(KEYS, "x"),
        metrics=dict.fromkeys(KEYS, 2.0),
        tags=dict.fromkeys(KEYS, "x"),
    )
    add(
        probe,
        experiment,
        "other",
        params=dict.fromkeys(KEYS, "y"),
        metrics=dict.fromkeys(KEYS, 1.0),
        tags=dict.fromkeys(KEYS, "y"),
        user="bob",
        start=START + 1,
    )
    probe.store.update_run_info(one, RunStatus.FINISHED, START + 5)
    return experiment, one


# What is in the language


@clause("SEARCH-GRAMMAR")
@pytest.mark.parametrize("nothing", [None, "", " \t\n"], ids=["None", "empty", "white space"])
def test_a_filter_that_says_nothing_finds_every_run(probe: Probe, nothing: str | None) -> None:
    experiment, _ = two_runs(probe)
    finds(probe, experiment, nothing, ["one", "other"])


@clause("SEARCH-GRAMMAR")
def test_a_metric_is_compared_with_a_number(probe: Probe) -> None:
    experiment, _ = two_runs(probe)
    comparisons = {
        "= 2": ["one"],
        "= 1.5": [],
        "!= 2": ["other"],
        "< 2": ["other"],
        "<= 2": ["one", "other"],
        "<= 1": ["other"],
        "> 1": ["one"],
        ">= 1": ["one", "other"],
        "> 2": [],
        "> -1": ["one", "other"],
        "< -0.5": [],
        "= 2.0": ["one"],
        "= 2.000": ["one"],
        "= 20e-1": ["one"],
        "= 0.2E1": ["one"],
        "> 1.999999": ["one"],
        "< 1e3": ["one", "other"],
    }
    for comparison, names in probe.cases(comparisons.items()):
        finds(probe, experiment, f"metrics.k {comparison}", names)


@clause("SEARCH-GRAMMAR")
@pytest.mark.parametrize("kind", ["params", "tags"])
def test_params_and_tags_are_compared_with_text(probe: Probe, kind: str) -> None:
    experiment, _ = two_runs(probe)
    comparisons = {
        "= 'x'": ["one"],
        "= 'z'": [],
        "!= 'x'": ["other"],
        "!= 'z'": ["one", "other"],
        "LIKE 'x%'": ["one"],
        "LIKE '_'": ["one", "other"],
        "LIKE 'X'": [],
        "ILIKE 'X'": ["one"],
        "ILIKE 'Z%'": [],
    }
    for comparison, names in probe.cases(comparisons.items()):
        finds(probe, experiment, f"{kind}.k {comparison}", names)


@clause("SEARCH-GRAMMAR")
@pytest.mark.parametrize("time", ["start_time", "end_time"])
def test_times_are_compared_with_numbers(probe: Probe, time: str) -> None:
    experiment = probe.experiment()
    for name, moment in (("one", START), ("other", START + 1)):
        run = add(probe, experiment, name, start=moment)
        probe.store.update_run_info(run, end_time=moment)
    comparisons = {
        f"= {START}": ["one"],
        f"!= {START}": ["other"],
        f"< {START + 1}": ["one"],
        f"<= {START + 1}": ["one", "other"],
        f"> {START}": ["other"],
        f">= {START}": ["one", "other"],
        f">= {START + 2}": [],
    }
    for comparison, names in probe.cases(comparisons.items()):
        finds(probe, experiment, f"attributes.{time} {comparison}", names)


@clause("SEARCH-GRAMMAR")
@pytest.mark.parametrize("attribute", ["run_id", "run_name", "user_id", "status", "artifact_uri"])
def test_attributes_of_text_are_compared_with_text(probe: Probe, attribute: str) -> None:
    experiment, one = two_runs(probe)
    value = {
        "run_id": one,
        "run_name": "one",
        "user_id": "ann",
        "status": "FINISHED",
        "artifact_uri": f"s3://bucket/first/{one}/artifacts",
    }[attribute]
    comparisons = {
        f"= '{value}'": ["one"],
        f"!= '{value}'": ["other"],
        "= 'none of them'": [],
        "!= 'none of them'": ["one", "other"],
        f"LIKE '{value}%'": ["one"],
        "LIKE 'none%'": [],
        f"ILIKE '%{value.upper()}'": ["one"],
        "ILIKE '%'": ["one", "other"],
    }
    for comparison, names in probe.cases(comparisons.items()):
        finds(probe, experiment, f"attributes.{attribute} {comparison}", names)


@clause("SEARCH-GRAMMAR")
def test_a_run_id_is_looked_up_in_a_list(probe: Probe) -> None:
    experiment, one = two_runs(probe)
    lists = {
        f"IN ('{one}')": ["one"],
        f"IN ('none','{one}', 'nor this')": ["one"],
        f"IN ( '{one}' , '{one}' )": ["one"],
        "IN ('none')": [],
        f"NOT IN ('{one}')": ["other"],
        f"NOT IN ('none', '{one}')": ["other"],
        "NOT IN ('none')": ["one", "other"],
    }
    for listed, names in probe.cases(lists.items()):
        finds(probe, experiment, f"attributes.run_id {listed}", names)


@clause("SEARCH-GRAMMAR")
def test_a_run_id_is_looked_up_in_a_long_list(probe: Probe) -> None:
    experiment = probe.experiment()
    runs = [add(probe, experiment, f"{number}") for number in range(3)]
    for count in probe.cases((100, 500)):
        others = ", ".join(f"'{number:032x}'" for number in range(count))
        listed = f"('{runs[0]}', {others}, '{runs[2]}')"
        finds(probe, experiment, f"attributes.run_id IN {listed}", ["0", "2"])
        finds(probe, experiment, f"attributes.run_id NOT IN {listed}", ["1"])


@clause("SEARCH-GRAMMAR")
def test_every_alias_is_understood(probe: Probe) -> None:
    experiment, one = two_runs(probe)
    comparisons = (
        *("metric.k = 2", "metrics.k = 2"),
        *("param.k = 'x'", "params.k = 'x'", "parameter.k = 'x'", "parameters.k = 'x'"),
        *("tag.k = 'x'", "tags.k = 'x'"),
        *("attribute.user_id = 'ann'", "attributes.user_id = 'ann'", "attr.user_id = 'ann'"),
        *("run.user_id = 'ann'", "user_id = 'ann'", "run_name = 'one'", "status = 'FINISHED'"),
        *(f"start_time = {START}", f"end_time > {START}", f"run_id = '{one}'"),
        *(f"run_id IN ('{one}')", f"artifact_uri LIKE '%{one}%'"),
        *(
            "run.status != 'RUNNING'",
            "attr.run_name LIKE '%ne'",
            f"attribute.start_time <= {START}",
        ),
    )
    for comparison in probe.cases(comparisons):
        finds(probe, experiment, comparison, ["one"])


@clause("SEARCH-GRAMMAR")
@pytest.mark.parametrize("key", KEYS)
def test_keys_may_be_quoted(probe: Probe, key: str) -> None:
    """A filter that is split at spaces, dots or the word AND loses them."""
    experiment, _ = two_runs(probe)
    for mark in probe.cases('`"'):
        quoted = f"{mark}{key}{mark}"
        finds(probe, experiment, f"metrics.{quoted} = 2", ["one"])
        finds(probe, experiment, f"params.{quoted} = 'x'", ["one"])
        finds(probe, experiment, f"tags.{quoted} = 'x' AND params.{quoted} != 'y'", ["one"])


@clause("SEARCH-GRAMMAR")
def test_keywords_are_understood_in_any_case(probe: Probe) -> None:
    experiment, one = two_runs(probe)
    filters = (
        *("params.k like 'x'", "params.k Like 'x'", "params.k ilike 'X'", "params.k iLiKe 'X'"),
        *(
            f"run_id in ('{one}')",
            f"run_id In ('{one}')",
            "run_id not in ('none') and tags.k = 'x'",
        ),
        *("metrics.k = 2 and tags.k = 'x'", "metrics.k = 2 And tags.k = 'x' aNd params.k = 'x'"),
        "run_id Not In ('none') AND tags.k = 'x'",
    )
    for each in probe.cases(filters):
        finds(probe, experiment, each, ["one"])


@clause("SEARCH-GRAMMAR")
def test_white_space_is_free_between_words(probe: Probe) -> None:
    experiment, one = two_runs(probe)
    filters = (
        *("metrics.k=2", "metrics.k>1", "metrics.k!=1", "metrics.k>=2", "params.k='x'"),
        *("  metrics.k  =  2  ", "\tparams.k\n=\r\n'x'\n", "params.k   LIKE   'x'"),
        *("metrics.k=2 AND params.k='x'", "metrics.k = 2\nAND\nparams.k = 'x'"),
        *(f"run_id IN('{one}')", f"run_id   NOT   IN\n(\n'none'\n,\n'nor'\n) AND run_id = '{one}'"),
    )
    for each in probe.cases(filters):
        finds(probe, experiment, each, ["one"])


@clause("SEARCH-GRAMMAR")
def test_text_may_hold_what_means_something_outside(probe: Probe) -> None:
    """A filter that is split at AND, at brackets or at quotes breaks inside a text."""
    experiment = probe.experiment()
    texts = (
        *("a AND b", "x and metrics.k = 2", "params.k = `x`", "OR 1=1", "NOT IN (1, 2)"),
        *("(a)", "a,b", "a;b", "--", "/* */", '"', '"x"', "`", "%", "=", "!=", "<", "a  b", " "),
        *("\\", "\\n", "\n", "{x}", "%s", "%(a)s", ":a", "?", "$1", ""),
    )
    add(probe, experiment, "one", params={f"p{i}": text for i, text in enumerate(texts)})
    add(probe, experiment, "other", params={f"p{i}": "none" for i in range(len(texts))})
    for number, text in enumerate(probe.cases(texts)):
        finds(probe, experiment, f"params.p{number} = '{text}'", ["one"])
        finds(probe, experiment, f"params.p{number} != '{text}'", ["other"])


@clause("SEARCH-GRAMMAR")
def test_comparisons_joined_by_and_must_all_hold(probe: Probe) -> None:
    """OR in place of AND, or only the last comparison, finds too much."""
    experiment = probe.experiment()
    for number in range(8):
        bits = {key: str(number >> place & 1) for place, key in enumerate("abc")}
        add(probe, experiment, f"{number}", params=bits, metrics={"m": float(number)})
    filters = {
        "params.a = '1' AND params.b = '1'": "37",
        "params.a = '1' AND params.b = '1' AND params.c = '0'": "3",
        "params.a = '0' AND metrics.m > 2": "46",
        "metrics.m > 2 AND params.a = '0'": "46",
        "metrics.m > 2 AND metrics.m < 5": "34",
        "metrics.m > 2 AND metrics.m <= 5 AND metrics.m != 4": "35",
        "params.a = '1' AND params.a = '0'": "",
        "params.a != '1' AND params.a = '0'": "0246",
        "run_name LIKE '_' AND params.c = '1' AND metrics.m >= 6": "67",
    }
    for each, names in probe.cases(filters.items()):
        finds(probe, experiment, each, names)


@clause("SEARCH-GRAMMAR")
def test_a_key_of_one_kind_is_not_one_of_another(probe: Probe) -> None:
    experiment = probe.experiment()
    add(probe, experiment, "param", params={"k": "x"})
    add(probe, experiment, "tag", tags={"k": "x"})
    finds(probe, experiment, "params.k = 'x'", ["param"])
    finds(probe, experiment, "tags.k = 'x'", ["tag"])
    finds(probe, experiment, "params.k = 'x' AND tags.k = 'x'", [])


@clause("SEARCH-GRAMMAR")
def test_a_metric_is_compared_by_its_latest_value(probe: Probe) -> None:
    """Any other point that fits finds runs whose metric has long been another."""
    experiment = probe.experiment()
    run = add(probe, experiment, "one", metrics={"k": 5.0})
    probe.store.log_batch(run, [Metric("k", 1.0, 2, 1), Metric("k", 9.0, 3, -1)])
    for each, names in probe.cases((("= 1", ["one"]), ("= 5", []), ("> 1", []), ("< 5", ["one"]))):
        finds(probe, experiment, f"metrics.k {each}", names)


@clause("SEARCH-GRAMMAR")
def test_a_filter_sees_what_was_written_last(probe: Probe) -> None:
    experiment, one = two_runs(probe)
    finds(probe, experiment, "tags.k = 'new'", [])
    probe.store.set_tag(one, Tag("k", "new"))
    probe.store.update_run_info(one, RunStatus.FAILED)
    finds(probe, experiment, "tags.k = 'new'", ["one"])
    finds(probe, experiment, "tags.k = 'x'", [])
    finds(probe, experiment, "status = 'FAILED'", ["one"])
