"""Searches for registered models and their versions (REG-SEARCH)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import product

import pytest

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.paging import BAD_TOKENS, sees_pages
from storeproof.conformance.suite.registering import SOURCE, model, moved, version
from storeproof.conformance.suite.searching import COMPARISONS
from storeproof.stores import Tag

BAD_FILTERS = (
    *("name", "name =", "name = m", "name == 'm'", "= 'm'", "name = 'm' OR name = 'n'", "nonsense"),
    *("name = 'm' AND", "metrics.m > 1", "params.p = 'v'", "name > 'm'", "colour = 'red'"),
)


# Models


def mine(probe: Probe, filter_string: str = "") -> str:
    """A filter that finds this example's models only."""
    return " AND ".join(filter(None, (f"name LIKE '{probe.token}%'", filter_string)))


def finds(probe: Probe, filter_string: str, texts: Iterable[str]) -> None:
    """The filter finds the models of this example with these names, each once."""
    found = probe.store.search_registered_models(filter_string=mine(probe, filter_string))
    names = [probe.name(text) for text in texts]
    probe.see(found).items.each("name").is_some_order_of(names)


@clause("REG-SEARCH")
def test_models_are_found_by_name(probe: Probe) -> None:
    for text in ("-a", "-A", "-b", "-b_c"):
        model(probe, text)
    finds(probe, "", ["-a", "-A", "-b", "-b_c"])
    finds(probe, f"name = '{probe.name('-a')}'", ["-a"])
    finds(probe, f"name != '{probe.name('-a')}'", ["-A", "-b", "-b_c"])
    finds(probe, "name LIKE '%-a'", ["-a"])
    finds(probe, "name LIKE '%-b%'", ["-b", "-b_c"])
    finds(probe, "name ILIKE '%-A'", ["-a", "-A"])
    finds(probe, "name = 'nothing'", [])


@clause("REG-SEARCH")
def test_models_are_found_by_tags_each_once(probe: Probe) -> None:
    """A join with the tags repeats the model for each."""
    model(probe, "-a", {"k": "v", "l": "x", "m": "y"})
    model(probe, "-b", {"k": "w", "l": "x"})
    model(probe, "-c")
    finds(probe, "", ["-a", "-b", "-c"])
    finds(probe, "tags.k = 'v'", ["-a"])
    finds(probe, "tags.k != 'v'", ["-b"])
    finds(probe, "tags.l LIKE '%'", ["-a", "-b"])
    finds(probe, "tags.l = 'x' AND tags.k = 'w'", ["-b"])
    finds(probe, "tags.k = 'v' AND tags.k = 'w'", [])
    finds(probe, "tags.`m` ILIKE 'Y'", ["-a"])
    finds(probe, "tags.missing != 'v'", [])


@clause("REG-SEARCH")
def test_a_model_that_is_found_is_whole(probe: Probe) -> None:
    name = model(probe, "-a", {"k": "v", "l": "x"})
    version(probe, name, {"n": "1"})
    version(probe, name)
    moved(probe, name, 1, "Production")
    probe.store.set_registered_model_alias(name, "champion", 1)
    page = probe.store.search_registered_models(filter_string=mine(probe, "tags.k = 'v'"))
    found = probe.see(page).items[0]
    found.tags.equals({"k": "v", "l": "x"})
    found.aliases.equals({"champion": 1})
    found.latest_versions.each("version").is_some_order_of([1, 2])


@clause("REG-SEARCH")
@pytest.mark.parametrize("direction", ["", " ASC", " DESC"])
def test_models_are_ordered_by_name(probe: Probe, direction: str) -> None:
    texts = ["-B", "-a", "-b", "-é"]  # by code point
    for text in ("-b", "-é", "-a", "-B"):
        model(probe, text)
    found = probe.store.search_registered_models(
        filter_string=mine(probe), order_by=[f"name{direction}"]
    )
    names = [probe.name(text) for text in texts]
    wanted = names[::-1] if "DESC" in direction else names
    probe.see(found).items.each("name").equals(wanted)


