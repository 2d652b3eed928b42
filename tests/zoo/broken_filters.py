"""Stores that break one rule of the language of filters each, or of what a filter finds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from answering import Answering, Comparing, Rephrasing, good_test
from wrapper import Wrapper, breaks

from storeproof.stores.entities import RUN_NAME_TAG, Run, RunInfo, RunStatus
from storeproof.stores.errors import StoreError, invalid
from storeproof.stores.search.parser import parse_filter
from storeproof.stores.search.query import Query
from storeproof.stores.search.tree import Comparison, Filter, Kind, Operator
from storeproof.stores.search.vocabulary import EXPERIMENTS, RUNS


def understood(text: str | None) -> bool:
    """Whether runs or experiments can be searched by it."""
    for entity in (RUNS, EXPERIMENTS):
        try:
            parse_filter(text, entity)
        except StoreError:
            continue
        return True
    return False


# The language


@breaks("SEARCH-GRAMMAR")
class FiltersIgnored(Rephrasing):
    def heard(self, filter_string: str | None) -> str | None:
        return filter_string if not understood(filter_string) else None


@breaks("SEARCH-GRAMMAR")
class NotUnderstoodIsPassedOver(Rephrasing):
    def heard(self, filter_string: str | None) -> str | None:
        return filter_string if understood(filter_string) else None


@breaks("SEARCH-GRAMMAR")
class NotUnderstoodIsACrash(Rephrasing):
    def heard(self, filter_string: str | None) -> str | None:
        if not understood(filter_string):
            raise ValueError("not enough values to unpack (expected 3, got 1)")
        return filter_string


@breaks("SEARCH-GRAMMAR")
class OrIsReadAsAnd(Rephrasing):
    def heard(self, filter_string: str | None) -> str | None:
        return filter_string and re.sub(r"\bOR\b", "AND", filter_string)


@breaks("SEARCH-GRAMMAR")
class AndIsReadAsOr(Answering):
    def fits(self, terms: Filter, run: Run) -> bool:
        return not terms or any(self.holds(each, run) for each in terms)


@breaks("SEARCH-GRAMMAR")
class OnlyTheLastComparisonCounts(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        return super()._search_runs(experiment_ids, replace(query, filter=query.filter[-1:]))


@breaks("SEARCH-GRAMMAR")
class OneComparisonForEachField(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        last = {comparison.field: comparison for comparison in query.filter}
        return super()._search_runs(experiment_ids, replace(query, filter=tuple(last.values())))


@breaks("SEARCH-GRAMMAR")
class SplitAtTheWordAnd(Rephrasing):
    def heard(self, filter_string: str | None) -> str | None:
        if filter_string and " AND " in filter_string and understood(filter_string):
            for piece in filter_string.split(" AND "):
                if not understood(piece):
                    raise invalid(f"{piece} is no comparison.")
        return filter_string


@breaks("SEARCH-GRAMMAR")
class SplitAtSpaces(Rephrasing):
    def heard(self, filter_string: str | None) -> str | None:
        if filter_string and len(filter_string.split()) < 3:
            raise invalid("A comparison has three parts.")
        return filter_string


@breaks("SEARCH-GRAMMAR")
class KeywordsInCapitalsOnly(Rephrasing):
    def heard(self, filter_string: str | None) -> str | None:
        if re.search(r" (and|like|ilike|in) ", filter_string or ""):
            raise invalid("Write keywords in capitals.")
        return filter_string


@breaks("SEARCH-GRAMMAR")
class QuotesOfKeysTakenOff(Rephrasing):
    def heard(self, filter_string: str | None) -> str | None:
        return filter_string and filter_string.replace("`", "")


@breaks("SEARCH-GRAMMAR")
class OneAliasUnknown(Rephrasing):
    def heard(self, filter_string: str | None) -> str | None:
        if (filter_string or "").startswith("parameter."):
            raise invalid("There is no field of this kind.")
        return filter_string


@breaks("SEARCH-GRAMMAR")
class QuotedNumbersAreNumbers(Rephrasing):
    def heard(self, filter_string: str | None) -> str | None:
        return filter_string and re.sub(
            r"(metrics\.\w+ \S+|_time \S+) '([\d.]+)'", r"\1 \2", filter_string
        )


@breaks("SEARCH-GRAMMAR")
class TextsAreComparedByTheirOrder(Rephrasing):
    def heard(self, filter_string: str | None) -> str | None:
        return filter_string and re.sub(r" [<>]=? ('.*')", r" != \1", filter_string)


@breaks("SEARCH-GRAMMAR")
class ListsForEveryAttribute(Rephrasing):
    def heard(self, filter_string: str | None) -> str | None:
        return filter_string and re.sub(
            r"(user_id|status) IN \(('\w+')\)", r"\1 = \2", filter_string
        )


@breaks("SEARCH-GRAMMAR")
class ListsPutIntoLowerCase(Comparing):
    """As MLflow did, so that a list with capitals finds nothing."""

    def passes(self, comparison: Comparison, value: Any) -> bool:
        wanted = comparison.value
        if isinstance(wanted, tuple):
            comparison = replace(comparison, value=tuple(each.lower() for each in wanted))
        return good_test(comparison, value)


@breaks("SEARCH-GRAMMAR")
class LongListsAreCut(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        wanted = comparison.value
        if isinstance(wanted, tuple):
            comparison = replace(comparison, value=wanted[:100])
        return good_test(comparison, value)


@breaks("SEARCH-GRAMMAR")
class NotInIsIn(Comparing):
    def passes(self, comparison: Comparison, value: Any) -> bool:
        if comparison.operator is Operator.NOT_IN:
            comparison = replace(comparison, operator=Operator.IN)
        return good_test(comparison, value)


@breaks("SEARCH-GRAMMAR")
class OnlyTheFirstDatasetCounts(Answering):
    def holds(self, comparison: Comparison, run: Run) -> bool:
        return super().holds(comparison, replace(run, inputs=run.inputs[:1]))


@breaks("SEARCH-GRAMMAR")
class OnceForEachDataset(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        found = super()._search_runs(experiment_ids, query)
        if not any(comparison.field.kind is Kind.DATASET for comparison in query.filter):
            return found
        return [run for run in found for _ in run.inputs]


@breaks("SEARCH-GRAMMAR")
class AnyPointOfTheMetricCounts(Comparing):
    def holds(self, comparison: Comparison, run: Run) -> bool:
        if comparison.field.kind is not Kind.METRIC:
            return super().holds(comparison, run)
        points = self._get_metric_history(run.info.run_id, comparison.field.name, None, None)
        return any(self.passes(comparison, point.value) for point in points)


@breaks("SEARCH-GRAMMAR")
class ParamsAndTagsAreOne(Comparing):
    def value(self, comparison: Comparison, run: Run) -> Any:
        if comparison.field.kind in (Kind.PARAM, Kind.TAG):
            return {**run.tags, **run.params}.get(comparison.field.name)
        return super().value(comparison, run)


@breaks("SEARCH-GRAMMAR")
class FirstStatusFoundForEver(Comparing):
    """An index that is not kept up."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, str] = {}

    def _update_run_info(
        self, run_id: str, status: RunStatus | None, end_time: int | None, name: str | None
    ) -> RunInfo:
        info = super()._update_run_info(run_id, status, end_time, name)
        self.first.setdefault(run_id, info.status.value)
        return info

    def value(self, comparison: Comparison, run: Run) -> Any:
        value = super().value(comparison, run)
        indexed = comparison.field.name == "status"
        return self.first.get(run.info.run_id, value) if indexed else value


