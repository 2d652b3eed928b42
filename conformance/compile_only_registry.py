"""Every way of the model registry's statements, for the check of SQL Server without an engine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from storeproof.stores import Page, Tag, TrackingStore

SOURCE = "s3://bucket/model"

MODELS = ("name LIKE 'm%'", "tags.k = 'v'", "tags.`mlflow.prompt.is_prompt` != 'true'")
VERSIONS = (
    *("name = 'moved'", "run_id IN ('r')", "run_id != 'x'", "source_path ILIKE 'S3%'"),
    *("version_number >= 1.5", "tags.k = 'v' AND tags.l != 'x'"),
)


def registry(store: TrackingStore) -> list[tuple[Callable[..., Page[Any]], int]]:
    """Do everything once that a registry does; searches, each with the number of things that it must find."""
    store.create_registered_model("m", [Tag("k", "v"), Tag("l", "w")], "said")
    for number in range(3):
        tags = [Tag("k", "v"), Tag("l", str(number))]
        store.create_model_version("m", SOURCE, "r", tags, "link", "said")
    store.create_model_version("m", "models:/m/1")
    store.set_registered_model_tag("m", Tag("k", "v"))
    store.set_model_version_tag("m", 1, Tag("k", "v"))
    store.set_registered_model_tag("m", Tag("gone", "x"))
    store.set_model_version_tag("m", 1, Tag("gone", "x"))
    store.delete_registered_model_tag("m", "gone")
    store.delete_model_version_tag("m", 1, "gone")
    for version in (1, 2):
        store.set_registered_model_alias("m", "champion", version)
        store.transition_model_version_stage("m", version, "Production", True)
    store.set_registered_model_alias("m", "other", 1)
    store.delete_registered_model_alias("m", "other")
    store.update_registered_model("m", "more")
    store.update_model_version("m", 1, "more")
    store.delete_model_version("m", 3)
    store.rename_registered_model("m", "moved")
    store.get_registered_model("moved")
    store.get_model_version("moved", 1)
    store.get_model_version_by_alias("moved", "champion")
    store.get_model_version_download_uri("moved", 4)
    store.get_latest_versions("moved", ["Production"])
    store.create_registered_model("deleted")
    store.create_model_version("deleted", SOURCE)
    store.delete_registered_model("deleted")
    models, versions = store.search_registered_models, store.search_model_versions
    return [
        *((partial(models, filter_string=each), 1) for each in MODELS),
        *(
            (partial(models, max_results=1, order_by=[each]), 1)
            for each in ("name DESC", "creation_timestamp", "last_updated_timestamp")
        ),
        *zip(
            (partial(versions, filter_string=each) for each in VERSIONS),
            (3, 2, 2, 2, 2, 2),
            strict=True,
        ),
        *(
            (partial(versions, max_results=1, order_by=[each, "version_number"]), 3)
            for each in ("name DESC", "run_id", "source_path DESC", "creation_timestamp")
        ),
    ]
