"""`storeproof bench` measures what it says, on each side, and refuses what it cannot do."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from storeproof.conformance.bench import HTTP, BenchError, Timing, run_bench
from storeproof.conformance.bench_writers import WRITERS

QUICK = ("create_run", "open an empty store", "import the library")


@pytest.fixture
def out() -> Console:
    return Console(file=StringIO(), width=120)


@pytest.mark.parametrize("kind", ["file", "sqlite"])
def test_each_operation_has_a_sample_of_each_side_for_each_repetition(
    kind: str, out: Console
) -> None:
    results = run_bench([kind], None, 2, out, QUICK)
    taken = {(each.operation, each.side): len(each.samples) for each in results.timings}
    assert taken == {
        ("create_run", "storeproof"): 2,
        ("create_run", "floor"): 2,
        ("open an empty store", "storeproof"): 2,
        ("open an empty store", "floor"): 2,
        ("import the library", "storeproof"): 2,
    }
    assert all(sample > 0 for each in results.timings for sample in each.samples)


def test_a_server_is_asked_by_eight_clients_and_its_memory_is_told(out: Console) -> None:
    operation = "log_metric, 8 clients"
    results = run_bench([HTTP], None, 2, out, [operation])
    (timing,) = results.timings
    assert (timing.operation, timing.side, len(timing.samples)) == (operation, "storeproof", 2)
    assert "MB" in results.sides[HTTP]["storeproof"]["memory of its processes"]


def test_the_results_can_be_written_as_json(out: Console) -> None:
    results = run_bench(["file"], None, 1, out, ["create_run"])
    read = json.loads(json.dumps(results.as_json(), allow_nan=False))
    assert [each["side"] for each in read["timings"]] == ["storeproof", "floor"]


def test_the_median_is_the_figure() -> None:
    assert Timing("file", "create_run", "floor", (9.0, 1.0, 2.0)).median == 2.0


@pytest.mark.parametrize(
    ("kind", "python", "repeat", "operation"),
    [
        ("paper", None, 1, "create_run"),
        ("file", None, 0, "create_run"),
        ("file", None, 1, "fly"),
        ("file", "no-such-python", 1, "create_run"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    kind: str, python: str | None, repeat: int, operation: str, out: Console
) -> None:
    with pytest.raises(BenchError):
        run_bench([kind], python, repeat, out, [operation])


def test_a_side_that_dies_is_named_with_its_last_words(out: Console, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'the last words' >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(BenchError) as caught:
        run_bench(["file"], str(python), 1, out, ["create_run"])
    assert "mlflow" in str(caught.value)
    assert "the last words" in str(caught.value)


def test_writers_are_measured_by_their_number_and_none_is_lost(out: Console) -> None:
    name = "log_metric, one run"
    results = run_bench(["sqlite"], None, 1, out, [name])
    assert [(each.operation, each.writers) for each in results.writers] == [
        (name, count) for count in WRITERS
    ]
    assert all(each.calls_per_second > 0 < each.longest_ms for each in results.writers)
