"""What both sides do in the registry, as steps of [method of MlflowClient, its arguments]; no import but these."""

from __future__ import annotations

from typing import Any

Step = tuple[str, dict[str, Any]]

RUN = "0123456789abcdef" * 2
SOURCE = "s3://bucket/model"

FIRST: list[Step] = [
    ("create_registered_model", {"name": "a é", "tags": {"k": "v", "l": ""}, "description": "d"}),
    ("create_registered_model", {"name": "b"}),
    ("create_registered_model", {"name": "gone"}),
    *(
        ("create_model_version", {"name": name, "source": f"{SOURCE}/{number}", "tags": {"n": "1"}})
        for name in ("a é", "gone")
        for number in range(3)
    ),
    (
        "create_model_version",
        {
            "name": "b",
            "source": SOURCE,
            "run_id": RUN,
            "run_link": "https://run",
            "description": "said",
            "tags": {"k": "v", "line": "a\nb"},
        },
    ),
    ("set_registered_model_alias", {"name": "a é", "alias": "champion", "version": 1}),
    ("set_registered_model_alias", {"name": "a é", "alias": "old", "version": 2}),
    ("move", {"name": "a é", "version": 1, "stage": "Production"}),
    ("move", {"name": "a é", "version": 2, "stage": "staging"}),
    ("delete_model_version", {"name": "a é", "version": 3}),
    ("delete_registered_model", {"name": "gone"}),
]
"""Models with versions, stages, aliases and tags; a deleted version and a deleted model.

The deleted version has no alias: MLflow 2.22 leaves one behind that points nowhere.
"""

NEXT: list[Step] = [
    ("create_model_version", {"name": "a é", "source": "models:/b/1"}),
    ("set_registered_model_alias", {"name": "a é", "alias": "champion", "version": 4}),
    ("set_registered_model_tag", {"name": "a é", "key": "k", "value": "other"}),
    ("delete_registered_model_tag", {"name": "a é", "key": "l"}),
    ("set_model_version_tag", {"name": "a é", "version": 2, "key": "n", "value": "2"}),
    ("delete_model_version_tag", {"name": "a é", "version": 1, "key": "n"}),
    ("move", {"name": "a é", "version": 4, "stage": "Production", "archive": True}),
    ("update_registered_model", {"name": "b", "description": "more"}),
    ("update_model_version", {"name": "b", "version": 1, "description": "more"}),
    ("rename_registered_model", {"name": "a é", "new_name": "A"}),
    ("create_registered_model", {"name": "gone"}),
    ("create_model_version", {"name": "gone", "source": SOURCE}),
    ("delete_model_version", {"name": "gone", "version": 1}),
]
"""What is done to it by the other side."""

LAST: list[Step] = [
    ("create_model_version", {"name": "A", "source": SOURCE}),
    ("create_model_version", {"name": "gone", "source": SOURCE}),
    ("delete_registered_model_alias", {"name": "A", "alias": "champion"}),
    ("delete_model_version", {"name": "A", "version": 4}),
    ("create_model_version", {"name": "A", "source": SOURCE}),
    ("delete_registered_model", {"name": "b"}),
]
"""What the first side does then."""
