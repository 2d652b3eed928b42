"""Claims of what a store can do: how they are read, and that they hold both ways."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storeproof.conformance.capabilities import (
    NO_CLAIMS,
    Capability,
    Claims,
    Support,
    by_class,
    stated,
)
from storeproof.conformance.probe import Breach, Probe, Unsupported
from storeproof.conformance.target import Place
from storeproof.stores import Dataset, DatasetInput, ErrorCode, StoreError, TrackingStore

USES = [DatasetInput(Dataset("n", "d", "t", "s"))]


class Lacks:
    """A store whose log_inputs ends as it is told, and which has no create_run."""

    def __init__(self, ending: Callable[[], None]) -> None:
        self.ending = ending

    def log_inputs(self, run_id: str, datasets: object) -> None:
        self.ending()

    def create_run(self, experiment_id: str) -> None:
        raise StoreError(ErrorCode.NOT_IMPLEMENTED, "no runs")

    def close(self) -> None:
        pass


def lacking() -> None:
    raise StoreError(ErrorCode.NOT_IMPLEMENTED, "not here")


def refusing() -> None:
    raise StoreError(ErrorCode.INVALID_PARAMETER_VALUE, "bad")


def working() -> None:
    pass


def watched(ending: Callable[[], None], claim: Capability | None) -> TrackingStore:
    store: TrackingStore = Lacks(ending)  # type: ignore[assignment]
    claims = NO_CLAIMS if claim is None else Claims({"log_inputs": claim})
    return Probe(Place(open=lambda: store, recipe=(), claims=claims)).store


ABSENT = Capability(Support.UNSUPPORTED, "no datasets here")


def test_what_nobody_claims_may_be_missing() -> None:
    with pytest.raises(Unsupported, match="not here"):
        watched(lacking, None).log_inputs("r", USES)


def test_what_is_claimed_to_be_missing_is_unsupported_for_the_reason_given() -> None:
    with pytest.raises(Unsupported, match="no datasets here"):
        watched(lacking, ABSENT).log_inputs("r", USES)


@pytest.mark.parametrize("ending", [working, refusing])
def test_what_is_claimed_to_be_missing_must_be_missing(ending: Callable[[], None]) -> None:
    with pytest.raises(Breach) as caught:
        watched(ending, ABSENT).log_inputs("r", USES)
    assert "no datasets here" in caught.value.expected


def test_what_is_claimed_in_full_must_be_there() -> None:
    with pytest.raises(Breach):
        watched(lacking, Capability(Support.FULL)).log_inputs("r", USES)


def test_the_registry_is_claimed_as_a_whole() -> None:
    claims = Claims(stated({"registry": {"support": "unsupported", "reason": "no models here"}}))
    for method in ("create_registered_model", "search_model_versions"):
        assert claims.of(method).absent
    assert not claims.of("log_inputs").absent
    assert NO_CLAIMS.of("get_model_version").support is Support.UNKNOWN


def test_the_core_is_claimed_by_every_store() -> None:
    with pytest.raises(Breach):
        watched(working, None).create_run("0")


@pytest.mark.parametrize(
    ("mlflow", "absent"),
    [("2.22.5", True), ("3.4.0", False), ("3.17.2", False), (None, False)],
)
def test_a_versioned_claim_depends_on_mlflows_version(mlflow: str | None, absent: bool) -> None:
    claims = Claims(stated({"log_inputs": {"support": "versioned", "since": "3.4"}}), mlflow)
    assert claims.of("log_inputs").absent is absent


@pytest.mark.parametrize(
    "table",
    [
        {"create_run": "full"},
        {"log_inputs": "perhaps"},
        {"log_inputs": "unsupported"},
        {"log_inputs": {"support": "not-implemented", "reason": ""}},
        {"log_inputs": {"support": "versioned"}},
        {"log_inputs": {"support": "versioned", "since": "soon"}},
        {"log_inputs": {"support": "full", "because": "x"}},
        {"log_inputs": 1},
    ],
)
def test_a_claim_that_says_nothing_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="claims"):
        stated(table)


def test_a_class_tells_what_it_inherits() -> None:
    base = type("AbstractStore", (), {"log_inputs": working, "log_batch": working})
    base.__module__ = "mlflow.store.tracking.abstract_store"
    own = type("Own", (base,), {"log_batch": working})
    assert by_class(own(), "log_inputs").support is Support.NOT_IMPLEMENTED
    assert by_class(own(), "log_batch").support is Support.UNKNOWN
    assert by_class(own(), "delete_tag").support is Support.NOT_IMPLEMENTED
