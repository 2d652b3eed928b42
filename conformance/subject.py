"""A watched store with its model: what the store does is judged at once. And several in lock-step.

A Breach names the clause of the first difference; the others are in its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, NoReturn

from storeproof.conformance.capabilities import is_optional
from storeproof.conformance.drafts import Draft, TermDraft
from storeproof.conformance.model import (
    Difference,
    Expected,
    Found,
    Model,
    Names,
    Operation,
    Outcome,
    Raw,
    judge,
    judge_pages,
    observe,
)
from storeproof.conformance.probe import Breach, Probe, Unsupported
from storeproof.conformance.relations import AS_FIRST, AS_MODELLED, IN_PAGES, SAME
from storeproof.conformance.strategies import plain
from storeproof.conformance.trace import READS, Check, short

_REFERENCES = ("experiment_id", "run_id")
_MANY_REFERENCES = ("experiment_ids", "run_ids")


@dataclass(frozen=True)
class Ending:
    """How an operation ended in one store: what was chosen of the accepted outcomes, and which was due first."""

    subject: Subject
    outcome: Outcome
    chosen: Expected
    reference: Expected

    @property
    def refused(self) -> bool:
        """Whether the operation was refused."""
        return self.outcome.code is not None


class Subject:
    """One store, its ids and its model."""

    def __init__(self, probe: Probe, model: Model) -> None:
        self.probe = probe
        self.model = model
        self.names = Names()
        self._lacks: set[str] = set()
        """The methods that it was seen to lack, as it may."""

    def knows(self, op: Operation) -> bool:
        """Whether the store has the method, and every symbol of the operation stands for an id of its."""
        if op.method in self._lacks:
            return False
        symbols = [op.args.get(each) for each in _REFERENCES]
        symbols += [each for name in _MANY_REFERENCES for each in op.args.get(name, ())]
        plain = (getattr(each, "symbol", each) for each in symbols if not isinstance(each, Raw))
        return all(each is None or each in self.names.ids for each in plain)

    def do(self, op: Operation, new: str | None = None) -> Ending:
        """Do an operation, judge its ending and adopt it; `new` is the symbol of what it creates.

        Raises Breach for an ending that the specification does not accept.
        """
        op = self._completed(op)
        expected = self.model.expect(op)
        outcome, _ = self._attempt(op, new)
        return Ending(self, outcome, self._judge(op, outcome, expected), expected[0])

    def pages(self, op: Operation, parts: int, clause: str) -> None:
        """Read what `op` reads in one piece, then again in `parts` pages; nothing may differ (`clause`)."""
        op = self._completed(op)
        whole, _ = self._attempt(op, None)
        self._judge(op, whole, self.model.expect(op))
        if whole.code is not None:
            return
        first = self.probe.trace.steps[-1].number
        size = max(1, -(-len(whole.answer["items"]) // parts))
        pages: list[Any] = []
        token: str | None = None
        while not pages or pages[-1]["more"]:
            page = Operation(op.method, {**op.args, "max_results": size, "page_token": token})
            outcome, token = self._attempt(page, None)
            self._judge(page, outcome, self.model.expect(page))
            if outcome.code is not None:
                return
            pages.append(outcome.answer)
            if len(pages) > len(whole.answer["items"]) + 1:
                break
        differences = judge_pages(whole.answer, pages, size, clause)
        if differences:
            read = {"whole": first, "pages": len(pages), "size": size, "clause": clause}
            self._breach(differences, IN_PAGES, read)

    def _completed(self, op: Operation) -> Operation:
        """The operation with the filter and the order that their drafts are in this store."""
        args = dict(op.args)
        draft = args.get("filter_string")
        if isinstance(draft, Draft):
            args["filter_string"] = draft.complete(self.model)
            if not draft.parts and draft.spoilt is None:
                del args["filter_string"]
        if "order_by" in args:
            args["order_by"] = tuple(
                each.complete(self.model) if isinstance(each, TermDraft) else each
                for each in args["order_by"]
            )
        return Operation(op.method, args)

    def _attempt(self, op: Operation, new: str | None) -> tuple[Outcome, str | None]:
        """How the operation ended, and the token of the page that it gave."""
        arguments = self.names.arguments(op)
        try:
            done = self.probe.attempt(
                op.method, **{name: plain(value) for name, value in arguments.items()}
            )
        except Breach as breach:
            clause = self.model.expect(op)[0].clause
            raise Breach(
                breach.expected, breach.seen, breach.clause or clause, self.probe
            ) from None
        finally:
            self.probe.trace.steps[-1].asked = {"args": dict(op.args), "new": new}
        if self.probe.trace.steps[-1].missing and is_optional(op.method):
            self._lacks.add(op.method)
            self.probe.excuse(self.probe.trace.steps[-1])
        if done.refusal is not None:
            return Outcome(code=done.refusal.code), None
        if new is not None and op.method == "create_experiment":
            self.names.adopt("experiment", new, done.answer)
        elif new is not None:
            self.names.adopt("run", new, done.answer.info.run_id)
        if op.method == "hard_delete_experiment":
            self.names.release("experiment", op.args["experiment_id"])
        answer = observe(done.answer, self.names.to_symbol)
        return Outcome(answer), getattr(done.answer, "token", None)

    def _judge(self, op: Operation, outcome: Outcome, expected: list[Expected]) -> Expected:
        step = self.probe.trace.steps[-1]
        codes = dict.fromkeys(str(code) for each in expected for code in sorted(each.codes))
        succeeds = ["success"] if any(not each.codes for each in expected) else []
        step.expected = " or ".join([*succeeds, *codes])
        verdict = judge(outcome, expected)
        if isinstance(verdict, list):
            self._breach(verdict)
        self.model.commit(op, verdict, outcome.answer)
        for variation in (verdict.variation or "").split("; "):
            clause, _, text = variation.partition(": ")
            if text:
                self.probe.varies(clause, text)
        return verdict

    def _breach(
        self,
        differences: Sequence[Difference],
        relation: str = AS_MODELLED,
        expected: object = None,
    ) -> NoReturn:
        first = differences[0]
        if first.path != "outcome":
            wanted = str(first) if expected is None else expected
            self.note(relation, wanted, first.seen)
        more = "".join(f"\n  also {short(str(each), 400)}" for each in differences[1:6])
        seen = short(first.seen) + more
        raise Breach(f"{first.path} {short(first.expected)}", seen, first.clause, self.probe)

    def note(self, relation: str, expected: object, seen: object) -> None:
        """Record that the last answer is not as a model says, or another store."""
        step = self.probe.trace.steps[-1].number
        self.probe.trace.events.append(Check(step, "{}", relation, expected, seen, held=False))


class Lockstep:
    """The same operations on several stores, their answers compared with each other too.

    Once two stores have chosen different variations they hold different things, and each is
    judged by its own model alone. `strict` is for stores that must be the same in everything,
    down to the code of a call that is wrong in two ways.
    """

    def __init__(self, subjects: Sequence[Subject], *, strict: bool = False) -> None:
        self.subjects = subjects
        self.strict = strict
        self.diverged = False
        self._issued = 0

    def new_symbol(self, kind: str) -> str:
        """A symbol for what is created next: "E1", "R2"."""
        self._issued += 1
        return f"{kind}{self._issued}"

    def do(self, op: Operation, new: str | None = None) -> bool:
        """Do an operation on every store; whether any did it rather than refuse it.

        Raises Breach for an ending that is wrong, or not the same in all of them.
        """
        endings = []
        for subject in self._knowing(op):
            with self._lacking(op, subject):
                endings.append(subject.do(op, new))
        if endings:
            self._compare(op, endings)
        return any(not each.refused for each in endings)

    def pages(self, op: Operation, parts: int, clause: str) -> None:
        """Read in pages what `op` reads in one piece, on every store."""
        for subject in self._knowing(op):
            with self._lacking(op, subject):
                subject.pages(op, parts, clause)

    @contextmanager
    def _lacking(self, op: Operation, subject: Subject) -> Iterator[None]:
        """Leave out a store that lacks the operation, as it may unless it must be the same in everything."""
        try:
            yield
        except Unsupported as lacking:
            if self.strict:
                raise Breach(
                    f"{op.method} as in the others", str(lacking), SAME, subject.probe
                ) from None

    def _knowing(self, op: Operation) -> list[Subject]:
        """The stores that have every id of the operation; none if an unknown id is known to one."""
        knowing = [subject for subject in self.subjects if subject.knows(op)]
        return [] if any(each.names.collides(op) for each in knowing) else knowing

    def _compare(self, op: Operation, endings: list[Ending]) -> None:
        if len(endings) < len(self.subjects) and not op.method.startswith(READS):
            self.diverged = True
        for other in endings[1:]:
            if not self.diverged:
                self._compare_two(op, endings[0], other)

    def _compare_two(self, op: Operation, one: Ending, other: Ending) -> None:
        varied = one.chosen.variation != other.chosen.variation
        if one.refused != other.refused:
            # Two limits that both are right (EXP-ARTIFACT), or two readings of one clause.
            varied = True
            self.diverged = self.diverged or not op.method.startswith(READS)
        if one.reference.codes != other.reference.codes or (varied and not self.strict):
            return
        if self.strict or one.refused != other.refused:
            self._same(op, other.subject, "code", one.outcome.code, other.outcome.code)
        if one.refused:
            return
        answers = [
            each.subject.model.comparable(each.outcome.answer, strict=self.strict)
            for each in (one, other)
        ]
        match _common(one.reference.found, other.reference.found, self.strict):
            case Common.NOTHING:
                return
            case Common.ITEMS:
                answers = [sorted(each, key=repr) for each in answers]
        self._same(op, other.subject, "answer", *answers)

    def _same(
        self, op: Operation, subject: Subject, part: str, expected: object, seen: object
    ) -> None:
        if expected != seen:
            subject.note(AS_FIRST, {part: expected}, seen)
            what = f"{op.method} as in the first store: {short(expected)}"
            raise Breach(what, short(seen), SAME, subject.probe)


class Common(Enum):
    """What two stores' answers to a search have in common, by what each has chosen so far."""

    ORDER = "the same items in the same order"
    ITEMS = "the same items"
    NOTHING = "nothing: ids or times that each store chose decide"


def _common(one: Found | None, other: Found | None, strict: bool) -> Common:
    if one is None or other is None:
        return Common.ORDER
    if one.symbols is None or other.symbols is None:
        return Common.NOTHING
    if not (strict or (one.sure and other.sure)):
        return Common.NOTHING
    if one == other and one.ordered:
        return Common.ORDER
    same = sorted(one.symbols) == sorted(other.symbols)
    return Common.ITEMS if same else Common.NOTHING


def model_of(probe: Probe) -> Model:
    """The model of the store behind a probe."""
    place = probe.place
    return Model(
        artifact_location_length=place.location_length, shows_deleted_time=place.shows_deleted_time
    )


def lockstep(
    probes: Sequence[Probe],
    make_model: Callable[[Probe], Model] = lambda _: Model(),
    *,
    strict: bool = False,
) -> Lockstep:
    """A new example on the stores behind `probes`, each with a new model."""
    for probe in probes:
        probe.begin()
    return Lockstep([Subject(probe, make_model(probe)) for probe in probes], strict=strict)
