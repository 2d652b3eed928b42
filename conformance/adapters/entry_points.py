"""The entry point by which MLflow finds a plugin's store."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from storeproof.conformance.adapters.library import ENTRY_POINTS


def of_scheme(scheme: str) -> EntryPoint | None:
    """The one that names the scheme of an address."""
    return next((each for each in entry_points(group=ENTRY_POINTS) if each.name == scheme), None)


def of_store(store: object) -> EntryPoint | None:
    """The one that names something in the package that a store's class comes from, if there is one only."""
    package = type(store).__module__.partition(".")[0]
    found = [
        each
        for each in entry_points(group=ENTRY_POINTS)
        if each.module.partition(".")[0] == package
    ]
    return found[0] if len(found) == 1 else None