@clause("REG-SEARCH")
def test_models_are_ordered_by_the_time_of_their_last_change(probe: Probe) -> None:
    for text in ("-b", "-a", "-c"):
        model(probe, text)
        probe.tick()
    probe.store.update_registered_model(probe.name("-b"), "said")
    found = probe.store.search_registered_models(
        filter_string=mine(probe), order_by=["last_updated_timestamp DESC"]
    )
    names = [probe.name(text) for text in ("-b", "-c", "-a")]
    probe.see(found).items.each("name").equals(names)


@clause("REG-SEARCH")
def test_models_come_in_pages(probe: Probe) -> None:
    for number in range(6):
        model(probe, f"-{number}")
    wanted, order = mine(probe), ["name DESC"]
    whole = probe.see(probe.store.search_registered_models(filter_string=wanted, order_by=order))
    whole.items.length().equals(6)
    for size in probe.cases((1, 2, 3, 5, 6, 7)):
        ask = partial(
            probe.store.search_registered_models, size, filter_string=wanted, order_by=order
        )
        sees_pages(probe, ask, whole.items, 6, size, "name")


@clause("REG-SEARCH")
@pytest.mark.parametrize("what", ["models", "versions"])
def test_what_is_not_in_the_language_is_refused(probe: Probe, what: str) -> None:
    search = f"search_{'registered_models' if what == 'models' else 'model_versions'}"
    for bad in probe.cases(BAD_FILTERS):
        getattr(probe.refused("INVALID_PARAMETER_VALUE"), search)(filter_string=bad)
    for bad in probe.cases(("", "nonsense", "name UPWARDS", "metrics.m", "name, name")):
        getattr(probe.refused("INVALID_PARAMETER_VALUE"), search)(order_by=[bad])


@clause("REG-SEARCH")
@pytest.mark.parametrize("what", ["models", "versions"])
def test_bad_sizes_and_tokens_of_pages_are_refused(probe: Probe, what: str) -> None:
    search = f"search_{'registered_models' if what == 'models' else 'model_versions'}"
    for size in probe.cases((0, -1, 2**31)):
        getattr(probe.refused("INVALID_PARAMETER_VALUE"), search)(max_results=size)
    for token in probe.cases(BAD_TOKENS):
        getattr(probe.refused("INVALID_PARAMETER_VALUE"), search)(page_token=token)


# Versions


def versions(probe: Probe, filter_string: str, found: Iterable[tuple[str, int]]) -> None:
    """The filter finds these versions of this example's models, each once."""
    page = probe.see(probe.store.search_model_versions(filter_string=mine(probe, filter_string)))
    wanted = [(probe.name(text), number) for text, number in found]
    page.items.each("name").is_some_order_of([name for name, _ in wanted])
    page.items.each("version").is_some_order_of([number for _, number in wanted])


RUN = "0123456789abcdef" * 2


def two_models(probe: Probe) -> str:
    """Models with versions: `-a`, which it names, has 1 to 11, `-b` has 1, of a run, from elsewhere, with tags."""
    name = model(probe, "-a")
    for number in range(1, 12):
        version(probe, name, {"n": str(number)} if number < 3 else None)
    other = model(probe, "-b")
    tags = [Tag("n", "1"), Tag("k", "v"), Tag("l", "w")]
    probe.store.create_model_version(other, "s3://Elsewhere/b_1", RUN, tags)
    return name


@clause("REG-SEARCH")
def test_versions_are_found_by_name(probe: Probe) -> None:
    two = two_models(probe)
    versions(probe, f"name = '{probe.name('-b')}'", [("-b", 1)])
    versions(probe, f"name = '{two}'", [("-a", number) for number in range(1, 12)])
    versions(probe, "name LIKE '%-b'", [("-b", 1)])


@clause("REG-SEARCH")
def test_versions_are_found_by_their_run(probe: Probe) -> None:
    two_models(probe)
    versions(probe, f"run_id = '{RUN}'", [("-b", 1)])
    versions(probe, f"run_id IN ('{RUN}', 'other')", [("-b", 1)])
    versions(probe, f"run_id = '{RUN.upper()}'", [])
    versions(probe, "run_id IN ('other')", [])


