"""How MLflow's client and server call a store: the arguments of each call, and where ours they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NOW = "time.time_ns() // 1_000_000"
"""The source of a start time that nobody gave."""


@dataclass(frozen=True)
class Argument:
    """An argument of MLflow's: ours that it comes from, its own name, and its source where ours is not given."""

    ours: str
    theirs: str = ""
    """"" where it is given by place."""
    default: str = "None"


_RUN = Argument("run_id")
_EXPERIMENT = Argument("experiment_id")
_NAME = Argument("name")
_VERSION = Argument("version")
_PAGE = (
    Argument("max_results", "max_results", "1000"),
    Argument("order_by", "order_by"),
    Argument("page_token", "page_token"),
)
CALLS: Mapping[str, tuple[Argument, ...]] = {
    "create_experiment": (
        Argument("name", "name"),
        Argument("artifact_location", "artifact_location"),
        Argument("tags", "tags", "[]"),
    ),
    "get_experiment": (_EXPERIMENT,),
    "get_experiment_by_name": (Argument("name"),),
    "search_experiments": (
        Argument("view", "view_type", "ViewType.ACTIVE_ONLY"),
        Argument("filter_string", "filter_string"),
        *_PAGE,
    ),
    "rename_experiment": (_EXPERIMENT, Argument("new_name")),
    "delete_experiment": (_EXPERIMENT,),
    "restore_experiment": (_EXPERIMENT,),
    "set_experiment_tag": (_EXPERIMENT, Argument("tag")),
    "create_run": (
        Argument("experiment_id", "experiment_id"),
        Argument("user_id", "user_id", "'unknown'"),
        Argument("start_time", "start_time", NOW),
        Argument("tags", "tags", "[]"),
        Argument("run_name", "run_name"),
    ),
    "get_run": (_RUN,),
    "update_run_info": (
        _RUN,
        Argument("status", "run_status"),
        Argument("end_time", "end_time"),
        Argument("run_name", "run_name"),
    ),
    "delete_run": (_RUN,),
    "restore_run": (_RUN,),
    "search_runs": (
        Argument("experiment_ids", "experiment_ids"),
        Argument("filter_string", "filter_string", "''"),
        Argument("view", "run_view_type", "ViewType.ACTIVE_ONLY"),
        *_PAGE,
    ),
    "log_metric": (_RUN, Argument("metric")),
    "log_param": (_RUN, Argument("param")),
    "set_tag": (_RUN, Argument("tag")),
    "delete_tag": (_RUN, Argument("key")),
    "log_batch": (
        _RUN,
        Argument("metrics", "metrics", "[]"),
        Argument("params", "params", "[]"),
        Argument("tags", "tags", "[]"),
    ),
    "log_batch_async": (
        _RUN,
        Argument("metrics", "metrics", "[]"),
        Argument("params", "params", "[]"),
        Argument("tags", "tags", "[]"),
    ),
    "get_metric_history": (
        _RUN,
        Argument("key", "metric_key"),
        Argument("max_results", "max_results"),
        Argument("page_token", "page_token"),
    ),
    "get_metric_history_bulk": (
        Argument("run_ids"),
        Argument("key"),
        Argument("max_results", "", "25_000"),
    ),
    "log_inputs": (_RUN, Argument("datasets", "datasets")),
    "record_logged_model": (_RUN, Argument("model")),
    "create_registered_model": (
        _NAME,
        Argument("tags", "tags", "[]"),
        Argument("description", "description"),
    ),
    "get_registered_model": (_NAME,),
    "search_registered_models": (Argument("filter_string", "filter_string"), *_PAGE),
    "rename_registered_model": (_NAME, Argument("new_name")),
    "update_registered_model": (_NAME, Argument("description")),
    "delete_registered_model": (_NAME,),
    "get_latest_versions": (_NAME, Argument("stages")),
    "set_registered_model_tag": (_NAME, Argument("tag")),
    "delete_registered_model_tag": (_NAME, Argument("key")),
    "set_registered_model_alias": (_NAME, Argument("alias"), _VERSION),
    "delete_registered_model_alias": (_NAME, Argument("alias")),
    "get_model_version_by_alias": (_NAME, Argument("alias")),
    "create_model_version": (
        _NAME,
        Argument("source", "source"),
        Argument("run_id", "run_id"),
        Argument("tags", "tags", "[]"),
        Argument("run_link", "run_link"),
        Argument("description", "description"),
    ),
    "get_model_version": (_NAME, _VERSION),
    "get_model_version_download_uri": (_NAME, _VERSION),
    "search_model_versions": (Argument("filter_string", "filter_string"), *_PAGE),
    "update_model_version": (_NAME, _VERSION, Argument("description")),
    "transition_model_version_stage": (
        _NAME,
        _VERSION,
        Argument("stage"),
        Argument("archive_existing_versions", "", "False"),
    ),
    "delete_model_version": (_NAME, _VERSION),
    "set_model_version_tag": (_NAME, _VERSION, Argument("tag")),
    "delete_model_version_tag": (_NAME, _VERSION, Argument("key")),
}
"""How MLflow's client and server call a store."""
