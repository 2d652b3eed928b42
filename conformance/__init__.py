"""The harness: clauses, model, machines, checkers, reports."""
