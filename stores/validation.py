"""Every limit, and every check of a key, a name, a text or a number (KEY-*, TEXT-NUL, METRIC-TYPES, ...).

A check returns the value as the store will keep it, or raises StoreError with
INVALID_PARAMETER_VALUE. Lengths are characters, never bytes.
"""

from __future__ import annotations

import json
import math
import os
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from numbers import Real
from typing import SupportsInt, TypeVar, cast

from storeproof.stores.entities import (
    Dataset,
    DatasetInput,
    Metric,
    Param,
    RunStatus,
    Stage,
    Tag,
    ViewType,
)
from storeproof.stores.errors import StoreError, invalid

EXPERIMENT_NAME_LENGTH = 256
ARTIFACT_LOCATION_LENGTH = 2048
EXPERIMENT_TAG_LENGTH = 5000
RUN_NAME_LENGTH = 250
USER_ID_LENGTH = 256
KEY_LENGTH = 250
PARAM_LENGTH = 6000
TAG_LENGTH = 8000
DATASET_NAME_LENGTH = 500
DATASET_DIGEST_LENGTH = 36
DATASET_SOURCE_TYPE_LENGTH = 36
DATASET_SOURCE_LENGTH = 65_535
DATASET_SCHEMA_LENGTH = 1_048_575
DATASET_PROFILE_LENGTH = 16_777_215
INPUT_TAG_KEY_LENGTH = 255
INPUT_TAG_LENGTH = 500
MODEL_NAME_LENGTH = 256
ALIAS_LENGTH = 255
DESCRIPTION_LENGTH = 5000
REGISTRY_TAG_LENGTH = 5000
VERSION_SOURCE_LENGTH = 500
VERSION_RUN_ID_LENGTH = 32
BATCH_METRICS = 1000
BATCH_PARAMS = 100
BATCH_TAGS = 100
BATCH_ENTRIES = 1000
MAX_RESULTS = 50_000

INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)
DOUBLE_MAX = 1.7976931348623157e308

_KEY_CHARACTERS = re.compile(r"[\w/.\- :]*")
_ALIAS = re.compile(r"[\w-]+")
_RESERVED_ALIAS = re.compile(r"latest|v[0-9]+", re.IGNORECASE)
_SHOWN = 60

E = TypeVar("E")


def shown(value: object) -> str:
    """A short printable form of a value, for messages."""
    try:
        text = ascii(value)
    except Exception:  # noqa: BLE001 - over 4300 digits an int has no decimal form; a repr may raise
        return f"<{type(value).__name__}>"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


def text(value: object, what: str, longest: int | None = None) -> str:
    """A string without NUL and lone surrogates, of at most `longest` characters (TEXT-NUL, TEXT-NO-CUT)."""
    if not isinstance(value, str):
        raise invalid(f"{what} must be a string, not {type(value).__name__} {shown(value)}.")
    if longest is not None and len(value) > longest:
        raise invalid(f"{what} has {len(value)} characters; at most {longest} are allowed.")
    if "\0" in value:
        raise invalid(f"{what} holds a NUL character, which cannot be stored: {shown(value)}.")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise invalid(
                f"{what} holds a lone surrogate, which is not text: {shown(value)}."
            ) from None
    # A subclass of str (numpy.str_, a StrEnum) is kept as the plain text it stands for.
    return value if type(value) is str else str.__str__(value)


def key(value: object, what: str) -> str:
    """A key of a param, a metric or a tag (KEY-CHARS, KEY-LENGTH)."""
    name = text(value, f"The {what} key")
    if not 1 <= len(name) <= KEY_LENGTH:
        raise invalid(f"The {what} key has {len(name)} characters; 1 to {KEY_LENGTH} are allowed.")
    if not _KEY_CHARACTERS.fullmatch(name):
        raise invalid(
            f"The {what} key {shown(name)} may hold only letters, digits, '_', '/', '.', '-', ' ' and ':'."
        )
    if name == "." or name.startswith(("..", "/")) or posixpath.normpath(name) != name:
        raise invalid(
            f"The {what} key {shown(name)} must be a normalised relative path: "
            "no leading '/' or '..', no empty, '.' or '..' part, no trailing '/'."
        )
    return name


def experiment_name(value: object) -> str:
    """An experiment's name: 1 to 256 characters of any kind (EXP-NAME-LENGTH, EXP-NAME-ANY)."""
    name = text(value, "The experiment name", EXPERIMENT_NAME_LENGTH)
    if not name:
        raise invalid("The experiment name is empty; give it 1 to 256 characters.")
    return name


def artifact_location(value: object, longest: int) -> str | None:
    """A location of at most `longest` characters; None and "" mean the default (EXP-ARTIFACT)."""
    if value is None or value == "":
        return None
    return text(value, "The artifact location", longest)


