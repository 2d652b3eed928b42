"""Keys of params, metrics and tags: which are allowed, how long they may be, and that a path is one key."""

from __future__ import annotations

import posixpath

from hypothesis import given
from hypothesis import strategies as st

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.ways import KEY_WAYS, WayIn, through
from storeproof.stores import Metric, Param, Tag

LONGEST = 250

GOOD_KEYS = (
    "aZ09_", "a/b/c", "a.b", "a-b", "a b", "a:b", "_", "-", ":", "0", ".hidden", "a..b", "a/..b", "-rf",
    " a", "a ", " ", "C:", "größe", "Точность", "ακρίβεια", "דיוק", "دقة", "损失", "손실", "ふりがな",
    "٣٤٥", "𠮷野", "𐍈", "con", "NUL.txt", "meta.yaml",
)  # fmt: skip
"""Letters and digits of several scripts, each allowed sign, and names that file systems treat specially."""

FORBIDDEN_CHARACTERS = (
    "*\\'\"%&()+,;=?@|~`#$^![]{}<>\t\r\n\x0b\x7f\x85\xa0\u0301\u200b\u2028\uff0f😀"
)
"""Signs, white space other than the space, a mark without its letter, an invisible character, an emoji."""

NO_NORMALISED_PATHS = (
    "/", "/a", "//a", "a/", "a//b", ".", "./a", "a/.", "a/./b", "..", "../a", "..a", "a/..", "a/../b",
    "../../etc/passwd",
)  # fmt: skip


def path_key(text: str) -> bool:
    """Whether a text of allowed characters is a key, as KEY-CHARS says."""
    return (
        1 <= len(text) <= LONGEST
        and text == posixpath.normpath(text)
        and text != "."
        and not text.startswith(("..", "/"))
    )


keys = st.text(
    st.characters(categories=["L", "Nd"], include_characters="_/.- :"), min_size=1, max_size=30
).filter(path_key)
"""Keys of any script."""


# Characters


@clause("KEY-CHARS")
@through(KEY_WAYS)
def test_every_allowed_character_is_accepted(way: WayIn, probe: Probe) -> None:
    """Letters and digits are those of any script, not only of ASCII."""
    place = way.place(probe)
    for key in probe.cases(GOOD_KEYS):
        way.put(probe, place, key).contains(key)


@clause("KEY-CHARS")
@through(KEY_WAYS)
def test_every_other_character_is_refused(way: WayIn, probe: Probe) -> None:
    """A pattern that ends in `$` lets a line end at the key's end through."""
    place = way.place(probe)
    for character in probe.cases(FORBIDDEN_CHARACTERS):
        way.refuse(probe, place, f"a{character}")


@clause("KEY-CHARS")
@through(KEY_WAYS)
def test_a_key_that_is_no_normalised_relative_path_is_refused(way: WayIn, probe: Probe) -> None:
    place = way.place(probe)
    for key in probe.cases(NO_NORMALISED_PATHS):
        way.refuse(probe, place, key)


@clause("KEY-CHARS")
@given(key=keys)
def test_a_key_of_any_script_is_a_param_a_metric_and_a_tag(probe: Probe, key: str) -> None:
    probe.begin()
    run = probe.run()
    probe.store.log_batch(run, [Metric(key, 1.0, 1)], [Param(key, "2")], [Tag(key, "3")])
    seen = probe.see(probe.store.get_run(run))
    seen.metrics[key].equals(Metric(key, 1.0, 1))
    seen.params[key].equals("2")
    seen.tags[key].equals("3")
    probe.see(probe.store.get_metric_history(run, key)).items.equals((Metric(key, 1.0, 1),))
    probe.store.delete_tag(run, key)
    probe.see(probe.store.get_run(run)).tags.lacks(key)


# Length

LENGTHS_ACCEPTED = (
    *(letter * length for letter in ("k", "é", "损", "𠮷") for length in (1, LONGEST - 1, LONGEST)),
    "/".join(["损" * 50] * 4) + "/" + "k" * 46,
)
"""Keys of one letter, and one of several folders."""


@clause("KEY-LENGTH")
@through(KEY_WAYS)
def test_1_and_250_characters_are_accepted(way: WayIn, probe: Probe) -> None:
    """Characters are counted, not bytes: 250 letters of four bytes each are a key too."""
    place = way.place(probe)
    for key in probe.cases(LENGTHS_ACCEPTED):
        way.put(probe, place, key).contains(key)


