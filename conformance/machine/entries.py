"""Rules on what is logged to a run: KEY-*, TEXT-*, PARAM-*, METRIC-*, TAG-*, BATCH-*."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from storeproof.conformance import batches, strategies
from storeproof.conformance.batches import Batch
from storeproof.conformance.machine.drawn import parts
from storeproof.conformance.machine.driver import Driver, keys, runs
from storeproof.conformance.strategies import Bad
from storeproof.stores.entities import MODELS_TAG, RUN_NAME_TAG, Metric, Param, Tag

_points = st.lists(strategies.valid_metrics(st.just("")), min_size=1, max_size=5)


class EntryRules(Driver):
    """Params, metrics and tags are logged, one by one and in batches."""

    @rule(run=runs, key=keys, value=strategies.valid_param_values())
    def log_param(self, run: str, key: str, value: str) -> None:
        """PARAM-LOG, PARAM-SAME, PARAM-IMMUTABLE."""
        self.do("log_param", run_id=run, param=Param(key, value))

    @rule(run=runs, key=keys, points=_points, batched=st.booleans(), parts=parts)
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

    @rule(run=runs, key=keys | st.sampled_from((RUN_NAME_TAG, MODELS_TAG)))
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

    def _log_batch(self, run: str, batch: Batch) -> None:
        self.do(
            "log_batch",
            run_id=run,
            metrics=batch.metrics,
            params=batch.params,
            tags=batch.tags,
        )
