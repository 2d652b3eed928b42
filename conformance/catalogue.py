"""The clauses, read from catalogue.toml, and the specification made from them.

Every slug, level, text and help in tests, reports and documents comes from here.
`python -m storeproof.conformance.catalogue` writes docs/specification.md to standard output.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

ANY_STORE = "all"
"""The kind in `applies_to` that every store is of."""

ISSUE_URL = "https://github.com/mlflow/mlflow/issues/{}"


class Level(StrEnum):
    """How much a clause asks; Catalogue.levels says what each level means."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class UnknownClause(KeyError):
    """No clause has this slug; `close` holds the slugs most like it."""

    def __init__(self, slug: str, known: Collection[str]) -> None:
        from difflib import get_close_matches  # slow to import, and seldom needed

        super().__init__(slug)
        self.slug = slug
        self.close = tuple(get_close_matches(slug.upper(), known, n=3, cutoff=0.5))

    def __str__(self) -> str:
        like = f" did you mean {' or '.join(self.close)}?" if self.close else " see the list."
        return f"There is no clause {self.slug!r};{like}"


@dataclass(frozen=True)
class Variation:
    """Other behaviour that a clause accepts; it stands in for the words `replaces` of its text."""

    name: str
    replaces: str
    text: str


@dataclass(frozen=True)
class Area:
    """A part of the specification: a stable name for machines, a title for people."""

    name: str
    title: str


@dataclass(frozen=True)
class Clause:
    """One rule; `issues` are numbers in mlflow/mlflow, `help` is for who breaks it."""

    slug: str
    level: Level
    area: str
    since: str
    applies_to: tuple[str, ...]
    text: str
    help: str
    issues: tuple[int, ...] = ()
    variations: tuple[Variation, ...] = ()

    def applies(self, kinds: Collection[str]) -> bool:
        """Whether the clause is about a store of these kinds (Catalogue.kinds)."""
        return any(kind == ANY_STORE or kind in kinds for kind in self.applies_to)


@dataclass(frozen=True)
class Error:
    """An error code of the specification and the HTTP status that carries it."""

    code: str
    status: int
    meaning: str


@dataclass(frozen=True)
class Annex:
    """Facts that clauses refer to by the annex's name; `text` is Markdown."""

    name: str
    title: str
    text: str


@dataclass(frozen=True)
class Catalogue:
    """The whole specification of one profile; everything is in the order of the file."""

    profile: str
    title: str
    preamble: tuple[str, ...]
    levels: dict[Level, str]
    kinds: dict[str, str]
    errors: tuple[Error, ...]
    areas: tuple[Area, ...]
    clauses: tuple[Clause, ...]
    annexes: tuple[Annex, ...]

    @cached_property
    def _by_slug(self) -> dict[str, Clause]:
        return {clause.slug: clause for clause in self.clauses}

    def clause(self, slug: str) -> Clause:
        """Find a clause by its slug; raises UnknownClause, which names the closest ones."""
        try:
            return self._by_slug[slug]
        except KeyError:
            raise UnknownClause(slug, self._by_slug) from None

    def matching(self, pattern: str) -> tuple[Clause, ...]:
        """Find the clauses whose slug fits a pattern such as EXP-*, in any case; maybe none."""
        wanted = pattern.upper()
        return tuple(clause for clause in self.clauses if fnmatchcase(clause.slug, wanted))

    def in_area(self, name: str) -> tuple[Clause, ...]:
        """List the clauses of the area of this name."""
        return tuple(clause for clause in self.clauses if clause.area == name)


@cache
def load() -> Catalogue:
    """Read the catalogue that comes with this package; parsed once."""
    raw = tomllib.loads((files(__package__) / "catalogue.toml").read_text(encoding="utf-8"))
    return Catalogue(
        profile=raw["profile"],
        title=raw["title"],
        preamble=tuple(raw["preamble"]),
        levels={Level(name): meaning for name, meaning in raw["levels"].items()},
        kinds=raw["kinds"],
        errors=tuple(Error(**each) for each in raw["error"]),
        areas=tuple(Area(**each) for each in raw["area"]),
        clauses=tuple(_clause(**each) for each in raw["clause"]),
        annexes=tuple(Annex(each["name"], each["title"], each["text"]) for each in raw["annex"]),
    )


