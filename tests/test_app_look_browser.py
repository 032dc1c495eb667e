"""The pages Answer, Sweep and Evidence in a real browser: search, click, reload, run, download."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner
from sweep_worlds import tiny

from sim.app import answer
from sim.cli import main
from sim.experiment.answer import share_words
from sim.sweep.command import run_sweep

from app_pages import SIZES, WAIT, Seen, Served, browser, served, visit

__all__ = ["browser", "served", "visit"]

Visit = Callable[..., Seen]

MARKS = {"/": "#answer-waterfall-graph .main-svg", "/sweep": "#sweep-pair-graph .main-svg",
         "/evidence": "#evidence-scores-graph .main-svg"}  # fmt: skip
"""What of each page is drawn last."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small run and a sweep of six points."""
    out = tmp_path_factory.mktemp("look")
    (out / "scenarios").mkdir()
    words = ["run", "historical", "--members", "4", "--scale", "0.05", "--quiet"]
    assert CliRunner().invoke(main, [*words, "--out", str(out / "results")]).exit_code == 0
    run_sweep(tiny(), out / "results", 1)
    return out


def drawn(seen: Seen, mark: str) -> Any:
    """Wait until a part of a page is drawn, and return it."""
    found = seen.page.locator(mark).first
    found.wait_for(timeout=WAIT)
    return found


def asked_for(seen: Seen, name: str) -> str:
    """Return what the address says under a name."""
    return parse_qs(urlsplit(seen.page.url).query).get(name, [""])[0]


def until(seen: Seen, name: str, value: str) -> None:
    """Wait until the address says a value under a name."""
    seen.page.wait_for_function(
        "([name, value]) => new URLSearchParams(location.search).get(name) === value",
        arg=[name, value], timeout=WAIT,
    )  # fmt: skip


def picked(seen: Seen, label: str, option: str) -> None:
    """Choose an entry of a list by its label."""
    seen.page.get_by_label(label, exact=True).select_option(label=option)


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("path", list(MARKS))
def test_a_page_says_nothing_to_the_console_and_asks_nobody_else(
    visit: Visit, served: Served, path: str, size: str
) -> None:
    seen = visit(path, size)
    drawn(seen, MARKS[path])
    seen.page.wait_for_load_state("networkidle")
    assert seen.said == []
    local = (served.address, "data:", "blob:")
    assert [url for url in seen.asked if not url.startswith(local)] == []
    wide, window = seen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window
    labels = seen.page.evaluate(
        "[...document.querySelectorAll('main input, main select')]"
        ".filter(e => !e.labels?.length && !e.getAttribute('aria-label')).map(e => e.id)"
    )
    assert labels == []


def test_a_choice_of_answer_is_in_the_address_and_survives_a_reload(
    visit: Visit, place: Path
) -> None:
    seen = visit("/")
    drawn(seen, MARKS["/"])
    stored = json.loads((place / "results" / "historical" / "answer.json").read_text())
    assert share_words(stored["offset_ratio"]) in seen.page.locator("#answer-answer").inner_text()
    picked(seen, "Answer shown", "published answer")
    until(seen, "published", "yes")
    lead = seen.page.locator("#answer-answer .lead").inner_text()
    assert share_words(stored["offset_ratio"]) not in lead
    seen.page.reload()
    drawn(seen, MARKS["/"])
    assert seen.page.locator("#answer-answer .lead").inner_text() == lead
    assert seen.said == []


def test_the_button_runs_and_shows_what_it_ran(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "TRIAL", {"members": "2", "firms.scale": "0.05"})
    seen = visit("/")
    drawn(seen, MARKS["/"])
    seen.page.locator("#answer-run").click()
    seen.page.wait_for_function(
        "() => new URLSearchParams(location.search).get('made') !== null", timeout=WAIT
    )
    page = seen.page
    page.locator("#answer-answer", has_text="1 draw").wait_for(timeout=WAIT)
    assert page.locator("#answer-status").inner_text() == "Finished 2 members."
    assert page.locator("#answer-cancel").is_disabled()
    lead = page.locator("#answer-answer .lead").inner_text()
    page.reload()
    drawn(seen, MARKS["/"])
    assert page.locator("#answer-answer .lead").inner_text() == lead
    assert seen.said == []


