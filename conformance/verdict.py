"""From the end of one test to an event: plain data that reports and results are made of.

States: pass; fail (the store broke the clause); unsupported (the store does not claim it);
not-run (something it needs is missing); error (the harness broke, never counted against
the store).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from storeproof.conformance.probe import Breach, Needs, Probe, Unsupported, explain
from storeproof.conformance.script import script

Event = dict[str, Any]

LOCK_STEP = "lock-step"
"""The target of an event that is about all stores of the run together."""


def event_of(
    test: str,
    target: str,
    slugs: Sequence[str],
    probes: Sequence[Probe],
    error: BaseException | None,
    seconds: float,
) -> Event:
    """The event of a test on the stores behind `probes` that ended with `error`, or well."""
    event: Event = {
        "test": test,
        "target": target,
        "clauses": list(slugs),
        "state": "pass",
        "seconds": round(seconds, 4),
        "examples": max((probe.examples for probe in probes), default=0),
        "variations": sorted(
            [slug or slugs[0], name] for probe in probes for slug, name in probe.variations
        ),
    }
    cause = None if error is None else _telling(error)
    if cause is None:
        return event
    if isinstance(cause, Breach):
        event |= {
            "state": "fail",
            "clause": cause.clause or slugs[0],
            "expected": cause.expected,
            "seen": cause.seen,
        }
        probe = cause.probe or next(iter(probes), None)
        if probe is not None:
            title = f"{event['clause']}: expected {cause.expected}; seen {cause.seen}"
            event["trace"] = probe.trace.to_json()
            place = probe.place
            event["script"] = cause.script or script(
                probe.trace, place.recipe, title, place.folder_source, place.dialect
            )
    elif isinstance(cause, Needs):
        event |= {"state": "not-run", "reason": str(cause), "needs": cause.what}
    elif isinstance(cause, Unsupported):
        event |= {"state": "unsupported", "reason": str(cause)}
    else:
        event |= {"state": "error", "reason": f"the harness failed: {explain(cause)}"}
    return event


def message_of(event: Event) -> str:
    """An event that is no pass, as text for a terminal."""
    if event["state"] != "fail":
        return f"{event['state']}: {event['reason']}"
    who = "one store of several" if event["target"] == LOCK_STEP else event["target"]
    lines = [
        f"{event['clause']} broken by {who}",
        f"  expected  {event['expected']}",
        f"  seen      {event['seen']}",
    ]
    if "script" in event:
        lines += ["", *(f"    {line}" for line in event["script"].splitlines())]
    return "\n".join(lines)


def _telling(error: BaseException) -> BaseException:
    """The exception that says what happened, also inside a group or behind a failing cleanup."""
    if isinstance(error, BaseExceptionGroup):
        parts = [_telling(each) for each in error.exceptions]
        for kind in (Breach, Needs, Unsupported):
            for each in parts:
                if isinstance(each, kind):
                    return each
        return parts[0]
    return error