def optional_text(value: object, what: str, longest: int) -> str:
    """A text in which None counts as empty."""
    return "" if value is None else text(value, what, longest)


def optional(value: object, what: str, longest: int) -> str | None:
    """A text that need not be given; an empty one is none."""
    return optional_text(value, what, longest) or None


def whole(value: object, what: str, least: int = INT64_MIN) -> int:
    """A whole number from `least` to 2^63-1; numpy's integers and whole floats too, bool not (METRIC-TYPES)."""
    number: int | None = None
    if type(value) is int:
        number = value
    elif isinstance(value, Real | Decimal) and not isinstance(value, bool):
        try:
            number = int(cast(SupportsInt, value))
        except (ValueError, OverflowError):
            number = None
        if number is not None and number != value:
            number = None
    if number is None or not least <= number <= INT64_MAX:
        raise invalid(f"{what} must be a whole number from {least} to 2^63-1, not {shown(value)}.")
    return number


def milliseconds(value: object, what: str) -> int:
    """A time in ms since the epoch, 0 to 2^63-1."""
    return whole(value, what, 0)


def double(value: object) -> float:
    """A metric's value as a double; an infinity is kept as the largest double (METRIC-TYPES, METRIC-INF)."""
    if type(value) is not float:
        if isinstance(value, bool) or not isinstance(value, Real | Decimal):
            raise invalid(f"A metric value must be a number, not {shown(value)}.")
        try:
            number = float(value)
            overflowed = math.isinf(number) and not math.isinf(value)
        except (ValueError, OverflowError):
            overflowed = True
        if overflowed:
            raise invalid(f"The metric value {shown(value)} does not fit into a double.")
        value = number
    if math.isinf(value):
        return math.copysign(DOUBLE_MAX, value)
    return value


def metric(value: Metric) -> Metric:
    """A metric point as it is kept."""
    entry = _entry(value, Metric)
    name = key(entry.key, "metric")
    try:
        return Metric(
            name,
            double(entry.value),
            whole(entry.timestamp, "The timestamp", 0),
            whole(entry.step, "The step"),
        )
    except StoreError as error:
        raise invalid(f"Metric {shown(name)}: {error.message}") from None


def param(value: Param) -> Param:
    """A param as it is kept; a long value is cut or refused by PARAM-LONG."""
    entry = _entry(value, Param)
    name = key(entry.key, "param")
    return Param(name, _long(entry.value, f"The value of param {shown(name)}", PARAM_LENGTH))


def run_tag(value: Tag) -> Tag:
    """A run's tag as it is kept; a long value is cut or refused by TAG-LONG."""
    entry = _entry(value, Tag)
    name = key(entry.key, "tag")
    return Tag(name, _long(entry.value, f"The value of tag {shown(name)}", TAG_LENGTH))


def experiment_tag(value: Tag) -> Tag:
    """An experiment's tag: a value of at most 5000 characters, never cut (EXP-TAG)."""
    entry = _entry(value, Tag)
    name = key(entry.key, "tag")
    return Tag(name, text(entry.value, f"The value of tag {shown(name)}", EXPERIMENT_TAG_LENGTH))


def dataset_input(value: DatasetInput) -> DatasetInput:
    """A use of a dataset; no text is cut (INPUT-LIMITS)."""
    use = _entry(value, DatasetInput)
    dataset = _entry(use.dataset, Dataset)
    name = text(dataset.name, "The dataset's name", DATASET_NAME_LENGTH)
    what = f"of dataset {shown(name)}"
    if not isinstance(use.tags, Mapping):
        raise invalid(f"The tags {what} must be a mapping, not {shown(use.tags)}.")
    return DatasetInput(
        Dataset(
            name,
            text(dataset.digest, f"The digest {what}", DATASET_DIGEST_LENGTH),
            text(dataset.source_type, f"The source type {what}", DATASET_SOURCE_TYPE_LENGTH),
            text(dataset.source, f"The source {what}", DATASET_SOURCE_LENGTH),
            _maybe(dataset.schema, f"The schema {what}", DATASET_SCHEMA_LENGTH),
            _maybe(dataset.profile, f"The profile {what}", DATASET_PROFILE_LENGTH),
        ),
        {
            text(key, f"The key of a tag {what}", INPUT_TAG_KEY_LENGTH): text(
                tag, f"The value of tag {shown(key)} {what}", INPUT_TAG_LENGTH
            )
            for key, tag in use.tags.items()
        },
    )


def json_object(value: object, what: str) -> str:
    """The JSON text of a mapping; numbers that JSON has no form for are refused (MODEL-RECORD)."""
    if not isinstance(value, Mapping):
        raise invalid(f"{what} must be a mapping, not {shown(value)}.")
    try:
        return json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise invalid(f"{what} cannot be written as JSON: {error}.") from None


