"""Databricks addresses: the host and the token of a profile, from the environment or the configuration file (URI-SCHEMES)."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from storeproof.stores.errors import StoreError, invalid
from storeproof.stores.http import address
from storeproof.stores.http.address import Address

HOST = "DATABRICKS_HOST"
TOKEN = "DATABRICKS_TOKEN"  # noqa: S105 - the variable's name
PROFILE = "DATABRICKS_CONFIG_PROFILE"
FILE = "DATABRICKS_CONFIG_FILE"

DEFAULT_FILE = "~/.databrickscfg"
DEFAULT_PROFILE = "DEFAULT"


def from_uri(uri: str, environment: Mapping[str, str] = os.environ) -> Address:
    """The workspace that `databricks` or `databricks://profile` names.

    Without a profile DATABRICKS_HOST and DATABRICKS_TOKEN are taken if both are set, else the
    profile that DATABRICKS_CONFIG_PROFILE names, else DEFAULT. Raises INVALID_PARAMETER_VALUE
    that says what is missing.
    """
    named = _profile(uri)
    host, token = environment.get(HOST), environment.get(TOKEN)
    if named is None and host and token:
        return _workspace(host, token, HOST, TOKEN, environment)
    profile = named or environment.get(PROFILE) or DEFAULT_PROFILE
    path = Path(environment.get(FILE) or DEFAULT_FILE).expanduser()
    kept = _section(path, profile)
    source = f"profile {profile!r} of {path}"
    for name in ("host", "token"):
        if not kept.get(name):
            raise invalid(
                f"The {source} has no {name}; storeproof needs a host and a personal access token."
            )
    return _workspace(
        kept["host"], kept["token"], f"The host in {source}", f"The token in {source}", environment
    )


def _profile(uri: str) -> str | None:
    """The profile that the address names, if any."""
    if uri == "databricks":
        return None
    try:
        parts = urlsplit(uri)
    except ValueError:
        raise _unusable(uri) from None
    profile = parts.netloc
    if not uri.lower().startswith("databricks:") or parts.path.strip("/") or ":" in profile:
        raise _unusable(uri)
    return profile or None


def _unusable(uri: str) -> StoreError:
    return invalid(
        f"{uri!r} is no Databricks address; write databricks, or databricks://profile with a "
        "profile of the configuration file."
    )


def _section(path: Path, profile: str) -> Mapping[str, str]:
    """One profile of the file. None inherits from another: a token is for its own host only."""
    parser = configparser.ConfigParser(interpolation=None, default_section="", strict=False)
    try:
        with path.open(encoding="utf-8") as file:
            parser.read_file(file)
    except OSError as error:
        raise invalid(
            f"The Databricks configuration {path} cannot be read ({error.strerror}); make it, or "
            f"set {HOST} and {TOKEN}."
        ) from None
    except (configparser.Error, UnicodeDecodeError):
        raise invalid(
            f"The Databricks configuration {path} is not written as [profile] and name = value."
        ) from None
    if not parser.has_section(profile):
        raise invalid(f"The Databricks configuration {path} has no profile {profile!r}.")
    return parser[profile]


def _workspace(
    host: str, token: str, host_source: str, token_source: str, environment: Mapping[str, str]
) -> Address:
    uri = host if "://" in host else f"https://{host}"
    if not uri.lower().startswith("https://") or "@" in uri:
        raise invalid(f"{host_source} must be https:// and a host; a token is sent to no other.")
    return address.with_token(uri, address.header_safe(token, token_source), environment)
