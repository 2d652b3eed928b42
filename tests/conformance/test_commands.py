"""What is done with results and failures after a check: replay, ledger, reports, merge, diff."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from command import Done, check, clauses_of, results_in, storeproof, suite

BROKEN = "odd_stores:keeps_first_tag"
CLAUSE = ("--clause", "TAG-SET")
MENDED = {"ODD_STORE_MENDED": "yes"}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """A folder with results.json and the cache of a check of a broken store, and how it ended."""
    folder = tmp_path_factory.mktemp("broken")
    done = check(BROKEN, *CLAUSE, "--json", "r.json", "--cache", "cache", cwd=folder)
    assert done.returncode == 1, done.stdout + done.stderr
    return folder, done


def a_failure(folder: Path) -> str:
    """The id of a failure that was kept."""
    return min(each.stem for each in (folder / "cache" / "failures").glob("TAG-SET-*.json"))


# replay


def test_a_failure_is_kept_and_its_id_told(broken: tuple[Path, Done]) -> None:
    folder, done = broken
    told = clauses_of(results_in(folder / "r.json"))[0]["failures"][0]["id"]
    assert f"storeproof replay {told}" in done.stdout
    assert (folder / "cache" / "failures" / f"{told}.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "environment", "word", "status"),
    [
        ((), {}, "FAILED", 1),
        ((), MENDED, "FIXED", 0),
        (("--store", "sqlite"), {}, "FIXED", 0),
        (("--store", "odd_stores:cannot_create_runs"), {}, "ERROR", 2),
    ],
)
def test_replay_answers_by_a_word_and_its_status(
    broken: tuple[Path, Done],
    arguments: tuple[str, ...],
    environment: dict[str, str],
    word: str,
    status: int,
) -> None:
    folder, _ = broken
    name = a_failure(folder)
    done = storeproof("replay", name, "--cache", "cache", *arguments, cwd=folder, **environment)
    assert done.stdout.startswith(word), done.stdout + done.stderr
    assert done.returncode == status


def test_a_failure_is_found_by_its_file_and_in_the_cache_of_the_environment(
    broken: tuple[Path, Done],
) -> None:
    folder, _ = broken
    name = a_failure(folder)
    cache = {"STOREPROOF_CACHE": str(folder / "cache")}
    assert storeproof("replay", name, cwd=folder, **cache).returncode == 1
    assert storeproof("replay", f"cache/failures/{name}.json", cwd=folder).returncode == 1
    shown = storeproof("replay", name, "--script", cwd=folder, **cache)
    assert shown.returncode == 0
    assert "store.set_tag(" in shown.stdout


@pytest.mark.parametrize("name", ["NO-SUCH-ID", "../r", "r.json", "empty.json"])
def test_what_is_no_failure_is_one_sentence_and_status_2(
    broken: tuple[Path, Done], name: str
) -> None:
    folder, _ = broken
    (folder / "empty.json").write_text("{}")
    refused(storeproof("replay", name, "--cache", "cache", cwd=folder))


def refused(done: Done) -> None:
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(told) == 1


# ledger


@pytest.fixture
def ledger(broken: tuple[Path, Done], tmp_path: Path) -> Path:
    """A ledger made of the results, completed by a person."""
    folder, _ = broken
    file = tmp_path / "known.toml"
    done = storeproof(
        *("ledger", "update", "--from", str(folder / "r.json"), "--ledger", str(file)), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    text = file.read_text(encoding="utf-8")
    assert check(BROKEN, *CLAUSE, "--ledger", str(file), cwd=tmp_path).returncode == 1, "no reason"
    file.write_text(text.replace('reason = ""', 'reason = "issue 12"'), encoding="utf-8")
    return file


def test_a_known_failure_fails_no_check(ledger: Path, tmp_path: Path) -> None:
    done = check(BROKEN, *CLAUSE, "--ledger", str(ledger), "--json", "r.json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (store,) = results_in(tmp_path / "r.json")["stores"]
    assert store["verdict"] == "known-fail"
    assert store["clauses"][0]["known"]["reason"] == "issue 12"


def test_a_known_failure_that_is_mended_fails_the_check(ledger: Path, tmp_path: Path) -> None:
    arguments = (BROKEN, *CLAUSE, "--ledger", str(ledger), "--json", "r.json")
    done = check(*arguments, cwd=tmp_path, **MENDED)
    assert done.returncode == 1, done.stdout + done.stderr
    assert [each["problem"] for each in results_in(tmp_path / "r.json")["ledger"]] == ["stale"]


def test_an_example_is_tried_where_the_tests_find_nothing(ledger: Path, tmp_path: Path) -> None:
    """The example breaks a clause that its entry is not about: no test of that clause fails."""
    text = ledger.read_text(encoding="utf-8").replace('"TAG-SET"', '"EXP-CREATE"')
    ledger.write_text(text, encoding="utf-8")
    arguments = ("--clause", "EXP-CREATE", "--ledger", str(ledger), "--json", "r.json")
    done = check(BROKEN, *arguments, cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    tests = [
        failure["test"]
        for clause in clauses_of(results_in(tmp_path / "r.json"))
        for failure in clause["failures"]
    ]
    assert [each for each in tests if "test_a_known_failure" in each] == tests


def test_under_pytest_a_known_failure_is_one_that_was_expected(
    ledger: Path, tmp_path: Path
) -> None:
    arguments = ("--store", BROKEN, *CLAUSE, "--ledger", str(ledger))
    done = suite(*arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "xfailed" in done.stdout
    mended = suite(*arguments, cwd=tmp_path, **MENDED)
    assert mended.returncode == 1, mended.stdout + mended.stderr


@pytest.mark.parametrize("text", ["no toml", '[[known]]\nclause = "TAG-SET"\nslip = 1\n'])
def test_a_ledger_that_cannot_be_read_is_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "l.toml").write_text(text)
    refused(check("sqlite", *CLAUSE, "--ledger", "l.toml", cwd=tmp_path))
    refused(check("sqlite", *CLAUSE, "--ledger", "absent.toml", cwd=tmp_path))
    assert suite("--store", "sqlite", "--ledger", "l.toml", cwd=tmp_path).returncode == 4


def test_a_new_entry_lasts_for_some_time_and_has_no_reason(
    broken: tuple[Path, Done], tmp_path: Path
) -> None:
    import tomllib

    folder, _ = broken
    storeproof("ledger", "update", "--from", str(folder / "r.json"), cwd=tmp_path)
    (entry,) = tomllib.loads((tmp_path / "storeproof-ledger.toml").read_text())["known"]
    assert entry["reason"] == ""
    assert entry["expires"] > datetime.now(UTC).date()
    assert (tmp_path / entry["example"]).is_file()


# reports, merge, diff


def test_every_report_can_be_made_with_the_check_and_later(
    broken: tuple[Path, Done], tmp_path: Path
) -> None:
    folder, _ = broken
    files = {"--html": "r.html", "--junit": "r.xml", "--markdown": "r.md", "--badge": "r.svg"}
    options = [part for pair in files.items() for part in pair]
    assert check(BROKEN, *CLAUSE, *options, cwd=tmp_path).returncode == 1
    (tmp_path / "later").mkdir()
    done = storeproof("report", str(folder / "r.json"), *options, cwd=tmp_path / "later")
    assert done.returncode == 0, done.stderr
    for name in files.values():
        assert "TAG-SET" in (tmp_path / name).read_text() or name == "r.svg"
        assert (tmp_path / "later" / name).stat().st_size > 200


def test_without_an_option_a_report_is_printed(broken: tuple[Path, Done], tmp_path: Path) -> None:
    folder, _ = broken
    assert "TAG-SET" in storeproof("report", str(folder / "r.json"), cwd=tmp_path).stdout


def test_two_runs_are_merged_and_compared(broken: tuple[Path, Done], tmp_path: Path) -> None:
    folder, _ = broken
    old, new = str(folder / "r.json"), str(tmp_path / "new.json")
    check(BROKEN, *CLAUSE, "--json", new, cwd=tmp_path, **MENDED)
    assert storeproof("diff", old, new, cwd=tmp_path).returncode == 0
    worse = storeproof("diff", new, old, cwd=tmp_path)
    assert worse.returncode == 1
    assert worse.stdout.startswith("Regressions (1):")
    assert storeproof("merge", old, new, "-o", "both.json", cwd=tmp_path).returncode == 0
    both = results_in(tmp_path / "both.json")
    assert [each["verdict"] for each in both["stores"]] == ["fail", "pass"]
    name = both["stores"][1]["name"]
    drawn = storeproof("badge", "both.json", "-o", "b.svg", "--store", name, cwd=tmp_path)
    assert drawn.returncode == 0, drawn.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "absent.json"),
        ("report", "other.json", "--html", "x.html"),
        ("merge", "other.json", "-o", "x.json"),
        ("diff", "other.json", "other.json"),
        ("badge", "absent.json", "-o", "x.svg"),
        ("ledger", "update", "--from", "absent.json"),
    ],
)
def test_what_is_no_results_file_is_one_sentence(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "other.json").write_text('{"schema_version": 1}')
    refused(storeproof(*arguments, cwd=tmp_path))


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "r.json", "--html", "no/such/folder/x.html"),
        ("merge", "r.json", "-o", "no/such/folder/x.json"),
        ("badge", "r.json", "-o", "no/such/folder/x.svg"),
        ("badge", "r.json", "-o", "x.svg", "--store", "nobody"),
        ("check", "sqlite", "--html", "no/such/folder/x.html"),
        ("check", "sqlite", "--budget", "soon"),
    ],
)
def test_what_cannot_be_written_or_meant_is_one_sentence(
    broken: tuple[Path, Done], arguments: tuple[str, ...]
) -> None:
    folder, _ = broken
    refused(storeproof(*arguments, cwd=folder))
