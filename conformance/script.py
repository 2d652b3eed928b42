"""A trace as a short program that shows the breach by itself.

Ids that the store chose are written as the variables that hold them, so that the program
works on a new store too. Reads that nothing was stated about are left out.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from storeproof.conformance.deeds import kind_of
from storeproof.conformance.dialects.contract import Contract
from storeproof.conformance.masking import NOTHING_SECRET, Masking
from storeproof.conformance.relations import BY_MODEL, EXISTS
from storeproof.conformance.trace import (
    ANY_REFUSAL,
    BACKEND,
    DISK,
    READS,
    Check,
    Killed,
    Ruling,
    Setting,
    Step,
    Tick,
    Together,
    Trace,
    Whole,
    short,
)
from storeproof.conformance.whole import SUITE

_RELATIONS: dict[str, Callable[[str, str], str]] = {
    "equals": lambda seen, expected: f"{seen} == {expected}",
    "differs": lambda seen, expected: f"{seen} != {expected}",
    "is one of": lambda seen, expected: f"{seen} in {expected}",
    "begins": lambda seen, expected: f"{seen} == {expected}[:len({seen})]",
    "matches": lambda seen, expected: f"re.fullmatch({expected}, {seen})",
    "ends with": lambda seen, expected: f"{seen}.endswith({expected})",
    "between": lambda seen, expected: f"min({expected}) <= {seen} <= max({expected})",
    "later than": lambda seen, expected: f"{seen} > {expected}",
    "contains": lambda seen, expected: f"{expected} in {seen}",
    "lacks": lambda seen, expected: f"{expected} not in {seen}",
    "is in ascending order": lambda seen, _: f"{seen} == sorted({seen})",
    "is in descending order": lambda seen, _: f"{seen} == sorted({seen}, reverse=True)",
    "has the items": lambda seen, expected: (
        f"sorted(map(repr, {seen})) == sorted(map(repr, {expected}))"
    ),
}


def script(
    trace: Trace,
    recipe: Sequence[str],
    title: str,
    folder: str = "",
    dialect: Callable[[], Contract] = Contract,
    masking: Masking = NOTHING_SECRET,
    backend: str = "",
    spec: str = "",
    token: str = "",
) -> str:
    """The program for a trace whose last event is the breach.

    `recipe` makes `store`; `folder` is the source of the folder behind a file store, `backend`
    of what removes for good;
    `dialect` makes what spells calls and answers. A secret that `masking` knows is read from
    its environment variable. What clients did that race or are killed is written in the contract's calls, to be
    done by storeproof in rounds (showing.py) on the store that `spec` names, with a new name in
    place of `token` in each.
    """
    if trace.takes_rounds:
        writer = _Writer(trace, {}, Contract(), masking)
        return writer.write_rounds(spec, token, title)
    return _Writer(trace, {DISK: f"Disk({folder})", BACKEND: backend}, dialect(), masking).write(
        recipe, title
    )


_WIDTH = 88
"""Characters of a line that is easily read."""

_NO_STEPS = "# No call of this store shows the breach: run storeproof check --clause again."


class _Writer:
    def __init__(
        self, trace: Trace, others: Mapping[str, str], dialect: Contract, masking: Masking
    ) -> None:
        self.trace = trace
        self.others = others
        self.dialect = dialect
        self.masking = masking
        self.source = dialect.source
        self.source.masking = masking
        self.names: dict[int, str] = {}
        self.methods: dict[int, str] = {}
        self.needs: set[str] = set()
        self.looked_at: set[int | None] = set()
        self.raced = False
        """What comes is after a race."""
        self.rules = False
        self.tests: list[str] = []
        """The imports of tests that are shown whole."""
        for event in trace.events:
            if isinstance(event, Check):
                self.looked_at |= {event.step, event.other and event.other[0]}

    def write(self, recipe: Sequence[str], title: str) -> str:
        body, opened = self._body(recipe)
        secrets = self._secrets(body)
        imports = [f"import {module}" for module in sorted(self.needs | self.source.modules)]
        head = [*self._heading(title), *dict.fromkeys([*imports, *recipe[:-1], *secrets])]
        if DISK in opened:
            head.append("from storeproof.conformance.disk import Disk")
        if BACKEND in opened:
            head.append("from storeproof.conformance.backend import Backend")
        lines = [*head, *self.dialect.imports(), *self.dialect.helpers(), "", recipe[-1], *body]
        return "\n".join(lines) + "\n"

    def write_rounds(self, spec: str, token: str, title: str) -> str:
        """The program for what clients did that race or are killed, which may take some rounds to show."""
        if token:
            self.source.generated[token] = "probe.token"
        body, _ = self._body(())
        secrets = self._secrets(body)
        imports = [f"import {module}" for module in sorted(self.needs | self.source.modules)]
        races = any(isinstance(each, Together) for each in self.trace.events)
        kills = any(isinstance(each, Killed) for each in self.trace.events)
        head = [
            *self._heading(title),
            *imports,
            *(["from storeproof.conformance.kills import kill"] if kills else []),
            *(["from storeproof.conformance.races import Race, do"] if races else []),
            "from storeproof.conformance.showing import show",
            *self.tests,
            *(["from storeproof.conformance.trace import Ruling"] if self.rules else []),
            *self.dialect.imports(),
            *secrets,
        ]
        apart = any(isinstance(each, Together) and each.apart for each in self.trace.events)
        processes = ", processes=True" if apart else ""
        lines = [
            *head,
            *("", "", "def once(probe, store):"),
            *(f"    {line}" for line in body),
            *("", "", f"show({self.masking.address(spec)!r}, once{processes})"),
        ]
        return "\n".join(lines) + "\n"

    def _heading(self, title: str) -> list[str]:
        quoted = self._told(title)
        return [f'"""{quoted} """' if quoted.endswith('"') else f'"""{quoted}"""', ""]

    def _body(self, recipe: Sequence[str]) -> tuple[list[str], set[str]]:
        """The lines that do what was recorded, and the names of what they do it on."""
        last = self.trace.events[-1] if self.trace.events else None
        body: list[str] = []
        opened = {"store"}
        for event in self.trace.events:
            if not isinstance(event, Step):
                body += self._beside_steps(event, event is last)
                continue
            if self.raced and event.method.startswith(READS):
                body += self._read(event, event is last)
                continue
            if event.store not in opened:
                opened.add(event.store)
                body.append(self._opening(event.store, recipe))
            unread = event.method.startswith(READS) and event.number not in self.looked_at
            if event is last or not unread:
                body += self._step(event, event is last)
        return body or [_NO_STEPS], opened

    def _beside_steps(
        self, event: Check | Setting | Tick | Together | Ruling | Killed | Whole, last: bool
    ) -> list[str]:
        """The lines for what is no single call; of what was looked at, only the last matters."""
        match event:
            case Setting():
                return [self._setting(event)]
            case Tick():
                self.needs.add("time")
                return ["time.sleep(0.002)"]
            case Together():
                return self._together(event)
            case Killed():
                return self._killed(event)
            case Whole():
                return self._whole(event)
            case Ruling():
                self.rules = True
                arguments = self.source.of(event.arguments, may_be_id=True)
                return [f"race.judge([Ruling({event.rule!r}, {event.about!r}, {arguments})])"]
            case Check():
                return self._check(event) if last else []

    def _secrets(self, body: Sequence[str]) -> list[str]:
        """The lines that read those secrets that the program holds."""
        read = [
            f'{name.lower()} = os.environ["{name}"]'
            for name in dict.fromkeys(self.masking.variables.values())
            if any(re.search(rf"\b{name.lower()}\b", line) for line in body)
        ]
        if read:
            self.needs.add("os")
        return read

    def _told(self, text: str) -> str:
        """A text for a comment: in one line, and without secrets."""
        return " ".join(self.masking.text(text).split()).replace('"""', "'''").replace("\\", "\\\\")

    def _opening(self, name: str, recipe: Sequence[str]) -> str:
        if name in self.others:
            return f"{name} = {self.others[name]}"
        return f"{name} = {recipe[-1].partition('=')[2].strip()}"

    def _setting(self, setting: Setting) -> str:
        self.needs.add("os")
        if setting.value is None:
            return f"os.environ.pop({setting.name!r}, None)"
        return f"os.environ[{setting.name!r}] = {self.source.of(setting.value)}"

    def _step(self, step: Step, last: bool) -> list[str]:
        call = self.dialect.call(step)
        if step.refusal is None and not (last and step.expected not in (None, "success")):
            name, more = self._name(step)
            lines = [f"{name} = {call}" if name else call, *more]
            if step.expected in (None, "success"):
                return lines
            self.dialect.refuses = True
            return [
                "try:",
                *(f"    {line}" for line in lines),
                f"except {self.dialect.refusal}:",
                "    raise SystemExit(0) from None  # to refuse it is right too",
            ]
        if last and step.expected not in (None, "success"):
            seen = (
                f"it succeeded with {short(step.answer, 80)}"
                if step.refusal is None
                else str(step.refusal)
            )
            self.dialect.refuses = True
            codes = tuple((step.expected or "").split(" or "))
            judged = f"assert {self.dialect.code} in {codes!r}, error"
            if ANY_REFUSAL in codes:
                judged = f"print('refused, which is right too:', {self.dialect.code})"
            lines = [
                f"# seen: {self._told(seen)}",
                "try:",
                f"    {call}",
                f"except {self.dialect.refusal} as error:",
                f"    {judged}",
            ]
            if "success" not in codes:
                complaint = f"expected to be refused with {step.expected}; it succeeded"
                lines += ["else:", f"    raise SystemExit({complaint!r})"]
            return lines
        if last:
            return [f"# expected success; seen: {self._told(str(step.refusal))}", call]
        self.dialect.refuses = True
        return [
            "try:",
            f"    {call}",
            f"except {self.dialect.refusal} as error:",
            f"    print({step.method!r}, 'was refused as it should be:', {self.dialect.code})",
        ]

    def _together(self, race: Together) -> list[str]:
        """The race and its clients' plans; equal ones are written once."""
        self.raced = True
        plans = [_listed([self._planned(step) for step in calls]) for calls in race.clients]
        rest = [*map(repr, race.refusals), *(["apart=True"] if race.apart else [])]
        return [
            "race = Race(",
            "    probe,",
            "    [",
            *(f"        {line}" for plan in _grouped(plans) for line in f"{plan},".splitlines()),
            "    ],",
            *(f"    {each}," for each in rest),
            ")",
        ]

    def _killed(self, event: Killed) -> list[str]:
        done = ", ".join(kind_of(number).value for number in range(event.after)) or "nothing yet"
        where = f"in {kind_of(event.after).value}, " if event.place else ""
        return [
            f"# A client in a process of its own has done: {done}; {where}it is killed by SIGKILL.",
            "# storeproof.conformance.deeds says what it writes, and what must be left of that.",
            f"kill(probe, after={event.after}, place={event.place})",
        ]

    def _whole(self, event: Whole) -> list[str]:
        self.tests.append(f"from {SUITE}.{event.module} import {event.test}")
        depth = f", depth=settings(max_examples={event.examples})" if event.examples else ""
        if depth:
            self.tests.insert(0, "from hypothesis import settings")
        drawn = [f"probe.token = {event.token!r}  # what is drawn from it is the same"]
        return [*(drawn if event.token else []), f"{event.test}(probe{depth})"]

    def _planned(self, step: Step) -> str:
        return f"do({self._named(step)})"

    def _named(self, step: Step) -> str:
        """The method, and the arguments by name."""
        arguments = (
            f"{name}={self.dialect.argument(name, value)}" for name, value in step.arguments.items()
        )
        return ", ".join((repr(step.method), *arguments))

    def _read(self, step: Step, last: bool) -> list[str]:
        """What was read once the race was over, which is part of what happened."""
        call = f"race.read({self._named(step)})"
        name, more = self._name(step)
        seen = [f"# expected success; seen: {self._told(str(step.refusal))}"] if last else []
        return [*seen, f"{name} = {call}" if name else call, *more]

    def _name(self, step: Step) -> tuple[str, Sequence[str]]:
        """The variable for a step's answer, or "" where nothing needs it; and further lines that get at it."""
        answer = step.answer
        more: Sequence[str] = ()
        if step.method == "create_experiment" and isinstance(answer, str):
            name = f"experiment{step.number}"
            self.source.ids[answer] = name
        elif step.method == "create_run":
            name = f"run{step.number}"
            more = self._run_made(step, name)
        elif step.number in self.looked_at:
            name = f"answer{step.number}"
            token = getattr(answer, "token", None)
            if isinstance(token, str):
                self.source.ids[token] = self.dialect.token(name)
            for time in ("creation_time", "last_update_time"):
                moment = getattr(answer, time, None)
                if isinstance(moment, int) and moment:
                    look = self.dialect.look(f"{name}.{time}", name, step.method)
                    self.source.generated[str(moment)] = look
        else:
            return "", more
        self.names[step.number] = name
        self.methods[step.number] = step.method
        return name, more

    def _run_made(self, step: Step, name: str) -> Sequence[str]:
        made = self.dialect.made(name)
        info = getattr(step.answer, "info", None)
        run_id, run_name = getattr(info, "run_id", None), getattr(info, "run_name", None)
        if isinstance(run_id, str):
            self.source.ids[run_id] = made.run_id
        given = step.arguments.get("run_name") or step.arguments.get("tags")
        if not given and isinstance(run_name, str) and run_name:
            self.source.generated[run_name] = made.run_name
        return made.lines

    def _check(self, check: Check) -> list[str]:
        seen = f"# seen: {self._told(short(check.seen))}"
        if check.step is None or check.step not in self.names:
            return [f"# expected {check.relation} {self._told(short(check.expected))}", seen]
        expression = self._look(check.step, check.expression)
        if "json.loads(" in expression:
            self.needs.add("json")
        if check.relation in BY_MODEL:
            expected = self._told(short(check.expected, 400))
            return [f"# expected, {check.relation}: {expected}", seen, f"print({expression})"]
        if check.relation == EXISTS:
            return [seen, f"print({expression})"]
        expected = self._expected(check)
        if check.relation == "matches":
            self.needs.add("re")
        if check.relation in ("equals", "begins") and _holds_nan(check.expected):
            cut = f"[:len({expression})]" if check.relation == "begins" else ""
            condition = f"repr({expression}) == repr({expected}{cut})"
        else:
            condition = _RELATIONS[check.relation](expression, expected)
        return [seen, f"assert {condition}, {expression}"]

    def _expected(self, check: Check) -> str:
        if check.other is not None and check.other[0] in self.names:
            return self._look(check.other[0], check.other[1])
        return self.dialect.expected(check.expected, may_be_id="_id" in check.expression)

    def _look(self, step: int, expression: str) -> str:
        name = self.names[step]
        return self.dialect.look(expression.format(name), name, self.methods[step])


def _listed(items: Sequence[str]) -> str:
    """A list of these, in several lines where one would be long."""
    parts = _grouped(items)
    inside = ", ".join(parts)
    if len(inside) < _WIDTH:
        return f"[{inside}]"
    return "\n".join(["[", *(f"    {each}," for each in parts), "]"])


def _grouped(items: Sequence[str]) -> list[str]:
    """The entries of a list; of several in a row that are equal, one and how often."""
    groups = [(each, len(list(equal))) for each, equal in groupby(items)]
    return [each if count == 1 else f"*[{each}] * {count}" for each, count in groups]


def _holds_nan(value: object) -> bool:
    if isinstance(value, float):
        return value != value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return any(_holds_nan(getattr(value, each.name)) for each in dataclasses.fields(value))
    if isinstance(value, Mapping):
        return any(map(_holds_nan, value.values()))
    return isinstance(value, list | tuple) and any(map(_holds_nan, value))
