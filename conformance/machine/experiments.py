"""Rules on experiments: EXP-*."""

from __future__ import annotations

from hypothesis.stateful import rule

from storeproof.conformance import strategies
from storeproof.conformance.machine.doing import Made
from storeproof.conformance.machine.drawn import few_tags, names, seldom
from storeproof.conformance.machine.driver import Driver, experiments, keys
from storeproof.conformance.strategies import Bad, Name
from storeproof.stores.entities import Tag, ViewType


class ExperimentRules(Driver):
    """Experiments are made, changed, deleted and restored."""

    @rule(
        target=experiments,
        name=names,
        location=strategies.valid_locations(),
        tags=few_tags,
    )
    def create_experiment(self, name: Name, location: str | None, tags: tuple[Tag, ...]) -> Made:
        """EXP-CREATE; a name that is taken is refused (EXP-NAME-UNIQUE)."""
        return self.create(
            "E",
            "create_experiment",
            name=self.full_name(name),
            artifact_location=location,
            tags=tags,
        )

    @rule(
        experiment=experiments,
        name=strategies.valid_names(),
        bad_name=strategies.invalid_names(),
        location=strategies.invalid_locations(),
        bad_key=strategies.invalid_keys(),
    )
    def change_experiments_badly(
        self, experiment: str, name: Name, bad_name: Bad, location: Bad, bad_key: Bad
    ) -> None:
        """EXP-ATOMIC: whatever part is wrong, nothing is left. EXP-RENAME, EXP-TAG: nor changed."""
        full, bad_full = self.full_name(name), self.full_name(bad_name.value)
        tag = Tag(bad_key.value, "x")
        self.do("create_experiment", name=bad_full)
        self.do("create_experiment", name=full, artifact_location=location.value)
        self.do("create_experiment", name=full, tags=(tag,))
        self.do("get_experiment_by_name", name=full)
        self.do("rename_experiment", experiment_id=experiment, new_name=bad_full)
        self.do("set_experiment_tag", experiment_id=experiment, tag=tag)
        self.do("get_experiment", experiment_id=experiment)

    @rule(experiment=experiments, name=names)
    def rename_experiment(self, experiment: str, name: Name) -> None:
        """EXP-RENAME."""
        full = self.full_name(name)
        self.do("rename_experiment", experiment_id=experiment, new_name=full)
        self.do("get_experiment", experiment_id=experiment)

    @rule(experiment=experiments, stays=seldom)
    def delete_experiment(self, experiment: str, stays: bool) -> None:
        """EXP-DELETE, and mostly EXP-RESTORE at once, so that there is something to write to."""
        self.do("delete_experiment", experiment_id=experiment)
        if not stays:
            self.do("search_runs", experiment_ids=(experiment,), view=ViewType.DELETED_ONLY)
            self.do("restore_experiment", experiment_id=experiment)

    @rule(experiment=experiments)
    def restore_experiment(self, experiment: str) -> None:
        """EXP-RESTORE."""
        self.do("restore_experiment", experiment_id=experiment)

    @rule(
        experiment=experiments,
        key=keys,
        value=strategies.valid_texts() | strategies.texts_of_length(5000, 5001),
    )
    def set_experiment_tag(self, experiment: str, key: str, value: str) -> None:
        """EXP-TAG."""
        self.do("set_experiment_tag", experiment_id=experiment, tag=Tag(key, value))
        self.do("get_experiment", experiment_id=experiment)

    @rule(experiment=experiments, name=names)
    def get_experiment_by_name(self, experiment: str, name: Name) -> None:
        """EXP-NAME-EXACT, EXP-BY-NAME-MISSING: of this name, and of twins of a name that is there."""
        self.do("get_experiment_by_name", name=self.full_name(name))
        known = self.stores.subjects[0].model.state.experiments.get(experiment)
        if known is not None:
            for twin in (
                known.name.swapcase(),
                f"{known.name} ",
                known.name.rstrip(),
                f"{known.name}%",
            ):
                self.do("get_experiment_by_name", name=twin)
