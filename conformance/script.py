"""A trace as a short program that shows the breach by itself.

Ids that the store chose are written as the variables that hold them, so that the program
works on a new store too. Reads that nothing was stated about are left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from storeproof.conformance.source import Source
from storeproof.conformance.trace import DISK, Check, Setting, Step, Tick, Trace, short

_READS = ("get_", "search_")
_ID_ARGUMENTS = ("experiment_id", "experiment_ids", "run_id", "run_ids", "page_token", "path")
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


def script(trace: Trace, recipe: Sequence[str], title: str, folder: str = "") -> str:
    """The program for a trace whose last event is the breach.

    `recipe` makes `store`; `folder` is the source of the folder behind a file store.
    """
    return _Writer(trace, folder).write(recipe, title)


class _Writer:
    def __init__(self, trace: Trace, folder: str) -> None:
        self.trace = trace
        self.folder = folder
        self.source = Source()
        self.names: dict[int, str] = {}
        self.imports: set[str] = set()
        self.needs: set[str] = set()
        self.looked_at: set[int | None] = set()
        for event in trace.events:
            if isinstance(event, Check):
                self.looked_at |= {event.step, event.other and event.other[0]}

    def write(self, recipe: Sequence[str], title: str) -> str:
        last = self.trace.events[-1] if self.trace.events else None
        body: list[str] = []
        opened = {"store"}
        for event in self.trace.events:
            if isinstance(event, Setting):
                body.append(self._setting(event))
                continue
            if isinstance(event, Tick):
                self.needs.add("time")
                body.append("time.sleep(0.002)")
                continue
            if isinstance(event, Check):
                if event is last:
                    body += self._check(event)
                continue
            if event.store not in opened:
                opened.add(event.store)
                body.append(self._opening(event.store, recipe))
            unread = event.method.startswith(_READS) and event.number not in self.looked_at
            if event is last or not unread:
                body += self._step(event, event is last)
        quoted = _one_line(title)
        head = [f'"""{quoted} """' if quoted.endswith('"') else f'"""{quoted}"""', ""]
        head += [f"import {module}" for module in sorted(self.needs | self.source.modules)]
        head += recipe[:-1]
        if DISK in opened:
            head.append("from storeproof.conformance.disk import Disk")
        if names := self.imports | self.source.entities:
            head.append(f"from storeproof.stores import {', '.join(sorted(names))}")
        return "\n".join([*head, "", recipe[-1], *body]) + "\n"

    def _opening(self, name: str, recipe: Sequence[str]) -> str:
        if name == DISK:
            return f"{name} = Disk({self.folder})"
        return f"{name} = {recipe[-1].partition('=')[2].strip()}"

    def _setting(self, setting: Setting) -> str:
        self.needs.add("os")
        if setting.value is None:
            return f"os.environ.pop({setting.name!r}, None)"
        return f"os.environ[{setting.name!r}] = {setting.value!r}"

    def _step(self, step: Step, last: bool) -> list[str]:
        arguments = ", ".join(
            f"{name}={self.source.of(value, may_be_id=name in _ID_ARGUMENTS)}"
            for name, value in step.arguments.items()
        )
        call = f"{step.store}.{step.method}({arguments})"
        if step.refusal is None and not (last and step.expected not in (None, "success")):
            name = self._name(step)
            line = f"{name} = {call}" if name else call
            if step.expected in (None, "success"):
                return [line]
            self.imports.add("StoreError")
            return [
                "try:",
                f"    {line}",
                "except StoreError:",
                "    raise SystemExit(0) from None  # to refuse it is right too",
            ]
        if last and step.expected not in (None, "success"):
            seen = (
                f"it succeeded with {short(step.answer, 80)}"
                if step.refusal is None
                else str(step.refusal)
            )
            self.imports.add("StoreError")
            codes = tuple((step.expected or "").split(" or "))
            lines = [
                f"# seen: {_one_line(seen)}",
                "try:",
                f"    {call}",
                "except StoreError as error:",
                f"    assert error.code in {codes!r}, error",
            ]
            if "success" not in codes:
                complaint = f"expected to be refused with {step.expected}; it succeeded"
                lines += ["else:", f"    raise SystemExit({complaint!r})"]
            return lines
        if last:
            return [f"# expected success; seen: {_one_line(str(step.refusal))}", call]
        self.imports.add("StoreError")
        return [
            "try:",
            f"    {call}",
            "except StoreError as error:",
            f"    print({step.method!r}, 'was refused as it should be:', error.code)",
        ]

    def _name(self, step: Step) -> str:
        """The variable for a step's answer, or "" where nothing needs it."""
        answer = step.answer
        if step.method == "create_experiment" and isinstance(answer, str):
            name = f"experiment{step.number}"
            self.source.ids[answer] = name
        elif step.method == "create_run":
            name = f"run{step.number}"
            run_id = getattr(getattr(answer, "info", None), "run_id", None)
            if isinstance(run_id, str):
                self.source.ids[run_id] = f"{name}.info.run_id"
            if not step.arguments.get("run_name") and not step.arguments.get("tags"):
                generated = getattr(getattr(answer, "info", None), "run_name", None)
                if isinstance(generated, str) and generated:
                    self.source.generated[generated] = f"{name}.info.run_name"
        elif step.number in self.looked_at:
            name = f"answer{step.number}"
            token = getattr(answer, "token", None)
            if isinstance(token, str):
                self.source.ids[token] = f"{name}.token"
            for time in ("creation_time", "last_update_time"):
                moment = getattr(answer, time, None)
                if isinstance(moment, int) and moment:
                    self.source.generated[str(moment)] = f"{name}.{time}"
        else:
            return ""
        self.names[step.number] = name
        return name

    def _check(self, check: Check) -> list[str]:
        seen = f"# seen: {_one_line(short(check.seen))}"
        name = None if check.step is None else self.names.get(check.step)
        if name is None:
            return [f"# expected {check.relation} {_one_line(short(check.expected))}", seen]
        expression = check.expression.format(name)
        if "json.loads(" in expression:
            self.needs.add("json")
        if check.relation == "exists":
            return [seen, f"print({expression})"]
        expected = self._expected(check, expression)
        if check.relation == "matches":
            self.needs.add("re")
        if check.relation in ("equals", "begins") and _holds_nan(check.expected):
            cut = f"[:len({expression})]" if check.relation == "begins" else ""
            condition = f"repr({expression}) == repr({expected}{cut})"
        else:
            condition = _RELATIONS[check.relation](expression, expected)
        return [seen, f"assert {condition}, {expression}"]

    def _expected(self, check: Check, expression: str) -> str:
        if check.other is not None and check.other[0] in self.names:
            return check.other[1].format(self.names[check.other[0]])
        return self.source.of(check.expected, may_be_id="_id" in expression)


def _holds_nan(value: object) -> bool:
    if isinstance(value, float):
        return value != value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return any(_holds_nan(getattr(value, each.name)) for each in dataclasses.fields(value))
    if isinstance(value, Mapping):
        return any(map(_holds_nan, value.values()))
    return isinstance(value, list | tuple) and any(map(_holds_nan, value))


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace('"""', "'''").replace("\\", "\\\\")
