"""The application served on a free port, and its pages in a real browser, as fixtures.

A test file that wants them says `from app_pages import browser, place, served, visit`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sim.app.desk import Desk, open_desk
from sim.app.server import address_of, serve_on
from sim.cli import main

from browsers import SIZES, WAIT, Seen, launched, opened

__all__ = ["SIZES", "WAIT", "Seen", "Served", "browser", "place", "served", "visit"]


@dataclass
class Served:
    """The application of a desk at an address."""

    desk: Desk
    address: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `results` (a small run, historical) and empty `scenarios`."""
    out = tmp_path_factory.mktemp("app")
    (out / "scenarios").mkdir()
    words = ["run", "historical", "--members", "4", "--scale", "0.1", "--quiet"]
    assert CliRunner().invoke(main, [*words, "--out", str(out / "results")]).exit_code == 0
    return out


@pytest.fixture(scope="module")
def served(place: Path) -> Iterator[Served]:
    """The application over the small run, on a free port."""
    desk = open_desk((str(place / "results" / "historical"),), place / "results",
                     place / "scenarios")  # fmt: skip
    server = serve_on(desk, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Served(desk, address_of(server, "127.0.0.1"))
    desk.runs.close()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium."""
    with launched() as found:
        yield found


@pytest.fixture
def visit(browser: Any, served: Served) -> Iterator[Callable[..., Seen]]:
    """A function that opens a page as a visitor of its own: visit("/explore", "phone")."""
    pages: list[Seen] = []

    def go(path: str = "/", size: str = "desk") -> Seen:
        found = opened(browser, SIZES[size], served.address + path)
        pages.append(found)
        found.page.locator("#nav a[aria-current=page]").wait_for(timeout=WAIT)
        return found

    yield go
    for seen in pages:
        seen.page.close()