def model_name(value: object) -> str:
    """A registered model's name: 1 to 256 characters, without '/' and ':', which its address needs (REG-MODEL)."""
    name = text(value, "The model name", MODEL_NAME_LENGTH)
    if not name:
        raise invalid("The model name is empty; give it 1 to 256 characters.")
    if "/" in name or ":" in name:
        raise invalid(f"The model name {shown(name)} may not hold '/' or ':'.")
    return name


def registry_tag(value: Tag) -> Tag:
    """A tag of a model or a version: a value of at most 5000 characters, never cut (REG-TAG)."""
    entry = _entry(value, Tag)
    name = key(entry.key, "tag")
    return Tag(name, text(entry.value, f"The value of tag {shown(name)}", REGISTRY_TAG_LENGTH))


def alias(value: object) -> str:
    """An alias: letters, digits, '_' and '-', but not what an address of a model means already (REG-ALIAS)."""
    name = text(value, "The alias", ALIAS_LENGTH)
    if not _ALIAS.fullmatch(name):
        raise invalid(f"The alias {shown(name)} may hold only letters, digits, '_' and '-'.")
    if _RESERVED_ALIAS.fullmatch(name):
        raise invalid(f"The alias {shown(name)} is reserved: it means a version by itself.")
    return name


def stage(value: object) -> Stage:
    """A stage by its name in any case (REG-STAGE)."""
    known = {member.value.lower(): member for member in Stage}
    found = known.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise invalid(f"{shown(value)} is no stage; it is one of {', '.join(Stage)}.")
    return found


def version_source(value: object) -> str:
    """Where a version's files are; at most 500 characters, the width of MLflow's column."""
    source = text(value, "The source", VERSION_SOURCE_LENGTH)
    if not source:
        raise invalid("The source is empty; name the place of the model's files.")
    return source


def run_name(value: object) -> str:
    """A run's name of at most 250 characters, the width of MLflow's column."""
    return text(value, "The run name", RUN_NAME_LENGTH)


def run_status(value: object) -> RunStatus:
    """A status by its name (RUN-STATUS)."""
    return _member(RunStatus, value, "run status")


def view_type(value: object) -> ViewType:
    """A view by its name (SEARCH-VIEWS)."""
    return _member(ViewType, value, "view type")


def max_results(value: object) -> int:
    """The size of a page, 1 to 50000 (SEARCH-PAGES)."""
    number = whole(value, "max_results")
    if not 1 <= number <= MAX_RESULTS:
        raise invalid(f"max_results must be 1 to {MAX_RESULTS}, not {number}.")
    return number


def entries(values: Iterable[E], what: str) -> Sequence[E]:
    """The entries of a batch as a sequence."""
    if isinstance(values, str | bytes):
        raise invalid(f"The {what} must be a list, not {shown(values)}.")
    try:
        return tuple(values)
    except TypeError:
        raise invalid(f"The {what} must be a list, not {shown(values)}.") from None


def batch_size(metrics: int, params: int, tags: int) -> None:
    """Refuse a batch over the limits (BATCH-LIMITS)."""
    for count, most, what in (
        (metrics, BATCH_METRICS, "metrics"),
        (params, BATCH_PARAMS, "params"),
        (tags, BATCH_TAGS, "tags"),
        (metrics + params + tags, BATCH_ENTRIES, "entries in all"),
    ):
        if count > most:
            raise invalid(
                f"The batch has {count} {what}; at most {most} are allowed. Send it in parts."
            )


def _entry(value: object, kind: type[E]) -> E:
    if not isinstance(value, kind):
        raise invalid(f"Expected a {kind.__name__}, not {type(value).__name__} {shown(value)}.")
    return value


def _maybe(value: object, what: str, longest: int) -> str | None:
    return None if value is None else text(value, what, longest)


def _long(value: object, what: str, longest: int) -> str:
    if isinstance(value, str) and len(value) > longest and truncates_long_values():
        # Checked whole, so that a bad character is refused wherever it stands.
        return text(value, what)[:longest]
    return text(value, what, longest)


def truncates_long_values() -> bool:
    """MLFLOW_TRUNCATE_LONG_VALUES, true by default; read at each call, as MLflow does."""
    name = "MLFLOW_TRUNCATE_LONG_VALUES"
    setting = os.environ.get(name, "true").strip().lower()
    if setting in ("true", "1"):
        return True
    if setting in ("false", "0"):
        return False
    raise invalid(f"{name} must be true or false, not {shown(setting)}.")


S = TypeVar("S", RunStatus, ViewType)


def _member(kind: type[S], value: object, what: str) -> S:
    try:
        return kind(str(value))
    except ValueError:
        names = ", ".join(member.value for member in kind)
        raise invalid(f"{shown(value)} is no {what}; it is one of {names}.") from None
