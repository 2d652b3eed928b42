"""What a race is judged by, as data: a rule of the checkers, about one object of what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from storeproof.conformance import objects
from storeproof.conformance.checkers.maximum import largest
from storeproof.conformance.checkers.names import one_winner
from storeproof.conformance.checkers.operations import Judgement, Op
from storeproof.conformance.checkers.registers import last_written, written_once
from storeproof.conformance.checkers.sets import growing, whole
from storeproof.conformance.checkers.tickets import counted
from storeproof.conformance.histories import History
from storeproof.conformance.trace import Ruling

RULES: dict[str, Callable[[Sequence[Op]], Judgement]] = {
    each.__name__: each
    for each in (counted, growing, largest, last_written, one_winner, whole, written_once)
}

OBJECTS: dict[str, Callable[..., list[Op]]] = {
    each.__name__: each
    for each in (
        *(objects.contents, objects.creations, objects.experiment_tag, objects.latest),
        *(objects.param, objects.points, objects.runs_made, objects.tag, objects.versions),
    )
}


class NoRuling(ValueError):
    """There is no rule, or no object, of this name."""


def rule(
    judge: Callable[[Sequence[Op]], Judgement], about: Callable[..., list[Op]], *arguments: Any
) -> Ruling:
    """A rule of RULES about one of OBJECTS, which takes a history and then these arguments."""
    return Ruling(judge.__name__, about.__name__, list(arguments))


def judged(ruling: Ruling, history: History) -> Judgement:
    """What the rule says of the history; NoRuling where it names none."""
    if ruling.rule not in RULES or ruling.about not in OBJECTS:
        raise NoRuling(f"there is no rule {ruling.rule} of {ruling.about}")
    return RULES[ruling.rule](OBJECTS[ruling.about](history, *ruling.arguments))
