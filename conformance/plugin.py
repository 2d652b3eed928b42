"""The pytest plugin: runs the suite against the stores named by --store, and reports each test as an event.

Everything it does is for tests that name clauses; other tests of the session are left alone.
An event travels as JSON in the report's user_properties, so that it crosses xdist.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from storeproof.conformance.marks import CLAUSE_MARK
from storeproof.conformance.profiles import DEFAULT_STORES, PROFILES

EVENT = "storeproof"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The suite's options."""
    group = parser.getgroup("storeproof", "storeproof: conformance of MLflow backend stores")
    group.addoption(
        "--store",
        action="append",
        dest="storeproof_stores",
        metavar="STORE",
        help="a store to test: file, sqlite (thrown away), an address, or module:factory; repeatable",
    )
    names = ["--storeproof-profile"]
    if importlib.util.find_spec("pytest_profiling") is None:  # it has a --profile of its own
        names.append("--profile")
    group.addoption(
        *names, dest="storeproof_profile", default="quick", help=f"depth: {', '.join(PROFILES)}"
    )
    group.addoption(
        "--clause",
        action="append",
        dest="storeproof_clauses",
        metavar="SLUG",
        help="only the tests of this clause (wildcards allowed); repeatable",
    )
    group.addoption(
        "--storeproof-seed", type=int, default=None, help="the order and the examples, repeatable"
    )
    group.addoption(
        "--time-limit",
        dest="storeproof_time_limit",
        type=float,
        default=20.0,
        help="seconds that one operation of a store may take",
    )
    group.addoption(
        "--no-lock-step",
        dest="storeproof_lock_step",
        action="store_false",
        help="do not drive the stores with the same operations and compare their answers",
    )
    group.addoption(
        "--insist",
        dest="storeproof_insist",
        action="store_true",
        help="write into a store that has content",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Check the options and set the depth."""
    config.addinivalue_line(
        "markers", f"{CLAUSE_MARK}(*slugs): the clauses of the specification that a test is about"
    )
    profile = config.option.storeproof_profile
    if profile not in PROFILES:
        raise pytest.UsageError(f"no profile {profile!r}; there are {', '.join(PROFILES)}")
    if config.option.storeproof_seed is None:
        given = getattr(config, "workerinput", {}).get(_SEED)
        config.option.storeproof_seed = given or random.SystemRandom().randrange(2**32)
    _find_servers(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker the run's seed and the servers that it has."""
    from storeproof.conformance import servers

    node.workerinput[_SEED] = node.config.option.storeproof_seed
    node.workerinput[_SERVERS] = servers.handles()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each store that its clauses apply to."""
    if "target" not in metafunc.fixturenames or not _is_ours(metafunc.definition):
        return
    specs = _specs(metafunc.config)
    if not _is_wanted(metafunc.config, metafunc.definition):
        specs = specs[:1]  # one that is deselected afterwards, not one for each of many stores
    chosen = [spec for spec in specs if _applies(metafunc.definition, spec)]
    metafunc.parametrize("target", chosen, indirect=True)


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
        possible = several or "probes" not in getattr(item, "fixturenames", ())
        (kept if possible and _is_wanted(config, item) else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        ours = kept
    # One order on every xdist worker: the seed went to them.
    random.Random(config.option.storeproof_seed).shuffle(ours)
    items[:] = [item for item in items if not _is_ours(item)] + ours
    _set_depth(config, ours)


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Any:
    """The store under test, as storeproof.conformance.target.Target."""
    return _target(request.config, request.param)


def _target(config: pytest.Config, spec: str) -> Any:
    """The target of a spec, one for the whole session: tests come in random order, and setting up costs."""
    from storeproof.conformance.target import target as find

    known = config.stash.setdefault(_TARGETS, {})
    if spec not in known:
        known[spec] = find(spec, insist=config.option.storeproof_insist)
        config.add_cleanup(known[spec].close)
    return known[spec]


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
            each = _opened(_target(request.config, spec), request)
            opened.append(stack.enter_context(contextlib.closing(each)))
        yield opened


def _opened(target: Any, request: pytest.FixtureRequest) -> Any:
    from storeproof.conformance.probe import Needs, Probe

    hung = request.config.stash.setdefault(_HUNG, set())
    if target.spec in hung:
        raise Needs("a store that answers", "calls before this one never came back")

    def hangs() -> None:
        hung.add(target.spec)

    opened = Probe(target.place(), request.config.option.storeproof_time_limit, on_hang=hangs)
    request.node.stash.setdefault(_PROBES, []).append(opened)
    return opened


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Turn what happened in a test of the suite into an event."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()  # type: ignore[attr-defined]
    if not _is_ours(item) or (report.when != "call" and not report.failed):
        return
    from storeproof.conformance.verdict import LOCK_STEP, event_of, message_of

    callspec = getattr(item, "callspec", None)
    probes: list[Any] = item.stash.setdefault(_PROBES, [])
    event = event_of(
        test=item.nodeid.rpartition("/")[2],
        target=str(callspec.params["target"]) if callspec else LOCK_STEP,
        slugs=_slugs(item),
        probes=probes,
        error=call.excinfo.value if call.excinfo else None,
        seconds=call.duration,
    )
    report.user_properties.append((EVENT, json.dumps(event)))
    if event["state"] != "pass":
        report.longrepr = message_of(event)


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
_TARGETS = pytest.StashKey[dict[str, Any]]()
_HUNG = pytest.StashKey[set[str]]()


def _specs(config: pytest.Config) -> list[str]:
    return list(dict.fromkeys(config.option.storeproof_stores or DEFAULT_STORES))


def _is_ours(item: Any) -> bool:
    return item.get_closest_marker(CLAUSE_MARK) is not None


def _slugs(item: Any) -> tuple[str, ...]:
    mark = item.get_closest_marker(CLAUSE_MARK)
    return () if mark is None else mark.args


def _is_wanted(config: pytest.Config, item: Any) -> bool:
    """Whether it is a test of the clauses that were asked for."""
    patterns = config.option.storeproof_clauses
    return not patterns or not _matching(tuple(patterns)).isdisjoint(_slugs(item))


@cache
def _matching(patterns: tuple[str, ...]) -> frozenset[str]:
    from storeproof.conformance import catalogue

    known = catalogue.load()
    return frozenset(each.slug for pattern in patterns for each in known.matching(pattern))


def _applies(definition: Any, spec: str) -> bool:
    from storeproof.conformance import catalogue

    slugs = _slugs(definition)
    known = catalogue.load()
    return not slugs or any(known.clause(slug).applies(_kinds(spec)) for slug in slugs)


@cache
def _kinds(spec: str) -> frozenset[str]:
    from storeproof.conformance.target import target as find

    with contextlib.closing(find(spec)) as found:
        return found.kinds


def _set_depth(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the suite's property-based tests the profile's settings, and nobody else's tests."""
    import hypothesis
    from hypothesis import Phase

    depth = PROFILES[config.option.storeproof_profile]
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


def _function(item: pytest.Item) -> Any:
    return getattr(item, "obj", None)


_SETTINGS = pytest.StashKey[Any]()


@pytest.fixture
def depth(request: pytest.FixtureRequest) -> Any:
    """The profile's hypothesis.settings, for state machines."""
    return request.config.stash[_SETTINGS]
