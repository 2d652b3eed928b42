"""The reference stores: every kind of MLflow backend store behind one contract."""

from storeproof.stores.addressing import open_store, set_tracking_uri, tracking_uri
from storeproof.stores.contract import TrackingStore
from storeproof.stores.entities import (
    Dataset,
    DatasetInput,
    Experiment,
    LifecycleStage,
    Metric,
    ModelVersion,
    Page,
    Param,
    RegisteredModel,
    Run,
    RunInfo,
    RunStatus,
    Stage,
    Tag,
    ViewType,
)
from storeproof.stores.errors import ErrorCode, StoreError
from storeproof.stores.odbc import odbc_driver

__all__ = [
    "Dataset",
    "DatasetInput",
    "ErrorCode",
    "Experiment",
    "LifecycleStage",
    "Metric",
    "ModelVersion",
    "Page",
    "Param",
    "RegisteredModel",
    "Run",
    "RunInfo",
    "RunStatus",
    "Stage",
    "StoreError",
    "Tag",
    "TrackingStore",
    "ViewType",
    "odbc_driver",
    "open_store",
    "set_tracking_uri",
    "tracking_uri",
]
