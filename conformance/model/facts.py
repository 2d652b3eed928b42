"""What must be read back of an experiment and of a run."""

from __future__ import annotations

import math

from storeproof.conformance.model.checks import (
    AtLeast,
    Equal,
    LatestValues,
    OneName,
    Point,
    Texts,
)
from storeproof.conformance.model.input_checks import Inputs, Models
from storeproof.conformance.model.operation import Check
from storeproof.conformance.model.state import (
    DELETED,
    UNSEEN,
    ExperimentState,
    LoggedPoint,
    RunState,
    State,
)
from storeproof.stores.entities import MODELS_TAG, RUN_NAME_TAG

KEPT_INFINITE = "METRIC-INF: infinity is kept as infinity"
KEPT_TWICE = "METRIC-DUP: a point logged again is kept again"


def experiment_checks(experiment: ExperimentState) -> tuple[Check, ...]:
    """Of an answer that is this experiment."""
    checks: list[Check] = [
        Equal(("experiment_id",), experiment.symbol, "EXP-CREATE"),
        Equal(("name",), experiment.name, experiment.name_clause, text=True),
        Equal(("lifecycle_stage",), experiment.stage, experiment.stage_clause),
        Texts(("tags",), experiment.tags, "EXP-TAG", experiment.refused.of("tag")),
    ]
    if experiment.given_location is None:
        checks.append(Equal(("location_ends_with_id",), True, "EXP-ARTIFACT"))
    location = experiment.given_location or experiment.location
    if location is not UNSEEN:
        checks.append(Equal(("artifact_location",), location, "EXP-ARTIFACT", text=True))
    created, updated = experiment.creation_time, experiment.last_update_time
    if created is UNSEEN:
        checks.append(AtLeast(("creation_time",), 1, "EXP-TIMES"))
    else:
        checks.append(Equal(("creation_time",), created, "EXP-TIMES"))
    if updated is UNSEEN or experiment.touched:
        least = updated if isinstance(updated, int) else created
        checks.append(
            AtLeast(("last_update_time",), least if isinstance(least, int) else 1, "EXP-TIMES")
        )
    else:
        checks.append(Equal(("last_update_time",), updated, "EXP-TIMES"))
    return tuple(checks)


def info_checks(run: RunState, state: State) -> tuple[Check, ...]:
    """Of an answer that has this run's info."""
    checks: list[Check] = [
        Equal(("info", "experiment_id"), run.experiment, "RUN-CREATE"),
        Equal(("info", "status"), run.status, run.status_clause),
        Equal(("info", "end_time"), run.end_time, "RUN-UPDATE"),
        Equal(("info", "lifecycle_stage"), run.stage, run.stage_clause),
    ]
    if run.symbol:
        checks.append(Equal(("info", "run_id"), run.symbol, "RUN-CREATE"))
    if run.name is not UNSEEN:
        checks.append(Equal(("info", "run_name"), run.name, "RUN-NAME", text=True))
    if run.user_id is not UNSEEN:
        checks.append(Equal(("info", "user_id"), run.user_id, "RUN-CREATE", text=True))
    if run.start_time is UNSEEN:
        checks.append(AtLeast(("info", "start_time"), 0, "RUN-CREATE"))
    else:
        checks.append(Equal(("info", "start_time"), run.start_time, "RUN-CREATE"))
    if not state.shows_deleted_time:
        checks.append(Equal(("info", "deleted_time"), None, run.stage_clause))
    elif run.deleted_time is UNSEEN:
        checks.append(AtLeast(("info", "deleted_time"), 1, run.stage_clause))
    else:
        clause = "RUN-DELETE" if run.stage == DELETED else run.stage_clause
        checks.append(Equal(("info", "deleted_time"), run.deleted_time, clause))
    location = state.experiments[run.experiment].location
    # How a location with a query, a fragment or a slash at its end is joined is not said.
    if isinstance(location, str) and not location.endswith("/") and not set("?#") & set(location):
        checks.append(Equal(("info", "artifact_root"), location, "RUN-CREATE"))
    return tuple(checks)


def run_checks(run: RunState, state: State, infinite: bool) -> tuple[Check, ...]:
    """Of an answer that is this run; `infinite` as in `with_infinities`."""
    latest = {key: max(points, key=LoggedPoint.rank) for key, points in run.points.items()}
    name_tag = [OneName("run_name" in run.generated)] if run.has_name_tag else []
    ignored = {RUN_NAME_TAG} if run.has_name_tag else set()
    if run.models is not None:
        ignored.add(MODELS_TAG)
    models = [Models(run.models)] if isinstance(run.models, list) else []
    datasets = state.experiments[run.experiment].datasets
    known = {key for each in state.experiments.values() for key in each.datasets}
    return (
        *info_checks(run, state),
        *name_tag,
        *models,
        Texts(("params",), run.params, "PARAM-LOG", run.refused.of("param")),
        Texts(("tags",), run.tags, "TAG-SET", run.refused.of("tag"), frozenset(ignored)),
        LatestValues(
            {key: point.seen(infinite) for key, point in latest.items()},
            {key: seen_points(points, infinite) for key, points in run.points.items()},
            run.refused.of("metric"),
        ),
        Inputs(run.inputs, datasets, frozenset(known - run.inputs.keys()), run.refused.of("input")),
    )


def seen_points(points: list[LoggedPoint], infinite: bool) -> frozenset[Point]:
    """The different points, observed."""
    return frozenset(each.seen(infinite) for each in points)


def has_infinities(*runs: RunState) -> bool:
    """Whether METRIC-INF makes a difference to what is read of these runs."""
    return any(
        math.isinf(each.value) for run in runs for points in run.points.values() for each in points
    )
