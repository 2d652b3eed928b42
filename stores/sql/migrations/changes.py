"""What a revision changes in a table that is there.

Each change can tell whether a table has it already, so that a revision that was cut off can be
run again (MIG-RESUME), and can be made to a table in memory: that is how sqlite rebuilds one,
and how SQL is printed without a database.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Constraint,
    DefaultClause,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    String,
    Table,
)
from sqlalchemy.types import TypeEngine


class Change(ABC):
    """One change of a table."""

    @abstractmethod
    def made(self, table: Table) -> bool:
        """Whether the table has it already."""

    @abstractmethod
    def make(self, table: Table) -> None:
        """Change the table in memory."""


@dataclass(frozen=True)
class AddColumn(Change):
    """A new column at the end: one with a default has it in every row, one without may be NULL."""

    name: str
    kind: TypeEngine[Any]
    default: str | None = None

    def column(self) -> Column[Any]:
        """It, not yet of any table."""
        nullable = self.default is None
        return Column(self.name, self.kind, nullable=nullable, server_default=self.default)

    def made(self, table: Table) -> bool:
        """A column of that name is there."""
        return self.name in table.columns

    def make(self, table: Table) -> None:
        """Append it."""
        table.append_column(self.column())


@dataclass(frozen=True)
class DropColumn(Change):
    """A column less."""

    name: str

    def made(self, table: Table) -> bool:
        """No column of that name is there."""
        return self.name not in table.columns

    def make(self, table: Table) -> None:
        """Take it out."""
        columns = table._columns  # noqa: SLF001 - there is no public way to take a column out
        columns.remove(table.c[self.name])


@dataclass(frozen=True)
class Length(Change):
    """Texts of another length; whether they may be NULL, and their collation, stay as they are."""

    name: str
    characters: int

    def made(self, table: Table) -> bool:
        """The column has this length."""
        return getattr(table.c[self.name].type, "length", None) == self.characters

    def make(self, table: Table) -> None:
        """Give the column its new type."""
        table.c[self.name].type = resized(table.c[self.name].type, self.characters)


@dataclass(frozen=True)
class Retype(Change):
    """Another type, where the two differ on this engine."""

    name: str
    kind: TypeEngine[Any]

    def made(self, table: Table) -> bool:
        """The column is of this type or one that is made from it."""
        return isinstance(table.c[self.name].type, type(self.kind))

    def make(self, table: Table) -> None:
        """Give the column its new type."""
        table.c[self.name].type = self.kind


@dataclass(frozen=True)
class Nullable(Change):
    """NULL is allowed from now on."""

    name: str

    def made(self, table: Table) -> bool:
        """It is allowed already."""
        return bool(table.c[self.name].nullable)

    def make(self, table: Table) -> None:
        """Allow it."""
        table.c[self.name].nullable = True


@dataclass(frozen=True)
class Default(Change):
    """A value that the server gives where none is said."""

    name: str
    value: str

    def made(self, table: Table) -> bool:
        """The server gives one already."""
        return table.c[self.name].server_default is not None

    def make(self, table: Table) -> None:
        """Have the server give it."""
        table.c[self.name].server_default = DefaultClause(self.value)


@dataclass(frozen=True)
class Key(Change):
    """Another primary key."""

    name: str
    columns: tuple[str, ...]

    def made(self, table: Table) -> bool:
        """The key has these columns in this order."""
        return tuple(column.name for column in table.primary_key.columns) == self.columns

    def make(self, table: Table) -> None:
        """Put it in the other's place."""
        for column in table.primary_key.columns:
            column.primary_key = False
        table.append_constraint(PrimaryKeyConstraint(*self.columns, name=self.name))


@dataclass(frozen=True)
class Check(Change):
    """A check without a name, known by a word in its text; `count` is how many of them there are to be."""

    text: str
    word: str
    count: int = 1

    def made(self, table: Table) -> bool:
        """So many checks hold the word."""
        found = [check for check in checks(table) if self.word in str(check.sqltext)]
        return len(found) >= self.count

    def make(self, table: Table) -> None:
        """Add one more."""
        table.append_constraint(CheckConstraint(self.text))


@dataclass(frozen=True)
class DropCheck(Change):
    """A check less."""

    name: str

    def made(self, table: Table) -> bool:
        """No check of that name is there."""
        return all(check.name != self.name for check in checks(table))

    def make(self, table: Table) -> None:
        """Take it out."""
        for check in checks(table):
            if check.name == self.name:
                table.constraints.discard(check)


@dataclass(frozen=True)
class ForeignKey(Change):
    """A foreign key in the place of the one over the same column, whatever its name is."""

    column: str
    refers_to: str
    name: str | None
    cascade: bool

    def made(self, table: Table) -> bool:
        """The only one over this column cascades as this one does, and is called so."""
        found = foreign_keys(table, self.column)
        return (
            len(found) == 1
            and self._cascades(found[0]) == self.cascade
            and self.name in (None, found[0].name)
        )

    def make(self, table: Table) -> None:
        """Put it in the other's place."""
        for old in foreign_keys(table, self.column):
            drop_constraint(table, old)
        table.append_constraint(self.constraint())

    def constraint(self) -> ForeignKeyConstraint:
        """It, not yet of any table."""
        return ForeignKeyConstraint(
            [self.column],
            [self.refers_to],
            name=self.name,
            ondelete="CASCADE" if self.cascade else None,
        )

    @staticmethod
    def _cascades(constraint: ForeignKeyConstraint) -> bool:
        return (constraint.ondelete or "").upper() == "CASCADE"


def resized(kind: TypeEngine[Any], characters: int) -> TypeEngine[Any]:
    """The same type of text with another length."""
    if not isinstance(kind, String):
        return String(characters)
    changed = kind.copy()
    changed.length = characters
    return changed


def checks(table: Table) -> list[CheckConstraint]:
    """The checks of a table."""
    return [each for each in table.constraints if isinstance(each, CheckConstraint)]


def foreign_keys(table: Table, column: str) -> list[ForeignKeyConstraint]:
    """The foreign keys of a table over this column alone."""
    return [
        each
        for each in table.constraints
        if isinstance(each, ForeignKeyConstraint) and each.column_keys == [column]
    ]


def drop_constraint(table: Table, constraint: Constraint) -> None:
    """Take a constraint out of a table in memory."""
    table.constraints.discard(constraint)
    if isinstance(constraint, ForeignKeyConstraint):
        for element in constraint.elements:
            table.foreign_keys.discard(element)
            element.parent.foreign_keys.discard(element)
