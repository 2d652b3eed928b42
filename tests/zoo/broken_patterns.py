"""Stores that break one rule of patterns or of the equality of texts each."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Any

from answering import Comparing, good_test
from wrapper import breaks

from storeproof.stores.errors import invalid
from storeproof.stores.search.like import folded, like
from storeproof.stores.search.tree import Comparison, Operator


class Matching(Comparing):
    """Matches the text of LIKE and ILIKE by the regular expression that `expression` makes of a pattern."""

    percent = ".*"
    underscore = "."
    flags = re.DOTALL

    def expression(self, pattern: str) -> str:
        wildcards = {"%": self.percent, "_": self.underscore}
        return "".join(wildcards.get(each, re.escape(each)) for each in pattern)

    def matches(self, pattern: str, text: str) -> bool:
        if len(pattern) > 100:  # an expression of so many parts may try for ever
            return like(pattern)(text)
        try:
            return re.fullmatch(self.expression(pattern), text, self.flags) is not None
        except re.error:
            return False

    def passes(self, comparison: Comparison, value: Any) -> bool:
        wanted = comparison.value
        if value is None or not isinstance(wanted, str):
            return good_test(comparison, value)
        if comparison.operator is Operator.LIKE:
            return self.matches(wanted, value)
        if comparison.operator is Operator.ILIKE:
            return self.matches(folded(wanted), folded(value))
        return good_test(comparison, value)


@breaks("SEARCH-LIKE")
class PatternsAreRegularExpressions(Matching):
    def expression(self, pattern: str) -> str:
        return pattern.replace("%", ".*").replace("_", ".")


@breaks("SEARCH-LIKE")
class PercentStopsAtALineEnd(Matching):
    flags = re.NOFLAG  # type: ignore[assignment]


@breaks("SEARCH-LIKE")
class PatternEndsBeforeALineEnd(Matching):
    def matches(self, pattern: str, text: str) -> bool:
        return super().matches(pattern, text) or super().matches(pattern, text.removesuffix("\n"))


@breaks("SEARCH-LIKE")
class UnderscoreMayBeNothing(Matching):
    underscore = ".?"


@breaks("SEARCH-LIKE")
class UnderscoreIsOneOrMore(Matching):
    underscore = ".+"


@breaks("SEARCH-LIKE")
class PercentIsAtLeastOne(Matching):
    percent = ".+"


@breaks("SEARCH-LIKE")
class UnderscoreIsHalfACharacter(Matching):
    """UTF-16 units are counted."""

    def matches(self, pattern: str, text: str) -> bool:
        return super().matches(units(pattern), units(text))


def units(text: str) -> str:
    """A character for each UTF-16 unit."""
    return re.sub("[\U00010000-\U0010ffff]", lambda found: f"\ud800{found[0]}", text)


@breaks("SEARCH-LIKE")
class BackslashEscapes(Matching):
    """As in MySQL and PostgreSQL, unless ESCAPE says otherwise."""

    def expression(self, pattern: str) -> str:
        pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
        return "".join(
            re.escape(each[1]) if len(each) == 2 else super(BackslashEscapes, self).expression(each)
            for each in pieces
        )


@breaks("SEARCH-LIKE")
class BracketsAreClasses(Matching):
    """As in SQL Server."""

    def expression(self, pattern: str) -> str:
        return super().expression(pattern).replace("\\[", "[").replace("\\]", "]")


@breaks("SEARCH-LIKE")
class PatternIsLookedForAnywhere(Matching):
    def expression(self, pattern: str) -> str:
        return f".*{super().expression(pattern)}.*"


@breaks("SEARCH-LIKE")
class LongPatternsAreRefused(Matching):
    def matches(self, pattern: str, text: str) -> bool:
        if len(pattern) > 4000:
            raise invalid("The pattern is too long.")
        return super().matches(pattern, text)


@breaks("SEARCH-LIKE")
class LikeIgnoresCase(Matching):
    def matches(self, pattern: str, text: str) -> bool:
        return super().matches(pattern.lower(), text.lower())


@breaks("SEARCH-LIKE")
class IlikeSeesCase(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        if comparison.operator is Operator.ILIKE:
            comparison = replace(comparison, operator=Operator.LIKE)
        return good_test(comparison, value)


class Normalising(Comparing):
    """Compares `normal(text)` of both, wherever they are compared by = and !=, and LIKE too if `like_too`."""

    like_too = False

    def normal(self, text: str) -> str:
        return text

    def passes(self, comparison: Comparison, value: Any) -> bool:
        wanted = comparison.value
        patterns = comparison.operator in (Operator.LIKE, Operator.ILIKE)
        if isinstance(value, str) and isinstance(wanted, str) and (self.like_too or not patterns):
            comparison, value = replace(comparison, value=self.normal(wanted)), self.normal(value)
        return good_test(comparison, value)


@breaks("SEARCH-LIKE")
class EqualityIgnoresCase(Normalising):
    def normal(self, text: str) -> str:
        return text.lower()


@breaks("SEARCH-LIKE")
class EqualityIgnoresTrailingSpace(Normalising):
    def normal(self, text: str) -> str:
        return text.rstrip(" ")


@breaks("SEARCH-LIKE")
class AccentsIgnored(Normalising):
    like_too = True

    def normal(self, text: str) -> str:
        plain = unicodedata.normalize("NFD", text)
        return "".join(each for each in plain if not unicodedata.combining(each))


@breaks("SEARCH-LIKE")
class WidthIgnored(Normalising):
    like_too = True

    def normal(self, text: str) -> str:
        return unicodedata.normalize("NFKC", text)
