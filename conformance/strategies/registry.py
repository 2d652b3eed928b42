"""Registered models and versions: names, aliases, stages, searches (REG-*)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storeproof.conformance.model import Comparison, Field, Filter, Kind, OrderTerm, Raw
from storeproof.conformance.strategies.drawn import CLEF, Bad, Name, weighted
from storeproof.conformance.strategies.things import valid_names

SOURCES = ("s3://bucket/a", "s3://bucket/A", "s3://bucket/%_", "s3://bucket/é" + CLEF)
RUN_IDS = ("0" * 32, "a" * 32, "A" * 32)


def model_names() -> SearchStrategy[Name]:
    """Names of registered models, many of them twins (REG-MODEL)."""
    return valid_names().filter(lambda name: not {"/", ":"} & set(name.text))


def invalid_model_names() -> SearchStrategy[Bad]:
    """Names that must be refused; a Name among them takes a prefix, the rest is used as it is."""
    values = (
        "",
        Name("a/b"),
        Name("a:b"),
        Name("/"),
        Name(":"),
        Name("a", 257),
        Name("a", 257, CLEF),
    )
    return st.sampled_from([Bad(each, "REG-MODEL") for each in values])


def aliases() -> SearchStrategy[str]:
    """Aliases, few of them, so that they meet again (REG-ALIAS)."""
    return weighted(
        ("a", "b"), ("A", "a-b", "a_b", "7", "-", "_", "va", "v1a", "latest1"), st.just("a" * 255)
    )


def invalid_aliases() -> SearchStrategy[Bad]:
    """Aliases that must be refused."""
    values = ("", " ", "a b", "a.b", "a/b", "a:b", "a@b", "latest", "v1", "v007", "a" * 256, "a\n")
    return st.sampled_from([Bad(each, "REG-ALIAS") for each in values])


def doubtful_aliases() -> SearchStrategy[str]:
    """Aliases of other letters, and what is reserved in another case."""
    return st.sampled_from(("é", "語", "Latest", "V1"))


def stages() -> SearchStrategy[str]:
    """Stages by their names in any case (REG-STAGE)."""
    return st.sampled_from(
        ("Production", "Staging", "production", "STAGING", "None", "archived", "none", "ArchiveD")
    )


def invalid_stages() -> SearchStrategy[Bad]:
    """What is no stage."""
    values = ("", "x", "prod", "Production ", "Deleted_Internal", "deleted_internal")
    return st.sampled_from([Bad(each, "REG-STAGE") for each in values])


def numbers() -> SearchStrategy[int]:
    """Numbers of versions, most of them small enough to be there (REG-VERSION)."""
    return st.sampled_from((1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 0, 99))


_TEXTS = ("=", "!=", "LIKE", "ILIKE")
_NUMBERS = ("=", "!=", "<", "<=", ">", ">=")


def model_comparisons(
    names: SearchStrategy[str], keys: SearchStrategy[str]
) -> SearchStrategy[tuple[Comparison, ...]]:
    """What may be asked of models, given their names and the keys of their tags (REG-SEARCH)."""
    return _few(st.one_of(_on_names(names), _on_tags(keys)))


def version_comparisons(
    names: SearchStrategy[str], keys: SearchStrategy[str]
) -> SearchStrategy[tuple[Comparison, ...]]:
    """What may be asked of versions."""
    on_numbers = st.builds(
        lambda operator, value: Comparison(_attribute("version_number"), operator, value),
        st.sampled_from(_NUMBERS),
        st.sampled_from(("0", "1", "2", "1.5", "10", "9" * 30)).map(Decimal),
    )
    on_runs = st.builds(
        lambda wanted: Comparison(_attribute("run_id"), "=", wanted), st.sampled_from(RUN_IDS)
    )
    listed = st.builds(
        lambda wanted: Comparison(_attribute("run_id"), "IN", tuple(wanted)),
        st.lists(st.sampled_from(RUN_IDS), min_size=1, max_size=3),
    )
    on_sources = st.builds(
        lambda operator, wanted: Comparison(_attribute("source_path"), operator, wanted),
        st.sampled_from(_TEXTS),
        st.sampled_from((*SOURCES, "s3://%", "%A", "")),
    )
    return _few(
        st.one_of(_on_names(names), _on_tags(keys), on_numbers, on_runs, listed, on_sources)
    )


def filter_among(prefix: str, comparisons: tuple[Comparison, ...]) -> Filter:
    """The filter that asks all this of models whose names begin with the prefix."""
    ours = Comparison(_attribute("name"), "LIKE", f"{prefix}%")
    whole = (ours, *comparisons)
    return Filter(whole, " AND ".join(map(_spelt, whole)))


def model_orders() -> SearchStrategy[tuple[OrderTerm, ...]]:
    """Orders by name, or by nothing."""
    return _orders("name")


def version_orders() -> SearchStrategy[tuple[OrderTerm, ...]]:
    """Orders by number and name, or by nothing."""
    return _orders("name", "version_number")


def misspelt_registry_filters() -> SearchStrategy[Raw]:
    """What is in no store's language."""
    texts = ("name", "name =", "name == 'a'", "name = a", "name > 'a'", "x = 'a'", "name = 'a' OR")
    return st.sampled_from([Raw(each) for each in texts])


def _attribute(name: str) -> Field:
    return Field(Kind.ATTRIBUTE, name)


def _few(comparison: SearchStrategy[Comparison]) -> SearchStrategy[tuple[Comparison, ...]]:
    return st.lists(comparison, max_size=2).map(tuple)


_LIKE_NAMES: tuple[Callable[[str], str], ...] = (
    lambda name: name,
    lambda name: f"%{name[-1:]}",
    lambda name: f"{name[:9]}%",
    str.swapcase,
)


def _on_names(names: SearchStrategy[str]) -> SearchStrategy[Comparison]:
    texts = st.builds(lambda name, like: like(name), names, st.sampled_from(_LIKE_NAMES))
    return st.builds(
        lambda operator, wanted: Comparison(_attribute("name"), operator, wanted),
        st.sampled_from(_TEXTS),
        texts.filter(_can_be_quoted),
    )


def _on_tags(keys: SearchStrategy[str]) -> SearchStrategy[Comparison]:
    return st.builds(
        lambda key, operator, wanted: Comparison(Field(Kind.TAG, key), operator, wanted),
        keys,
        st.sampled_from(_TEXTS),
        st.sampled_from(("x", "X", "", "%", "x ", "a\nb", "é", "\\", "%s")),
    )


def _can_be_quoted(text: str) -> bool:
    return "'" not in text or '"' not in text


def _spelt(comparison: Comparison) -> str:
    field = comparison.field
    name = f"tags.`{field.name}`" if field.kind is Kind.TAG else field.name
    return f"{name} {comparison.operator} {_value(comparison.value)}"


def _value(value: Decimal | str | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_value, value))})"
    if isinstance(value, Decimal):
        return str(value)
    return f'"{value}"' if "'" in value else f"'{value}'"


def _orders(*fields: str) -> SearchStrategy[tuple[OrderTerm, ...]]:
    term = st.builds(
        lambda field, descending: OrderTerm(
            _attribute(field), descending, f"{field} {'DESC' if descending else 'ASC'}"
        ),
        st.sampled_from(fields),
        st.booleans(),
    )
    return st.lists(term, max_size=2).map(tuple)
