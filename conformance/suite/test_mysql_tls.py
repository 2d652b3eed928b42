"""TLS to MySQL and MariaDB by the variables MLFLOW_MYSQL_SSL_*: reached with them, or refused, never in plain text.

Needs a hook of the store (conformance/connections.py), a server that the run started, and trustme.
The proof of encryption is the cipher that the server names for the store's own connection.
"""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from sqlalchemy import URL, Connection, NullPool, create_engine, make_url

from storeproof.conformance import servers
from storeproof.conformance.connections import Connections
from storeproof.conformance.marks import clause
from storeproof.conformance.pools import watching
from storeproof.conformance.probe import Breach, Needs, Outcome, Probe
from storeproof.conformance.profiles import QUICK
from storeproof.conformance.sessions import Sessions, sessions_of
from storeproof.conformance.suite.pooled import addressed, ended, hooks, patiently
from storeproof.fixtures.certificates import (
    ELSEWHERE,
    Authority,
    Certificate,
    CertificatesUnavailable,
    Files,
    written,
)
from storeproof.fixtures.network import Network
from storeproof.fixtures.rungs import RungError
from storeproof.fixtures.server import Server

CA = "MLFLOW_MYSQL_SSL_CA"
CERT = "MLFLOW_MYSQL_SSL_CERT"
KEY = "MLFLOW_MYSQL_SSL_KEY"

NOTHING, TLS, CERTIFICATE = "NONE", "SSL", "X509"
"""What an account demands of who logs in."""

OFFERS_TLS = 0x08
"""The bit of a server's greeting, in the second byte of its abilities."""


@dataclass(frozen=True)
class Ground:
    """A server that shows a certificate, and the authorities that there are."""

    probe: Probe
    hooks: Connections
    server: Server
    uri: str
    authority: Authority
    stranger: Authority
    folder: Path

    def files(self, certificate: Certificate) -> Files:
        """A certificate where a variable can name it."""
        folder = self.folder / secrets.token_hex(4)
        folder.mkdir()
        return written(certificate, folder)

    def trusts(self, authority: Authority) -> None:
        """Let the store trust an authority."""
        self.probe.setting(CA, str(self.files(authority.client()).authority))

    def shows(self, certificate: Certificate) -> None:
        """Let the store have a certificate of its own."""
        files = self.files(certificate)
        self.probe.setting(CERT, str(files.chain))
        self.probe.setting(KEY, str(files.key))

    def forgets(self) -> None:
        """Take the variables away."""
        for name in (CA, CERT, KEY):
            self.probe.setting(name, None)

    @contextmanager
    def account(self, demands: str) -> Iterator[str]:
        """The database's address for a new account that demands this."""
        name, password = f"storeproof_{secrets.token_hex(6)}", secrets.token_hex(12)
        url = make_url(self.uri)
        with _connected(self.server.url) as connection:
            connection.exec_driver_sql(
                f"CREATE USER {name}@'%%' IDENTIFIED BY '{password}' REQUIRE {demands}"
            )
            connection.exec_driver_sql(f"GRANT ALL PRIVILEGES ON {url.database}.* TO {name}@'%%'")
            try:
                yield _text(url.set(username=name, password=password))
            finally:
                connection.exec_driver_sql(f"DROP USER {name}@'%%'")

    def reached(self, address: str) -> tuple[Outcome, list[str]]:
        """How opening a store and asking it ended, and the cipher of each connection that it used, "" for none."""
        sessions: Sessions = sessions_of(self.hooks.engine, self.uri)
        ciphers: list[str] = []

        def reach() -> None:
            with contextlib.closing(self.hooks.opened(address)) as store:
                store.get_experiment("0")

        with (
            contextlib.closing(sessions),
            watching(lambda connection: ciphers.append(sessions.cipher(connection))),
        ):
            ending = ended(reach)
        return ending, ciphers


@contextmanager
def ground(probe: Probe, shown: Callable[[Authority], Certificate]) -> Iterator[Ground]:
    """A server of the run that shows a certificate; Needs where it cannot be had."""
    found = hooks(probe)
    try:
        server = servers.certified(found.engine)
    except servers.ServerUnavailable as error:
        raise Needs("a server that can be started", str(error)) from error
    with (
        addressed(found.address_on(server)) as uri,
        tempfile.TemporaryDirectory(prefix="storeproof-") as folder,
    ):
        try:
            authority, stranger = Authority(), Authority()
            with server.shows(shown(authority)):
                yield Ground(probe, found, server, uri, authority, stranger, Path(folder))
        except CertificatesUnavailable as error:
            raise Needs("certificates", str(error)) from error
        except RungError as error:
            raise Needs("a server that can be started", str(error)) from error


@clause("TLS-MYSQL")
def test_a_server_that_demands_tls_is_reached(probe: Probe) -> None:
    with ground(probe, Authority.server) as found, found.account(TLS) as address:
        found.trusts(found.authority)
        in_cipher(found, address, f"a server that demands TLS, {CA} naming its authority")


