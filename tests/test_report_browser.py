"""The report in a real browser, under the page's own policy and without a server."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sim.cli import main

from browsers import SIZES, WAIT, Seen, launched, opened

MAP, FLOWS = "chart-corridors", "chart-hard-currency-flows"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium; where it is missing the tests are skipped, or fail if it is required."""
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run and its report."""
    out = tmp_path_factory.mktemp("browser")
    words = ["run", "historical", "--members", "4", "--scale", "0.1", "--quiet", "--out", str(out)]
    assert CliRunner().invoke(main, words).exit_code == 0
    words = ["report", str(out / "historical"), "--quiet", "--out", str(out / "report.html")]
    assert CliRunner().invoke(main, words).exit_code == 0
    return out


@pytest.fixture(params=list(SIZES))
def seen(browser: Any, place: Path, request: pytest.FixtureRequest) -> Iterator[Seen]:
    """The report opened from its file at a desk and on a phone."""
    found = opened(browser, SIZES[request.param], (place / "report.html").as_uri())
    yield found
    found.page.close()


def drawn(seen: Seen) -> None:
    """Wait until every chart is drawn."""
    count = seen.page.locator("[data-chart]").count()
    assert count >= 8
    seen.page.locator("[data-chart][data-drawn]").nth(count - 1).wait_for(
        state="attached", timeout=WAIT
    )


def at_month(seen: Seen, name: str, month: str) -> None:
    """Wait until a chart shows a month."""
    seen.page.locator(f"#{name}[data-month='{month}']").wait_for(state="attached", timeout=WAIT)


def test_every_chart_is_drawn_and_nothing_is_asked_for(seen: Seen, place: Path) -> None:
    drawn(seen)
    assert seen.said == []
    assert seen.asked == [(place / "report.html").as_uri()]
    wide = seen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]


def test_no_button_sends_a_chart_away(seen: Seen) -> None:
    """One button stands on a chart, to save a picture; none offers to upload it."""
    drawn(seen)
    titles = seen.page.eval_on_selector_all(
        ".modebar-btn", "all => all.map(one => one.dataset.title || '')"
    )
    assert titles
    assert {title.split()[0] for title in titles} == {"Download"}


def test_the_policy_lets_no_other_script_run(seen: Seen) -> None:
    seen.page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.head.append(s); }"
    )
    assert seen.page.evaluate("() => window.ran === undefined")
    assert any("Content Security Policy" in text for text in seen.said)


def test_the_keyboard_moves_the_month(seen: Seen) -> None:
    drawn(seen)
    for name, what in ((MAP, "div => JSON.stringify(div.data.map(t => [t.line, t.text]))"),
                       (FLOWS, "div => JSON.stringify(div.data[0].link.value)")):  # fmt: skip
        chart = seen.page.locator(f"#{name}")
        slider = seen.page.locator(f"[data-player={name}] input")
        slider.focus()
        seen.page.keyboard.press("Home")
        at_month(seen, name, "2014-01")
        before = chart.evaluate(what)
        seen.page.keyboard.press("End")
        at_month(seen, name, "2019-12")
        assert slider.get_attribute("aria-valuetext") == "2019-12"
        assert seen.page.locator(f"[data-player={name}] output").inner_text() == "2019-12"
        assert chart.evaluate(what) != before
        seen.page.keyboard.press("Home")
        at_month(seen, name, "2014-01")
        assert chart.evaluate(what) == before
    assert seen.said == []


def test_play_moves_and_pause_stops(seen: Seen) -> None:
    drawn(seen)
    button = seen.page.locator(f"[data-player={MAP}] button")
    button.focus()
    # The charts open on the last month, so that play begins anew.
    seen.page.keyboard.press("Enter")
    assert button.inner_text() == "Pause"
    at_month(seen, MAP, "2014-03")
    seen.page.keyboard.press("Enter")
    assert button.inner_text() == "Play"
    month = seen.page.locator(f"[data-player={MAP}] output").inner_text()
    seen.page.wait_for_timeout(1200)
    assert seen.page.locator(f"[data-player={MAP}] output").inner_text() == month


def test_a_whole_year_is_picked(seen: Seen) -> None:
    seen.page.locator(f"[data-player={FLOWS}] select").select_option("2017")
    at_month(seen, FLOWS, "2017")


def test_tables_and_chart_hold_the_numbers_of_the_csv(seen: Seen, place: Path) -> None:
    drawn(seen)
    with (place / "historical" / "bands.csv").open(encoding="utf-8") as file:
        bands = {
            r["month"]: [float(r[n]) for n in ("p50", "p05", "p95")]
            for r in csv.DictReader(file)
            if (r["arm"], r["partner"], r["direction"], r["good"], r["route"], r["recorded"])
            == ("C1S1", "Russia", "dprk_import", "total_goods", "all", "false")
        }  # fmt: skip
    block = seen.page.locator("figure", has=seen.page.locator("#chart-flow-russia-bought"))
    block.locator("summary").click()
    headings = block.locator("thead th").all_inner_texts()
    column = next(i for i, h in enumerate(headings) if h.startswith("China restricts, Russia fre"))
    cells = block.locator("tbody tr").evaluate_all(
        "(rows, at) => rows.map(r => [r.cells[0].innerText, r.cells[at].innerText])", column
    )
    assert [month for month, _ in cells] == list(bands)
    for month, text in cells:
        shown = [float(x.replace(",", "")) for x in re.findall(r"-?[\d.,]*\d", text)]
        assert shown == pytest.approx(bands[month], abs=0.051)
    lines = seen.page.locator("#chart-flow-russia-bought").evaluate(
        "div => div.data.map(t => ({name: t.name, y: t.y}))"
    )
    middle = [band[0] for band in bands.values()]
    assert any(
        line["y"] and len(line["y"]) == len(middle) and line["y"] == pytest.approx(middle, abs=0.06)
        for line in lines
    )


def test_the_filter_leaves_what_was_asked_for(seen: Seen) -> None:
    field = seen.page.get_by_label("Filter the table")
    field.fill("russia labour")
    rows = seen.page.locator("#parameters tbody tr:visible").all_inner_texts()
    assert rows
    assert all("russia" in row.lower() and "labour" in row.lower() for row in rows)
    assert seen.page.locator("#parameters-count").inner_text().startswith(f"{len(rows)} of ")
    field.fill("")
    assert seen.page.locator("#parameters tbody tr:visible").count() > 100


def test_the_first_stop_of_the_keyboard_leads_to_the_answer(seen: Seen) -> None:
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.textContent") == "Skip to the answer"
    assert seen.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    seen.page.keyboard.press("Enter")
    assert seen.page.evaluate("location.hash") == "#main"


def test_it_prints_without_controls(seen: Seen) -> None:
    drawn(seen)
    seen.page.emulate_media(media="print")
    assert not seen.page.locator(f"[data-player={MAP}]").is_visible()
    assert not seen.page.get_by_label("Filter the table").is_visible()
    assert seen.page.locator("#chart-receipts svg.main-svg").first.is_visible()
    assert len(seen.page.pdf(format="A4")) > 100_000