def _clause(
    *,
    level: str,
    applies_to: list[str],
    text: str,
    help: str,  # noqa: A002 - the key in the file
    issues: list[int] | None = None,
    variation: list[dict[str, str]] | None = None,
    **plain: Any,
) -> Clause:
    return Clause(
        level=Level(level),
        applies_to=tuple(applies_to),
        text=" ".join(text.split()),
        help=" ".join(help.split()),
        issues=tuple(issues or ()),
        variations=tuple(Variation(**each) for each in variation or ()),
        **plain,
    )


def specification() -> str:
    """Render the specification as Markdown, with the slug of each clause as its anchor."""
    catalogue = load()
    lines = [*_front(catalogue)]
    for area in catalogue.areas:
        lines += ["", _anchor(area.name), f"## {area.title}"]
        for clause in catalogue.in_area(area.name):
            lines += ["", *_rendered(clause, catalogue)]
    for annex in catalogue.annexes:
        lines += ["", _anchor(annex.name), f"## Annex {annex.name}: {annex.title}", ""]
        lines += annex.text.strip().splitlines()
    return "\n".join(lines) + "\n"


def _front(catalogue: Catalogue) -> Iterator[str]:
    yield f"# {catalogue.title}"
    yield ""
    yield "<!-- Made from conformance/catalogue.toml; change that file, then run"
    yield "     python -m storeproof.conformance.catalogue > docs/specification.md -->"
    yield ""
    yield f"Profile {catalogue.profile}, {len(catalogue.clauses)} clauses."
    for paragraph in catalogue.preamble:
        yield from ("", _markdown(paragraph))
    yield ""
    for level, meaning in catalogue.levels.items():
        yield f"- **{level}**: {_markdown(meaning)}."
    yield from ("", "| error code | HTTP status | meaning |", "|---|---|---|")
    for error in catalogue.errors:
        yield f"| `{error.code}` | {error.status} | {_markdown(error.meaning)} |"
    yield from ("", "A clause applies to stores of these kinds:", "")
    for kind, meaning in catalogue.kinds.items():
        yield f"- **{kind}**: {_markdown(meaning)}."
    yield from ("", "| area | clauses |", "|---|---|")
    for area in catalogue.areas:
        slugs = " ".join(f"[{each.slug}](#{each.slug})" for each in catalogue.in_area(area.name))
        yield f"| [{area.title}](#{area.name}) | {slugs} |"


def _rendered(clause: Clause, catalogue: Catalogue) -> Iterator[str]:
    yield _anchor(clause.slug)
    yield f"### {clause.slug} ({clause.level})"
    yield from ("", _markdown(clause.text))
    if clause.variations:
        yield from ("", "Accepted variations:", "")
    for variation in clause.variations:
        yield (
            f"- `{variation.name}`: {_markdown(variation.text)} "
            f"(in place of: {_markdown(variation.replaces)})"
        )
    facts = [f"Applies to: {', '.join(clause.applies_to)}."]
    if clause.since != catalogue.profile:
        facts.append(f"Since {clause.since}.")
    if clause.issues:
        seen = ", ".join(f"[#{number}]({ISSUE_URL.format(number)})" for number in clause.issues)
        facts.append(f"Met in MLflow: {seen}.")
    yield from ("", " ".join(facts))
    yield from ("", f"> **If your store fails it.** {_markdown(clause.help)}")


def _anchor(name: str) -> str:
    return f'<a id="{name}"></a>\n'


_SPAN = re.compile(r"(`[^`]+`)")
_SPECIAL = re.compile(r"[\\`*\[<]|(?<!\w)_|_(?!\w)")  # inside a word _ is plain already


def _markdown(text: str) -> str:
    """Text with its `code` spans kept and all other characters literal."""
    parts = _SPAN.split(text)
    return "".join(
        part if index % 2 else _SPECIAL.sub(r"\\\g<0>", part) for index, part in enumerate(parts)
    )


if __name__ == "__main__":
    sys.stdout.write(specification())
