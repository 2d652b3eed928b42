"""Stores that break one rule of comparisons each: with what is missing, with NaN, with numbers."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from answering import SIGNS, Answering, Comparing, good_test
from wrapper import breaks

from storeproof.stores.entities import Run
from storeproof.stores.errors import invalid
from storeproof.stores.search.query import run_query
from storeproof.stores.search.tree import Comparison, Kind, Operator

# Missing


@breaks("SEARCH-MISSING")
class MissingIsUnequal(Comparing):
    """An outer join, or None != 'x' in Python."""

    def passes(self, comparison: Comparison, value: Any) -> bool:
        return good_test(comparison, value) or (
            value is None and comparison.operator is Operator.NE
        )


@breaks("SEARCH-MISSING")
class MissingIsInNoList(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        return good_test(comparison, value) or (
            value is None and comparison.operator is Operator.NOT_IN
        )


@breaks("SEARCH-MISSING")
class MissingTextIsEmpty(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        empty = value is None and isinstance(comparison.value, str)
        return good_test(comparison, "" if empty else value)


@breaks("SEARCH-MISSING")
class EmptyTextIsMissing(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        return good_test(comparison, None if value == "" else value)


@breaks("SEARCH-MISSING")
class MissingTextIsNone(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        read = value is None and isinstance(comparison.value, str)
        return good_test(comparison, "None" if read else value)


@breaks("SEARCH-MISSING")
class MissingMetricIsZero(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        zero = value is None and comparison.field.kind is Kind.METRIC
        return good_test(comparison, 0.0 if zero else value)


@breaks("SEARCH-MISSING")
class RunsEndAtZero(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        zero = value is None and comparison.field.name == "end_time"
        return good_test(comparison, 0 if zero else value)


@breaks("SEARCH-MISSING")
class AnyRunMayHaveTheKey(Answering):
    """EXISTS (SELECT ... WHERE key = ...) that does not say of which run."""

    def holds(self, comparison: Comparison, run: Run) -> bool:
        if comparison.field.kind not in (Kind.PARAM, Kind.TAG, Kind.METRIC):
            return super().holds(comparison, run)
        runs = self.good._search_runs([run.info.experiment_id], run_query())
        return any(super(AnyRunMayHaveTheKey, self).holds(comparison, each) for each in runs)


@breaks("SEARCH-MISSING")
class KeysInAnyCase(Comparing):
    def value(self, comparison: Comparison, run: Run) -> Any:
        kept = {Kind.PARAM: run.params, Kind.TAG: run.tags}.get(comparison.field.kind)
        if kept is None:
            return super().value(comparison, run)
        lower = {key.lower(): value for key, value in kept.items()}
        return lower.get(comparison.field.name.lower())


@breaks("SEARCH-MISSING")
class DeletedTagsAreFound(Comparing):
    def __init__(self) -> None:
        super().__init__()
        self.deleted: dict[tuple[str, str], str] = {}

    def _delete_tag(self, run_id: str, key: str) -> None:
        value = self._get_run(run_id).tags.get(key, "")
        super()._delete_tag(run_id, key)
        self.deleted[run_id, key] = value

    def value(self, comparison: Comparison, run: Run) -> Any:
        value = super().value(comparison, run)
        return (
            self.deleted.get((run.info.run_id, comparison.field.name)) if value is None else value
        )


# NaN


def is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


@breaks("SEARCH-NAN")
class NanIsZero(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        return good_test(comparison, 0.0 if is_nan(value) else value)


@breaks("SEARCH-NAN")
class NanIsLessThanAll(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        return good_test(comparison, -math.inf if is_nan(value) else value)


@breaks("SEARCH-NAN")
class NanIsGreaterThanAll(Comparing):
    """As PostgreSQL's own is."""

    def passes(self, comparison: Comparison, value: Any) -> bool:
        return good_test(comparison, math.inf if is_nan(value) else value)


@breaks("SEARCH-NAN")
class NanMatchesNothing(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        return not is_nan(value) and good_test(comparison, value)


@breaks("SEARCH-NAN")
class NanMatchesAllButEquality(Comparing):
    """not (value > bound) in place of value <= bound."""

    def passes(self, comparison: Comparison, value: Any) -> bool:
        if is_nan(value):
            return comparison.operator is not Operator.EQ
        return good_test(comparison, value)


@breaks("SEARCH-NAN")
class NanOnceIsNanForEver(Comparing):
    def value(self, comparison: Comparison, run: Run) -> Any:
        field = comparison.field
        if field.kind is Kind.METRIC and field.name in run.metrics:
            points = self._get_metric_history(run.info.run_id, field.name, None, None)
            if any(is_nan(point.value) for point in points):
                return math.nan
        return super().value(comparison, run)


# Numbers


class Bounding(Comparing):
    """Compares times with `bound(number)`, and metrics with `near(number)`."""

    def bound(self, number: Decimal) -> Any:
        return number

    def near(self, number: Decimal) -> float:
        return float(number)

    def passes(self, comparison: Comparison, value: Any) -> bool:
        wanted = comparison.value
        if not isinstance(wanted, Decimal) or value is None:
            return good_test(comparison, value)
        metric = comparison.field.kind is Kind.METRIC
        return SIGNS[comparison.operator](value, (self.near if metric else self.bound)(wanted))


@breaks("SEARCH-NUMBERS")
class FractionsAreCut(Bounding):
    def bound(self, number: Decimal) -> Any:
        return int(number) if abs(number) < 10**30 else number


@breaks("SEARCH-NUMBERS")
class FractionsAreRounded(Bounding):
    def bound(self, number: Decimal) -> Any:
        return round(number) if abs(number) < 10**30 else number


@breaks("SEARCH-NUMBERS")
class FractionsAreRefused(Bounding):
    def bound(self, number: Decimal) -> Any:
        if number != number.to_integral_value():
            raise invalid("A time is a whole number.")
        return number


@breaks("SEARCH-NUMBERS")
class BeyondInt64IsACrash(Bounding):
    def bound(self, number: Decimal) -> Any:
        if not -(2**63) <= number < 2**63:
            raise OverflowError("Python int too large to convert to SQLite INTEGER")
        return number


@breaks("SEARCH-NUMBERS")
class BeyondInt64IsRefused(Bounding):
    def bound(self, number: Decimal) -> Any:
        if not -(2**63) <= number < 2**63:
            raise invalid("The number is too large.")
        return number


@breaks("SEARCH-NUMBERS")
class BeyondInt64IsItsEnd(Bounding):
    def bound(self, number: Decimal) -> Any:
        return min(max(number, Decimal(-(2**63))), Decimal(2**63 - 1))


@breaks("SEARCH-NUMBERS")
class TimesComparedAsDoubles(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        return good_test(comparison, float(value) if isinstance(value, int) else value)


@breaks("SEARCH-NUMBERS")
class MetricsComparedBySixDigits(Bounding):
    def near(self, number: Decimal) -> float:
        return float(f"{float(number):.6g}")


@breaks("SEARCH-NUMBERS")
class BeyondEveryDoubleIsTheLargest(Bounding):
    def near(self, number: Decimal) -> float:
        return min(max(float(number), -1.7976931348623157e308), 1.7976931348623157e308)
