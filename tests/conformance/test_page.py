"""The HTML page: its structure, and what it does in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from told_results import event, results

from storeproof.conformance.report.html import page
from storeproof.conformance.results import Results

MUST, OTHER_MUST, SHOULD = "TAG-SET", "TAG-DELETE", "METRIC-DUP"
SCRIPT = 'assert store == "<b>&\'"\n'


def found() -> Results:
    return results(
        event(MUST, target="one"),
        event(MUST, "fail", target="two", script=SCRIPT),
        event(OTHER_MUST, target="one", variations=[[OTHER_MUST, "another way"]]),
        event(OTHER_MUST, target="two"),
        event(SHOULD, "fail", target="one"),
        event(SHOULD, "fail", target="two"),
    )


class Elements(HTMLParser):
    """Every element with its attributes, and the text of the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(text: str, tag: str) -> list[dict[str, str | None]]:
    return [attributes for name, attributes in Elements(text).found if name == tag]


def test_the_page_loads_nothing() -> None:
    text = page(found())
    sources = [each for _, each in Elements(text).found if {"src", "href", "action"} & each.keys()]
    assert sources == []
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", text.partition("<body>")[0])


def test_each_cell_says_its_state_in_words_and_opens_a_dialog() -> None:
    text = page(found())
    cells = [each for each in elements(text, "button") if "data-opens" in each]
    labels = {each["aria-label"] for each in cells}
    assert f"{MUST} on one: passed" in labels
    assert f"{MUST} on two: failed" in labels
    opened = {each["id"] for each in elements(text, "dialog")}
    assert {each["data-opens"] for each in cells} <= opened


def test_what_a_store_says_is_text_and_no_markup() -> None:
    nasty = "<script>alert(1)</script>\"'&"
    text = page(results(event(MUST, "fail", target=nasty, seen=nasty, script=nasty)))
    assert len(elements(text, "script")) == 1
    assert "<script>alert(1)" not in text


def test_the_page_is_small_enough_to_send() -> None:
    """It holds scripts and no traces."""
    traced = results(event(MUST, "fail", trace=[{"key": "x" * 10_000_000}]))
    assert len(page(traced)) < 1_000_000


# In a browser


Driven = Callable[..., Any]


@pytest.fixture
def driven(rendered: Callable[..., str], tmp_path: Path) -> Driven:
    """Opens the page, does what a script says, and gives back what it evaluates to."""

    def drive(body: str, size: str = "1280,900", fragment: str = "") -> Any:
        driver = f"""<script>
            const shown = () => [...document.querySelectorAll("tr.clause")]
                .filter(row => row.getClientRects().length).map(row => row.querySelector(".slug").textContent);
            const set = name => document.querySelector(`[name=${{name}}]`).click();
            const press = key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {{key, bubbles: true}}));
            const label = () => document.activeElement.getAttribute("aria-label");
            addEventListener("load", () => {{
                const answer = (() => {{ {body} }})();
                document.body.replaceChildren(JSON.stringify(answer));
            }});
        </script></body>"""
        file = tmp_path / "page.html"
        file.write_text(page(found()).replace("</body>", driver), encoding="utf-8")
        elements = rendered(f"{file.as_uri()}{fragment}", size)
        body_text = re.search(r"<body>(.*)</body>", elements, re.DOTALL)
        assert body_text is not None, elements
        parser = Texts(body_text[1])
        return json.loads(parser.text)

    return drive


class Texts(HTMLParser):
    """The text of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(text)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.browser
def test_filters_leave_the_rows_that_pass_them_all(driven: Driven) -> None:
    shown = driven(
        """
        const answer = {all: shown()};
        set("failing"); answer.failing = shown();
        set("must"); answer.failingMust = shown();
        set("failing"); answer.must = shown();
        set("must"); set("differing"); answer.differing = shown();
        set("differing"); set("untested"); answer.more = shown().length > answer.all.length;
        return answer;
        """
    )
    assert shown == {
        "all": [SHOULD, MUST, OTHER_MUST],
        "failing": [SHOULD, MUST],
        "failingMust": [MUST],
        "must": [MUST, OTHER_MUST],
        "differing": [MUST],
        "more": True,
    }


@pytest.mark.browser
def test_a_cell_opens_to_what_was_seen_by_its_store_first(driven: Driven) -> None:
    told = driven(
        f"""
        document.querySelector('[data-opens="{MUST}"][data-store="1"]').click();
        const dialog = document.querySelector("dialog[open]");
        const section = dialog.querySelector("section");
        return {{
            id: dialog.id, store: section.querySelector("h3").textContent,
            script: section.querySelector("pre").textContent, all: dialog.querySelectorAll("dd").length,
        }};
        """
    )
    assert told["id"] == MUST
    assert told["store"].startswith("two: ")
    assert told["script"] == SCRIPT
    assert told["all"] >= 3


@pytest.mark.browser
def test_keys_move_between_the_cells_that_are_shown(driven: Driven) -> None:
    labels = driven(
        """
        set("must");
        document.querySelector("td button[tabindex='0']").focus();
        const labels = [label()];
        for (const key of ["ArrowRight", "ArrowDown", "ArrowDown", "Home", "ArrowUp", "End"]) {
            press(key);
            labels.push(label());
        }
        return labels;
        """
    )
    assert labels == [
        f"{MUST} on one: passed",
        f"{MUST} on two: failed",
        f"{OTHER_MUST} on two: passed",
        f"{OTHER_MUST} on two: passed",
        f"{OTHER_MUST} on one: passed",
        f"{MUST} on one: passed",
        f"{MUST} on two: failed",
    ]


@pytest.mark.browser
def test_a_link_to_a_cell_opens_it(driven: Driven) -> None:
    opened = driven('return document.querySelector("dialog[open]").id;', fragment=f"#{MUST}/1")
    assert opened == MUST


@pytest.mark.browser
def test_a_phone_shows_it_without_scrolling_sideways(driven: Driven) -> None:
    told = driven(
        """
        const root = document.documentElement;
        return [root.scrollWidth <= root.clientWidth, shown().length];
        """,
        size="390,844",
    )
    assert told == [True, 3]
