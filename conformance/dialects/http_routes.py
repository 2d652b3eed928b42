"""The routes of MLflow's REST API by the contract's methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Route:
    """A route of MLflow's REST API: `fields` are its names for our arguments, `part` the answer's part that counts."""

    verb: str
    path: str
    fields: Mapping[str, str] = field(default_factory=dict)
    part: str = ""
    spread: str = ""
    """An argument whose own fields are sent in its place."""
    many: bool = False
    """The part is a list, which is not sent where it is empty."""


_MODEL, _VERSION = "registered_model", "model_version"
_SEARCH = {"filter_string": "filter"}

ROUTES = {
    "create_experiment": Route("POST", "experiments/create", part="experiment_id"),
    "get_experiment": Route("GET", "experiments/get", part="experiment"),
    "get_experiment_by_name": Route(
        "GET", "experiments/get-by-name", {"name": "experiment_name"}, "experiment"
    ),
    "search_experiments": Route(
        "POST", "experiments/search", {"view": "view_type", "filter_string": "filter"}
    ),
    "rename_experiment": Route("POST", "experiments/update"),
    "delete_experiment": Route("POST", "experiments/delete"),
    "restore_experiment": Route("POST", "experiments/restore"),
    "set_experiment_tag": Route("POST", "experiments/set-experiment-tag", spread="tag"),
    "create_run": Route("POST", "runs/create", part="run"),
    "get_run": Route("GET", "runs/get", part="run"),
    "update_run_info": Route("POST", "runs/update", part="run_info"),
    "delete_run": Route("POST", "runs/delete"),
    "restore_run": Route("POST", "runs/restore"),
    "search_runs": Route(
        "POST", "runs/search", {"view": "run_view_type", "filter_string": "filter"}
    ),
    "log_metric": Route("POST", "runs/log-metric", spread="metric"),
    "log_param": Route("POST", "runs/log-parameter", spread="param"),
    "set_tag": Route("POST", "runs/set-tag", spread="tag"),
    "delete_tag": Route("POST", "runs/delete-tag"),
    "log_batch": Route("POST", "runs/log-batch"),
    "get_metric_history": Route("GET", "metrics/get-history", {"key": "metric_key"}),
    "log_inputs": Route("POST", "runs/log-inputs"),
    "record_logged_model": Route("POST", "runs/log-model", {"model": "model_json"}),
    "create_registered_model": Route("POST", "registered-models/create", part=_MODEL),
    "get_registered_model": Route("GET", "registered-models/get", part=_MODEL),
    "search_registered_models": Route("GET", "registered-models/search", _SEARCH),
    "rename_registered_model": Route("POST", "registered-models/rename", part=_MODEL),
    "update_registered_model": Route("PATCH", "registered-models/update", part=_MODEL),
    "delete_registered_model": Route("DELETE", "registered-models/delete"),
    "get_latest_versions": Route(
        "POST", "registered-models/get-latest-versions", part="model_versions", many=True
    ),
    "set_registered_model_tag": Route("POST", "registered-models/set-tag", spread="tag"),
    "delete_registered_model_tag": Route("DELETE", "registered-models/delete-tag"),
    "set_registered_model_alias": Route("POST", "registered-models/alias"),
    "delete_registered_model_alias": Route("DELETE", "registered-models/alias"),
    "get_model_version_by_alias": Route("GET", "registered-models/alias", part=_VERSION),
    "create_model_version": Route("POST", "model-versions/create", part=_VERSION),
    "get_model_version": Route("GET", "model-versions/get", part=_VERSION),
    "get_model_version_download_uri": Route(
        "GET", "model-versions/get-download-uri", part="artifact_uri"
    ),
    "search_model_versions": Route("GET", "model-versions/search", _SEARCH),
    "update_model_version": Route("PATCH", "model-versions/update", part=_VERSION),
    "transition_model_version_stage": Route(
        "POST", "model-versions/transition-stage", part=_VERSION
    ),
    "delete_model_version": Route("DELETE", "model-versions/delete"),
    "set_model_version_tag": Route("POST", "model-versions/set-tag", spread="tag"),
    "delete_model_version_tag": Route("DELETE", "model-versions/delete-tag"),
}
