"""Stores that break one rule of searches in the registry each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from registered import Registered
from wrapper import breaks

from storeproof.stores.entities import ModelVersion, Page, RegisteredModel
from storeproof.stores.errors import StoreError
from storeproof.stores.search.order import model_order, version_order
from storeproof.stores.search.query import Query
from storeproof.stores.search.tree import Comparison, Field, Kind, Operator


class Asking(Registered):
    """Asks `asked(query)` in place of each search, and gives `answered(page, query)`."""

    def asked(self, query: Query[Any]) -> Query[Any]:
        return query

    def answered(self, page: Page[Any], query: Query[Any]) -> Page[Any]:
        return page

    def page_of_models(self, query: Query[RegisteredModel]) -> Page[RegisteredModel]:
        return self.answered(self.base.page_of_models(self.asked(query)), query)

    def page_of_versions(self, query: Query[ModelVersion]) -> Page[ModelVersion]:
        return self.answered(self.base.page_of_versions(self.asked(query)), query)


class Comparing(Asking):
    """Reads each comparison as `compared(comparison)`; None is passed over."""

    def compared(self, comparison: Comparison) -> Comparison | None:
        return comparison

    def asked(self, query: Query[Any]) -> Query[Any]:
        kept = [self.compared(each) for each in query.filter]
        return replace(query, filter=tuple(each for each in kept if each is not None))


@breaks("REG-SEARCH")
class TagsPassedOver(Comparing):
    def compared(self, comparison: Comparison) -> Comparison | None:
        return None if comparison.field.kind is Kind.TAG else comparison


@breaks("REG-SEARCH")
class OnlyTheFirstTagCounts(Comparing):
    def asked(self, query: Query[Any]) -> Query[Any]:
        tags = [each for each in query.filter if each.field.kind is Kind.TAG]
        kept = tuple(each for each in query.filter if each not in tags[1:])
        return replace(query, filter=kept)


@breaks("REG-SEARCH")
class LikeIgnoresCase(Comparing):
    def compared(self, comparison: Comparison) -> Comparison | None:
        if comparison.operator is Operator.LIKE:
            return replace(comparison, operator=Operator.ILIKE)
        return comparison


@breaks("REG-SEARCH")
class SourcesAndRunsInAnyCase(Comparing):
    def compared(self, comparison: Comparison) -> Comparison | None:
        if comparison.operator is Operator.EQ and comparison.field.name in (
            "run_id",
            "source_path",
        ):
            return replace(comparison, operator=Operator.ILIKE)
        return comparison


@breaks("REG-SEARCH")
class RunListsPassedOver(Comparing):
    def compared(self, comparison: Comparison) -> Comparison | None:
        return None if comparison.operator is Operator.IN else comparison


@breaks("REG-SEARCH")
class NumbersUpTo(Comparing):
    def compared(self, comparison: Comparison) -> Comparison | None:
        if comparison.operator is Operator.LT:
            return replace(comparison, operator=Operator.LE)
        return comparison


@breaks("REG-SEARCH")
class OrdersPassedOver(Asking):
    def page_of_models(self, query: Query[RegisteredModel]) -> Page[RegisteredModel]:
        return self.base.page_of_models(replace(query, order=model_order()))

    def page_of_versions(self, query: Query[ModelVersion]) -> Page[ModelVersion]:
        return self.base.page_of_versions(replace(query, order=version_order()))


class Sorting(Asking):
    """Sorts each page by `place`, where the order begins with `field`."""

    field = ""
    place: Callable[[Any], Any]

    def answered(self, page: Page[Any], query: Query[Any]) -> Page[Any]:
        first = query.order.columns[0]
        if first.field != Field(Kind.ATTRIBUTE, self.field) or not query.order_by:
            return page
        items = sorted(page.items, key=type(self).place, reverse=first.descending)
        return replace(page, items=tuple(items))


@breaks("REG-SEARCH")
class NumbersSortedAsText(Sorting):
    field = "version_number"
    place = staticmethod(lambda version: str(version.version))


@breaks("REG-SEARCH")
class NamesSortedInAnyCase(Sorting):
    field = "name"
    place = staticmethod(lambda thing: thing.name.casefold())


@breaks("REG-SEARCH")
class ChangesDoNotCount(Sorting):
    field = "last_updated_timestamp"
    place = staticmethod(lambda thing: thing.creation_timestamp)


@breaks("REG-SEARCH")
class OnceForEachTag(Asking):
    def answered(self, page: Page[Any], query: Query[Any]) -> Page[Any]:
        if not any(each.field.kind is Kind.TAG for each in query.filter):
            return page
        items = [each for each in page.items for _ in each.tags]
        return replace(page, items=tuple(items))


@breaks("REG-SEARCH")
class OnlyTheTagThatWasFound(Asking):
    def answered(self, page: Page[Any], query: Query[Any]) -> Page[Any]:
        wanted = {each.field.name for each in query.filter if each.field.kind is Kind.TAG}
        items = [
            replace(each, tags={key: each.tags[key] for key in each.tags if key in wanted})
            for each in page.items
        ]
        return replace(page, items=tuple(items)) if wanted else page


@breaks("REG-SEARCH")
class FoundModelsHaveNoVersions(Asking):
    def answered(self, page: Page[Any], query: Query[Any]) -> Page[Any]:
        items = [
            replace(each, latest_versions=()) if isinstance(each, RegisteredModel) else each
            for each in page.items
        ]
        return replace(page, items=tuple(items))


@breaks("REG-SEARCH")
class NoTokens(Asking):
    def answered(self, page: Page[Any], query: Query[Any]) -> Page[Any]:
        return Page(page.items)


@breaks("REG-SEARCH")
class TokenAfterAFullPage(Asking):
    def answered(self, page: Page[Any], query: Query[Any]) -> Page[Any]:
        full = len(page.items) == query.limit
        return Page(page.items, page.token or ("more" if full else None))


@breaks("REG-SEARCH")
class DeletedVersionsAreFound(Asking):
    def __init__(self) -> None:
        super().__init__()
        self.gone: list[ModelVersion] = []

    def delete_version(self, name: str, version: int) -> None:
        self.gone.append(self.base.get_version(name, version))
        self.base.delete_version(name, version)

    def page_of_versions(self, query: Query[ModelVersion]) -> Page[ModelVersion]:
        page = self.base.page_of_versions(query)
        return replace(page, items=(*page.items, *self.gone))


@breaks("REG-SEARCH")
class NotUnderstoodFindsNothing(Registered):
    def search_registered_models(self, *given: Any, **named: Any) -> Page[RegisteredModel]:
        try:
            return super().search_registered_models(*given, **named)
        except StoreError:
            return Page(())


@breaks("REG-SEARCH")
class AnyTokenIsTheFirstPage(Registered):
    def search_model_versions(self, *given: Any, **named: Any) -> Page[ModelVersion]:
        try:
            return super().search_model_versions(*given, **named)
        except StoreError:
            if "page_token" not in named:
                raise
            return super().search_model_versions()
