"""The commands of the stores: server."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from storeproof.stores.addressing import DEFAULT_URI, open_store
from storeproof.stores.contract import TrackingStore
from storeproof.stores.errors import StoreError, invalid

USAGE = 2


@dataclass(frozen=True)
class _Store:
    """Opens the store that the command names."""

    uri: str
    artifact_root: str | None

    def __call__(self) -> TrackingStore:
        return open_store(self.uri, self.artifact_root)


@click.command()
@click.option(
    "--backend-store-uri",
    "uri",
    default=DEFAULT_URI,
    show_default=True,
    metavar="URI",
    envvar="MLFLOW_BACKEND_STORE_URI",
    help="The store to serve: a path or a database's address.",
)
@click.option(
    "--default-artifact-root",
    "artifact_root",
    metavar="PATH",
    envvar="MLFLOW_DEFAULT_ARTIFACT_ROOT",
    help="Where experiments without a location of their own keep artifacts; clients must be "
    "able to write there. By default the file store's folder, or ./mlruns.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5000,
    show_default=True,
    help="The port to listen at; 0 for any that is free.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that serve at once; each has its own connections to the store.",
)
@click.option(
    "--token-file",
    type=click.Path(),
    help="A file that holds a token; who does not send it is refused.",
)
def server(
    uri: str,
    artifact_root: str | None,
    host: str,
    port: int,
    workers: int,
    token_file: str | None,
) -> None:
    """Serve a store over HTTP to MLflow's clients and to this project's.

    SIGTERM and Ctrl-C stop it; requests that are being served are finished first.
    """
    from storeproof.stores.http import serving

    try:
        if (workers > 1 and ":memory:" in uri) or uri == "sqlite://":
            raise invalid("A database in memory is one process's own; serve it with --workers 1.")
        token = None if token_file is None else _token(Path(token_file))
        with serving.listen(host, port) as listener:
            place = f"[{host}]" if ":" in host else host
            told = f"Serving at http://{place}:{listener.getsockname()[1]} until Ctrl-C."
            service = serving.Service(_Store(uri, artifact_root), token)
            status = serving.serve(service, listener, workers, lambda: click.echo(told))
    except StoreError as error:
        click.echo(f"Error: {error.message}", err=True)
        sys.exit(USAGE)
    sys.exit(status)


def _token(path: Path) -> str:
    from storeproof.stores.http.address import header_safe

    try:
        text = path.read_text(encoding="ascii")
    except OSError as error:
        raise invalid(f"The token file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        text = ""
    return header_safe(text, f"What the token file {path} holds")
