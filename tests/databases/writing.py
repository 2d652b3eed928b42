"""One of several processes that write to one database at once: `writing.py URI RUN NUMBER OF`.

It says "ready", waits for a line, writes its batches, and says what it was refused, by code.
"""

from __future__ import annotations

import sys
from collections import Counter

from storeproof.stores import Metric, Param, StoreError, Tag, TrackingStore, open_store

BATCHES = 8
KEYS = 20


def keys(batch: int, backwards: bool) -> list[str]:
    """The keys of a batch, which are new to the run."""
    found = [f"b{batch}/k{key}" for key in range(KEYS)]
    return found[::-1] if backwards else found


def write(store: TrackingStore, run_id: str, number: int, of: int) -> Counter[str]:
    """Write batches of which params, tags and metrics all have the keys that the other writers have."""
    refusals: Counter[str] = Counter()
    for batch in range(BATCHES):
        mine = keys(batch, backwards=number % 2 == 1)
        value = str(number)
        points = [Metric(key, number, step, step) for step in range(of) for key in mine]
        points += [Metric(key, 100 + number, of + number, of + number) for key in mine]
        store.log_batch(run_id, points, (), [Tag(key, value) for key in mine])
        store.log_batch(run_id, (), [Param(f"same/{key}", "v") for key in mine])
        try:
            store.log_batch(run_id, (), [Param(key, value) for key in mine])
        except StoreError as error:
            refusals[error.code] += 1
    return refusals


def main() -> None:
    """Write when told to."""
    uri, run_id, number, of = sys.argv[1:]
    with open_store(uri) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        for code, count in write(store, run_id, int(number), int(of)).items():
            print(code, count)


if __name__ == "__main__":
    main()
