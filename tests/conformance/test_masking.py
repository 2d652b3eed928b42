"""Passwords and tokens: known by where they stand, and kept out of whatever is told."""

from __future__ import annotations

import json

import pytest

from storeproof.conformance.masking import (
    HIDDEN,
    Masking,
    MissingSecret,
    revealed,
    revealed_address,
    secrets_of,
    without_password,
)

PASSWORD = "p@ss/w0rd'\"\\"
ADDRESS = "postgresql://ann:p%40ss%2Fw0rd%27%22%5C@host:5432/db"
TOKEN = "tok-1234567"


@pytest.fixture
def masking() -> Masking:
    return Masking.of([ADDRESS], {"MLFLOW_TRACKING_TOKEN": TOKEN})


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("mysql+pymysql://root:s3cret@localhost/db", "s3cret"),
        ("https://ann:s3cret@host/", "s3cret"),
        ("mysql://root:a/b@host/db", "a/b"),
        ("mysql://root:a%40b@host/db", "a@b"),
        ("postgresql://host/db?user=ann&password=s3cret", "s3cret"),
        ("postgresql://host/db?sslpassword=s3cret", "s3cret"),
        ("http://host/?token=s3cret", "s3cret"),
        ("mssql+pyodbc:///?odbc_connect=UID%3Dsa%3BPWD%3Ds3cret%3B", "s3cret"),
    ],
)
def test_a_secret_is_known_by_its_place_in_an_address(address: str, secret: str) -> None:
    assert secret in secrets_of(address)
    assert secret not in without_password(address)


@pytest.mark.parametrize(
    "address",
    ["postgresql://ann@host:5432/db", "http://host:5000/path", "sqlite:///a.db", "/path/to/mlruns"],
)
def test_an_address_without_a_secret_stays_as_it_is(address: str) -> None:
    assert secrets_of(address) == []
    assert without_password(address) == address


@pytest.mark.parametrize(
    "name",
    [
        *("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "AWS_SECRET_ACCESS_KEY"),
        *("DATABRICKS_TOKEN", "STORE_API_KEY", "AWS_SESSION_TOKEN", "MY_SECRET", "DB_PWD"),
    ],
)
def test_a_variable_is_secret_by_its_name(name: str) -> None:
    assert "s3cret-value" not in Masking.of((), {name: "s3cret-value"}).text("it is s3cret-value")


@pytest.mark.parametrize("name", ["PWD", "HOME", "MLFLOW_MYSQL_SSL_KEY", "TOKENIZERS_PARALLELISM"])
def test_other_variables_are_not(name: str) -> None:
    assert Masking.of((), {name: "some-value"}).text("it is some-value") == "it is some-value"


def test_the_password_of_an_address_in_the_environment_is_secret() -> None:
    masking = Masking.of((), {"STOREPROOF_MYSQL_URL": "mysql://root:Only4Tests@127.0.0.1/mysql"})
    assert "Only4Tests" not in masking.text("Access denied for Only4Tests")


@pytest.mark.parametrize(
    "form",
    [PASSWORD, ADDRESS, repr(PASSWORD), json.dumps(PASSWORD), f"connect({PASSWORD!r}) failed"],
)
def test_a_known_secret_is_masked_in_every_form(masking: Masking, form: str) -> None:
    assert "w0rd" not in masking.text(form)
    assert "w0rd" not in json.dumps(masking.trace(form))


def test_an_unknown_secret_is_masked_where_it_is_named(masking: Masking) -> None:
    told = masking.text("Authorization: Bearer abcdefgh, password=hunter2 at mysql://u:pw1@h/d")
    assert not any(secret in told for secret in ("abcdefgh", "hunter2", "pw1"))


def test_a_short_secret_is_masked_as_a_word_only() -> None:
    masking = Masking.of(["mysql://root:root@host/db"], {})
    assert masking.text("root, rooted") == "***, rooted"


def test_a_page_token_is_no_secret(masking: Masking) -> None:
    assert masking.text("search_runs(page_token='abcdef')") == "search_runs(page_token='abcdef')"


def test_what_was_hidden_is_revealed_by_its_variable(masking: Masking) -> None:
    hidden = masking.trace({"key": [f"Bearer {TOKEN}"]})["key"][0]
    assert revealed(hidden[HIDDEN], {"MLFLOW_TRACKING_TOKEN": TOKEN}) == f"Bearer {TOKEN}"
    with pytest.raises(MissingSecret, match="MLFLOW_TRACKING_TOKEN"):
        revealed(hidden[HIDDEN], {})


def test_an_address_is_revealed_quoted(masking: Masking) -> None:
    shown = masking.address(ADDRESS)
    assert "w0rd" not in shown
    assert revealed_address(shown, {"STOREPROOF_PASSWORD": PASSWORD}) == ADDRESS


def test_the_source_of_an_address_reads_its_secret(
    masking: Masking, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, expression = masking.source(ADDRESS)
    program = "\n".join([*lines, f"address = {expression}"])
    assert "w0rd" not in program
    monkeypatch.setenv("STOREPROOF_PASSWORD", PASSWORD)
    found: dict[str, str] = {}
    exec(program, found)
    assert found["address"] == ADDRESS


def test_two_addresses_have_two_variables() -> None:
    masking = Masking.of(["mysql://a:password-1@h/d", "mysql://a:password-2@h/d"], {})
    assert len(set(masking.variables.values())) == 2