@clause("REG-SEARCH")
def test_versions_are_found_by_their_source(probe: Probe) -> None:
    two_models(probe)
    versions(probe, "source_path = 's3://Elsewhere/b_1'", [("-b", 1)])
    versions(probe, "source_path = 's3://elsewhere/b_1'", [])
    versions(probe, "source_path LIKE 's3://Else%'", [("-b", 1)])
    versions(probe, f"source_path = '{SOURCE}' AND version_number = 3", [("-a", 3)])


@clause("REG-SEARCH")
def test_versions_are_found_by_number(probe: Probe) -> None:
    """As text, 10 comes before 9."""
    two_models(probe)
    everything = [*(("-a", number) for number in range(1, 12)), ("-b", 1)]
    for operator, bound in probe.cases(product(COMPARISONS, (1, 2, 10))):
        wanted = [each for each in everything if COMPARISONS[operator](each[1], bound)]
        versions(probe, f"version_number {operator} {bound}", wanted)


@clause("REG-SEARCH")
def test_versions_are_found_by_tags_each_once(probe: Probe) -> None:
    two_models(probe)
    versions(probe, "tags.n = '1'", [("-a", 1), ("-b", 1)])
    versions(probe, "tags.n != '1'", [("-a", 2)])
    versions(probe, "tags.n = '1' AND tags.k = 'v'", [("-b", 1)])
    versions(probe, "tags.k LIKE '%'", [("-b", 1)])


@clause("REG-SEARCH")
def test_deleted_versions_are_not_found(probe: Probe) -> None:
    two = two_models(probe)
    for number in (1, 11):
        probe.store.delete_model_version(two, number)
    versions(probe, f"name = '{two}'", [("-a", number) for number in range(2, 11)])
    versions(probe, "tags.n = '1'", [("-b", 1)])
    versions(probe, "version_number = 11", [])


@clause("REG-SEARCH")
def test_versions_of_a_renamed_model_are_found_by_its_new_name(probe: Probe) -> None:
    two_models(probe)
    probe.store.rename_registered_model(probe.name("-b"), probe.name("-c"))
    versions(probe, f"name = '{probe.name('-c')}'", [("-c", 1)])
    versions(probe, f"name = '{probe.name('-b')}'", [])
    versions(probe, "tags.k = 'v'", [("-c", 1)])


@clause("REG-SEARCH")
def test_a_version_that_is_found_is_whole(probe: Probe) -> None:
    two_models(probe)
    probe.store.set_registered_model_alias(probe.name("-b"), "champion", 1)
    page = probe.store.search_model_versions(filter_string=mine(probe, "tags.k = 'v'"))
    found = probe.see(page).items[0]
    found.tags.equals({"n": "1", "k": "v", "l": "w"})
    found.run_id.equals(RUN)
    found.source.equals("s3://Elsewhere/b_1")
    found.current_stage.equals("None")


@clause("REG-SEARCH")
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_versions_are_ordered_by_number(probe: Probe, direction: str) -> None:
    two = two_models(probe)
    found = probe.store.search_model_versions(
        filter_string=f"name = '{two}'", order_by=[f"version_number {direction}"]
    )
    wanted = list(range(1, 12))
    probe.see(found).items.each("version").equals(wanted[::-1] if direction == "DESC" else wanted)


@clause("REG-SEARCH")
def test_versions_are_ordered_by_several_fields(probe: Probe) -> None:
    two = two_models(probe)
    found = probe.see(
        probe.store.search_model_versions(
            filter_string=mine(probe, "version_number < 3"),
            order_by=["version_number DESC", "name DESC"],
        )
    )
    found.items.each("version").equals([2, 1, 1])
    found.items.each("name").equals([two, probe.name("-b"), two])


@clause("REG-SEARCH")
def test_versions_come_in_pages(probe: Probe) -> None:
    """Versions of two models share their numbers: name and number together are the place."""
    two_models(probe)
    wanted, order = mine(probe), ["version_number", "name"]
    whole = probe.see(probe.store.search_model_versions(filter_string=wanted, order_by=order))
    whole.items.length().equals(12)
    for size, each in probe.cases(product((1, 5, 12), ("version", "name"))):
        ask = partial(probe.store.search_model_versions, size, filter_string=wanted, order_by=order)
        sees_pages(probe, ask, whole.items, 12, size, each)
