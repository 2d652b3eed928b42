"""The oracle: what the clauses of the specification say, in plain Python over dicts.

It shares the entities and the error codes with the stores and not one rule: every limit
and every check is written here anew, from the text of the specification. See oracle.Model.
"""

from storeproof.conformance.model.checks import judge_pages
from storeproof.conformance.model.observe import CHANGES, Names, observe
from storeproof.conformance.model.operation import (
    INVALID_STATE,
    Difference,
    Expected,
    Near,
    Operation,
    Outcome,
    Raw,
    Reference,
    judge,
)
from storeproof.conformance.model.oracle import Model

__all__ = [
    "CHANGES",
    "INVALID_STATE",
    "Difference",
    "Expected",
    "Model",
    "Names",
    "Near",
    "Operation",
    "Outcome",
    "Raw",
    "Reference",
    "judge",
    "judge_pages",
    "observe",
]
