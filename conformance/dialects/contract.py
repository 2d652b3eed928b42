"""Scripts in the contract's own calls: what the harness did, written down as it is."""

from __future__ import annotations

from dataclasses import dataclass

from storeproof.conformance.source import Source
from storeproof.conformance.trace import Step

ID_ARGUMENTS = ("experiment_id", "experiment_ids", "run_id", "run_ids", "page_token", "path")
"""The arguments that hold ids, or what else a store chose."""


@dataclass(frozen=True)
class Made:
    """How a script gets at what a create_run made: further lines, and the expressions for its id and its name."""

    lines: tuple[str, ...]
    run_id: str
    run_name: str


class Contract:
    """The calls of storeproof.stores; other dialects say what they spell differently."""

    refusal = "StoreError"
    """The exception that a store refuses with."""
    code = "error.code"
    """Its code, where the exception is `error`."""

    def __init__(self) -> None:
        self.source = self.new_source()
        self.refuses = False
        """The script names the exception."""

    def new_source(self) -> Source:
        """What writes the values of the script."""
        return Source()

    def call(self, step: Step) -> str:
        """A call of the contract, or of what else was watched, as an expression."""
        arguments = ", ".join(
            f"{name}={self.argument(name, value)}" for name, value in step.arguments.items()
        )
        return f"{step.store}.{step.method}({arguments})"

    def argument(self, name: str, value: object) -> str:
        """The source of an argument."""
        return self.source.of(value, may_be_id=name in ID_ARGUMENTS)

    def made(self, name: str) -> Made:
        """What the variable `name`, the answer of a create_run, holds."""
        return Made((), f"{name}.info.run_id", f"{name}.info.run_name")

    def token(self, name: str) -> str:
        """The page token in the answer that the variable `name` holds."""
        return f"{name}.token"

    def look(self, expression: str, name: str, method: str) -> str:  # noqa: ARG002
        """An expression about the answer of `method` that the variable `name` holds."""
        return expression

    def expected(self, value: object, *, may_be_id: bool) -> str:
        """What an expression is compared with."""
        return self.source.of(value, may_be_id=may_be_id)

    def imports(self) -> list[str]:
        """The lines that import what was written, `import` lines apart."""
        names = self.source.entities | ({self.refusal} if self.refuses else set())
        return [f"from storeproof.stores import {', '.join(sorted(names))}"] if names else []

    def helpers(self) -> list[str]:
        """The lines, before the store is made, of what the script defines."""
        return []
