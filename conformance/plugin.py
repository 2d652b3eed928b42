"""The pytest plugin: runs the suite against the stores named by --store, and reports each test as an event.

Everything it does is for tests that name clauses; other tests of the session are left alone.
An event travels as JSON in the report's user_properties, so that it crosses xdist.
"""

from __future__ import annotations

import contextlib
import json
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from storeproof.conformance import options, selection
from storeproof.conformance.aftermath import EVENT, Aftermath
from storeproof.conformance.marks import CLAUSE_MARK, LONG_MARK
from storeproof.conformance.profiles import DEFAULT_PROFILE, PROFILES

FIXTURE = "storeproof_store"
"""What an author's tests name their store by: a store, its address, or a function that opens it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The suite's options."""
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Check the options and set the depth."""
    config.addinivalue_line(
        "markers", f"{CLAUSE_MARK}(*slugs): the clauses of the specification that a test is about"
    )
    config.addinivalue_line("markers", f"{LONG_MARK}: left out of the profile {DEFAULT_PROFILE}")
    profile = config.option.storeproof_profile
    if profile not in (None, *PROFILES):
        raise pytest.UsageError(f"no profile {profile!r}; there are {', '.join(PROFILES)}")
    if config.option.storeproof_seed is None:
        given = getattr(config, "workerinput", {}).get(_SEED)
        config.option.storeproof_seed = given or random.SystemRandom().randrange(2**32)
    option = config.option
    if option.storeproof_budget or option.storeproof_ledgers or _has_settings(config):
        _session(config)  # what is wrong with them is told at once, and the time runs
    if option.storeproof_budget and getattr(option, "maxschedchunk", 0) is None:
        option.maxschedchunk = 1  # so that xdist keeps the order of a budget
    _find_servers(config)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Aftermath(lambda: _session(config)), "storeproof-aftermath")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker the run's seed and the servers that it has."""
    from storeproof.conformance import servers
    from storeproof.conformance.session import ENDS

    node.workerinput[_SEED] = node.config.option.storeproof_seed
    node.workerinput[_SERVERS] = servers.handles()
    if node.config.option.storeproof_budget and (end := _session(node.config).end) is not None:
        node.workerinput[ENDS] = time.time() + end - time.monotonic()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each store that its clauses apply to."""
    author = selection.author(metafunc.definition)
    if "known_failure" in metafunc.fixturenames:
        session = _session(metafunc.config)
        specs = session.specs if author is None else [author.__name__]
        known = [
            pytest.param(
                spec,
                failure,
                marks=getattr(pytest.mark, CLAUSE_MARK)(entry.clause),
                id=f"{session.masking.text(spec)}-{failure.id}",
            )
            for spec, entry, failure in session.known_failures(specs)
        ]
        metafunc.parametrize(("target", "known_failure"), known, indirect=True)
        return
    if "target" not in metafunc.fixturenames or not selection.is_ours(metafunc.definition):
        return
    if author is not None:
        chosen = [author.__name__] if selection.is_about(metafunc.definition, author.kinds) else []
    else:
        specs = _specs(metafunc.config)
        if not selection.is_wanted(metafunc.definition, metafunc.config.option.storeproof_clauses):
            specs = specs[:1]  # one that is deselected afterwards, not one for each of many stores
        chosen = [
            spec for spec in specs if selection.is_about(metafunc.definition, selection.kinds(spec))
        ]
    shown = [_session(metafunc.config).masking.text(spec) for spec in chosen]
    metafunc.parametrize("target", chosen, ids=shown, indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the clauses asked for, in an order drawn from the seed."""
    from storeproof.conformance import catalogue

    ours = [item for item in items if selection.is_ours(item)]
    if not ours:
        return
    known = catalogue.load()
    for item in ours:
        for slug in selection.slugs(item):
            known.clause(slug)
    profile, patterns = _session(config).profile, config.option.storeproof_clauses
    several = len(_specs(config)) > 1 and config.option.storeproof_lock_step
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in ours:
        together = "probes" in getattr(item, "fixturenames", ())
        possible = not selection.is_for_no_store(item) and (
            not together or (several and selection.author(item) is None)
        )
        wanted = selection.is_wanted(item, patterns) and selection.is_short(item, profile)
        (kept if possible and wanted else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        ours = kept
    # One order on every xdist worker: the seed went to them.
    random.Random(config.option.storeproof_seed).shuffle(ours)
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    slugs_of = {item.nodeid: selection.slugs(item) for item in ours}
    _session(config).arrange(ours, slugs_of, workers)
    items[:] = [item for item in items if not selection.is_ours(item)] + ours
    from storeproof.conformance import generating

    config.stash[_SETTINGS] = generating.settings_of(_session(config).depth)
    tests = (getattr(item, "obj", None) for item in ours)
    generating.prepare(tests, config.stash[_SETTINGS], config.option.storeproof_seed)


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Any:
    """The store under test, as storeproof.conformance.target.Target."""
    session = _session(request.config)
    author = selection.author(request.node)
    if author is None:
        return session.target(request.param)
    from storeproof.conformance.given import FromFixture

    given = request.getfixturevalue(FIXTURE)
    return FromFixture(
        author.__name__,
        given,
        author.kinds,
        shared=author.shared,
        gc=author.gc,
        migrations=author.migrations,
        connections=author.connections,
        restart=author.restart,
        processes=author.processes,
    )


@pytest.fixture
def known_failure(request: pytest.FixtureRequest) -> Any:
    """A failure that the ledger has as an example, as storeproof.conformance.results.Failure."""
    return request.param


@pytest.fixture
def probe(target: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The store under test, opened and watched, as storeproof.conformance.probe.Probe."""
    with contextlib.closing(_opened(target, request)) as opened:
        yield opened


@pytest.fixture
def probes(request: pytest.FixtureRequest) -> Iterator[list[Any]]:
    """Every store of the run at once, each as a Probe."""
    with contextlib.ExitStack() as stack:
        opened = []
        for spec in _specs(request.config):
            each = _opened(_session(request.config).target(spec), request)
            opened.append(stack.enter_context(contextlib.closing(each)))
        yield opened


@pytest.fixture
def depth(request: pytest.FixtureRequest) -> Any:
    """The profile's hypothesis.settings, for state machines."""
    return request.config.stash[_SETTINGS]


@pytest.fixture
def crowd(request: pytest.FixtureRequest) -> Any:
    """How many clients work at once and for how many rounds, as storeproof.conformance.profiles.Depth."""
    return _session(request.config).depth


def _opened(target: Any, request: pytest.FixtureRequest) -> Any:
    from storeproof.conformance.capabilities import Claims
    from storeproof.conformance.excuses import left_out
    from storeproof.conformance.probe import Needs, Probe
    from storeproof.conformance.target import TargetError

    session = _session(request.config)
    if target.spec in session.hung:
        raise Needs("a store that answers", "calls before this one never came back")

    def hangs() -> None:
        session.hung.add(target.spec)

    excuse = left_out(selection.slugs(request.node), session.settings.left_out)
    if excuse is not None:
        raise excuse
    stint = session.stint(request.node.nodeid)
    try:
        place = target.place()
    except TargetError as error:
        raise Needs("a store", str(error)) from error
    if not place.reference:
        place = replace(place, claims=Claims(session.settings.claims, target.mlflow))
    limit = request.config.option.storeproof_time_limit
    spec = target.spec if target.findable else ""
    opened = Probe(place, limit, on_hang=hangs, stint=stint, spec=spec)
    request.node.stash.setdefault(_PROBES, []).append(opened)
    return opened


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Bound the time in which a failing example of the suite is made smaller."""
    if not selection.is_ours(item):
        return (yield)
    from storeproof.conformance import generating

    with generating.shrinking(_session(item.config).depth.shrinking):
        return (yield)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Turn what happened in a test of the suite into an event."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()  # type: ignore[attr-defined]
    if not selection.is_ours(item):
        return
    from storeproof.conformance.budget import TimeIsUp
    from storeproof.conformance.verdict import LOCK_STEP, event_of

    cut = call.excinfo is not None and isinstance(call.excinfo.value, TimeIsUp)
    probes: list[Any] = item.stash.setdefault(_PROBES, [])
    if report.when == "teardown":
        del item.stash[_PROBES]  # the stores and all that they remember
    if report.when != "call" and not report.failed and not cut:
        return
    session = _session(item.config)
    callspec = getattr(item, "callspec", None)
    event = event_of(
        test=f"{item.path.name}::{item.nodeid.partition('::')[2]}",
        target=str(callspec.params["target"]) if callspec else LOCK_STEP,
        slugs=selection.slugs(item),
        probes=probes,
        error=_settled(item, call.excinfo.value) if call.excinfo else None,
        seconds=call.duration,
        masking=session.masking,
    )
    event = session.ledger.applied(event)
    if (author := selection.author(item)) is not None:
        event["kinds"] = sorted(author.kinds)
    report.user_properties.append((EVENT, json.dumps(event)))
    _conclude(item, report, event)


def _conclude(item: pytest.Item, report: pytest.TestReport, event: dict[str, Any]) -> None:
    """What pytest shows of an event: only what ran has passed, and a known failure was expected."""
    from storeproof.conformance import connections
    from storeproof.conformance.elsewhere import ELSEWHERE, RESTART
    from storeproof.conformance.excuses import LEFT_OUT
    from storeproof.conformance.probe import HOOK
    from storeproof.conformance.verdict import message_of

    if event["state"] == "pass":
        report.outcome, report.longrepr = "passed", None
        return
    report.outcome, report.longrepr = "failed", message_of(event)
    hooks = (LEFT_OUT, HOOK, ELSEWHERE, RESTART, connections.HOOK)
    if event["state"] == "known-fail":
        report.outcome = "skipped"
        report.wasxfail = f"{event['clause']}: {event['reason']}"
    if event["state"] == "unsupported" or event.get("needs") in hooks:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.reportinfo()[1] or 0, message_of(event))


def _settled(item: Any, error: BaseException) -> BaseException:
    """What a test ended with, after what excuses it."""
    excuses = _session(item.config).excuses
    probes = item.stash.setdefault(_PROBES, [])
    settled: BaseException = excuses.settled(
        error, selection.slugs(item), item.funcargs.get("target"), probes
    )
    return settled


_SEED = "storeproof_seed"
_SERVERS = "storeproof_servers"


def _find_servers(config: pytest.Config) -> None:
    """Have the servers that the stores need: provided by the process that leads, attached by its workers."""
    specs = config.option.storeproof_stores or ()
    if not specs:
        return
    from storeproof.conformance import servers

    if hasattr(config, "workerinput"):
        servers.attach(config.workerinput[_SERVERS])
        return
    for kind in filter(None, map(servers.needed, specs)):
        try:
            servers.server(kind)
        except (servers.ServerUnavailable, ValueError) as error:
            raise pytest.UsageError(str(error)) from None


_PROBES = pytest.StashKey[list[Any]]()
_SESSION = pytest.StashKey[Any]()
_SETTINGS = pytest.StashKey[Any]()


def _session(config: pytest.Config) -> Any:
    """What the tests share, as storeproof.conformance.session.Session; made when it is first asked for."""
    if _SESSION not in config.stash:
        from storeproof.conformance.session import Session

        config.stash[_SESSION] = Session.of(config)
        config.add_cleanup(config.stash[_SESSION].close)
    return config.stash[_SESSION]


def _has_settings(config: pytest.Config) -> bool:
    """Whether the author's project seems to have any; projects that have none pay no import for it."""
    try:
        return "tool.storeproof" in (config.rootpath / "pyproject.toml").read_text("utf-8")
    except (OSError, ValueError):
        return False


def _specs(config: pytest.Config) -> list[str]:
    return list(_session(config).specs)
