"""The registry's own state machine: models, versions, stages, aliases, tags and searches (REG-*).

It looks at nothing but models whose names begin with its own prefix, so that a shared store
will do.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, multiple, rule

from storeproof.conformance import strategies
from storeproof.conformance.machine.doing import Doing, Made
from storeproof.conformance.machine.drawn import parts, seldom
from storeproof.conformance.model import Comparison, OrderTerm, Raw, Reference
from storeproof.conformance.strategies import Bad, Name, registry
from storeproof.stores.entities import Tag

names: Bundle[str] = Bundle("names")
keys: Bundle[str] = Bundle("keys")

_tags = st.lists(st.builds(Tag, keys, strategies.valid_texts()), max_size=3).map(tuple)
_values = strategies.valid_texts() | strategies.texts_of_length(5000)
_said = st.none() | strategies.valid_texts()
_numbers = registry.numbers()
_aliases = registry.aliases() | registry.doubtful_aliases()


class RegistryMachine(Doing):
    """The operations of the area REG."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.drawn: list[str] = []

    @initialize(target=keys, pool=strategies.key_pools())
    def draw_keys(self, pool: tuple[str, ...]) -> Made:
        """The keys of this example."""
        return multiple(*pool)

    @initialize(
        target=names, drawn=st.lists(registry.model_names(), min_size=2, max_size=4), tags=_tags
    )
    def first_models(self, drawn: list[Name], tags: tuple[Tag, ...]) -> Made:
        """The names of this example; models have all but one of them, with versions, stages and an alias."""
        self.drawn = list(dict.fromkeys(self.full_name(each) for each in drawn))
        for name in self.drawn[1:] or self.drawn:
            self.do("create_registered_model", name=name, tags=tags)
            for number, source in enumerate(registry.SOURCES[:3], 1):
                self.do("create_model_version", name=name, source=source, tags=tags)
                if number < 3:
                    where = {"name": name, "version": number}
                    self.do("transition_model_version_stage", **where, stage="Production")
            self.do("set_registered_model_alias", name=name, alias="a", version=1)
        return multiple(*self.drawn, *self.drawn[1:])

    # Models

    @rule(name=names, tags=_tags, said=_said)
    def create_model(self, name: str, tags: tuple[Tag, ...], said: str | None) -> None:
        """REG-MODEL; a name that is taken is refused."""
        self.do("create_registered_model", name=name, tags=tags, description=said)
        self.do("get_registered_model", name=name)

    @rule(name=names, new_name=names)
    def rename_model(self, name: str, new_name: str) -> None:
        """REG-MODEL; versions, tags and aliases come along."""
        self.do("rename_registered_model", name=name, new_name=new_name)
        for each in (name, new_name):
            self._read(each)

    @rule(name=names, said=_said)
    def describe_model(self, name: str, said: str | None) -> None:
        """REG-MODEL."""
        self.do("update_registered_model", name=name, description=said)
        self.do("get_registered_model", name=name)

    @rule(name=names, really=seldom)
    def delete_model(self, name: str, really: bool) -> None:
        """REG-MODEL; what comes after it under that name has nothing of it."""
        if really:
            self.do("delete_registered_model", name=name)
        self.do("get_registered_model", name=name)

    @rule(name=names, key=keys, value=_values)
    def set_model_tag(self, name: str, key: str, value: str) -> None:
        """REG-TAG."""
        self.do("set_registered_model_tag", name=name, tag=Tag(key, value))
        self.do("get_registered_model", name=name)

    @rule(name=names, key=keys)
    def delete_model_tag(self, name: str, key: str) -> None:
        """REG-TAG."""
        self.do("delete_registered_model_tag", name=name, key=key)
        self.do("get_registered_model", name=name)

    # Versions

    @rule(
        name=names,
        source=st.sampled_from(registry.SOURCES),
        run=st.none() | st.sampled_from(registry.RUN_IDS),
        tags=_tags,
        said=_said,
    )
    def create_version(
        self, name: str, source: str, run: str | None, tags: tuple[Tag, ...], said: str | None
    ) -> None:
        """REG-VERSION."""
        given = {} if run is None else {"run_id": Raw(run)}
        self.do(
            "create_model_version", name=name, source=source, tags=tags, description=said, **given
        )

    @rule(name=names, number=_numbers)
    def delete_version(self, name: str, number: int) -> None:
        """REG-VERSION; the next one gets a number that no other had, and its aliases are gone."""
        self.do("delete_model_version", name=name, version=number)
        self.do("get_model_version", name=name, version=number)
        self.do("create_model_version", name=name, source=registry.SOURCES[0])
        self._read(name)

    @rule(name=names, number=_numbers, said=_said)
    def describe_version(self, name: str, number: int, said: str | None) -> None:
        """REG-VERSION."""
        self.do("update_model_version", name=name, version=number, description=said)
        self.do("get_model_version", name=name, version=number)

    @rule(name=names, number=_numbers, stage=registry.stages(), archive=st.booleans())
    def move_version(self, name: str, number: int, stage: str, archive: bool) -> None:
        """REG-STAGE."""
        asked = {"archive_existing_versions": archive} if stage.lower()[0] in "ps" else {}
        self.do("transition_model_version_stage", name=name, version=number, stage=stage, **asked)
        self._read(name)

    @rule(name=names, wanted=st.lists(registry.stages(), min_size=1, max_size=3).map(tuple))
    def get_latest_versions(self, name: str, wanted: tuple[str, ...]) -> None:
        """REG-STAGE."""
        self.do("get_latest_versions", name=name, stages=wanted)
        self.do("get_latest_versions", name=name)

    @rule(name=names, number=_numbers, key=keys, value=_values)
    def set_version_tag(self, name: str, number: int, key: str, value: str) -> None:
        """REG-TAG."""
        self.do("set_model_version_tag", name=name, version=number, tag=Tag(key, value))
        self._read(name)

    @rule(name=names, number=_numbers, key=keys)
    def delete_version_tag(self, name: str, number: int, key: str) -> None:
        """REG-TAG."""
        self.do("delete_model_version_tag", name=name, version=number, key=key)
        self.do("get_model_version", name=name, version=number)

    # Aliases

    @rule(name=names, alias=_aliases, number=_numbers)
    def set_alias(self, name: str, alias: str, number: int) -> None:
        """REG-ALIAS."""
        self.do("set_registered_model_alias", name=name, alias=alias, version=number)
        self.do("get_model_version_by_alias", name=name, alias=alias)
        self._read(name)

    @rule(name=names, alias=_aliases)
    def delete_alias(self, name: str, alias: str) -> None:
        """REG-ALIAS."""
        self.do("delete_registered_model_alias", name=name, alias=alias)
        self.do("get_model_version_by_alias", name=name, alias=alias)
        self.do("get_registered_model", name=name)

    # Searches

    @rule(
        found=registry.model_comparisons(names, keys),
        order=registry.model_orders(),
        pages=st.none() | parts,
    )
    def search_models(
        self, found: tuple[Comparison, ...], order: tuple[OrderTerm, ...], pages: int | None
    ) -> None:
        """REG-SEARCH."""
        self._search("search_registered_models", found, order, pages)

    @rule(
        found=registry.version_comparisons(names, keys),
        order=registry.version_orders(),
        pages=st.none() | parts,
    )
    def search_versions(
        self, found: tuple[Comparison, ...], order: tuple[OrderTerm, ...], pages: int | None
    ) -> None:
        """REG-SEARCH."""
        self._search("search_model_versions", found, order, pages)

    # What is refused

    @rule(
        name=names,
        number=_numbers,
        bad_name=registry.invalid_model_names(),
        bad_key=strategies.invalid_keys(),
        bad_alias=registry.invalid_aliases(),
        bad_stage=registry.invalid_stages(),
    )
    def change_badly(
        self, name: str, number: int, bad_name: Bad, bad_key: Bad, bad_alias: Bad, bad_stage: Bad
    ) -> None:
        """Whatever part is wrong, nothing is changed."""
        tag, bad_full = Tag(bad_key.value, "x"), self.full_name(bad_name.value)
        of_version = {"name": name, "version": number}
        self.do("create_registered_model", name=bad_full)
        self.do("rename_registered_model", name=name, new_name=bad_full)
        if isinstance(bad_key.value, str):
            self.do("create_model_version", name=name, source="s3://x", tags=(tag,))
            self.do("set_registered_model_tag", name=name, tag=tag)
            self.do("set_model_version_tag", **of_version, tag=tag)
        self.do("set_registered_model_alias", **of_version, alias=bad_alias.value)
        self.do("transition_model_version_stage", **of_version, stage=bad_stage.value)
        self.do("get_latest_versions", name=name, stages=("Staging", bad_stage.value))
        self._read(name)

    @rule(
        found=registry.misspelt_registry_filters(),
        size=strategies.invalid_page_sizes(),
        token=strategies.invalid_page_tokens(),
    )
    def search_badly(self, found: Raw, size: Bad, token: Reference) -> None:
        """REG-SEARCH: what is not in the language is refused, and other sizes and tokens."""
        for search in ("search_registered_models", "search_model_versions"):
            self.do(search, filter_string=found)
            self.do(search, max_results=size.value)
            self.do(search, page_token=token)

    def _search(
        self,
        method: str,
        found: tuple[Comparison, ...],
        order: tuple[OrderTerm, ...],
        pages: int | None,
    ) -> None:
        asked = {"filter_string": registry.filter_among(self.prefix, found), "order_by": order}
        if pages is None:
            self.do(method, **asked)
        else:
            self.in_pages(pages, "REG-SEARCH", method, **asked)

    def _read(self, name: str) -> None:
        """The model and its versions, those that are gone too."""
        self.do("get_registered_model", name=name)
        known = self.stores.subjects[0].model.state.models.get(name)
        for number in range(1, 1 + (known.given if known else 0)):
            self.do("get_model_version", name=name, version=number)

    def teardown(self) -> None:
        """What is there at the end is what was written."""
        if not self.broken:
            for name in self.drawn:
                self._read(name)
