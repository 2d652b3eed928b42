"""What writes a trace as a program: one call after another, in the language of a dialect.

Ids that the store chose are written as the variables that hold them, so that the program
works on a new store too. Reads that nothing was stated about are left out, but not
where there are several store objects, which may remember what they read.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence

from storeproof.conformance.dialects.contract import Contract
from storeproof.conformance.masking import Masking
from storeproof.conformance.relations import BY_MODEL, EXISTS
from storeproof.conformance.trace import (
    ANY_REFUSAL,
    BACKEND,
    DISK,
    READS,
    Check,
    Event,
    Setting,
    Step,
    Tick,
    Trace,
    short,
)

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


_NO_STEPS = "# No call of this store shows the breach: run storeproof check --clause again."


class Writer:
    """Writes the program for a trace.

    `others` are the sources of what else it is done on, `again` of one more object of the store.
    """

    def __init__(
        self,
        trace: Trace,
        others: Mapping[str, str],
        again: str,
        dialect: Contract,
        masking: Masking,
    ) -> None:
        self.trace = trace
        self.others = others
        self.again = again
        self.dialect = dialect
        self.masking = masking
        self.source = dialect.source
        self.source.masking = masking
        self.names: dict[int, str] = {}
        self.methods: dict[int, str] = {}
        self.needs: set[str] = set()
        self.looked_at: set[int | None] = set()
        self.sessions = {step.store for step in trace.steps} - others.keys()
        for event in trace.events:
            if isinstance(event, Check):
                self.looked_at |= {event.step, event.other and event.other[0]}

    def write(self, recipe: Sequence[str], title: str) -> str:
        """The program, in which `recipe` makes the store."""
        body, opened = self.body()
        secrets = self.secrets(body)
        imports = [f"import {module}" for module in sorted(self.needs | self.source.modules)]
        head = [*self.heading(title), *dict.fromkeys([*imports, *recipe[:-1], *secrets])]
        if DISK in opened:
            head.append("from storeproof.conformance.disk import Disk")
        if BACKEND in opened:
            head.append("from storeproof.conformance.backend import Backend")
        lines = [*head, *self.dialect.imports(), *self.dialect.helpers(), "", recipe[-1], *body]
        return "\n".join(lines) + "\n"

    def heading(self, title: str) -> list[str]:
        """The docstring."""
        quoted = self.told(title)
        return [f'"""{quoted} """' if quoted.endswith('"') else f'"""{quoted}"""', ""]

    def body(self) -> tuple[list[str], set[str]]:
        """The lines that do what was recorded, and the names of what they do it on."""
        last = self.trace.events[-1] if self.trace.events else None
        body: list[str] = []
        opened = {"store"}
        for event in self.trace.events:
            if not isinstance(event, Step):
                body += self.beside_steps(event, last=event is last)
                continue
            if event.store not in opened:
                opened.add(event.store)
                body.append(f"{event.store} = {self.others.get(event.store, self.again)}")
            if event is last or self.matters(event):
                body += self.step(event, event is last)
        return body or [_NO_STEPS], opened

    def matters(self, step: Step) -> bool:
        """Whether what follows may go by it: by a read only if it was looked at, or of several sessions."""
        read = step.method.startswith(READS)
        return not read or step.number in self.looked_at or len(self.sessions) > 1

    def beside_steps(self, event: Event, *, last: bool) -> list[str]:
        """The lines for what is no single call; of what was looked at, only the last matters."""
        match event:
            case Setting():
                return [self._setting(event)]
            case Tick():
                self.needs.add("time")
                return ["time.sleep(0.002)"]
            case Check():
                return self._check(event) if last else []
        return []

    def secrets(self, body: Sequence[str]) -> list[str]:
        """The lines that read those secrets that the program holds."""
        read = [
            f'{name.lower()} = os.environ["{name}"]'
            for name in dict.fromkeys(self.masking.variables.values())
            if any(re.search(rf"\b{name.lower()}\b", line) for line in body)
        ]
        if read:
            self.needs.add("os")
        return read

    def told(self, text: str) -> str:
        """A text for a comment: in one line, and without secrets."""
        return " ".join(self.masking.text(text).split()).replace('"""', "'''").replace("\\", "\\\\")

    def _setting(self, setting: Setting) -> str:
        self.needs.add("os")
        if setting.value is None:
            return f"os.environ.pop({setting.name!r}, None)"
        return f"os.environ[{setting.name!r}] = {self.source.of(setting.value)}"

    def step(self, step: Step, last: bool) -> list[str]:
        """The lines of a call, and of what its ending should have been if it is the last."""
        call = self.dialect.call(step)
        if step.refusal is None and not (last and step.expected not in (None, "success")):
            name, more = self.name(step)
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
                f"# seen: {self.told(seen)}",
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
            return [f"# expected success; seen: {self.told(str(step.refusal))}", call]
        self.dialect.refuses = True
        return [
            "try:",
            f"    {call}",
            f"except {self.dialect.refusal} as error:",
            f"    print({step.method!r}, 'was refused as it should be:', {self.dialect.code})",
        ]

    def name(self, step: Step) -> tuple[str, Sequence[str]]:
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
        seen = f"# seen: {self.told(short(check.seen))}"
        if check.step is None or check.step not in self.names:
            return [f"# expected {check.relation} {self.told(short(check.expected))}", seen]
        expression = self._look(check.step, check.expression)
        if "json.loads(" in expression:
            self.needs.add("json")
        if check.relation in BY_MODEL:
            expected = self.told(short(check.expected, 400))
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


def _holds_nan(value: object) -> bool:
    if isinstance(value, float):
        return value != value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return any(_holds_nan(getattr(value, each.name)) for each in dataclasses.fields(value))
    if isinstance(value, Mapping):
        return any(map(_holds_nan, value.values()))
    return isinstance(value, list | tuple) and any(map(_holds_nan, value))
