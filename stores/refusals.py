"""The errors that depend on what is stored, raised by the primitives of every store."""

from __future__ import annotations

from storeproof.stores.errors import StoreError, exists, invalid, missing
from storeproof.stores.validation import shown


def no_experiment(experiment_id: str) -> StoreError:
    """The error for an unknown experiment (EXP-ID-UNKNOWN), or one in the wrong stage (EXP-DELETE, EXP-RESTORE)."""
    return missing(f"No experiment {shown(experiment_id)} exists in the stage needed.")


def deleted_experiment(experiment_id: str) -> StoreError:
    """The error for a change to a deleted experiment (EXP-RENAME, EXP-TAG, RUN-CREATE-DELETED-EXP)."""
    return invalid(f"Experiment {shown(experiment_id)} is deleted; restore it first.")


def active_experiment(experiment_id: str) -> StoreError:
    """The error for removing an experiment that is in use (GC-CHECK-FIRST, HARD-DELETE)."""
    return invalid(
        f"Experiment {shown(experiment_id)} is active, or holds an active run; delete it first."
    )


def name_taken(name: str) -> StoreError:
    """The error for a name in use (EXP-NAME-UNIQUE)."""
    return exists(
        f"An experiment named {shown(name)} exists, active or deleted; "
        "choose another name, or restore or permanently delete that one."
    )


def no_run(run_id: str) -> StoreError:
    """The error for an unknown run (RUN-MISSING)."""
    return missing(f"No run {shown(run_id)} exists.")


def deleted_run(run_id: str) -> StoreError:
    """The error for a write to a deleted run (RUN-DELETED-WRITES)."""
    return invalid(f"Run {shown(run_id)} is deleted; restore it first.")


def active_run(run_id: str) -> StoreError:
    """The error for removing a run that is in use (GC-CHECK-FIRST, HARD-DELETE)."""
    return invalid(f"Run {shown(run_id)} is active; delete it first.")


def no_tag(run_id: str, key: str) -> StoreError:
    """The error for deleting a tag that is not there (TAG-DELETE)."""
    return missing(f"Run {shown(run_id)} has no tag {shown(key)}.")


def no_model(name: str) -> StoreError:
    """The error for an unknown registered model (REG-MODEL)."""
    return missing(f"No registered model is named {shown(name)}.")


def model_name_taken(name: str) -> StoreError:
    """The error for a model's name in use (REG-MODEL)."""
    return exists(f"A registered model is named {shown(name)}; choose another name.")


def no_version(name: str, version: int) -> StoreError:
    """The error for an unknown or deleted version (REG-VERSION)."""
    return missing(f"Registered model {shown(name)} has no version {shown(version)}.")


def no_alias(name: str, alias: str) -> StoreError:
    """The error for reading an alias that is not there (REG-ALIAS)."""
    return invalid(f"Registered model {shown(name)} has no alias {shown(alias)}.")


def param_changed(run_id: str, key: str, old: str, new: str) -> StoreError:
    """The error for another value of a param (PARAM-IMMUTABLE)."""
    return invalid(
        f"Param {shown(key)} of run {shown(run_id)} is "
        f"{shown(old)} already and cannot become {shown(new)}."
    )
