"""The same model in Mesa's own viewer; its page is tested where the extra is installed."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from sim.axes import ARMS
from sim.errors import DivertError
from sim.experiment.ensemble import run_ensemble
from sim.experiment.stored import read_run
from sim.solara_view import SETTINGS, guarded, is_own, listening, main

CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WAIT = 60_000
INSTALL = "the extra is not installed: pip install -e '.[solara]'"


@pytest.fixture(scope="module")
def page() -> Any:
    """The module of the page; where the extra is missing its tests are skipped."""
    pytest.importorskip("solara", reason=INSTALL)
    os.environ.update(SETTINGS)
    import sim.solara_page

    return sim.solara_page


# ---- without the extra ---------------------------------------------------------------------------


def test_without_the_extra_a_sentence_says_what_to_install(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    done = CliRunner().invoke(main, ["--no-open", "--port", "0"])
    assert done.exit_code == 2
    assert done.output.startswith("divert: found no uvicorn")
    assert "pip install 'divert[solara]'" in done.output


@pytest.mark.parametrize(
    ("host", "origin", "own"),
    [
        ("127.0.0.1:8521", None, True),
        ("localhost:8521", "http://localhost:8521", True),
        ("[::1]:8521", "http://[::1]:8521", True),
        ("192.0.2.7:80", None, True),
        ("evil.example:8521", None, False),
        ("127.0.0.1:8521", "http://evil.example", False),
        ("127.0.0.1:8521", "http://127.0.0.1:9999", False),
        ("127.0.0.1.evil.example", None, False),
        ("", None, False),
    ],
)
def test_only_own_pages_are_answered(host: str, origin: str | None, own: bool) -> None:
    headers = {"host": host} | ({"origin": origin} if origin else {})
    assert is_own(headers, "127.0.0.1") is own


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_foreign_request_never_reaches_the_page(kind: str) -> None:
    sent: list[Any] = []

    async def never(*_: Any) -> None:
        raise AssertionError("was asked")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "headers": [(b"host", b"evil.example:8521")]}
    asyncio.run(guarded(never, "127.0.0.1")(scope, never, send))
    assert sent[0].get("status", sent[0].get("code")) in (403, 1008)


def test_a_taken_port_and_a_foreign_address_are_told() -> None:
    told = pytest.raises(DivertError, match=r"cannot be used .*--port 0")
    with listening("127.0.0.1", 0) as door, told:
        listening("127.0.0.1", door.getsockname()[1])
    with pytest.raises(DivertError, match=r"192\.0\.2\.1 port 0 cannot be used"):
        listening("192.0.2.1", 0)


# ---- the model of the page -----------------------------------------------------------------------


def small(page: Any, **choices: Any) -> Any:
    """A small model, as Mesa's Reset makes it."""
    return page.ScenarioModel(**({"members": 3, "scale": 0.05} | choices))


def test_numbers_are_those_of_the_command_line(page: Any, tmp_path: Path) -> None:
    """To the last bit: for every arm, those of an ensemble; and those that `divert run` stores."""
    from sim.cli import main as divert

    words = ["run", "historical", "--members", "3", "--seed", "7", "--scale", "0.05", "--quiet"]
    assert CliRunner().invoke(divert, [*words, "--out", str(tmp_path)]).exit_code == 0
    stored = read_run(tmp_path / "historical")
    ran = run_ensemble(page.scenario_of("historical", "7", 3, 0.05), ARMS)
    for i, arm in enumerate(ARMS):
        model = small(page, seed="7", world=page.ARM_WORDS[arm])
        while model.running:
            model.step()
        for name in ("receipts", "enforcement", "legal_value", "illegal_value"):
            assert np.array_equal(model.record[name][:, 0], ran.record[name][:, i]), (arm, name)
    kept = stored.arrays["receipts"][:, ARMS.index("C1S1")]
    assert np.array_equal(kept, model.record["receipts"][:, 0].astype(np.float32))