@clause("KEY-LENGTH")
@through(KEY_WAYS)
def test_no_character_and_251_are_refused(way: WayIn, probe: Probe) -> None:
    place = way.place(probe)
    for key in probe.cases(("", "k" * (LONGEST + 1), "𠮷" * (LONGEST + 1), "k" * 10_000)):
        way.refuse(probe, place, key)


@clause("KEY-LENGTH")
def test_long_keys_that_differ_at_their_end_are_two(probe: Probe) -> None:
    """A file name or an index that holds only the key's beginning takes them for one."""
    run = probe.run()
    one, other = "𠮷" * (LONGEST - 1) + "a", "𠮷" * (LONGEST - 1) + "b"
    probe.store.log_batch(
        run,
        [Metric(one, 1.0, 1), Metric(other, 2.0, 1)],
        [Param(one, "1"), Param(other, "2")],
        [Tag(one, "1"), Tag(other, "2")],
    )
    seen = probe.see(probe.store.get_run(run))
    for kept in (seen.params, seen.tags):
        kept[one].equals("1")
        kept[other].equals("2")
    seen.metrics[one].value.equals(1.0)
    seen.metrics[other].value.equals(2.0)


# A key that is a folder of another

NESTED = ("a", "a/b", "a/b/c")


@clause("KEY-PREFIX")
def test_a_and_a_b_are_two_params_in_either_order(probe: Probe) -> None:
    for order in (NESTED, NESTED[::-1]):
        probe.begin()
        run = probe.run()
        for key in order:
            probe.store.log_param(run, Param(key, f"value of {key}"))
        probe.see(probe.store.get_run(run)).params.equals(
            {key: f"value of {key}" for key in NESTED}
        )


@clause("KEY-PREFIX")
def test_a_and_a_b_are_two_tags_in_either_order(probe: Probe) -> None:
    for order in (NESTED, NESTED[::-1]):
        probe.begin()
        run = probe.run()
        for key in order:
            probe.store.set_tag(run, Tag(key, f"value of {key}"))
        tags = probe.see(probe.store.get_run(run)).tags
        for key in NESTED:
            tags[key].equals(f"value of {key}")


@clause("KEY-PREFIX")
def test_a_and_a_b_are_two_metrics_in_either_order(probe: Probe) -> None:
    for order in (NESTED, NESTED[::-1]):
        probe.begin()
        run = probe.run()
        for key in order:
            probe.store.log_metric(run, Metric(key, float(len(key)), 1))
        for key in NESTED:
            history = probe.store.get_metric_history(run, key)
            probe.see(history).items.equals((Metric(key, float(len(key)), 1),))
        probe.see(probe.store.get_run(run)).metrics.is_some_order_of(NESTED)


@clause("KEY-PREFIX")
def test_a_and_a_b_can_be_in_one_batch(probe: Probe) -> None:
    run = probe.run()
    probe.store.log_batch(
        run,
        [Metric(key, 1.0, 1) for key in NESTED],
        [Param(key, "p") for key in NESTED],
        [Tag(key, "t") for key in NESTED],
    )
    seen = probe.see(probe.store.get_run(run))
    seen.params.is_some_order_of(NESTED)
    seen.metrics.is_some_order_of(NESTED)
    for key in NESTED:
        seen.tags[key].equals("t")


@clause("KEY-PREFIX")
def test_a_and_a_b_are_two_tags_of_an_experiment(probe: Probe) -> None:
    experiment = probe.experiment()
    for key in NESTED:
        probe.store.set_experiment_tag(experiment, Tag(key, f"value of {key}"))
    tags = {key: f"value of {key}" for key in NESTED}
    probe.see(probe.store.get_experiment(experiment)).tags.equals(tags)


@clause("KEY-PREFIX")
def test_deleting_tag_a_leaves_a_b_and_the_other_way_round(probe: Probe) -> None:
    for gone, left in (("a", "a/b"), ("a/b", "a")):
        probe.begin()
        run = probe.run()
        probe.store.log_batch(run, tags=[Tag("a", "1"), Tag("a/b", "1")])
        probe.store.delete_tag(run, gone)
        tags = probe.see(probe.store.get_run(run)).tags
        tags.lacks(gone)
        tags[left].equals("1")


@clause("KEY-PREFIX")
def test_overwriting_tag_a_leaves_a_b_and_the_other_way_round(probe: Probe) -> None:
    for changed, left in (("a", "a/b"), ("a/b", "a")):
        probe.begin()
        run = probe.run()
        probe.store.log_batch(run, tags=[Tag("a", "old"), Tag("a/b", "old")])
        probe.store.set_tag(run, Tag(changed, "new"))
        tags = probe.see(probe.store.get_run(run)).tags
        tags[changed].equals("new")
        tags[left].equals("old")
