"""The application's frame in a real browser."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim.app.shell import PAGES

from app_pages import WAIT, Seen, Served, browser, place, served, visit

__all__ = ["browser", "place", "served", "visit"]

MAP = "/explore?view=map"
MONTH = 100.0
"""Milliseconds that a move of the month may take."""


def drawn(seen: Seen, name: str) -> Any:
    """Return a panel once its plot is drawn."""
    found = seen.page.locator(f"#{name}")
    found.locator(".main-svg").first.wait_for(timeout=WAIT)
    return found


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("path", [page.PATH for page in PAGES])
def test_each_page_asks_nobody_else_and_says_nothing_wrong(
    visit: Callable[..., Seen], served: Served, path: str, size: str
) -> None:
    seen = visit(path, size)
    seen.page.wait_for_load_state("networkidle")
    assert seen.said == []
    assert [
        url for url in seen.asked if not url.startswith((served.address, "blob:", "data:"))
    ] == []
    wide, inner = seen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= inner


def test_the_policy_lets_no_other_script_run(visit: Callable[..., Seen]) -> None:
    seen = visit()
    seen.page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.head.append(s); }"
    )
    assert seen.page.evaluate("() => window.ran === undefined")
    assert any("Content Security Policy" in text for text in seen.said)


def test_the_keyboard_skips_to_the_page(visit: Callable[..., Seen]) -> None:
    seen = visit("/evidence")
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.textContent") == "Skip to the page"
    assert seen.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    seen.page.keyboard.press("Enter")
    assert seen.page.evaluate("location.hash") == "#main"
    assert seen.page.url.endswith("/evidence#main")


def test_pages_change_without_loading_again(visit: Callable[..., Seen]) -> None:
    seen = visit()
    seen.page.evaluate("window.kept = 1")
    for page in (*PAGES[1:], PAGES[0]):
        seen.page.locator("#nav").get_by_text(page.TITLE, exact=True).click()
        here = seen.page.locator("#nav a[aria-current=page]")
        here.get_by_text(page.TITLE, exact=True).wait_for(timeout=WAIT)
        assert here.count() == 1
        assert seen.page.title() == f"{page.TITLE} · divert"
        assert seen.page.evaluate("document.activeElement.id") == "main"
    assert seen.page.evaluate("window.kept") == 1
    assert seen.said == []


def test_an_address_that_is_no_page_says_which_there_are(visit: Callable[..., Seen]) -> None:
    seen = visit()
    seen.page.goto(seen.page.url + "evidense")
    seen.page.get_by_text("did you mean '/evidence'?").wait_for(timeout=WAIT)


def test_a_tab_keeps_its_visitor_and_shares_it_with_no_other(visit: Callable[..., Seen]) -> None:
    first, second = visit("/evidence"), visit("/evidence")
    ids = [one.page.evaluate("window.divertVisitor") for one in (first, second)]
    assert ids[0] != ids[1]
    first.page.reload()
    first.page.locator("#nav a[aria-current=page]").wait_for(timeout=WAIT)
    assert first.page.evaluate("window.divertVisitor") == ids[0]


def test_a_duplicated_tab_is_a_visitor_of_its_own(visit: Callable[..., Seen]) -> None:
    """A page that a tab opens takes its stored id along, as a duplicate of the tab does."""
    first = visit("/evidence").page
    with first.expect_popup() as waited:
        first.evaluate("window.open(location.href)")
    copy = waited.value
    copy.locator("#nav a[aria-current=page]").wait_for(timeout=WAIT)
    ids = [page.evaluate("window.divertVisitor") for page in (first, copy)]
    assert ids[0] != ids[1]
    copy.reload()
    copy.locator("#nav a[aria-current=page]").wait_for(timeout=WAIT)
    assert copy.evaluate("window.divertVisitor") == ids[1]
    copy.close()


def test_a_panel_gives_its_picture_and_its_numbers(
    visit: Callable[..., Seen], tmp_path: Path
) -> None:
    seen = visit()
    figure = drawn(seen, "answer-waterfall")
    starts = {"PNG": b"\x89PNG", "SVG": b"<svg", "CSV": b"part,"}
    for kind, start in starts.items():
        with seen.page.expect_download(timeout=WAIT) as waited:
            button = figure.get_by_role("button", name=f"Download {kind}")
            button.focus()
            seen.page.keyboard.press("Enter")
        assert waited.value.suggested_filename == f"waterfall.{kind.lower()}"
        waited.value.save_as(tmp_path / kind)
        assert (tmp_path / kind).read_bytes().startswith(start)
    figure.locator("summary").click()
    cells = figure.locator("tbody tr").evaluate_all(
        "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
    )
    with (tmp_path / "CSV").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    assert rows == cells
    assert cells[0][0] == "loss from China's restrictions"
    assert seen.said == []


def test_months_move_without_the_server(visit: Callable[..., Seen]) -> None:
    seen = visit(MAP)
    figure = drawn(seen, "explore-map-a")
    slider = figure.locator(".player input[type=range]")
    slider.wait_for(timeout=WAIT)
    seen.page.wait_for_load_state("networkidle")
    asked = len(seen.asked)
    slider.focus()
    for key, month in (("Home", "2014-01"), ("End", "2019-12"), ("Home", "2014-01")):
        seen.page.keyboard.press(key)
        figure.locator(f".player[data-month='{month}']").wait_for(timeout=WAIT)
    took = seen.page.evaluate(
        """async () => {
          const holder = document.querySelector('#explore-map-a .player');
          const slider = holder.querySelector('input');
          const took = [];
          for (let at = 1; at <= 12; at += 1) {
            const before = holder.dataset.month;
            const start = performance.now();
            slider.value = at;
            slider.dispatchEvent(new Event('input', { bubbles: true }));
            while (holder.dataset.month === before) await new Promise((r) => setTimeout(r, 1));
            took.push(performance.now() - start);
          }
          return took.sort((a, b) => a - b);
        }"""
    )
    assert figure.locator(".player output").inner_text() == "2015-01"
    assert took[len(took) // 2] < MONTH, took
    play = figure.locator(".player button")
    play.focus()
    seen.page.keyboard.press("Enter")
    assert play.inner_text() == "Pause"
    figure.locator(".player[data-month='2015-04']").wait_for(timeout=WAIT)
    seen.page.keyboard.press("Enter")
    assert play.inner_text() == "Play"
    assert len(seen.asked) == asked
    assert seen.said == []


def test_back_shows_the_page_as_it_was(visit: Callable[..., Seen]) -> None:
    seen = visit("/evidence")
    box = seen.page.locator("main input[type=search]").first
    box.wait_for(timeout=WAIT)
    box.fill("coal")
    box.blur()
    seen.page.wait_for_url("**/evidence?*coal*", timeout=WAIT)
    seen.page.go_back()
    seen.page.wait_for_url("**/evidence", timeout=WAIT)
    searched = "text => document.querySelector('main input[type=search]')?.value === text"
    seen.page.wait_for_function(searched, arg="")
    seen.page.go_forward()
    seen.page.wait_for_function(searched, arg="coal")
    assert seen.said == []


def test_a_server_that_is_gone_is_told(visit: Callable[..., Seen]) -> None:
    seen = visit("/evidence")
    seen.page.route("**/_dash-update-component*", lambda route: route.abort())
    seen.page.locator("#nav").get_by_text("Answer", exact=True).click()
    told = seen.page.locator("#trouble")
    told.get_by_text("Is `divert view` still running").wait_for(timeout=WAIT)
    seen.page.wait_for_timeout(1600)
    seen.page.keyboard.press("Tab")
    seen.page.wait_for_function("() => document.getElementById('trouble').textContent === ''")
