"""The plainest use of each method: what every store must do, and the clause that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from storeproof.stores.entities import Dataset, DatasetInput, Metric, Param, RunStatus, Tag

_START = 1_600_000_000_000


@dataclass(frozen=True)
class Ground:
    """What there is to use a method on: a name that nothing has, and what was made so far."""

    name: str
    experiment: str | None = None
    run: str | None = None

    def after(self, method: str, answer: object) -> Ground:
        """The ground with what a create has made."""
        if method == "create_experiment" and isinstance(answer, str):
            return replace(self, experiment=answer)
        if method == "create_run":
            made = getattr(getattr(answer, "info", None), "run_id", None)
            return replace(self, run=made if isinstance(made, str) else None)
        return self


@dataclass(frozen=True)
class Use:
    """The arguments of a call on a ground, and the clause that a store breaks which refuses it."""

    clause: str
    arguments: Callable[[Ground], tuple[object, ...]]


def _on_experiment(clause: str, *more: object) -> Use:
    return Use(clause, lambda ground: (ground.experiment, *more))


def _on_run(clause: str, *more: object) -> Use:
    return Use(clause, lambda ground: (ground.run, *more))


PLAIN_USES = {
    "create_experiment": Use("EXP-CREATE", lambda ground: (ground.name,)),
    "get_experiment": _on_experiment("EXP-CREATE"),
    "get_experiment_by_name": Use("EXP-CREATE", lambda ground: (ground.name,)),
    "search_experiments": Use("SEARCH-VIEWS", lambda _: ()),
    "set_experiment_tag": _on_experiment("EXP-TAG", Tag("k", "v")),
    "create_run": _on_experiment("RUN-CREATE", "ann", _START, (), "first"),
    "get_run": _on_run("RUN-CREATE"),
    "search_runs": Use("SEARCH-VIEWS", lambda ground: ([ground.experiment],)),
    "log_metric": _on_run("METRIC-LOG", Metric("m", 1.0, 1)),
    "log_param": _on_run("PARAM-LOG", Param("p", "v")),
    "set_tag": _on_run("TAG-SET", Tag("t", "v")),
    "log_batch": _on_run("BATCH-LIMITS", [Metric("n", 1.0, 1)], [Param("q", "v")], [Tag("u", "v")]),
    "get_metric_history": _on_run("METRIC-HISTORY", "m"),
    "get_metric_history_bulk": Use("METRIC-BULK", lambda ground: ([ground.run], "m")),
    "delete_tag": _on_run("TAG-DELETE", "t"),
    "log_inputs": _on_run("INPUT-LOG", [DatasetInput(Dataset("d", "1", "local", "{}"))]),
    "record_logged_model": _on_run(
        "MODEL-RECORD", {"run_id": "0", "artifact_path": "model", "flavors": {}}
    ),
    "update_run_info": _on_run("RUN-UPDATE", RunStatus.FINISHED, _START + 1, "second"),
    "delete_run": _on_run("RUN-DELETE"),
    "restore_run": _on_run("RUN-DELETE"),
    "rename_experiment": Use(
        "EXP-RENAME", lambda ground: (ground.experiment, f"{ground.name}-renamed")
    ),
    "delete_experiment": _on_experiment("EXP-DELETE"),
    "restore_experiment": _on_experiment("EXP-RESTORE"),
}
"""By method, in an order in which each can be done after those before it."""

FIRST = {"delete_tag": "set_tag", "restore_experiment": "delete_experiment"}
"""What must be done before a method can be, where anything must."""

BEFORE_A_RUN = frozenset(
    {
        *("create_experiment", "get_experiment", "get_experiment_by_name", "search_experiments"),
        *("set_experiment_tag", "create_run", "search_runs"),
        *("rename_experiment", "delete_experiment", "restore_experiment"),
    }
)
"""The methods that need no run."""
