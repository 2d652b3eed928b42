"""What several rules draw."""

from __future__ import annotations

from hypothesis import strategies as st

from storeproof.conformance import strategies
from storeproof.conformance.machine.driver import experiments, keys
from storeproof.stores.entities import Tag

few_tags = st.lists(st.builds(Tag, keys, strategies.valid_texts()), max_size=3).map(tuple)
names = strategies.valid_names() | strategies.valid_names() | strategies.doubtful_names()
some_experiments = st.lists(experiments | strategies.unknown_ids(), max_size=4).map(tuple)
parts = st.integers(1, 3)
seldom = st.integers(0, 3).map(lambda drawn: drawn == 3)
