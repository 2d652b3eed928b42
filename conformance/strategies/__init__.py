"""Hypothesis strategies for everything a store is given, nasty values weighted in.

`valid_*` draw what a store must accept, `invalid_*` what it must refuse (as Bad, with the
clause that demands it), `doubtful_*` what a clause leaves open or lets vary. The first value
of every list is the simplest: to it a failure shrinks. Lists hold what broke stores before:
line ends, case and accent twins, four-byte characters, numbers at the edge of their type.
"""

from storeproof.conformance.strategies.drawn import Bad, Long, Name, long, plain
from storeproof.conformance.strategies.ids import (
    invalid_page_sizes,
    invalid_page_tokens,
    near_ids,
    unknown_ids,
    valid_page_sizes,
)
from storeproof.conformance.strategies.inputs import invalid_datasets, models, valid_datasets
from storeproof.conformance.strategies.keys import (
    KEY_FAMILIES,
    doubtful_keys,
    invalid_keys,
    key_pools,
    valid_keys,
)
from storeproof.conformance.strategies.near_misses import (
    misspelt_experiment_filters,
    misspelt_experiment_orders,
    misspelt_run_filters,
    misspelt_run_orders,
)
from storeproof.conformance.strategies.points import (
    doubtful_values,
    invalid_metrics,
    invalid_steps,
    invalid_timestamps,
    invalid_values,
    valid_metrics,
    valid_steps,
    valid_timestamps,
    valid_values,
)
from storeproof.conformance.strategies.rows import Row, rows, shared_keys
from storeproof.conformance.strategies.searches import (
    every_way,
    experiment_filters,
    experiment_orders,
    long_run_filters,
    run_comparisons,
    run_filters,
    run_orders,
    turned_round,
)
from storeproof.conformance.strategies.texts import (
    TEXTS,
    invalid_texts,
    texts_of_length,
    unclean_texts,
    valid_param_values,
    valid_tag_values,
    valid_texts,
)
from storeproof.conformance.strategies.things import (
    doubtful_names,
    invalid_locations,
    invalid_names,
    statuses,
    times,
    valid_locations,
    valid_names,
    valid_run_names,
    views,
)

__all__ = [
    "KEY_FAMILIES",
    "TEXTS",
    "Bad",
    "Long",
    "Name",
    "Row",
    "doubtful_keys",
    "doubtful_names",
    "doubtful_values",
    "every_way",
    "experiment_filters",
    "experiment_orders",
    "invalid_datasets",
    "invalid_keys",
    "invalid_locations",
    "invalid_metrics",
    "invalid_names",
    "invalid_page_sizes",
    "invalid_page_tokens",
    "invalid_steps",
    "invalid_texts",
    "invalid_timestamps",
    "invalid_values",
    "key_pools",
    "long",
    "long_run_filters",
    "misspelt_experiment_filters",
    "misspelt_experiment_orders",
    "misspelt_run_filters",
    "misspelt_run_orders",
    "models",
    "near_ids",
    "plain",
    "rows",
    "run_comparisons",
    "run_filters",
    "run_orders",
    "shared_keys",
    "statuses",
    "texts_of_length",
    "times",
    "turned_round",
    "unclean_texts",
    "unknown_ids",
    "valid_datasets",
    "valid_keys",
    "valid_locations",
    "valid_metrics",
    "valid_names",
    "valid_page_sizes",
    "valid_param_values",
    "valid_run_names",
    "valid_steps",
    "valid_tag_values",
    "valid_texts",
    "valid_timestamps",
    "valid_values",
    "views",
]
