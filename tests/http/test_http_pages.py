"""The pages for people: what is stored is shown as text, in pages, and never run as markup."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx
import pytest

from storeproof.stores import Metric, Param, RunStatus, TrackingStore
from storeproof.stores.http import pages

MARKUP = "<script>alert('x')</script>"


class Page(HTMLParser):
    """The texts, the elements and the links of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: list[str] = []
        self.links: dict[str, str] = {}
        self._link: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self._link = dict(attrs).get("href") if tag == "a" else None

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self.links[data] = self._link
            self._link = None
        self.texts.append(data)


@pytest.fixture
def browse(url: str) -> Iterator[httpx.Client]:
    """What a browser asks for."""
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        yield client


def page(browse: httpx.Client, path: str) -> Page:
    answer = browse.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


@pytest.fixture
def name() -> str:
    return f"{secrets.token_hex(8)} {MARKUP}"


@pytest.fixture
def experiment(store: TrackingStore, name: str) -> str:
    return store.create_experiment(name)


def test_an_experiment_leads_to_its_runs(
    browse: httpx.Client, store: TrackingStore, experiment: str, name: str
) -> None:
    store.create_run(experiment, run_name=MARKUP)
    query = httpx.QueryParams(filter=f"name LIKE '{name.partition(' ')[0]}%'")
    listed = page(browse, f"/?{query}")
    shown = page(browse, urljoin("/", listed.links[name]))
    assert name in shown.texts
    assert MARKUP in shown.texts


@pytest.mark.parametrize("path", ["/", "/runs?experiment_id={experiment}"])
def test_nothing_stored_becomes_markup(
    browse: httpx.Client, store: TrackingStore, experiment: str, path: str
) -> None:
    run = store.create_run(experiment, user_id=MARKUP, run_name=MARKUP).info.run_id
    store.log_batch(run, [Metric("m", 1.0, 1)], [Param("p", MARKUP)])
    assert "script" not in page(browse, path.format(experiment=experiment)).elements


@pytest.mark.parametrize(
    "asked", ["params.a = '\"><script>x</script>'", '"><script>x</script>'], ids=["good", "bad"]
)
def test_what_is_asked_does_not_become_markup(
    browse: httpx.Client, experiment: str, asked: str
) -> None:
    answer = browse.get("/runs", params={"experiment_id": experiment, "filter": asked})
    assert "script" in answer.text
    assert "script" not in Page(answer.text).elements


def test_the_latest_metrics_and_the_params_of_a_run_are_shown(
    browse: httpx.Client, store: TrackingStore, experiment: str
) -> None:
    run = store.create_run(experiment, user_id="ann", start_time=1_600_000_000_000).info.run_id
    points = [
        Metric("loss", 0.25, 1, 1),
        Metric("loss", 0.125, 2, 2),
        Metric("nan", float("nan"), 1),
    ]
    store.log_batch(run, points, [Param("lr", "0.01")])
    store.update_run_info(run, RunStatus.FINISHED, 1_600_000_061_000)
    texts = page(browse, f"/runs?experiment_id={experiment}").texts
    for text in (
        "loss",
        "0.125",
        "nan",
        "lr",
        "0.01",
        "FINISHED",
        "2020-09-13 12:26:40",
        "0:01:01",
    ):
        assert text in texts
    assert "0.25" not in texts


def test_times_that_no_calendar_holds_are_shown_as_numbers(
    browse: httpx.Client, store: TrackingStore, experiment: str
) -> None:
    run = store.create_run(experiment, start_time=2**63 - 1).info.run_id
    store.update_run_info(run, RunStatus.FINISHED, 0)
    assert str(2**63 - 1) in page(browse, f"/runs?experiment_id={experiment}").texts


def test_keys_without_a_column_are_counted(
    browse: httpx.Client, store: TrackingStore, experiment: str
) -> None:
    run = store.create_run(experiment).info.run_id
    store.log_batch(run, [Metric(f"m{each:03}", 1.0, 1) for each in range(pages.COLUMNS + 3)])
    texts = page(browse, f"/runs?experiment_id={experiment}").texts
    assert f"m{pages.COLUMNS - 1:03}" in texts
    assert f"m{pages.COLUMNS:03}" not in texts
    assert any(text.startswith("3 more metrics") for text in texts)


def test_all_runs_are_on_pages_that_lead_to_each_other(
    browse: httpx.Client, store: TrackingStore, experiment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    for each in range(5):
        store.create_run(experiment, start_time=each, run_name=f"run{each}")
    seen: list[str] = []
    path = f"/runs?experiment_id={experiment}"
    while True:
        shown = page(browse, path)
        seen += [text for text in shown.texts if text.startswith("run")]
        if "Next page" not in shown.links:
            break
        path = urljoin("/", shown.links["Next page"])
    assert seen == ["run4", "run3", "run2", "run1", "run0"]
    assert "First page" in shown.links


def test_a_filter_is_kept_from_page_to_page(
    browse: httpx.Client, store: TrackingStore, experiment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE", 1)
    for each in range(3):
        store.create_run(experiment, start_time=each, run_name=f"run{each}")
    query = httpx.QueryParams(experiment_id=experiment, filter="attributes.run_name != 'run1'")
    first = page(browse, f"/runs?{query}")
    second = page(browse, urljoin("/", first.links["Next page"]))
    assert [text for text in first.texts + second.texts if text.startswith("run")] == [
        "run2",
        "run0",
    ]
    assert "Next page" not in second.links


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/runs", 404),
        ("/runs?experiment_id=unknown", 404),
        ("/runs?experiment_id=%ff", 404),
        ("/?page_token=x", 400),
        ("/?filter=nonsense", 400),
        ("/runs?experiment_id=0&filter=metrics.", 400),
    ],
)
def test_what_cannot_be_shown_is_told_on_a_page(
    browse: httpx.Client, path: str, status: int
) -> None:
    answer = browse.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "Traceback" not in answer.text


def test_a_page_may_load_and_run_nothing(browse: httpx.Client) -> None:
    policy = browse.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_a_page_writes_nothing(browse: httpx.Client) -> None:
    assert browse.post("/", data={"filter": ""}).status_code == 405


# In a browser


@pytest.mark.browser
def test_a_browser_shows_experiments_and_the_runs_of_one(
    rendered: Callable[..., str], url: str, store: TrackingStore, experiment: str, name: str
) -> None:
    run = store.create_run(experiment, run_name=MARKUP).info.run_id
    store.log_metric(run, Metric("loss", 0.125, 1))
    query = httpx.QueryParams(filter=f"name LIKE '{name.partition(' ')[0]}%'")
    listed = Page(rendered(f"{url}/?{query}"))
    shown = Page(rendered(urljoin(url, listed.links[name])))
    assert {name, MARKUP, "loss", "0.125"} <= set(shown.texts)
    assert "script" not in listed.elements + shown.elements