@clause("TLS-MYSQL")
def test_a_server_that_demands_a_client_certificate_is_reached(probe: Probe) -> None:
    with ground(probe, Authority.server) as found, found.account(CERTIFICATE) as address:
        found.trusts(found.authority)
        found.shows(found.authority.client())
        in_cipher(found, address, "a server that demands a client certificate")


@clause("TLS-MYSQL")
def test_a_client_that_the_server_does_not_know_is_refused(probe: Probe) -> None:
    """Without a certificate, with one that is out of date, with one of another authority."""
    with ground(probe, Authority.server) as found, found.account(CERTIFICATE) as address:
        found.trusts(found.authority)
        refused(found, address, "no client certificate, which the server demands")
        found.shows(found.authority.expired_client())
        refused(found, address, "a client certificate that is out of date")
        found.shows(found.stranger.client())
        refused(found, address, "a client certificate of another authority")


@clause("TLS-MYSQL")
def test_a_server_that_the_client_does_not_trust_is_refused(probe: Probe) -> None:
    """The account demands nothing: in plain text, or unlooked at, it could be reached."""
    with ground(probe, Authority.server) as found, found.account(NOTHING) as address:
        found.trusts(found.stranger)
        refused(found, address, f"a server of another authority than {CA} names")


@clause("TLS-MYSQL")
def test_a_server_whose_certificate_is_out_of_date_is_refused(
    probe: Probe, depth: settings
) -> None:
    """It runs out before the test's eyes, which takes a second or two; not in the quickest profile."""
    if depth.max_examples <= QUICK:
        return
    end = datetime.now(UTC) + timedelta(seconds=2)
    shown = lambda authority: authority.server_until(end)  # noqa: E731
    with ground(probe, shown) as found, found.account(NOTHING) as address:
        found.trusts(found.authority)
        patiently(lambda: datetime.now(UTC) > end)
        refused(found, address, "a server whose certificate is out of date")


@clause("TLS-MYSQL")
def test_a_certificate_of_another_host_brings_no_plain_text(probe: Probe) -> None:
    """Whether the host is compared is left open; MySQL's own client does so only when told."""
    shown = lambda authority: authority.server(ELSEWHERE)  # noqa: E731
    with ground(probe, shown) as found, found.account(NOTHING) as address:
        found.trusts(found.authority)
        ending, ciphers = found.reached(address)
        if ending.refusal is None:
            encrypted(ciphers, "a server with another host's certificate")


@clause("TLS-MYSQL")
def test_a_line_that_takes_the_offer_of_tls_away_is_refused(probe: Probe) -> None:
    """Somebody between the two lets the server seem to know no TLS."""
    with ground(probe, Authority.server) as found, found.account(NOTHING) as address:
        url = make_url(address)
        found.trusts(found.authority)
        with Network(url.host or "", url.port or 0, without_tls) as network:
            changed = _text(url.set(port=network.port))
            refused(found, changed, f"a server that offers no TLS, which {CA} asks for")


@clause("TLS-MYSQL")
def test_a_path_that_does_not_exist_is_refused_by_its_variable(probe: Probe) -> None:
    with ground(probe, Authority.server) as found:
        for name in (CA, CERT, KEY):
            found.trusts(found.authority)
            found.shows(found.authority.client())
            probe.setting(name, str(found.folder / "nowhere.pem"))
            ending, _ = found.reached(found.uri)
            if ending.refusal is None or name not in ending.refusal.message:
                raise Breach(f"an error that names {name}, whose file does not exist", str(ending))
            found.forgets()


def in_cipher(found: Ground, address: str, what: str) -> None:
    """The store is reached, and the server calls each of its connections encrypted."""
    ending, ciphers = found.reached(address)
    if ending.refusal is not None:
        raise Breach(f"{what} to be reached", str(ending))
    if not ciphers:
        raise Needs("a pool of SQLAlchemy's", "the store was not seen to use one")
    encrypted(ciphers, what)


def encrypted(ciphers: list[str], what: str) -> None:
    """Every connection has a cipher."""
    if "" in ciphers:
        raise Breach(f"a cipher for each connection to {what}", "one in plain text")


def refused(found: Ground, address: str, what: str) -> None:
    """Nothing is reached, and the error is one of a store."""
    ending, ciphers = found.reached(address)
    if ending.refusal is None:
        how = "in plain text" if "" in ciphers else "with TLS"
        raise Breach(f"{what} to be refused", f"it succeeded {how}")
    if ending.refusal.crashed:
        raise Breach(f"{what} to be refused with a clear error", str(ending))


def without_tls(greeting: bytes) -> bytes:
    """A server's greeting without the bit that offers TLS."""
    # A header of 4 bytes, the protocol, the version and its end, a number, 8 bytes, one more.
    abilities = greeting.index(b"\0", 5) + 1 + 4 + 8 + 1
    changed = bytearray(greeting)
    changed[abilities + 1] &= ~OFFERS_TLS & 0xFF
    return bytes(changed)


@contextmanager
def _connected(uri: str) -> Iterator[Connection]:
    engine = create_engine(uri, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