def test_the_report_is_downloaded(visit: Visit, tmp_path: Path) -> None:
    seen = visit("/")
    drawn(seen, "#answer-report")
    with seen.page.expect_download(timeout=WAIT) as found:
        seen.page.locator("#answer-report").click()
    target = tmp_path / found.value.suggested_filename
    found.value.save_as(target)
    assert target.name == "report-historical.html"
    assert "<!DOCTYPE html>" in target.read_text(encoding="utf-8")[:20]


def test_a_click_on_the_heat_map_opens_its_point_in_explore(visit: Visit) -> None:
    seen = visit("/sweep?sweep=tiny")
    box = drawn(seen, "#sweep-pair-graph .nsewdrag").bounding_box()
    assert box is not None
    x, y = box["x"] + 0.1 * box["width"], box["y"] + 0.9 * box["height"]
    seen.page.locator("#sweep-pair-graph").scroll_into_view_if_needed()
    box = seen.page.locator("#sweep-pair-graph .nsewdrag").first.bounding_box()
    x, y = box["x"] + 0.1 * box["width"], box["y"] + 0.9 * box["height"]
    seen.page.mouse.move(x, y)
    seen.page.mouse.click(x, y)
    link = drawn(seen, "#sweep-open")
    number = asked_for(seen, "point")
    assert number
    assert f"Point {number}." in seen.page.locator("#sweep-point").inner_text()
    seen.page.reload()
    drawn(seen, "#sweep-open")
    assert seen.page.locator("#sweep-number").input_value() == number
    assert asked_for(seen, "point") == number
    link.click()
    seen.page.wait_for_url("**/explore?a=historical*", timeout=WAIT)
    assert asked_for(seen, "a.set.actors.China.enforcement.value") in ("0.3", "0.9")
    assert seen.said == []


def test_another_output_of_a_sweep_is_in_the_address(visit: Visit) -> None:
    seen = visit("/sweep")
    drawn(seen, MARKS["/sweep"])
    picked(seen, "What it is about", "Loss from China's restrictions")
    until(seen, "output", "loss")
    seen.page.locator("#sweep-answer .lead", has_text="loss").wait_for(timeout=WAIT)
    seen.page.locator("#sweep-number").fill("4")
    seen.page.keyboard.press("Enter")
    until(seen, "point", "4")
    seen.page.reload()
    drawn(seen, "#sweep-open")
    assert "million USD" in seen.page.locator("#sweep-point").inner_text()
    assert seen.said == []


def test_tables_are_searched_and_put_in_order_by_the_keyboard(visit: Visit) -> None:
    seen = visit("/evidence")
    page = seen.page
    drawn(seen, "#evidence-find").fill("coal judgement")
    until(seen, "find", "coal judgement")
    page.locator("#evidence-found", has_text="of 178 parameters shown").wait_for(timeout=WAIT)
    rows = page.locator("#evidence-parameter-table tbody tr")
    count = rows.count()
    assert 0 < count < 178
    heading = page.locator("#evidence-parameter-table").get_by_role("button", name="spread left")
    heading.focus()
    page.keyboard.press("Enter")
    until(seen, "order", "spread left")
    page.locator("#evidence-parameter-table th[aria-sort=ascending] button").wait_for(timeout=WAIT)
    page.wait_for_function("() => document.activeElement.className === 'sort'", timeout=WAIT)
    page.locator("#evidence-search").fill("labour")
    until(seen, "measures", "labour")
    picked(seen, "Binds", "Russia")
    until(seen, "partner", "Russia")
    page.locator("#evidence-counted", has_text="of 96 measures").wait_for(timeout=WAIT)
    measures = page.locator("#evidence-measure-table tbody").inner_text()
    page.reload()
    drawn(seen, "#evidence-find")
    assert page.locator("#evidence-find").input_value() == "coal judgement"
    assert rows.count() == count
    assert page.locator("#evidence-measure-table tbody").inner_text() == measures
    assert seen.said == []


def test_an_odd_address_is_answered_in_words_on_the_page(visit: Visit) -> None:
    for path in ("/?run=../../etc/passwd", "/sweep?sweep=..%2Ftiny", "/evidence?order=nothing"):
        seen = visit(path)
        assert "allowed" in drawn(seen, "main .said").inner_text()
        assert seen.said == []
