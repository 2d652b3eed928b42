"""What may be stored: every key, text and number is checked here, once, before anything is written."""

import math
import os
import posixpath
import re
from decimal import Decimal
from numbers import Real

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

NAME, RUN_NAME, KEY, LOCATION = 256, 250, 250, 2048
PARAM, TAG, EXPERIMENT_TAG = 6000, 8000, 5000
METRICS, PARAMS, TAGS, ENTRIES = 1000, 100, 100, 1000
DATASET = {"name": 500, "digest": 36, "source_type": 36, "source": 65_535}
DATASET_MAYBE = {"schema": 1_048_575, "profile": 16_777_215}
INPUT_TAG_KEY, INPUT_TAG = 255, 500
LARGEST = math.nextafter(math.inf, 0)


def refusal(message):
    """The error for what a caller must not ask."""
    return MlflowException(message, INVALID_PARAMETER_VALUE)


def text(value, what, longest=None):
    """A string that can be encoded, of at most so many characters."""
    if not isinstance(value, str):
        raise refusal(f"{what} must be a string, not {type(value).__name__}.")
    if longest is not None and len(value) > longest:
        raise refusal(f"{what} has {len(value)} characters; at most {longest} are allowed.")
    if "\0" in value or re.search("[\ud800-\udfff]", value):
        raise refusal(f"{what} holds a NUL or a lone surrogate.")
    return value


def long_text(value, what, longest):
    """A text that is cut where MLFLOW_TRUNCATE_LONG_VALUES allows it."""
    cuts = os.environ.get("MLFLOW_TRUNCATE_LONG_VALUES", "true").lower() in ("true", "1")
    return text(value, what)[:longest] if cuts else text(value, what, longest)


def key(value, what):
    """A key of a param, a metric or a tag."""
    name = text(value, f"The {what} key", KEY)
    normal = name and not name.startswith(("..", "/")) and posixpath.normpath(name) == name
    if not normal or name == "." or not re.fullmatch(r"[\w/.\- :]+", name):
        raise refusal(f"The {what} key {name!r} is not allowed.")
    return name


def whole(value, what, least=-(2**63)):
    """A whole number of 64 bits."""
    try:
        number = int(value) if isinstance(value, Real | Decimal) else None
    except (OverflowError, ValueError):
        number = None
    if isinstance(value, bool) or number is None or number != value or not least <= number < 2**63:
        raise refusal(f"{what} must be a whole number from {least} to 2^63-1.")
    return number


def double(value, what):
    """A real number that a double holds; an infinity is kept as the largest of them."""
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        raise refusal(f"{what} must be a number, not {type(value).__name__}.")
    try:
        number = float(value)
    except (OverflowError, ValueError):
        raise refusal(f"{what} does not fit into a double.") from None
    if math.isinf(number) and not math.isinf(value):
        raise refusal(f"{what} does not fit into a double.")
    return math.copysign(LARGEST, number) if math.isinf(number) else number


def point(metric):
    """A metric's key, and its value, timestamp and step."""
    name = key(metric.key, "metric")
    return name, (
        double(metric.value, f"Metric {name!r}"),
        whole(metric.timestamp, f"The timestamp of metric {name!r}", 0),
        whole(metric.step, f"The step of metric {name!r}"),
    )


def pairs(entries, what, check):
    """A dict of tags or params whose keys and values were checked; the last of a key wins."""
    return {key(each.key, what): check(each.value, f"{what} {each.key!r}") for each in entries}


def params(entries):
    """The params of a batch."""
    return pairs(entries, "param", lambda value, what: long_text(value, what, PARAM))


def run_tags(tags):
    """The tags of a run; the one that is its name has the name's length."""
    found = pairs(tags, "tag", lambda value, what: long_text(value, what, TAG))
    text(found.get("mlflow.runName", ""), "The run name", RUN_NAME)
    return found


def experiment_tags(tags):
    """The tags of an experiment."""
    return pairs(tags, "tag", lambda value, what: text(value, what, EXPERIMENT_TAG))


def experiment_name(name):
    """An experiment's name."""
    if text(name, "The experiment name", NAME) == "":
        raise refusal("The experiment name is empty.")
    return name


def dataset_use(use):
    """A dataset as (name, digest, source_type, source, schema, profile), and the tags of its use."""
    given = use.dataset
    fields = [text(getattr(given, part), part, longest) for part, longest in DATASET.items()]
    for part, longest in DATASET_MAYBE.items():
        value = getattr(given, part)
        fields.append(None if value is None else text(value, part, longest))
    tags = {
        text(tag.key, "A tag's key", INPUT_TAG_KEY): text(tag.value, "A tag's value", INPUT_TAG)
        for tag in use.tags
    }
    return tuple(fields), tags


def batch(metrics, params, tags):
    """Refuse a batch that is too large."""
    counts = (len(metrics), len(params), len(tags))
    for count, most in zip((*counts, sum(counts)), (METRICS, PARAMS, TAGS, ENTRIES), strict=True):
        if count > most:
            raise refusal(f"A batch of {counts} metrics, params and tags is too large.")


def page_size(max_results):
    """The size of a page."""
    if not 1 <= whole(max_results, "max_results") <= 50_000:
        raise refusal("max_results must be 1 to 50000.")
    return int(max_results)
