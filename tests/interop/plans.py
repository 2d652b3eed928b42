"""What is written in these tests: steps in plain data, carried out by storeproof and by MLflow alike.

An experiment or a run is spoken of by a name of its own ("as"); its id is the store's affair.
A metric's value is text (see mlflow_side.py).
"""

from __future__ import annotations

from typing import Any

Step = dict[str, Any]
Point = tuple[str, str, int, int]

START = 1_700_000_000_000
"""When the first run starts, in ms."""

DOUBLE_MAX = "1.7976931348623157e+308"
INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)

TEXTS = {
    "empty": "",
    "white space": " \t leading and trailing \t ",
    "line ends": "one\ntwo\r\nthree\rfour\n",
    "quotes": 'it\'s "quoted" `so` 100% \\ \\n ${x} {y} ; -- #',
    "yaml": "- a: [1, {b: null}] # no\n...\n---\n!!python/object:x *y &z",
    "numbers": "0012.50e3",
    "letters": "ß ẞ İ ı é e\u0301 ﬁ 　 Ａ",
    "four bytes": "🦄🏳️‍🌈 𝕊 \U0010ffff",
    "separators": "\x0b\x0c\x1c\x85\u2028\u2029\ufeff",
    "json": '{"key": "value", "null": null}',
}
"""Text that a careless writer or reader changes."""

KEYS = (
    "a",
    "A",
    "a b",
    "a.b",
    "a-b",
    "a_b",
    "a:b",
    "folder/leaf",
    "folder/deeper/leaf",
    "é",
    "ключ",
)
"""Keys of every allowed kind; none is a folder of another, which the file layout cannot hold."""

NUMBERS = (
    "nan",
    "0.0",
    "0.1",
    "-1e-07",
    "5e-324",
    "2.2250738585072014e-308",
    "123456789012345680.0",
    DOUBLE_MAX,
    f"-{DOUBLE_MAX}",
)
"""Doubles at the ends of their range."""


def experiment(name: str, called: str, tags: dict[str, str] | None = None) -> Step:
    """Create an experiment."""
    return {
        "do": "create_experiment",
        "as": name,
        "name": called,
        "artifact_location": f"mem://artifacts/{name}",
        "tags": tags or {},
    }


def run(
    name: str, parent: str, nth: int, tags: dict[str, str] | None = None, called: str | None = None
) -> Step:
    """Create the nth run; it is named like its handle unless `called` says otherwise."""
    return {
        "do": "create_run",
        "as": name,
        "experiment": parent,
        "start_time": START + nth,
        "tags": tags or {},
        "run_name": name if called is None else called,
    }


def batch(
    name: str,
    metrics: list[Point] | None = None,
    params: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
) -> Step:
    """Log a batch to a run."""
    return {
        "do": "log_batch",
        "run": name,
        "metrics": metrics or [],
        "params": params or {},
        "tags": tags or {},
    }


def used(name: str, dataset: str, digest: str = "1", **tags: str) -> Step:
    """Note that a run used a dataset."""
    return {
        "do": "log_input",
        "run": name,
        "dataset": [dataset, digest, "local", TEXTS["quotes"], TEXTS["json"], TEXTS["yaml"]],
        "tags": tags,
    }


EXPERIMENTS: list[Step] = [
    experiment("plain", "plain", {"kind": "plain", "note": TEXTS["line ends"]}),
    experiment("upper", "PLAIN"),
    experiment("nasty", 'O Brien "100%" `é e\u0301` \\ / .. 🦄  ', TEXTS),
    experiment("yaml", "- [null, 0x1F] # ---"),
    experiment("number", "0012"),
    experiment("long", "长" * 256),
    experiment("renamed", "before"),
    {"do": "rename_experiment", "experiment": "renamed", "name": "after: no #comment"},
    {"do": "set_experiment_tag", "experiment": "plain", "key": "kind", "value": "overwritten"},
    {"do": "set_experiment_tag", "experiment": "plain", "key": "a/b c", "value": "長" * 5000},
    experiment("deleted", "deleted", {"kept": "yes"}),
    run("of deleted", "deleted", 1),
    batch("of deleted", [("m", "1.5", 7, 3)], {"p": "v"}, {"t": "v"}),
    {"do": "delete_experiment", "experiment": "deleted"},
    experiment("restored", "restored"),
    run("of restored", "restored", 2),
    {"do": "delete_experiment", "experiment": "restored"},
    {"do": "restore_experiment", "experiment": "restored"},
]

