"""The oracle: what the clauses of the specification say, in plain Python over dicts.

It shares the entities and the error codes with the stores and not one rule: every limit
and every check is written here anew, from the text of the specification. See oracle.Model.
"""

from storeproof.conformance.model.observe import CHANGES, Names, observe
from storeproof.conformance.model.operation import (
    INVALID_STATE,
    Difference,
    Expected,
    Found,
    Near,
    Operation,
    Outcome,
    Raw,
    Reference,
    judge,
)
from storeproof.conformance.model.oracle import Model
from storeproof.conformance.model.page_checks import judge_pages
from storeproof.conformance.model.search_tree import (
    DATASET_PARTS,
    EXPERIMENT_ORDERS,
    EXPERIMENT_TIMES,
    LISTED,
    NUMERIC,
    RUN_TEXTS,
    RUN_TIMES,
    TEXTUAL,
    Comparison,
    Field,
    Filter,
    Kind,
    OrderTerm,
)

__all__ = [
    "CHANGES",
    "DATASET_PARTS",
    "EXPERIMENT_ORDERS",
    "EXPERIMENT_TIMES",
    "INVALID_STATE",
    "LISTED",
    "NUMERIC",
    "RUN_TEXTS",
    "RUN_TIMES",
    "TEXTUAL",
    "Comparison",
    "Difference",
    "Expected",
    "Field",
    "Filter",
    "Found",
    "Kind",
    "Model",
    "Names",
    "Near",
    "Operation",
    "OrderTerm",
    "Outcome",
    "Raw",
    "Reference",
    "judge",
    "judge_pages",
    "observe",
]
