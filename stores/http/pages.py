"""The server's pages for people: experiments, and the runs of one with their latest metrics and params. Read only.

They need no script, and load nothing. What a store holds is text to them and never markup.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from storeproof.stores.contract import TrackingStore
from storeproof.stores.entities import Metric, Run, ViewType
from storeproof.stores.errors import StoreError

PAGE = 50
"""Experiments or runs on a page."""
COLUMNS = 20
"""The most metrics, and params, that have a column."""

_FOLDER = Path(__file__).with_name("templates")
_STYLE = (_FOLDER / "style.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def pages(store: TrackingStore, threads: ThreadPoolExecutor) -> list[Route]:
    """The routes of the pages over one store; what blocks runs in `threads`."""

    def route(path: str, make: Callable[[TrackingStore, Request], str]) -> Route:
        async def show(request: Request) -> Response:
            loop = asyncio.get_running_loop()
            try:
                html = await loop.run_in_executor(threads, make, store, request)
            except StoreError as error:
                html = _render("refused.html", error=error)
                return HTMLResponse(html, error.code.http_status, _HEADERS)
            return HTMLResponse(html, headers=_HEADERS)

        return Route(path, show)

    return [route("/", _experiments), route("/runs", _runs)]


def _experiments(store: TrackingStore, request: Request) -> str:
    asked = _asked(request)
    page = store.search_experiments(
        ViewType.ACTIVE_ONLY, PAGE, asked["page_token"], asked["filter"]
    )
    return _render("experiments.html", page=page, asked=asked)


def _runs(store: TrackingStore, request: Request) -> str:
    asked = _asked(request)
    experiment = store.get_experiment(request.query_params.get("experiment_id", ""))
    page = store.search_runs(
        [experiment.experiment_id],
        ViewType.ACTIVE_ONLY,
        PAGE,
        asked["page_token"],
        asked["filter"],
    )
    return _render(
        "runs.html",
        experiment=experiment,
        page=page,
        asked=asked,
        metrics=_keys(run.metrics for run in page.items),
        params=_keys(run.params for run in page.items),
    )


def _asked(request: Request) -> dict[str, str]:
    given = request.query_params
    return {name: given.get(name, "") for name in ("filter", "page_token")}


def _keys(of_runs: Iterable[Iterable[str]]) -> tuple[list[str], int]:
    """The keys that have a column, and how many have none."""
    every = sorted({key for keys in of_runs for key in keys})
    return every[:COLUMNS], len(every[COLUMNS:])


# How values are shown


def _moment(milliseconds: int | None) -> str:
    """A time in UTC; the number itself where no calendar holds it."""
    if milliseconds is None:
        return ""
    try:
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _duration(run: Run) -> str:
    """How long a run took, in whole seconds."""
    start, end = run.info.start_time, run.info.end_time
    if start is None or end is None:
        return ""
    try:
        return str(timedelta(seconds=round((end - start) / 1000)))
    except OverflowError:
        return ""


def _number(metric: Metric | None) -> str:
    return "" if metric is None else f"{metric.value:.6g}"


def _render(template: str, **values: Any) -> str:
    return _environment.get_template(template).render(style=_STYLE, **values)


_environment = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_environment.filters |= {"moment": _moment, "duration": _duration, "number": _number}
