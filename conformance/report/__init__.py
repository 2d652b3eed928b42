"""Consumers of the events of a run."""