RUNS: list[Step] = [
    experiment("runs", "runs"),
    *(
        step
        for nth, status in enumerate(("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"), 10)
        for step in (
            run(status, "runs", nth, {"mlflow.user": "someone", "mlflow.source.name": "x.py"}),
            {"do": "set_status", "run": status, "status": status},
        )
    ),
    run("ended", "runs", 20),
    {"do": "end_run", "run": "ended", "status": "FAILED", "end_time": START + 99},
    run("resumed", "runs", 21),
    {"do": "end_run", "run": "resumed", "status": "FINISHED", "end_time": START + 98},
    {"do": "set_status", "run": "resumed", "status": "RUNNING"},
    run("renamed run", "runs", 22),
    {"do": "rename_run", "run": "renamed run", "name": TEXTS["quotes"]},
    run("named by tag", "runs", 23),
    {"do": "set_tag", "run": "named by tag", "key": "mlflow.runName", "value": TEXTS["yaml"]},
    run("deleted run", "runs", 24),
    batch("deleted run", [("m", "nan", 0, 0)], {"p": ""}, {"t": ""}),
    {"do": "delete_run", "run": "deleted run"},
    run("restored run", "runs", 25),
    {"do": "delete_run", "run": "restored run"},
    {"do": "restore_run", "run": "restored run"},
    run("at the epoch", "runs", 1 - START),
    *(run(f"named {key}", "runs", 30, called=text) for key, text in TEXTS.items() if text),
]

CONTENT: list[Step] = [
    experiment("content", "content"),
    run("texts", "content", 40, TEXTS),
    batch("texts", params=TEXTS, tags={f"{key} again": text for key, text in TEXTS.items()}),
    run("keys", "content", 41, dict.fromkeys(KEYS, "at creation")),
    batch(
        "keys",
        [(key, str(float(nth)), nth, nth) for nth, key in enumerate(KEYS)],
        {key: f"param {key}" for key in KEYS},
        {key: f"tag {key}" for key in KEYS[::2]},
    ),
    {"do": "delete_tag", "run": "keys", "key": "folder/leaf"},
    {"do": "delete_tag", "run": "keys", "key": "ключ"},
    run("lengths", "content", 42),
    batch(
        "lengths",
        [("k" * 250, "1.0", 1, 1)],
        {"k" * 250: "v" * 6000, "wide": "長" * 6000},
        {"k" * 250: "v" * 8000, "wide": "長" * 8000},
    ),
    run("numbers", "content", 43),
    batch(
        "numbers",
        [(f"n{nth}", number, START + nth, nth) for nth, number in enumerate(NUMBERS)]
        + [("all", number, START, nth) for nth, number in enumerate(NUMBERS)],
    ),
    run("ends", "content", 44),
    batch(
        "ends",
        [
            ("steps", "1.0", 5, INT64_MIN),
            ("steps", "2.0", 5, -1),
            ("steps", "3.0", 5, 0),
            ("steps", "4.0", 5, INT64_MAX),
            ("times", "1.0", 0, 5),
            ("times", "2.0", INT64_MAX, 5),
        ],
    ),
    run("order", "content", 45),
    {"do": "log_metric", "run": "order", "metric": ("late", "1.0", 30, 3)},
    {"do": "log_metric", "run": "order", "metric": ("late", "2.0", 20, 2)},
    {"do": "log_metric", "run": "order", "metric": ("late", "3.0", 10, 9)},
    {"do": "log_metric", "run": "order", "metric": ("late", "9.0", 5, 9)},
    batch("order", [("tie", "1.0", 1, 1), ("tie", "7.0", 1, 1), ("tie", "3.0", 1, 1)]),
    {"do": "log_metric", "run": "order", "metric": ("nan first", "1.0", 1, 1)},
    {"do": "log_metric", "run": "order", "metric": ("nan first", "nan", 1, 2)},
    {"do": "log_param", "run": "order", "key": "one", "value": "alone"},
    {"do": "log_param", "run": "order", "key": "one", "value": "alone"},
    {"do": "set_tag", "run": "order", "key": "one", "value": "first"},
    {"do": "set_tag", "run": "order", "key": "one", "value": "second"},
    run("many", "content", 46),
    *(
        batch(
            "many",
            [("loss", repr(1 / (1 + at)), START + at, at) for at in range(first, first + 1000)],
        )
        for first in (0, 1000, 2000)
    ),
    batch("many", [(f"key{nth}", repr(nth / 7), nth, nth) for nth in range(50)]),
]

