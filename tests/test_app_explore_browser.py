"""Explore in a real browser: levers, both worlds, months, measures, files, address, phone."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sim.cli import main

from app_pages import WAIT, Seen, Served, browser, place, served, visit

__all__ = ["browser", "place", "served", "visit"]

Visit = Callable[..., Seen]
TINY = "members=4&scale=0.05"
RUSSIA = "Support by Russia's state, world B"


def until(seen: Seen, true: Callable[[], Any]) -> Any:
    """Wait until something is so, and return it; the page's policy lets no text be evaluated."""
    end = time.monotonic() + WAIT / 1000.0
    while not (found := true()):
        assert time.monotonic() < end, (seen.page.url, seen.said, status(seen))
        seen.page.wait_for_timeout(30)
    return found


def status(seen: Seen) -> str:
    return str(seen.page.locator("#explore-status").inner_text())


def shown(visit: Visit, search: str, size: str = "desk") -> Seen:
    """Return Explore at an address once its bands are drawn."""
    seen = visit(f"/explore{search}", size)
    seen.page.locator("#explore-receipts-graph .scatterlayer").wait_for(timeout=WAIT)
    until(seen, lambda: status(seen).startswith("Preview."))
    return seen


def offsets(seen: Seen) -> list[str]:
    """Return the medians of the offset that the status line names."""
    return re.findall(r"offset (-?[\d.]+) %", status(seen))


def test_a_lever_moves_b_and_undo_and_back_take_it_back(visit: Visit) -> None:
    seen = shown(visit, f"?a=historical&{TINY}")
    assert "B is as A" in seen.page.locator("#explore-difference").inner_text()
    before = offsets(seen)
    seen.page.get_by_label(RUSSIA).select_option("1.0")
    until(seen, lambda: len(offsets(seen)) == 2)
    first, second = offsets(seen)
    assert [first] == before
    assert float(second) > float(first)
    assert "b.russia_support=1" in seen.page.url
    assert "differs by" in seen.page.locator("#explore-difference").inner_text()
    legend = seen.page.locator("#explore-receipts-graph .legendtext").all_text_contents()
    assert {"World A", "World B"} <= set(legend)
    seen.page.get_by_role("button", name="Undo").click()
    until(seen, lambda: offsets(seen) == before)
    assert seen.page.get_by_label(RUSSIA).input_value() == "="
    seen.page.get_by_role("button", name="Redo").click()
    until(seen, lambda: len(offsets(seen)) == 2)
    until(seen, lambda: seen.page.get_by_label(f"{RUSSIA}, moved").input_value() == "1.0")
    seen.page.go_back()
    until(seen, lambda: offsets(seen) == before)
    assert seen.said == []


def test_a_wrong_number_is_said_and_changes_nothing(visit: Visit) -> None:
    seen = shown(visit, f"?a=historical&{TINY}")
    field = seen.page.get_by_label("Russia's potential, world B")
    at = seen.page.url
    field.fill("much")
    field.press("Enter")
    alarm = seen.page.locator("#explore-alarm .said")
    alarm.wait_for(timeout=WAIT)
    assert "a multiple from 0 to 1000" in alarm.inner_text()
    assert seen.page.url == at
    field.fill("3")
    field.press("Enter")
    until(seen, lambda: "b.russia_potential=3" in seen.page.url)
    alarm.wait_for(state="detached", timeout=WAIT)


def test_reload_and_another_visitor_see_the_same(visit: Visit) -> None:
    search = f"?a=historical&b=maximum-pressure&b.drop=UN2371-COAL&{TINY}&view=channels"
    seen = shown(visit, search)
    seen.page.locator("#explore-channels-b-graph .barlayer").first.wait_for(timeout=WAIT)
    words = status(seen), seen.page.locator("#explore-difference").inner_text()
    seen.page.reload()
    until(seen, lambda: status(seen) == words[0])
    until(seen, lambda: seen.page.locator("#explore-difference").inner_text() == words[1])
    other = shown(visit, seen.page.url.split("/explore")[1])
    assert status(other) == words[0]
    other.page.get_by_label(RUSSIA).select_option("1.0")
    until(other, lambda: "b.russia_support=1" in other.page.url)
    assert "russia_support" not in seen.page.url
    assert status(seen) == words[0]
    assert seen.said == other.said == []


@pytest.mark.parametrize("view", ["map", "money"])
def test_months_of_both_worlds_move_together(visit: Visit, view: str) -> None:
    seen = shown(visit, f"?a=historical&b=russia-opens&{TINY}&view={view}")
    players = seen.page.locator("#explore-below .player")
    until(seen, lambda: players.count() == 2 and players.nth(1).locator("output").count())
    seen.page.locator(f"#explore-{view}-b-graph .main-svg").first.wait_for(timeout=WAIT)
    slider = players.first.get_by_role("slider")
    slider.focus()
    for key, month in (("Home", "2014-01"), ("End", "2019-12"), ("Home", "2014-01")):
        seen.page.keyboard.press(key)
        until(seen, lambda month=month: players.nth(1).locator("output").inner_text() == month)
        until(seen, lambda month=month: players.nth(1).get_attribute("data-month") == month)
    players.first.locator("select").first.select_option("20")
    players.first.get_by_role("button", name="Play").click()
    for one in (players.first, players.nth(1)):
        until(seen, lambda one=one: (one.get_attribute("data-month") or "") > "2014-06")
    players.first.get_by_role("button", name="Pause").click()
    assert players.nth(1).get_by_role("button").inner_text() == "Play"
    assert seen.said == []


