"""The command line: what a user sees, and the exit status."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from command import check, clauses_of, storeproof


@pytest.mark.parametrize(
    "arguments",
    [
        ("gopher://x/y",),
        ("file", "--profile", "eternal"),
        ("file", "--clause", "PARAM-IMUTABLE"),
        ("file", "--clause", "NO-SUCH-*"),
        ("file", "--area", "nowhere"),
        ("file", "--json", "no/such/folder/results.json"),
        ("odd_stores:raises_when_made",),
        ("odd_stores:hangs_when_made", "--time-limit", "0.2"),
        ("odd_stores:not_callable",),
        ("odd_stores:absent",),
        ("no_such_module:make",),
        ("/dev/null/mlruns",),
        ("sqlite:////no/such/folder/store.db",),
        ("file://elsewhere/mlruns",),
    ],
    ids=lambda arguments: " ".join(arguments)[:50],
)
def test_what_cannot_be_used_is_one_sentence_and_status_2(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = check(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(told) == 1


def test_a_kept_clause_is_status_0_and_valid_json(tmp_path: Path) -> None:
    done = check("file", "sqlite", "--clause", "EXP-CREATE", "--json", "r.json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads((tmp_path / "r.json").read_text())
    schema = resources.files("storeproof.conformance").joinpath("results.schema.json").read_text()
    jsonschema.validate(document, json.loads(schema))
    assert [store["verdict"] for store in document["stores"]] == ["pass", "pass"]


def test_a_clause_that_could_not_run_is_no_pass(tmp_path: Path) -> None:
    done = check(
        "odd_stores:cannot_create_runs", "--clause", "TAG-SET", "--json", "r.json", cwd=tmp_path
    )
    assert done.returncode == 1, done.stdout + done.stderr
    (clause,) = clauses_of(json.loads((tmp_path / "r.json").read_text()))
    assert clause["state"] == "not-run"
    assert "RUN-CREATE" in clause["reason"]


def test_a_broken_clause_is_status_1_with_a_script(tmp_path: Path) -> None:
    done = check(
        "odd_stores:cannot_create_runs", "--clause", "RUN-CREATE", "--json", "r.json", cwd=tmp_path
    )
    assert done.returncode == 1, done.stdout + done.stderr
    (clause,) = clauses_of(json.loads((tmp_path / "r.json").read_text()))
    assert clause["state"] == "fail"
    assert "store.create_run(" in clause["failures"][0]["script"]


def test_a_store_that_hangs_ends_the_run_with_status_1(tmp_path: Path) -> None:
    done = check(
        "odd_stores:hangs_when_asked", "--clause", "EXP-*", "--time-limit", "0.2", cwd=tmp_path
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_the_same_seed_gives_the_same_examples(tmp_path: Path) -> None:
    """As many examples of each clause."""
    runs = []
    for name in ("one.json", "two.json"):
        check("file", "--clause", "EXP-NAME-ANY", "--seed", "7", "--json", name, cwd=tmp_path)
        document = json.loads((tmp_path / name).read_text())
        runs.append([(each["slug"], each["examples"]) for each in clauses_of(document)])
    assert runs[0] == runs[1]


def test_a_store_with_content_is_not_written_to(tmp_path: Path) -> None:
    from storeproof.stores import ViewType, open_store

    address = str(tmp_path / "mlruns")
    if any(word in address.lower() for word in ("test", "storeproof")):
        pytest.fail(f"the temporary folder's name marks it as a test store: {address}")
    with open_store(address) as store:
        store.create_experiment("precious")
    done = check(address, "--clause", "EXP-CREATE", cwd=tmp_path)
    assert done.returncode == 2
    with open_store(address) as store:
        names = {each.name for each in store.search_experiments(ViewType.ALL).items}
    assert names == {"Default", "precious"}
    assert check(address, "--clause", "EXP-CREATE", "--insist", cwd=tmp_path).returncode == 0


def test_an_empty_store_can_be_checked_again(tmp_path: Path) -> None:
    for _ in range(2):
        assert check("sqlite:///own.db", "--clause", "EXP-CREATE", cwd=tmp_path).returncode == 0


def test_explain_and_list_name_the_clauses(tmp_path: Path) -> None:
    assert "PARAM-IMMUTABLE" in storeproof("list", "--area", "params", cwd=tmp_path).stdout
    assert "PARAM-IMMUTABLE" in storeproof("explain", "param-immutable", cwd=tmp_path).stdout
    assert storeproof("explain", "NONE", cwd=tmp_path).returncode == 2
    assert storeproof("list", "--area", "none", cwd=tmp_path).returncode == 2