INPUTS: list[Step] = [
    experiment("inputs", "inputs"),
    *(run(f"user {nth}", "inputs", 50 + nth) for nth in range(3)),
    *(used("user 0", f"nasty {text}", tag=text) for text in TEXTS.values()),
    used("user 1", "shared", context="train"),
    used("user 2", "shared", context="test"),
    used("user 2", "shared", "2"),
    used("FINISHED", "shared", context="of another experiment"),
]

EVERYTHING = [*EXPERIMENTS, *RUNS, *CONTENT, *INPUTS]

NEXT: list[Step] = [
    run("second", "plain", 60, {"by": "the second writer"}),
    batch("second", [("m", "1.0", 1, 1)], {"p": "second"}),
    batch(
        "many",
        [("loss", repr(-1 / (1 + at)), START + at, at) for at in range(2500, 3500)],
    ),
    batch(
        "keys", [(key, "-0.5", 50, 50) for key in KEYS], {"added": "later"}, {"a": "overwritten"}
    ),
    batch("order", [("late", "4.0", 1, 9), ("late", "5.0", 40, 9), ("tie", "7.5", 1, 1)]),
    {"do": "log_param", "run": "texts", "key": "quotes", "value": TEXTS["quotes"]},
    {"do": "set_tag", "run": "texts", "key": "empty", "value": "no more"},
    {"do": "delete_tag", "run": "texts", "key": "json"},
    {"do": "rename_run", "run": "RUNNING", "name": "renamed by the second writer"},
    {"do": "end_run", "run": "RUNNING", "status": "KILLED", "end_time": START + 100},
    {"do": "set_status", "run": "ended", "status": "SCHEDULED"},
    {"do": "delete_run", "run": "FAILED"},
    {"do": "restore_run", "run": "deleted run"},
    batch("deleted run", [("m", "2.0", 1, 1)], {"q": "after the restore"}),
    {"do": "rename_experiment", "experiment": "nasty", "name": "tame"},
    {"do": "set_experiment_tag", "experiment": "nasty", "key": "yaml", "value": "tame"},
    {"do": "restore_experiment", "experiment": "deleted"},
    {"do": "rename_experiment", "experiment": "deleted", "name": "deleted once"},
    batch("of deleted", [("m", "2.5", 8, 4)], {"q": "v"}),
    used("user 0", "shared", context="by the second writer"),
    used("user 1", "new"),
    {"do": "delete_experiment", "experiment": "restored"},
    experiment("free", "deleted", {"name": "free again after the rename"}),
]
"""What the other side does to a store that holds EVERYTHING."""

LAST: list[Step] = [
    batch("second", [("m", "3.0", 3, 3)], tags={"by": "both"}),
    batch("many", [("loss", "0.25", START, 9999), ("key0", "1.0", 5, 5)]),
    {"do": "restore_run", "run": "FAILED"},
    {"do": "set_tag", "run": "FAILED", "key": "back", "value": "again"},
    {"do": "delete_run", "run": "second"},
    {"do": "rename_run", "run": "RUNNING", "name": "renamed back"},
    {"do": "restore_experiment", "experiment": "restored"},
    run("of restored later", "restored", 61),
    used("of restored later", "shared"),
    used("user 2", "new"),
    {"do": "delete_experiment", "experiment": "free"},
]
"""What the first writer does after NEXT."""
