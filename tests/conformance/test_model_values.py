"""The oracle on keys, texts, params, tags and batches, against scenarios read out of the specification."""

from __future__ import annotations

from typing import Any

import pytest
from told_store import IPV, Store, history, run, with_run

from storeproof.stores.entities import (
    RUN_NAME_TAG,
    Metric,
    Param,
    Tag,
)


@pytest.fixture
def store() -> Store:
    """With experiment E1 ("one") and run R1."""
    return with_run(Store())


class TestKeysAndTexts:
    @pytest.mark.parametrize(
        "key", ["a", "a/b", "a b", "x.y-z:1_", "é", "語", "١", "\U00010400", " ", ".a", "k" * 250]
    )
    def test_key_accepted(self, store: Store, key: str) -> None:
        assert store.blames("log_param", code=IPV, run_id="R1", param=Param(key, "x"))

    @pytest.mark.parametrize(
        "key", [".", "..", "..a", "/a", "a/", "a//b", "a/./b", "a\n", "a%", "\u0301", "😀", "a\t"]
    )
    def test_key_chars_refuse(self, store: Store, key: str) -> None:
        param = Param(key, "x")
        assert store.blames("log_param", run_id="R1", param=param) == {"KEY-CHARS"}

    @pytest.mark.parametrize("key", ["", "k" * 251, "\U00010400" * 251])
    def test_key_length_refuses(self, store: Store, key: str) -> None:
        assert store.blames("set_tag", run_id="R1", tag=Tag(key, "x")) == {"KEY-LENGTH"}

    def test_key_prefix_both_are_kept(self, store: Store) -> None:
        store.accepts("log_param", run_id="R1", param=Param("a", "1"))
        assert store.blames("log_param", code=IPV, run_id="R1", param=Param("a/b", "2")) == {
            "KEY-PREFIX"
        }
        store.accepts("log_param", run_id="R1", param=Param("a/b", "2"))
        assert store.blames("get_run", run(params={"a/b": "2"}), run_id="R1") == {"KEY-PREFIX"}

    def test_text_distinct_twins_do_not_merge(self, store: Store) -> None:
        store.accepts("set_tag", run_id="R1", tag=Tag("a", "1"))
        store.accepts("set_tag", run_id="R1", tag=Tag("A", "2"))
        merged = run(tags={"a": "2"})
        assert "TEXT-DISTINCT" in store.blames("get_run", merged, run_id="R1")

    def test_text_distinct_trailing_spaces_may_be_refused(self, store: Store) -> None:
        store.accepts("log_param", run_id="R1", param=Param("a", "1"))
        twin = Param("a ", "2")
        assert store.accepts_refusal("log_param", IPV, run_id="R1", param=twin).variation
        assert store.accepts("log_param", run_id="R1", param=twin).variation is None

    @pytest.mark.parametrize(("text", "read"), [("a\r\nb", "a\nb"), ("e\u0301", "é"), (" x ", "x")])
    def test_text_roundtrip_is_exact(self, store: Store, text: str, read: str) -> None:
        store.accepts("log_param", run_id="R1", param=Param("a", text))
        assert store.blames("get_run", run(params={"a": read}), run_id="R1") <= {
            "TEXT-ROUNDTRIP",
            "TEXT-NO-CUT",
        }

    @pytest.mark.parametrize("text", ["a\0b", "\ud800"])
    def test_text_nul_is_refused_or_kept(self, store: Store, text: str) -> None:
        tag = Tag("a", text)
        assert store.accepts_refusal("set_tag", IPV, run_id="R1", tag=tag).variation is None
        assert store.accepts("set_tag", run_id="R1", tag=tag).variation
        assert store.blames("get_run", run(tags={"a": "a"}), run_id="R1")
        store.accepts("get_run", run(tags={"a": text}), run_id="R1")