def test_measures_are_searched_dropped_and_added(visit: Visit) -> None:
    seen = shown(visit, f"?a=historical&{TINY}")
    seen.page.get_by_label("Search measures").fill("textiles china 2017")
    rows = seen.page.locator("#explore-list tbody tr:visible")
    until(seen, lambda: rows.count() == 1)
    seen.page.get_by_role("button", name="Drop: CN-2017-52").click()
    until(seen, lambda: "b.drop=CN-2017-52" in seen.page.url)
    back = seen.page.get_by_role("button", name="Bring back: CN-2017-52")
    back.wait_for(timeout=WAIT)
    assert back.evaluate("one => one === document.activeElement")
    until(seen, lambda: len(offsets(seen)) == 2)
    seen.page.get_by_text("Add a measure of your own").click()
    seen.page.get_by_label("Good", exact=True).select_option("dprk_export.seafood")
    seen.page.get_by_label("How much").fill("40")
    seen.page.get_by_role("button", name="Add", exact=True).click()
    until(seen, lambda: "OWN-1,China,dprk_export,seafood,ban,0.4,2017-03-01," in seen.page.url)
    back.click()
    until(seen, lambda: "drop" not in seen.page.url)
    assert seen.said == []


def test_a_saved_file_runs_on_the_command_line_to_the_numbers_shown(
    visit: Visit, tmp_path: Path
) -> None:
    seen = shown(visit, f"?a=historical&b.russia_support=1&b.coal_stop=2016-12&{TINY}")
    with seen.page.expect_download() as waited:
        seen.page.get_by_role("button", name="Save B as a scenario file").click()
    path = tmp_path / waited.value.suggested_filename
    waited.value.save_as(path)
    assert f"divert run {path.name}" in seen.page.locator("#explore-commands").inner_text()
    found = CliRunner().invoke(main, ["run", str(path), "--quiet", "--out", str(tmp_path)])
    assert found.exit_code == 0
    answer = json.loads((tmp_path / path.stem / "answer.json").read_text(encoding="utf-8"))
    low, mid, high = (100.0 * answer["offset_ratio"][name] for name in ("p05", "p50", "p95"))
    assert f"{mid:.1f} % ({low:.1f} to {high:.1f} %)" in status(seen).split("B:")[1]


def test_a_run_in_full_shows_how_far_it_is_and_is_cancelled(visit: Visit, served: Served) -> None:
    seen = shown(visit, "?a=historical&members=96&scale=2&seed=5")
    seen.page.get_by_role("button", name="Run in full").click()
    cancel = seen.page.get_by_role("button", name="Cancel")
    cancel.wait_for(timeout=WAIT)
    until(seen, lambda: "Running 96 members" in status(seen))
    assert seen.page.get_by_role("progressbar").is_visible()
    cancel.click()
    until(seen, lambda: status(seen).startswith("Preview."))
    cancel.wait_for(state="hidden", timeout=WAIT)
    assert seen.said == []


def test_another_view_keeps_the_run_in_full(visit: Visit) -> None:
    seen = shown(visit, "?a=historical&members=10&scale=0.05")
    seen.page.get_by_role("button", name="Run in full").click()
    until(seen, lambda: status(seen).startswith("In full."))
    seen.page.get_by_label("Channels of the offset").check()
    seen.page.locator("#explore-channels-a-graph .barlayer").first.wait_for(timeout=WAIT)
    until(seen, lambda: "view=channels" in seen.page.url)
    assert status(seen).startswith("In full.")
    seen.page.get_by_label(RUSSIA).select_option("0.5")
    until(seen, lambda: status(seen).startswith("Preview."))


def test_a_wrong_address_is_said_in_words(visit: Visit) -> None:
    seen = visit("/explore?a=historical&a.rusia_support=1")
    said = seen.page.locator("main .said")
    said.wait_for(timeout=WAIT)
    assert "did you mean 'russia_support'" in said.inner_text()
    assert seen.said == []


def test_a_phone_shows_all_without_scrolling_sideways(visit: Visit, served: Served) -> None:
    seen = shown(visit, f"?a=historical&b=russia-opens&b.labour_free=2017-09&{TINY}", "phone")
    seen.page.locator("#explore-list table").wait_for(timeout=WAIT)
    wide, inner = seen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= inner
    bare = seen.page.evaluate(
        """() => [...document.querySelectorAll("main input, main select, main button")]
          .filter((one) => !(one.labels && one.labels.length) && !one.textContent.trim()
            && !one.getAttribute("aria-label")).map((one) => one.outerHTML)"""
    )
    assert bare == []
    asked = [u for u in seen.asked if not u.startswith((served.address, "blob:", "data:"))]
    assert asked == []
    assert seen.said == []