# The run's name


class Naming(Comparing):
    """Takes `name(run)` for the run's name; None is missing."""

    def name(self, run: Run) -> str | None:
        return run.info.run_name

    def value(self, comparison: Comparison, run: Run) -> Any:
        named = comparison.field.kind is Kind.ATTRIBUTE and comparison.field.name == "run_name"
        return self.name(run) if named else super().value(comparison, run)


@breaks("SEARCH-RUNNAME")
class NameIsReadFromTheTag(Naming):
    def name(self, run: Run) -> str | None:
        return run.tags.get(RUN_NAME_TAG)


@breaks("SEARCH-RUNNAME")
class NameWithoutItsTagIsEmpty(Naming):
    def name(self, run: Run) -> str | None:
        return run.tags.get(RUN_NAME_TAG, "")


@breaks("SEARCH-RUNNAME")
class FirstNameFoundForEver(Naming):
    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, str] = {}

    def _create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: Mapping[str, str], name: str
    ) -> Run:
        run = super()._create_run(experiment_id, user_id, start_time, tags, name)
        self.first[run.info.run_id] = name
        return run

    def name(self, run: Run) -> str | None:
        return self.first[run.info.run_id]


@breaks("SEARCH-RUNNAME")
class GeneratedNamesAreMissing(Naming):
    def name(self, run: Run) -> str | None:
        generated = re.fullmatch(r"[a-z]+-[a-z]+-\d+", run.info.run_name)
        return None if generated else run.info.run_name


@breaks("SEARCH-RUNNAME")
class NamesInAsciiOnly(Naming):
    def name(self, run: Run) -> str | None:
        return run.info.run_name.encode("ascii", "replace").decode()


# Very many comparisons


@breaks("SEARCH-MANY")
class TooManyJoinsAreACrash(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        if len(query.filter) > 61:
            raise RuntimeError("Too many tables; MySQL can only use 61 tables in a join")
        return super()._search_runs(experiment_ids, query)


@breaks("SEARCH-MANY")
class OnlyTheFirst64Count(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        return super()._search_runs(experiment_ids, replace(query, filter=query.filter[:64]))


@breaks("SEARCH-MANY")
class VeryManyAreIgnored(Wrapper):
    def _search_runs(self, experiment_ids: Sequence[str], query: Query[Run]) -> Sequence[Run]:
        terms = query.filter if len(query.filter) < 90 else ()
        return super()._search_runs(experiment_ids, replace(query, filter=terms))
