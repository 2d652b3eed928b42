"""From the end of one test to an event: plain data that reports and results are made of.

States: pass; fail (the store broke the clause); known-fail (it did, and the ledger says why);
unsupported (the store does not claim it); inconclusive (a judge could not decide in its time);
not-run (something it needs is missing); error (the harness broke, never counted against
the store). An event holds no secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from hypothesis.errors import Flaky

from storeproof.conformance import histories
from storeproof.conformance.budget import SPENT, TimeIsUp
from storeproof.conformance.masking import NOTHING_SECRET, Masking
from storeproof.conformance.probe import Breach, Inconclusive, Needs, Probe, Unsupported, explain
from storeproof.conformance.recording import to_json
from storeproof.conformance.script import script
from storeproof.conformance.trace import Trace

Event = dict[str, Any]

LOCK_STEP = "lock-step"
"""The target of an event that is about all stores of the run together."""

TIME = "time"
"""What a test needs that did not run because the budget was spent."""


def event_of(
    test: str,
    target: str,
    slugs: Sequence[str],
    probes: Sequence[Probe],
    error: BaseException | None,
    seconds: float,
    masking: Masking = NOTHING_SECRET,
) -> Event:
    """The event of a test on the stores behind `probes` that ended with `error`, or well."""
    cause = None if error is None else _telling(error)
    cut = isinstance(cause, TimeIsUp)
    examples = max((probe.done if cut else probe.examples for probe in probes), default=0)
    event: Event = {
        "test": test,
        "target": masking.address(target),
        "clauses": list(slugs),
        "state": "pass",
        "seconds": round(seconds, 4),
        "examples": examples,
        "cut": cut,
        "variations": sorted(
            [slug or slugs[0], name] for probe in probes for slug, name in probe.variations
        ),
    }
    found = min(
        (probe.found for probe in probes if probe.found is not None),
        key=lambda each: len(each[1].events),
        default=None,
    )
    if cut and found is not None:
        _add_breach(event, found[0], found[1], probes, masking)
    elif isinstance(cause, Breach):
        probe = cause.probe or next(iter(probes), None)
        _add_breach(event, cause, None if probe is None else probe.trace, probes, masking)
    elif cause is not None:
        event |= _untold(cause, examples, masking)
    return event


def _add_breach(
    event: Event,
    breach: Breach,
    trace: Trace | None,
    probes: Sequence[Probe],
    masking: Masking,
) -> None:
    """The store broke a clause: which, how, and the example that shows it."""
    clause = breach.clause or event["clauses"][0]
    expected, seen = masking.text(breach.expected), masking.text(breach.seen)
    probe = breach.probe or next(iter(probes), None)
    store = "" if probe is None else masking.address(probe.spec)
    event |= {"state": "fail", "clause": clause, "expected": expected, "seen": seen}
    event |= {"store": store, "id": _id(clause, store or event["target"], event["test"])}
    if breach.history:
        event["history"] = masking.trace(histories.to_json(breach.history))
    if probe is None or trace is None:
        return
    place = probe.place
    title = f"{clause}: expected {breach.expected}; seen {breach.seen}"
    event["token"] = probes[0].token
    event["trace"] = masking.trace(to_json(trace))
    event["script"] = breach.script or script(
        trace,
        place.recipe,
        title,
        place.folder_source,
        place.dialect,
        masking,
        place.backend_source,
        place.again,
        probe.spec or place.spec,
        probes[0].token,
    )


def _id(clause: str, store: str, test: str) -> str:
    """What names a failure: the same in every run, so that the newest example takes the place of the last."""
    digest = hashlib.sha256(f"{store}\n{test}".encode(errors="backslashreplace")).hexdigest()
    return f"{clause}-{digest[:8]}"


def _untold(cause: BaseException, examples: int, masking: Masking) -> Event:
    """What an event says of a test that ended without a breach, and not well."""
    if isinstance(cause, TimeIsUp):
        if cause.enough:
            return {}
        if examples:
            reason = f"{examples} examples passed, and {SPENT}"
            return {"state": "inconclusive", "reason": reason, "needs": TIME}
        return {"state": "not-run", "reason": SPENT, "needs": TIME}
    if isinstance(cause, Needs):
        return {"state": "not-run", "reason": masking.text(str(cause)), "needs": cause.what}
    for kind, state in ((Unsupported, "unsupported"), (Inconclusive, "inconclusive")):
        if isinstance(cause, kind):
            return {"state": state, "reason": masking.text(str(cause))}
    return {"state": "error", "reason": masking.text(f"the harness failed: {explain(cause)}")}


def message_of(event: Event) -> str:
    """An event that is no pass, as text for a terminal."""
    if "expected" not in event:
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
        for kind in (Breach, Needs, Unsupported, Inconclusive):
            for each in parts:
                if isinstance(each, kind):
                    return each
        return parts[0]
    if isinstance(error, Flaky) and isinstance(error.__context__, TimeIsUp):
        # Hypothesis complains of an example that was stopped where it went on before.
        return error.__context__
    return error
