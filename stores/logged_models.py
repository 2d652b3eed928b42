"""The list of a run's logged models, as the tag that keeps it has it (MODEL-RECORD)."""

from __future__ import annotations

import json

from storeproof.stores.entities import MODELS_TAG
from storeproof.stores.errors import invalid
from storeproof.stores.validation import TAG_LENGTH


def with_model(history: str | None, model: str) -> str:
    """The list with one more model, both as JSON; None or "" is a list of none.

    Raises INVALID_PARAMETER_VALUE where the tag holds no list, or has no room for another.
    """
    try:
        models = json.loads(history) if history else []
    except (ValueError, RecursionError):
        models = None
    if not isinstance(models, list):
        raise invalid(
            f"The tag {MODELS_TAG} of this run holds no JSON list; repair or delete it first."
        )
    longer = json.dumps([*models, json.loads(model)])
    if len(longer) > TAG_LENGTH:
        raise invalid(
            f"With this model the list in the tag {MODELS_TAG} would have {len(longer)} characters; "
            f"a tag holds {TAG_LENGTH}. The models logged before are kept."
        )
    return longer
