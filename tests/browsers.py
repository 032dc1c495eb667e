"""Debian's Chromium for the tests, and what a page wrote to the console and asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
ASKED = os.environ.get("DIVERT_BROWSER", "")
"""`required` makes a missing browser a failure; `later` skips, where another step runs these."""
OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WAIT = 30_000
SIZES = {"desk": (1440, 900), "phone": (390, 844)}


@contextmanager
def launched() -> Iterator[Any]:
    """Give a browser; where it is missing the tests are skipped, or fail if it is required."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing = "playwright is not installed: pip install -e '.[dev]'"
    else:
        missing = "" if CHROMIUM.exists() else f"{CHROMIUM} is missing: apt-get install chromium"
    if ASKED == "later":
        pytest.skip("DIVERT_BROWSER=later: another step runs the tests in a browser")
    if missing:
        pytest.fail(missing) if ASKED == "required" else pytest.skip(missing)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(OPTIONS))
        yield found
        found.close()


@dataclass
class Seen:
    """A page, what it wrote to the console and what it asked for."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


def opened(browser: Any, size: tuple[int, int], address: str) -> Seen:
    """Return a page of its own, opened at an address; close it with `seen.page.close()`."""
    width, height = size
    found = Seen(browser.new_page(viewport={"width": width, "height": height}))
    found.page.on("console", lambda message: found.said.append(message.text))
    found.page.on("pageerror", lambda error: found.said.append(str(error)))
    found.page.on("request", lambda request: found.asked.append(request.url))
    found.page.goto(address)
    return found
