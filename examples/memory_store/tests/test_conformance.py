"""Every clause of storeproof's specification, on this store."""

import itertools

import pytest

from storeproof.conformance.authors import StoreConformance

numbers = itertools.count()


@pytest.fixture
def storeproof_store():
    return f"memory://test-{next(numbers)}"  # the address of a new, empty store


class TestMemoryStore(StoreConformance):
    pass
