"""The application's frame in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sim.app.shell import PAGES

from app_pages import Seen, Served, browser, place, served, visit

__all__ = ["browser", "place", "served", "visit"]


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