class TestParamsAndTags:
    def test_param_log_wrong_value(self, store: Store) -> None:
        store.accepts("log_param", run_id="R1", param=Param("a", "x"))
        assert store.blames("get_run", run(params={"a": "y"}), run_id="R1") == {"PARAM-LOG"}
        assert store.blames("get_run", run(), run_id="R1") == {"PARAM-LOG"}

    def test_param_same_succeeds(self, store: Store) -> None:
        same: dict[str, Any] = {"run_id": "R1", "param": Param("a", "x")}
        store.accepts("log_param", **same)
        assert store.blames("log_param", code=IPV, **same) == {"PARAM-SAME"}

    @pytest.mark.parametrize("other", ["X", "x ", ""])
    def test_param_immutable(self, store: Store, other: str) -> None:
        store.accepts("log_param", run_id="R1", param=Param("a", "x"))
        again = (Param("a", other),)
        assert store.blames("log_batch", run_id="R1", params=again) == {"PARAM-IMMUTABLE"}
        store.accepts_refusal("log_batch", IPV, run_id="R1", params=again)
        changed = run(params={"a": other})
        assert store.blames("get_run", changed, run_id="R1") == {"PARAM-IMMUTABLE"}

    @pytest.mark.parametrize(("kind", "length"), [("param", 6000), ("tag", 8000)])
    def test_long_values_are_cut_or_refused(self, kind: str, length: int) -> None:
        kinds: dict[str, Any] = {"param": ("log_param", Param), "tag": ("set_tag", Tag)}
        method, entry = kinds[kind]
        args: dict[str, Any] = {"run_id": "R1", kind: entry("a", "x" * (length + 1))}
        store = with_run(Store())
        assert store.accepts_refusal(method, IPV, **args).variation
        store.accepts(method, **args)

        def holds(count: int) -> dict[str, Any]:
            return {f"{kind}s": {"a": "x" * count}}

        whole = run(**holds(length + 1))
        assert store.blames("get_run", whole, run_id="R1")
        store.accepts("get_run", run(**holds(length)), run_id="R1")
        strict = with_run(Store(truncates=False))
        assert strict.blames(method, **args) == {f"{kind.upper()}-LONG"}

    def test_param_that_is_no_string(self, store: Store) -> None:
        assert store.blames("log_param", run_id="R1", param=Param("a", 1)) == {"PARAM-LOG"}  # type: ignore[arg-type]

    def test_tag_that_is_missing_is_empty_over_http(self, store: Store) -> None:
        tag = Tag("a", None)  # type: ignore[arg-type]
        store.accepts_refusal("set_tag", IPV, run_id="R1", tag=tag)
        assert store.accepts("set_tag", run_id="R1", tag=tag).variation
        store.accepts("get_run", run(tags={"a": ""}), run_id="R1")

    def test_tag_set_overwrites(self, store: Store) -> None:
        for value in ("1", "2"):
            store.accepts("set_tag", run_id="R1", tag=Tag("a", value))
        assert store.blames("get_run", run(tags={"a": "1"}), run_id="R1") == {"TAG-SET"}

    def test_tag_delete(self, store: Store) -> None:
        assert store.blames("delete_tag", None, run_id="R1", key="a") == {"TAG-DELETE"}
        store.accepts("set_tag", run_id="R1", tag=Tag("a", "1"))
        store.accepts("delete_tag", run_id="R1", key="a")
        assert store.blames("get_run", run(tags={"a": "1"}), run_id="R1") == {"TAG-DELETE"}


def entries(kind: type[Param] | type[Tag], count: int) -> tuple[Any, ...]:
    return tuple(kind(f"k{each}", "x") for each in range(count))


class TestBatches:
    @pytest.mark.parametrize(
        ("params", "tags", "metrics"), [(100, 100, 800), (0, 0, 1000), (0, 0, 0)]
    )
    def test_batch_limits_accept(self, store: Store, params: int, tags: int, metrics: int) -> None:
        batch: dict[str, Any] = {
            "params": entries(Param, params),
            "tags": entries(Tag, tags),
            "metrics": tuple(Metric("m", 1.0, each, 0) for each in range(metrics)),
        }
        assert store.blames("log_batch", code=IPV, run_id="R1", **batch)
        store.accepts("log_batch", run_id="R1", **batch)

    @pytest.mark.parametrize(
        ("params", "tags", "metrics"), [(101, 0, 0), (0, 101, 0), (0, 0, 1001), (100, 100, 801)]
    )
    def test_batch_limits_refuse(self, store: Store, params: int, tags: int, metrics: int) -> None:
        batch: dict[str, Any] = {
            "params": entries(Param, params),
            "tags": entries(Tag, tags),
            "metrics": tuple(Metric("m", 1.0, each, 0) for each in range(metrics)),
        }
        assert store.blames("log_batch", run_id="R1", **batch) == {"BATCH-LIMITS"}

    def test_batch_validate_leaves_nothing(self, store: Store) -> None:
        batch: dict[str, Any] = {
            "metrics": (Metric("m", 1.0, 0, 0),),
            "params": (Param("a", "x"),),
            "tags": (Tag("t", "x"), Tag("%", "x")),
        }
        store.accepts_refusal("log_batch", IPV, run_id="R1", **batch)
        for left in (
            run(params={"a": "x"}),
            run(tags={"t": "x"}),
            run(metrics={"m": Metric("m", 1.0, 0, 0)}),
        ):
            assert store.blames("get_run", left, run_id="R1") == {"BATCH-VALIDATE"}
        left_over = history((1.0, 0, 0))
        assert store.blames("get_metric_history", left_over, run_id="R1", key="m") == {
            "BATCH-VALIDATE"
        }

    def test_batch_param_twice(self, store: Store) -> None:
        twice = (Param("a", "x"), Param("a", "x"))
        assert store.blames("log_batch", run_id="R1", params=twice) == {"BATCH-PARAM-TWICE"}

    def test_batch_tag_twice_the_last_wins(self, store: Store) -> None:
        store.accepts("log_batch", run_id="R1", tags=(Tag("a", "1"), Tag("a", "2")))
        assert store.blames("get_run", run(tags={"a": "1"}), run_id="R1") == {"TAG-SET"}

    def test_batch_names_the_run(self, store: Store) -> None:
        store.accepts("log_batch", run_id="R1", tags=(Tag(RUN_NAME_TAG, "b"),))
        assert store.blames("get_run", run(), run_id="R1") == {"RUN-NAME"}
