"""TLS: a server is trusted by its certificate, by a certificate that the user names, or because the user says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from http_servers import running

from storeproof.stores import ErrorCode, StoreError, open_store
from storeproof.stores.http.server import application

TOKEN = "a-token"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the certificates are: authority.pem, which issued the server's, and other.pem."""
    made = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(made / "authority.pem"))
    trustme.CA().cert_pem.write_to_path(str(made / "other.pem"))
    server = authority.issue_cert("127.0.0.1")
    server.private_key_and_cert_chain_pem.write_to_path(str(made / "server.pem"))
    (made / "empty.pem").touch()
    return made


@pytest.fixture(scope="module")
def secure_url(folder: Path) -> Iterator[str]:
    """The address of a server that speaks TLS and wants a token."""
    behind = open_store(f"sqlite:///{folder}/store.db", str(folder))
    with running(application(behind, TOKEN), ssl_certfile=str(folder / "server.pem")) as address:
        yield address


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client has the token."""
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", TOKEN)


def name_of_default(address: str) -> str:
    with open_store(address) as store:
        return store.get_experiment("0").name


def test_the_authority_that_is_named_is_trusted(
    secure_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(folder / "authority.pem"))
    assert name_of_default(secure_url) == "Default"


@pytest.mark.parametrize("certificate", [None, "other.pem"])
def test_another_authority_is_not(
    secure_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, certificate: str | None
) -> None:
    if certificate is not None:
        monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(folder / certificate))
    with pytest.raises(StoreError) as refusal:
        name_of_default(secure_url)
    assert refusal.value.code == ErrorCode.INVALID_PARAMETER_VALUE
    assert "MLFLOW_TRACKING_SERVER_CERT_PATH" in refusal.value.message


def test_any_certificate_will_do_where_the_user_says_so(
    secure_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
    assert name_of_default(secure_url) == "Default"


def test_a_certificate_and_no_check_contradict_each_other(
    secure_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(folder / "authority.pem"))
    with pytest.raises(StoreError) as refusal:
        open_store(secure_url)
    assert refusal.value.code == ErrorCode.INVALID_PARAMETER_VALUE


def test_a_file_without_a_certificate_is_refused(
    secure_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(folder / "empty.pem"))
    with pytest.raises(StoreError) as refusal:
        open_store(secure_url)
    assert refusal.value.code == ErrorCode.INVALID_PARAMETER_VALUE
    assert "MLFLOW_TRACKING_SERVER_CERT_PATH" in refusal.value.message


@pytest.mark.parametrize("wrong", ["http", "https"])
def test_the_other_scheme_of_a_server_is_unavailable(
    url: str, secure_url: str, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
    address = (
        url.replace("http:", "https:")
        if wrong == "https"
        else secure_url.replace("https:", "http:")
    )
    with pytest.raises(StoreError) as refusal:
        name_of_default(address)
    assert refusal.value.code == ErrorCode.TEMPORARILY_UNAVAILABLE


class TestDatabricks:
    """Databricks addresses, tried on the server with the token (URI-SCHEMES)."""

    @pytest.fixture(autouse=True)
    def trusted(self, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """The certificate is, and MLflow's own variables for credentials are not set; nobody's home is read."""
        monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(folder / "authority.pem"))
        monkeypatch.delenv("MLFLOW_TRACKING_TOKEN")
        monkeypatch.setenv("HOME", str(tmp_path))

    @pytest.fixture
    def configure(self, tmp_path: Path) -> Path:
        """The configuration file in the user's home, to be written."""
        return tmp_path / ".databrickscfg"

    def test_the_environment_names_host_and_token(
        self, secure_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABRICKS_HOST", secure_url)
        monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)
        assert name_of_default("databricks") == "Default"

    def test_a_host_needs_no_scheme(self, secure_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABRICKS_HOST", secure_url.removeprefix("https://"))
        monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)
        assert name_of_default("databricks://") == "Default"

    def test_the_file_has_a_default_profile(self, secure_url: str, configure: Path) -> None:
        configure.write_text(f"[DEFAULT]\nhost = {secure_url}/\ntoken = {TOKEN}\n")
        assert name_of_default("databricks") == "Default"

    def test_a_profile_is_named_by_the_address(self, secure_url: str, configure: Path) -> None:
        configure.write_text(
            f"[DEFAULT]\nhost = https://nowhere.invalid\ntoken = x%y\n"
            f"[Dev]\nhost = {secure_url}\ntoken = {TOKEN}\n"
        )
        assert name_of_default("databricks://Dev") == "Default"

    def test_a_profile_and_the_file_are_named_by_the_environment(
        self, secure_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "elsewhere.ini"
        path.write_text(f"[dev]\nhost = {secure_url}\ntoken = {TOKEN}\n")
        monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(path))
        monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "dev")
        assert name_of_default("databricks") == "Default"

    def test_a_profile_of_the_address_comes_before_the_environment(
        self, secure_url: str, configure: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DATABRICKS_HOST", "https://nowhere.invalid")
        monkeypatch.setenv("DATABRICKS_TOKEN", "other")
        configure.write_text(f"[dev]\nhost = {secure_url}\ntoken = {TOKEN}\n")
        assert name_of_default("databricks://dev") == "Default"

    def test_mlflows_own_token_is_not_sent_to_a_workspace(
        self, secure_url: str, configure: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", TOKEN)
        configure.write_text(f"[DEFAULT]\nhost = {secure_url}\ntoken = another\n")
        with pytest.raises(StoreError) as refusal:
            name_of_default("databricks")
        assert refusal.value.code == ErrorCode.PERMISSION_DENIED

    @pytest.mark.parametrize(
        "text",
        [
            None,
            "",
            "no configuration",
            "[DEFAULT]\nhost = https://x\n",
            "[DEFAULT]\ntoken = secret\n",
            "[DEFAULT]\nhost = https://x\ntoken = secret\n[dev]\nhost = https://x\n",
            "[DEFAULT]\nhost = https://x\ntoken = secret\n[dev]\ntoken = secret\n",
            "[dev]\nhost = http://x\ntoken = secret\n",
            "[dev]\nhost = ftp://x\ntoken = secret\n",
            "[dev]\nhost = https://ann:secret@x\ntoken = secret\n",
            "[dev]\nhost = https://\ntoken = secret\n",
            "[dev]\nhost = https://x\ntoken = secret words\n",
            "[dev]\nhost = \nusername = ann\npassword = secret\n",
        ],
    )
    def test_what_is_missing_is_told_and_nothing_secret_is(
        self, configure: Path, text: str | None
    ) -> None:
        if text is not None:
            configure.write_text(text)
        with pytest.raises(StoreError) as refusal:
            open_store("databricks://dev")
        assert refusal.value.code == ErrorCode.INVALID_PARAMETER_VALUE
        assert "secret" not in str(refusal.value)

    @pytest.mark.parametrize(
        "uri", ["databricks:dev", "databricks://a/b", "databricks://a:b", "databricks://["]
    )
    def test_an_address_that_is_none_is_refused(self, uri: str) -> None:
        with pytest.raises(StoreError) as refusal:
            open_store(uri)
        assert refusal.value.code == ErrorCode.INVALID_PARAMETER_VALUE
