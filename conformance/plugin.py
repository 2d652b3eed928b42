"""The pytest plugin: runs the suite against the stores named by --store, and reports each test as an event.

Everything it does is for tests that name clauses; other tests of the session are left alone.
An event travels as JSON in the report's user_properties, so that it crosses xdist.
"""

from __future__ import annotations

import contextlib
import functools
import json
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from storeproof.conformance import options
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
    author = _author(metafunc.definition)
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
    if "target" not in metafunc.fixturenames or not _is_ours(metafunc.definition):
        return
    if author is not None:
        chosen = [author.__name__] if _is_about(metafunc.definition, author.kinds) else []
    else:
        specs = _specs(metafunc.config)
        if not _is_wanted(metafunc.config, metafunc.definition):
            specs = specs[:1]  # one that is deselected afterwards, not one for each of many stores
        chosen = [spec for spec in specs if _is_about(metafunc.definition, _kinds(spec))]
    shown = [_session(metafunc.config).masking.text(spec) for spec in chosen]
    metafunc.parametrize("target", chosen, ids=shown, indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the clauses asked for, in an order drawn from the seed."""
    from storeproof.conformance import catalogue

    ours = [item for item in items if _is_ours(item)]
    if not ours:
        return
    known = catalogue.load()
    for item in ours:
        for slug in _slugs(item):
            known.clause(slug)
    several = len(_specs(config)) > 1 and config.option.storeproof_lock_step
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in ours:
        together = "probes" in getattr(item, "fixturenames", ())
        possible = not _is_for_no_store(item) and (
            not together or (several and _author(item) is None)
        )
        wanted = _is_wanted(config, item) and _is_short(config, item)
        (kept if possible and wanted else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        ours = kept
    # One order on every xdist worker: the seed went to them.
    random.Random(config.option.storeproof_seed).shuffle(ours)
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    slugs_of = {item.nodeid: _slugs(item) for item in ours}
    _session(config).arrange(ours, slugs_of, workers)
    items[:] = [item for item in items if not _is_ours(item)] + ours
    _set_depth(config, ours)


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Any:
    """The store under test, as storeproof.conformance.target.Target."""
    session = _session(request.config)
    author = _author(request.node)
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

    excuse = left_out(_slugs(request.node), session.settings.left_out)
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
    """Bound the time in which a failing example of the suite is made smaller: stores may be slow."""
    if not _is_ours(item):
        return (yield)
    from hypothesis.internal.conjecture import engine

    with pytest.MonkeyPatch.context() as patching:
        # Hypothesis has no setting for it, and says that this may be patched.
        depth = _session(item.config).depth
        patching.setattr(engine, "MAX_SHRINKING_SECONDS", depth.shrinking, raising=False)
        return (yield)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Turn what happened in a test of the suite into an event."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()  # type: ignore[attr-defined]
    if not _is_ours(item):
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
        slugs=_slugs(item),
        probes=probes,
        error=_settled(item, call.excinfo.value) if call.excinfo else None,
        seconds=call.duration,
        masking=session.masking,
    )
    event = session.ledger.applied(event)
    if (author := _author(item)) is not None:
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
        error, _slugs(item), item.funcargs.get("target"), probes
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


def _author(item: Any) -> Any:
    """The class by which an author's test module opted in, if the test is of one."""
    for node in item.listchain():
        kind = getattr(node, "obj", None)
        if isinstance(kind, type) and getattr(kind, "storeproof_opts_in", False):
            return kind
    return None


def _is_for_no_store(item: Any) -> bool:
    """The test's clauses apply to none of the stores: pytest keeps a test without parameters, to skip it."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and not isinstance(callspec.params.get("target", ""), str)


def _is_ours(item: Any) -> bool:
    return item.get_closest_marker(CLAUSE_MARK) is not None


def _slugs(item: Any) -> tuple[str, ...]:
    mark = item.get_closest_marker(CLAUSE_MARK)
    return () if mark is None else mark.args


def _is_short(config: pytest.Config, item: Any) -> bool:
    """Whether the profile has time for it."""
    quickest = _session(config).profile == DEFAULT_PROFILE
    return not quickest or item.get_closest_marker(LONG_MARK) is None


def _is_wanted(config: pytest.Config, item: Any) -> bool:
    """Whether it is a test of the clauses that were asked for."""
    patterns = config.option.storeproof_clauses
    return not patterns or not _matching(tuple(patterns)).isdisjoint(_slugs(item))


@cache
def _matching(patterns: tuple[str, ...]) -> frozenset[str]:
    from storeproof.conformance import catalogue

    known = catalogue.load()
    return frozenset(each.slug for pattern in patterns for each in known.matching(pattern))


def _is_about(definition: Any, kinds: frozenset[str]) -> bool:
    from storeproof.conformance import catalogue

    slugs = _slugs(definition)
    known = catalogue.load()
    return not slugs or any(known.clause(slug).applies(kinds) for slug in slugs)


@cache
def _kinds(spec: str) -> frozenset[str]:
    from storeproof.conformance.target import target as find

    with contextlib.closing(find(spec)) as found:
        return found.kinds


def _set_depth(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the suite's property-based tests the profile's settings, and nobody else's tests."""
    import hypothesis
    from hypothesis import Phase

    depth = _session(config).depth
    settings = hypothesis.settings(
        max_examples=depth.examples,
        stateful_step_count=depth.steps,
        deadline=None,  # a slow store is not a broken one
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        # Explaining a failure can take longer than finding it.
        phases=[Phase.explicit, Phase.generate, Phase.target, Phase.shrink],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    config.stash[_SETTINGS] = settings
    functions = {id(each): each for each in map(_function, items)}
    for function in functions.values():
        if hypothesis.is_hypothesis_test(function):
            # An earlier run in this process left its own, which settings() would refuse to replace.
            vars(function).pop("_hypothesis_internal_settings_applied", None)
            settings(hypothesis.seed(config.option.storeproof_seed)(function))
            _note_breaches(function)


def _note_breaches(function: Any) -> None:
    """Have the probe note a breach when it is found, for there may be no time to make it smaller."""
    from storeproof.conformance.probe import Breach, Probe

    inner = function.hypothesis.inner_test
    if hasattr(inner, "storeproof_notes"):  # by an earlier run in this process
        return

    @functools.wraps(inner)
    def noting(*arguments: Any, **named: Any) -> Any:
        try:
            return inner(*arguments, **named)
        except Breach as breach:
            for each in (*arguments, *named.values()):
                if isinstance(each, Probe):
                    each.note(breach)
            raise

    vars(noting)["storeproof_notes"] = True
    function.hypothesis.inner_test = noting


def _function(item: pytest.Item) -> Any:
    return getattr(item, "obj", None)


_SETTINGS = pytest.StashKey[Any]()


@pytest.fixture
def depth(request: pytest.FixtureRequest) -> Any:
    """The profile's hypothesis.settings, for state machines."""
    return request.config.stash[_SETTINGS]


@pytest.fixture
def crowd(request: pytest.FixtureRequest) -> Any:
    """How many clients work at once and for how many rounds, as storeproof.conformance.profiles.Depth."""
    return _session(request.config).depth
