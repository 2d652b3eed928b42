"""Judges of recorded concurrent histories: pure functions, which know objects and no store.

Each looks at one object (a register, a set, a counter) and the operations on it. None shares a
rule with a store.
"""
