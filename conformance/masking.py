"""The one room that keeps passwords and tokens out of what is told, written and saved.

A secret is known by where it stands: the password of an address, the value of a variable
such as MLFLOW_TRACKING_PASSWORD. Texts for people have *** in its place; what is to be run
again (scripts, traces, addresses) has the name of a variable that holds it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus

MASK = "***"
HIDDEN = "$secret"
"""The key, in JSON data, of a text with ${VARIABLE} in place of secrets."""

OWN_VARIABLE = "STOREPROOF_PASSWORD"
"""The variable for a secret that is in no variable of its own."""

_WORDS = "password|passwd|passphrase|token|secret|secret_?key|access_?key|api_?key|private_?key"
_SECRET_VARIABLE = re.compile(rf"(?:^|_)(?:{_WORDS})$|_pwd$", re.IGNORECASE)
_SECRET_FIELD = re.compile(rf"(?:{_WORDS}|pwd)$", re.IGNORECASE)
# SQLAlchemy's reading: the first colon ends the name, an @ ends the password. Where there are
# several, all up to the last one is taken for it, for a person may have meant that.
_CREDENTIALS = re.compile(r"(://[^\s:/?#@'\"]*):([^\s@'\"]*(?:@[^\s/@'\"]*)*)@(?=[^\s@])")
# A page's token is none: the bare word counts in an address only.
_FIELDS = re.compile(
    rf"""((?:[?&]token|\b\w*(?:{_WORDS.replace("token", "(?:auth|access|api)_?token")}|pwd))"""
    r"""["']?\s*[=:]\s*["']?)(?![\s"']|\*\*\*)([^\s"'&;,)}]+)""",
    re.IGNORECASE,
)
_ODBC_FIELD = re.compile(r"(PWD%3D)(?:(?!%3B)[^\s&])+", re.IGNORECASE)
_HEADERS = re.compile(r"\b(Bearer|Basic)\s+([A-Za-z0-9._~+/=-]{6,})")

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")

_TOO_SHORT = 3
_SURE = 8
"""A secret of fewer characters is taken for one only where it is a whole word."""


@dataclass(frozen=True)
class Masking:
    """The secrets of a run, each with the variable that scripts read it from."""

    variables: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, addresses: Iterable[str] = (), environment: Mapping[str, str] = os.environ
    ) -> Masking:
        """What is secret in these addresses and in the environment."""
        found: dict[str, str] = {}
        for name, value in environment.items():
            if _SECRET_VARIABLE.search(name) and len(value) > _TOO_SHORT:
                found.setdefault(value, name)
        own = 0
        for address in [*addresses, *(each for each in environment.values() if "://" in each)]:
            for secret in secrets_of(address):
                if secret not in found:
                    own += 1
                    found[secret] = OWN_VARIABLE if own == 1 else f"{OWN_VARIABLE}_{own}"
        return cls(found)

    def text(self, text: str) -> str:
        """A text for people: *** for every secret, and nothing that cannot be written as UTF-8."""
        masked = self._pattern.sub(MASK, text) if self._pattern else text
        return without_password(masked).encode("utf-8", "backslashreplace").decode()

    def data(self, data: Any) -> Any:
        """JSON data for people, each text of it masked."""
        return _mapped(data, self.text)

    def trace(self, data: Any) -> Any:
        """JSON data that is to be replayed: a text with a secret becomes {"$secret": "... ${VARIABLE} ..."}."""
        return _mapped(data, self._hidden)

    def address(self, address: str) -> str:
        """An address with ${VARIABLE} in place of its secrets."""
        hidden = self._hidden(address)
        return hidden[HIDDEN] if isinstance(hidden, dict) else hidden  # type: ignore[no-any-return]

    def source(self, address: str) -> tuple[tuple[str, ...], str]:
        """Python lines that read an address's secrets from their variables, and the address as an expression."""
        hidden = self.address(address)
        names = dict.fromkeys(_PLACEHOLDER.findall(hidden))
        if not names:
            return (), repr(address)
        lines = ["import os", "from urllib.parse import quote"]
        lines += [f'{name.lower()} = quote(os.environ["{name}"], safe="")' for name in names]
        braced = hidden.replace("{", "{{").replace("}", "}}")
        inner = re.sub(r"\$\{\{(\w+)\}\}", lambda found: f"{{{found[1].lower()}}}", braced)
        return tuple(lines), f"f{inner!r}"

    def found_in(self, text: str) -> dict[str, str]:
        """The secrets in a text, as they stand there, each with its variable."""
        found = self._pattern.findall(text) if self._pattern else ()
        return {form: self._forms[form] for form in found}

    def _hidden(self, text: str) -> Any:
        if self._pattern is None or not self._pattern.search(text):
            return without_password(text)
        return {HIDDEN: self._pattern.sub(lambda found: f"${{{self._forms[found[0]]}}}", text)}

    @cached_property
    def _forms(self) -> dict[str, str]:
        """Every form of a secret with its variable, the longest first."""
        forms = {
            form: name for secret, name in self.variables.items() for form in _forms_of(secret)
        }
        return dict(sorted(forms.items(), key=lambda item: -len(item[0])))

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        parts = [
            rf"(?<!\w){re.escape(form)}(?!\w)" if len(form) < _SURE else re.escape(form)
            for form in self._forms
        ]
        return re.compile("|".join(parts)) if parts else None