def test_it_stops_at_the_end_of_the_period_and_a_step_more_does_nothing(page: Any) -> None:
    model = small(page)
    assert "Before the first month, 2014-01" in page.standing(model)[0]
    for _ in range(80):
        model.step()
    assert (model.month, model.running) == (72, False)
    lines = page.standing(model)
    assert lines[0] == "Month 2019-12 (72 of 72). The period is over; Reset begins again."
    assert "million USD" in lines[1]


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"seed": "abc"}, "found seed"),
        ({"seed": "-1"}, "found seed"),
        ({"seed": ""}, "found seed"),
        ({"seed": "1" * 5000}, "found seed"),
        ({"seed": "7\nmembers: 4000"}, "found seed"),
        ({"scenario": "/etc/passwd"}, "found scenario '/etc/passwd'; allowed: article-2017"),
        ({"scenario": "scenarios/historical.yaml"}, "allowed: article-2017"),
        ({"members": 4096}, "found 4096 members; allowed: 1 to 32"),
        ({"members": "many"}, "found many members"),
        ({"scale": 50.0}, "found a scale of 50.0; allowed: 0.05 to 1.0"),
        ({"scale": None}, "found a scale of None"),
        ({"world": "C1S1"}, "found world 'C1S1'"),
    ],
)
def test_a_choice_that_is_not_offered_is_told_and_nothing_runs(
    page: Any, choices: dict[str, Any], sentence: str
) -> None:
    model = small(page, **choices)
    model.step()
    assert model.month == 0
    assert sentence in page.standing(model)[0]
    assert page.standing(model)[0].startswith("Nothing is run: ")


def test_a_seed_is_text_on_the_page_and_a_slider_adds_up(page: Any) -> None:
    found = page.scenario_of("historical", " 31 ", 4, 0.05 + 0.05 + 0.05)
    assert (found.seed, found.firms.scale, found.members) == (31, 0.15, 4)


def test_models_are_freed_whether_finished_or_not(page: Any) -> None:
    seen = []
    for months in (0, 3, 72):
        model = small(page)
        for _ in range(months):
            model.step()
        page.trade_figure(model)
        seen.append(weakref.ref(model))
        del model
    gc.collect()
    assert [found() for found in seen] == [None, None, None]


# ---- in a browser --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(page: Any) -> Iterator[str]:
    """A server on a free port."""
    server = subprocess.Popen(
        [sys.executable, "-m", "sim.solara_view", "--no-open", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    yield server.stdout.readline().split()[0]
    server.terminate()
    server.wait(20)
    server.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium."""
    found = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    with found.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(OPTIONS))
        yield browser
        browser.close()


def visit(browser: Any, address: str) -> tuple[Any, list[str]]:
    """Open the page as a new visitor; returns it and what went wrong or outside."""
    tab, wrong = browser.new_context(viewport={"width": 1440, "height": 900}).new_page(), []
    tab.set_default_timeout(WAIT)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    own = re.compile(rf"(http|ws){re.escape(address[4:])}|data:|blob:")
    tab.on("request", lambda r: None if own.match(r.url) else wrong.append(r.url))
    tab.goto(address)
    tab.get_by_text("Before the first month").wait_for()
    tab.locator("img").nth(2).wait_for()
    return tab, wrong


def test_two_visitors_step_play_and_reset_each_his_own_model(browser: Any, address: str) -> None:
    one, wrong = visit(browser, address)
    one.get_by_role("button", name="Step").click()
    one.get_by_text("Month 2014-01 (1 of 72).").wait_for()
    two, wrong_there = visit(browser, address)
    two.get_by_role("button", name="▶").click()
    # A month stands for a third of a second and may be missed: any from the fourth on will do.
    two.get_by_text(re.compile(r"Month 20\d\d-\d\d \(([4-9]|\d\d) of 72\)\.")).wait_for()
    assert one.get_by_text("Month 2014-01 (1 of 72).").is_visible()
    assert one.get_by_text("Step: 1", exact=True).is_visible()
    two.get_by_label("Seed of all draws").fill("abc")
    two.get_by_label("Seed of all draws").blur()
    two.get_by_role("button", name="Reset", exact=True).click()
    two.get_by_text("Nothing is run: found seed 'abc'").wait_for()
    two.get_by_label("Seed of all draws").fill("7")
    two.get_by_label("Seed of all draws").blur()
    two.get_by_role("button", name="Reset", exact=True).click()
    two.get_by_text("Seed 7, 16 members").wait_for()
    assert one.get_by_text("Seed 2017, 16 members").is_visible()
    assert wrong + wrong_there == []
    one.context.close()
    two.context.close()
