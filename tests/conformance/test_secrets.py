"""No password in anything that a run prints, writes or keeps; and its scripts run all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from command import HERE, check, clauses_of, results_in, storeproof, suite

PASSWORD = "hush-hush-4711"
REPORTS = (
    *("--json", "r.json", "--html", "r.html", "--junit", "r.xml", "--markdown", "r.md"),
    *("--badge", "r.svg", "--cache", "cache"),
)


def all_texts(folder: Path) -> dict[str, str]:
    """Every file below a folder."""
    files = [each for each in folder.rglob("*") if each.is_file()]
    return {str(each.relative_to(folder)): each.read_text(errors="replace") for each in files}


def test_a_secret_that_the_store_tells_is_in_no_output(tmp_path: Path) -> None:
    secret = {"ODD_STORE_PASSWORD": PASSWORD}
    store = "odd_stores:tells_its_password"
    done = check(store, "--clause", "TAG-SET", *REPORTS, cwd=tmp_path, **secret)
    assert done.returncode == 1, done.stderr
    texts = {**all_texts(tmp_path), "stdout": done.stdout, "stderr": done.stderr}
    assert len(texts) >= 8
    assert [name for name, text in texts.items() if PASSWORD in text] == []
    under_pytest = suite("--store", store, "--clause", "TAG-SET", cwd=tmp_path, **secret)
    assert PASSWORD not in under_pytest.stdout + under_pytest.stderr
    saved = clauses_of(results_in(tmp_path / "r.json"))[0]["failures"][0]["id"]
    again = storeproof("replay", saved, "--cache", "cache", cwd=tmp_path, **secret)
    assert again.returncode == 1, again.stdout + again.stderr
    assert PASSWORD not in again.stdout + again.stderr


def test_the_password_of_an_address_is_not_told_when_it_cannot_be_opened(tmp_path: Path) -> None:
    address = f"gopher://ann:{PASSWORD}@host/db"
    done = check(address, cwd=tmp_path)
    assert done.returncode == 2
    assert PASSWORD not in done.stdout + done.stderr


def test_the_password_of_a_store_is_in_no_output(tmp_path: Path) -> None:
    """sqlite has no use for one, and takes it: what a check does with it is the same for every kind."""
    address = f"sqlite:///a/test.db?password={PASSWORD}"
    (tmp_path / "a").mkdir()
    done = check(address, "--clause", "EXP-CREATE", *REPORTS, cwd=tmp_path)
    under_pytest = suite("--store", address, "--clause", "EXP-CREATE", "-v", cwd=tmp_path)
    assert under_pytest.returncode == done.returncode == 0, done.stderr + under_pytest.stdout
    shown = under_pytest.stdout.partition("collected")[2]
    texts = {**all_texts(tmp_path), "stdout": done.stdout, "stderr": done.stderr, "pytest": shown}
    assert [name for name, text in texts.items() if PASSWORD in text] == []


def test_a_script_reads_the_password_of_its_address_from_the_environment(tmp_path: Path) -> None:
    """An sqlite address has none, but what stands in its place is read alike."""
    address = f"sqlite:///store.db?password={PASSWORD}"
    from storeproof.conformance.target import target

    place = target(address).place()
    program = "\n".join([*place.recipe, "store.get_experiment('0')"])
    assert PASSWORD not in program
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "STOREPROOF_PASSWORD": PASSWORD, "PYTHONPATH": _path()},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _path() -> str:
    return os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH", ""))))
