"""JUnit's XML: a test suite for each store, a test case for each clause, with its slug and level."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from storeproof.conformance.catalogue import Level
from storeproof.conformance.results import (
    UNTESTED,
    ClauseResult,
    Failure,
    LockStep,
    Results,
    StoreResult,
)

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Results) -> str:
    """The results as JUnit's XML.

    What fails no check is no failure here: a known failure is skipped, with its reason. A MUST
    clause that did not run is an error, since it is no pass.
    """
    root = ET.Element("testsuites", name=f"storeproof {results.profile}")
    for store in results.stores:
        run = results.runs[store.run]
        suite = ET.SubElement(root, "testsuite", name=_plain(store.name), timestamp=run.began)
        for each in store.clauses:
            if each.state != UNTESTED:
                _case(suite, store, each, results)
        _count(suite)
    for together in results.lock_step:
        _lock_step(root, together)
    for problem in results.ledger:
        suite = ET.SubElement(root, "testsuite", name="ledger")
        case = ET.SubElement(suite, "testcase", classname="storeproof.ledger", name=problem.clause)
        told = _plain(f"{problem.clause} is {problem.problem}. {problem.text}")
        ET.SubElement(case, "failure", type=problem.problem, message=told)
        _count(suite)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(suite: ET.Element, store: StoreResult, clause: ClauseResult, results: Results) -> None:
    text = results.texts[clause.slug]
    case = ET.SubElement(
        suite,
        "testcase",
        classname=f"storeproof.{text.area}",
        name=f"{clause.slug} ({text.level.value})",
        time=f"{clause.seconds:.3f}",
    )
    properties = ET.SubElement(case, "properties")
    for name, value in (
        ("slug", clause.slug),
        ("level", text.level.value),
        ("state", clause.state),
        ("examples", str(clause.examples)),
        *(("variation", each) for each in clause.variations),
    ):
        ET.SubElement(properties, "property", name=name, value=_plain(value))
    if clause.state == "fail":
        for failure in clause.failures:
            _failure(case, failure)
    elif clause.state == "error" or (clause.state != "pass" and _counts(clause, text.level, store)):
        ET.SubElement(case, "error", type=clause.state, message=_plain(clause.reason))
    elif clause.state != "pass":
        told = f"{clause.state}: {clause.reason}" if clause.reason else clause.state
        ET.SubElement(case, "skipped", message=_plain(told))


def _counts(clause: ClauseResult, level: Level, store: StoreResult) -> bool:
    """Whether a clause that did not pass keeps the store from a verdict that is well."""
    return (
        clause.state != "known-fail"
        and level is Level.MUST
        and store.verdict not in ("pass", "known-fail")
    )


def _lock_step(root: ET.Element, together: LockStep) -> None:
    name = f"lock-step of {', '.join(together.stores)}"
    suite = ET.SubElement(root, "testsuite", name=_plain(name))
    case = ET.SubElement(suite, "testcase", classname="storeproof.lock-step", name=_plain(name))
    if together.state == "fail":
        for failure in together.failures:
            _failure(case, failure)
    elif together.state == "known-fail":
        ET.SubElement(case, "skipped", message=_plain(together.reason))
    elif together.state != "pass":
        ET.SubElement(case, "error", type=together.state, message=_plain(together.reason))
    _count(suite)


def _failure(case: ET.Element, failure: Failure) -> None:
    told = _plain(f"expected {failure.expected}; seen {failure.seen}")
    element = ET.SubElement(case, "failure", type=failure.clause, message=told)
    again = f"storeproof replay {failure.id}\n" if failure.id else ""
    element.text = _plain(f"{failure.test}\n{again}\n{failure.script}")


def _count(suite: ET.Element) -> None:
    cases = suite.findall("testcase")
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(each.find(tag) is not None for each in cases)))
    suite.set("tests", str(len(cases)))
    suite.set("time", f"{sum(float(each.get('time', '0')) for each in cases):.3f}")


def _plain(text: str) -> str:
    """A text without the characters that XML has no form for, each as an escape."""
    return _NOT_XML.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
