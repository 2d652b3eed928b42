"""The stores that a command names: which they are, and whether they can be used."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from storeproof.conformance.commands.common import Refused
from storeproof.conformance.profiles import DEFAULT_STORES

if TYPE_CHECKING:
    from storeproof.conformance.probe import Probe
    from storeproof.conformance.results import CompileOnly


def named_databases(names: str | None, strict: bool) -> tuple[list[str], dict[str, str]]:
    """The kinds asked for, and why each of `all` that cannot be had is missing."""
    from storeproof.conformance import servers

    every = (*DEFAULT_STORES, *servers.SERVED)
    if names is None:
        return [], {}
    if names.strip().lower() != "all":
        chosen = [name.strip().lower() for name in names.split(",") if name.strip()]
        for name in chosen:
            if name not in every:
                raise Refused(f"There is no database {name!r}; there are {', '.join(every)}, all.")
        return chosen, {}
    found, missing = list(DEFAULT_STORES), {}
    for kind in servers.SERVED:
        try:
            servers.server(kind)
        except servers.ServerUnavailable as error:
            if strict:
                raise Refused(str(error)) from None
            missing[kind] = str(error)
        except ValueError as error:
            raise Refused(str(error)) from None
        else:
            found.append(kind)
    return found, missing


def compiled_only(asked: Sequence[str], missing: Collection[str]) -> list[CompileOnly]:
    """What was compiled and not run: for each kind asked for, and each of `missing` where it can be done."""
    from storeproof.conformance import compile_only

    instead = [kind for kind in missing if kind in compile_only.KINDS and compile_only.possible()]
    try:
        return [compile_only.check(kind) for kind in dict.fromkeys((*asked, *instead))]
    except compile_only.MissingTool as error:
        raise Refused(str(error)) from None


def preflight(spec: str, insist: bool, time_limit: float) -> str:
    """Open the store once, so that one that cannot be used is told in a sentence; what is said about it."""
    from storeproof.conformance.deadline import OPENING, Deadline, OperationTimeout
    from storeproof.conformance.probe import explain as explained
    from storeproof.conformance.servers import ServerUnavailable
    from storeproof.conformance.target import AtAddress, TargetError, target

    deadline = Deadline(time_limit)
    try:
        found = target(spec, insist=insist)
        deadline.run(lambda: found.kinds, OPENING)  # a function is called to tell, and may hang
        place = found.place()
        store = deadline.run(place.open, OPENING)
        if isinstance(found, AtAddress):
            deadline.run(found.guard, OPENING)
        deadline.run(store.close)
        place.discard()
        about = found.about
        found.close()
    except (TargetError, ServerUnavailable) as error:
        raise Refused(str(error)) from None
    except OperationTimeout as error:
        raise Refused(f"{spec} cannot be opened: {error}.") from None
    except Exception as error:  # noqa: BLE001 - a store's constructor may raise anything
        told = explained(error).rstrip(".")
        raise Refused(f"{spec} cannot be opened: {told}.") from None
    finally:
        deadline.end()
    return about


@contextmanager
def opened(spec: str, insist: bool, time_limit: float) -> Iterator[Probe]:
    """The store on a place of its own, watched; Refused if it cannot be used."""
    from storeproof.conformance.probe import Probe
    from storeproof.conformance.target import target

    preflight(spec, insist, time_limit)
    found = target(spec, insist=insist)
    with closing(found), closing(Probe(found.place(), time_limit, spec=spec)) as probe:
        yield probe
