"""The live page in a real browser: stepping, playing, jumping, reloading, keyboard and firms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app_pages import WAIT, Seen, Served, browser, place, served, visit

__all__ = ["browser", "place", "served", "visit"]

PAGE = "/live?scenario=small"
STILL = "() => divertLive.kept && divertLive.wanted === null && !divertLive.playing"


@pytest.fixture(scope="module", autouse=True)
def small(place: Path) -> None:
    """A scenario with few firms in the folder of scenarios."""
    text = "extends: historical\nmembers: 3\nfirms: {scale: 0.1}\n"
    (place / "scenarios" / "small.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def live(visit: Callable[..., Seen], served: Served) -> Iterator[Callable[..., Seen]]:
    """A function that opens the live page and waits until it stands at its month.

    At the end nothing was said on a console and nobody else was asked.
    """
    pages: list[Seen] = []

    def go(more: str = "", size: str = "desk") -> Seen:
        found = visit(PAGE + more, size)
        pages.append(found)
        found.page.locator("#live-swarm-graph .js-plotly-plot .point").first.wait_for(timeout=WAIT)
        found.page.wait_for_function(STILL, timeout=WAIT)
        return found

    yield go
    for seen in pages:
        assert seen.said == []
        own = (served.address, "blob:", "data:")
        assert [url for url in seen.asked if not url.startswith(own)] == []


def at(seen: Seen, month: str) -> None:
    """Wait until a month is shown."""
    seen.page.locator(f"#live-player[data-month='{month}']").wait_for(timeout=WAIT)


def do(seen: Seen, name: str) -> None:
    """Press a button of the player."""
    seen.page.locator(f"#live-player [data-do={name}]").click()


def dots(seen: Seen) -> Any:
    """Return the middle of each dot on the page."""
    return seen.page.evaluate(
        "() => [...document.querySelectorAll('#live-swarm .point')].map((dot) => {"
        " const box = dot.getBoundingClientRect();"
        " return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)]; })"
    )


def test_it_steps_plays_pauses_and_jumps(live: Callable[..., Seen]) -> None:
    seen = live()
    page = seen.page
    at(seen, "2014-01")
    do(seen, "step")
    at(seen, "2014-02")
    do(seen, "back")
    at(seen, "2014-01")
    page.locator("#live-player input[type=month]").fill("2017-09")
    at(seen, "2017-09")
    assert "September 2017, month 45 of 72" in page.locator("#live-month").inner_text()
    assert "UNSCR 2375" in page.locator("#live-events").inner_text()
    page.locator("#live-player select").first.select_option("20")
    do(seen, "play")
    page.wait_for_function("() => divertLive.at > 50", timeout=WAIT)
    assert page.locator("#live-month").get_attribute("aria-live") == "off"
    do(seen, "play")
    stopped = page.evaluate("divertLive.at")
    assert 50 < stopped < 71
    assert page.locator("#live-month").get_attribute("aria-live") == "polite"
    month = page.evaluate("divertLive.kept.months[divertLive.at]")
    page.wait_for_function(f"() => location.search.includes('month={month}')", timeout=WAIT)
    page.locator("#live-card-China details[data-table]").first.locator("summary").click()
    table = page.locator("#live-card-China table").first
    table.wait_for(timeout=WAIT)
    before = table.inner_text()
    do(seen, "back")
    page.wait_for_function(
        "(text) => { const table = document.querySelector('#live-card-China table');"
        " return table.checkVisibility() && table.innerText !== text; }",
        arg=before,
        timeout=WAIT,
    )
    do(seen, "start")
    at(seen, "2014-01")
    assert page.evaluate("divertLive.at") == 0


def test_dots_move_up_and_down_and_never_sideways(live: Callable[..., Seen]) -> None:
    seen = live("&month=2016-12")
    before = dots(seen)
    do(seen, "step")
    at(seen, "2017-01")
    seen.page.locator("#live-player input[type=range]").fill("50")
    at(seen, "2018-03")
    seen.page.wait_for_timeout(1500)  # the glide, and the figure of the server
    after = dots(seen)
    assert [x for x, _ in before] == [x for x, _ in after]
    assert sum(a != b for a, b in zip(before, after, strict=True)) > 20
    drawn = seen.page.evaluate(
        "() => { const d = document.querySelector('#live-swarm .js-plotly-plot').data[0];"
        " return d.y.map((y, i) => divertLive.kept.floors.indexOf(y - divertLive.kept.rows[i])); }"
    )
    codes = seen.page.evaluate("divertLive.frames[50].arms[0].routes")
    assert drawn == [int(code) for code in codes]


def test_a_reload_restores_month_arm_and_firm(live: Callable[..., Seen]) -> None:
    seen = live("&arm=C1S1%2BC0S1&month=2018-01")
    page = seen.page
    page.locator("#live-player label:has-text('Look at') select").select_option("1")
    page.locator("#live-dot input").fill("5")
    page.locator("#live-dot input").press("Enter")
    page.locator(".live-firm h3").wait_for(timeout=WAIT)
    firm = page.locator(".live-firm h3").inner_text()
    do(seen, "step")
    at(seen, "2018-02")
    page.wait_for_function("() => /month=2018-02/.test(location.search)", timeout=WAIT)
    assert {"look=1", "firm=5", "arm=C1S1%2BC0S1"} <= set(page.url.split("?")[1].split("&"))
    said = page.locator("#live-head-China").inner_text()
    page.reload()
    page.wait_for_function(STILL, timeout=WAIT)
    at(seen, "2018-02")
    page.locator(".live-firm h3").wait_for(timeout=WAIT)
    assert page.locator(".live-firm h3").inner_text() == firm
    assert page.locator("#live-head-China").inner_text() == said


def test_the_keyboard_steps_and_plays(live: Callable[..., Seen]) -> None:
    seen = live()
    page = seen.page
    page.locator("#live-player").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    at(seen, "2014-03")
    page.keyboard.press("ArrowLeft")
    at(seen, "2014-02")
    page.keyboard.press(" ")
    page.wait_for_function("() => divertLive.playing", timeout=WAIT)
    page.keyboard.press(" ")
    page.wait_for_function("() => !divertLive.playing", timeout=WAIT)
    page.keyboard.press("Home")
    at(seen, "2014-01")


def test_a_dot_that_is_clicked_tells_what_it_weighs(live: Callable[..., Seen]) -> None:
    seen = live("&month=2018-06")
    seen.page.locator("#live-swarm .point").first.scroll_into_view_if_needed()
    x, y = dots(seen)[0]
    seen.page.mouse.move(x, y)
    seen.page.mouse.click(x, y)
    told = seen.page.locator(".live-firm h3")
    told.wait_for(timeout=WAIT)
    assert told.inner_text() == "Firm 1 of China"
    assert seen.page.locator("#live-dot input").input_value() == "1"


def test_two_visitors_do_not_share_a_month(live: Callable[..., Seen]) -> None:
    here, there = live("&seed=1&month=2016-06"), live("&seed=2&month=2016-06")
    do(here, "step")
    at(here, "2016-07")
    assert there.page.evaluate("divertLive.at") == 29
    month = "divertLive.frames[29].lines.receipts[0][0]"
    assert here.page.evaluate(month) != there.page.evaluate(month)


def test_another_scenario_starts_at_once_and_nonsense_is_said(
    live: Callable[..., Seen], visit: Callable[..., Seen]
) -> None:
    seen = live("&month=2015-05", "phone")
    page = seen.page
    wide, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= inner
    page.locator("#live-seed").fill("12")
    page.locator("#live-seed").press("Enter")
    page.wait_for_function("() => divertLive.kept.query.seed === '12'", timeout=WAIT)
    page.wait_for_function(STILL, timeout=WAIT)
    at(seen, "2015-05")
    wrong = visit("/live?month=1999-01")
    wrong.page.locator("#main [role=alert]").wait_for(timeout=WAIT)
    assert "allowed: a month YYYY-MM" in wrong.page.locator("#main").inner_text()