NOTHING_SECRET = Masking()


def secrets_of(address: str) -> list[str]:
    """The secrets that stand in an address: its password, and fields such as token= or PWD=."""
    found = []
    for match in _CREDENTIALS.finditer(address):
        found += [match[2], match[2].partition("@")[0]]
    query = address.partition("?")[2]
    for name, value in parse_qsl(query):
        pairs = [(name, value)]
        if name.lower() == "odbc_connect":
            pairs = [
                (key.strip(), each) for key, _, each in (p.partition("=") for p in value.split(";"))
            ]
        found += [each for key, each in pairs if _SECRET_FIELD.search(key)]
    decoded = (unquote(each) for each in found)
    return list(dict.fromkeys(each for each in decoded if each and each != MASK))


def without_password(text: str) -> str:
    """An address, or a text that holds some, with each password and token masked."""
    text = _CREDENTIALS.sub(rf"\1:{MASK}@", text)
    text = _FIELDS.sub(rf"\1{MASK}", text)
    text = _ODBC_FIELD.sub(rf"\1{MASK}", text)
    return _HEADERS.sub(rf"\1 {MASK}", text)


class MissingSecret(Exception):
    """A variable that holds a secret is not set; the message names it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Set {name}, whose value was left out when this was saved.")


def revealed(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """A text with each ${VARIABLE} replaced by its value; MissingSecret where there is none."""
    return _PLACEHOLDER.sub(lambda found: _value(found[1], environment), text)


def revealed_address(address: str, environment: Mapping[str, str] = os.environ) -> str:
    """An address with each ${VARIABLE} replaced by its value, quoted; MissingSecret where there is none."""
    return _PLACEHOLDER.sub(lambda found: quote(_value(found[1], environment), safe=""), address)


def _value(name: str, environment: Mapping[str, str]) -> str:
    if name not in environment:
        raise MissingSecret(name)
    return environment[name]


def _forms_of(secret: str) -> set[str]:
    """The secret as it may appear: plain, quoted for a URL, or written as a literal."""
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        unquote_plus(secret),
        secret.replace("\\", "\\\\").replace("'", "\\'"),
        json.dumps(secret)[1:-1],
    }


def _mapped(data: Any, change: Any) -> Any:
    if isinstance(data, str):
        return change(data)
    if isinstance(data, Mapping):
        return {key: _mapped(value, change) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_mapped(each, change) for each in data]
    return data
