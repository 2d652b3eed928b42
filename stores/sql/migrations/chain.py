"""The revisions in order, by MLflow's ids. Knows nothing of Alembic, which takes long to import."""

from __future__ import annotations

CHAIN = (
    "451aebb31d03",
    "90e64c465722",
    "181f10493468",
    "df50e92ffc5e",
    "7ac759974ad8",
    "89d4b8295536",
    "2b4d017a5e9b",
    "cfd24bdc0731",
    "0a8213491aaa",
    "728d730b5ebd",
    "27a6a02d2cf1",
    "84291f40a231",
    "a8c4a736bde6",
    "39d1c3be5f05",
    "c48cb773bb87",
    "bd07f7e963c5",
    "0c779009ac13",
    "cc1f77228345",
    "97727af70f4d",
    "3500859a5d39",
    "7f2a7d5fae7d",
    "2d6e25af4d3e",
    "acf3f17fdcc7",
    "867495a8f9d4",
    "5b0e9adcef9c",
    "4465047574b1",
    "f5a4f2784254",
    "0584bdc529eb",
)
"""MLflow's revisions up to 2.22, oldest first."""

HEAD = CHAIN[-1]

INITIAL = "initial"
"""What MLflow's first schema is called here; it has no revision."""

ONE_WAY = "2d6e25af4d3e"
"""The revision that has no way back (MIG-ONEWAY)."""


def between(start: str, end: str) -> tuple[str, ...]:
    """The revisions to go through from `start` up to `end`, which is the last of them."""
    known = (INITIAL, *CHAIN)
    return known[known.index(start) + 1 : known.index(end) + 1]
