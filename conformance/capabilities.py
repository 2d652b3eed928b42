"""What a store can do besides the core: what it claims, what its class tells, what calls show.

A capability is one method of the contract that MLflow's stores may lack, or all of the model
registry's together. Everything else is
core: no store may claim it away. A claim that does not hold is a breach, both ways; where
nothing is claimed, a method that is not implemented is unsupported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from packaging.version import InvalidVersion, Version

from storeproof.stores.registry import RegistryStore

REGISTRY = "registry"
"""The claim that all methods of the model registry share."""

REGISTRY_METHODS = frozenset(name for name in vars(RegistryStore) if not name.startswith("_"))
"""The methods of the model registry, which a store has together or not at all."""

OPTIONAL = (
    *("log_inputs", "record_logged_model", "get_metric_history_bulk"),
    *("hard_delete_run", "hard_delete_experiment", REGISTRY),
)
"""What a store may lack; MLflow's own stores did not always have these methods."""

_BASES = ("mlflow.store.tracking.abstract_store", "mlflow.store.model_registry.abstract_store")


class Support(StrEnum):
    """How far a store has a capability."""

    UNKNOWN = "unknown"
    UNSUPPORTED = "unsupported"
    NOT_IMPLEMENTED = "not-implemented"
    VERSIONED = "versioned"
    FULL = "full"


@dataclass(frozen=True)
class Capability:
    """A store's support for one method, and why; `since` is the MLflow version of a versioned one."""

    support: Support = Support.UNKNOWN
    reason: str = ""
    since: str = ""

    def under(self, mlflow: str | None) -> Capability:
        """What it comes to beside this version of MLflow; a versioned one beside none is full."""
        if self.support is not Support.VERSIONED:
            return self
        if mlflow is None or Version(mlflow) >= Version(self.since):
            return Capability(Support.FULL, f"since MLflow {self.since}")
        return Capability(
            Support.UNSUPPORTED,
            f"needs MLflow {self.since}, this is {mlflow}"
            + (f": {self.reason}" if self.reason else ""),
        )

    @property
    def absent(self) -> bool:
        """Whether it says that the store cannot do it."""
        return self.support in (Support.UNSUPPORTED, Support.NOT_IMPLEMENTED)


UNKNOWN = Capability()
CORE = Capability(Support.FULL, "every store must have it")


@dataclass(frozen=True)
class Claims:
    """What a store claims, by method; `mlflow` is the version it is tested with, if any."""

    stated: Mapping[str, Capability] = field(default_factory=dict)
    mlflow: str | None = None

    def of(self, method: str) -> Capability:
        """The claim for a method of the contract."""
        if not is_optional(method):
            return CORE
        return self.stated.get(_claimed_as(method), UNKNOWN).under(self.mlflow)


NO_CLAIMS = Claims()


def is_optional(method: str) -> bool:
    """Whether a store may lack a method of the contract."""
    return _claimed_as(method) in OPTIONAL


def _claimed_as(method: str) -> str:
    return REGISTRY if method in REGISTRY_METHODS else method


def stated(table: Mapping[str, object]) -> dict[str, Capability]:
    """The claims of `[tool.storeproof.claims]`; ValueError, in one sentence, for what is none.

    Each is a word, or a table of `support`, `reason` and `since`.
    """
    return {method: _stated(method, value) for method, value in table.items()}


def _stated(method: str, value: object) -> Capability:
    if method not in OPTIONAL:
        raise ValueError(
            f"claims.{method} cannot be claimed, only {', '.join(OPTIONAL)}; leave the clauses "
            "of another method out with a reason."
        )
    given = {"support": value} if isinstance(value, str) else value
    if not isinstance(given, Mapping) or given.keys() - {"support", "reason", "since"}:
        raise ValueError(f'claims.{method} must be as {{ support = "full", reason = "why" }}.')
    try:
        support = Support(given.get("support", ""))
    except ValueError:
        raise ValueError(f"claims.{method}.support must be one of {', '.join(Support)}.") from None
    claim = Capability(support, str(given.get("reason", "")), str(given.get("since", "")))
    if claim.absent and not claim.reason:
        raise ValueError(f"claims.{method} needs a reason for being {support}.")
    if support is Support.VERSIONED:
        try:
            Version(claim.since)
        except InvalidVersion:
            raise ValueError(
                f'claims.{method} is versioned and needs since = "the MLflow version".'
            ) from None
    return claim


def by_class(store: object, method: str) -> Capability:
    """What the class of an MLflow store tells of a method: defined by itself, inherited, or not there."""
    kind = type(store)
    for each in kind.__mro__:
        if method in vars(each):
            if each.__module__ in _BASES:
                return Capability(
                    Support.NOT_IMPLEMENTED, f"{kind.__name__} inherits {method} from AbstractStore"
                )
            return Capability(Support.UNKNOWN, f"{each.__name__} defines {method}")
    if callable(getattr(store, method, None)):
        return Capability(Support.UNKNOWN, f"{kind.__name__} hands {method} on")
    return Capability(Support.NOT_IMPLEMENTED, f"{kind.__name__} has no {method}")
