"""Tables on a page: rows found by words, put in order by a column, and drawn as plain HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from sim.app.looks import LONGEST
from sim.app.marks import marks
from sim.errors import DivertError, nearest

Rows = Sequence[tuple[str, ...]]

MOST_WORDS = 12
NUMBER = re.compile(r"[-−+]?[\d,]*\.?\d+(e[-+]?\d+)?", re.IGNORECASE)
DATE = re.compile(r"[\d-]+( to [\d-]+)?")
SHORT, LONG = 6, 24
"""Characters up to which a cell of words is short, and from which it needs room."""

UP, DOWN = "up", "down"
ARROWS = {UP: " ▲", DOWN: " ▼"}
SORTED = {UP: "ascending", DOWN: "descending"}


@dataclass(frozen=True)
class Order:
    """The column a table is in the order of, by its heading, and which way."""

    column: str
    way: str = UP

    def turned(self, column: str) -> Order:
        """Return the order after a click on a heading: the other way round, or by that one."""
        same = column == self.column and self.way == UP
        return Order(column, DOWN if same else UP)


def read_search(text: object) -> str:
    """Return a search as typed, trimmed; raises DivertError for what is none."""
    found = "" if text is None else str(text)
    if len(found) > LONGEST:
        raise DivertError(f"found a search of {len(found):,} characters; allowed: up to {LONGEST}")
    return " ".join(found.split())


def read_order(text: str, headings: Sequence[str]) -> Order:
    """Return the order that an address names, as `heading` or `heading-down`.

    Without text the first heading; raises DivertError for a heading that is none.
    """
    if not text:
        return Order(headings[0])
    column, way = (text.removesuffix("-down"), DOWN) if text.endswith("-down") else (text, UP)
    if column not in headings:
        raise DivertError(
            f"found the order {text[:60]!r}; allowed: {', '.join(headings)}, each also with "
            f"-down{nearest(column[:60], headings)}"
        )
    return Order(column, way)


def order_text(order: Order) -> str:
    """Return an order as an address names it."""
    return order.column if order.way == UP else f"{order.column}-down"


def found_rows(rows: Rows, search: str) -> list[tuple[str, ...]]:
    """Return the rows that hold every word of a search, in any cell and either case."""
    words = search.casefold().split()[:MOST_WORDS]
    return [row for row in rows if all(word in "\n".join(row).casefold() for word in words)]


def in_order(rows: Rows, headings: Sequence[str], order: Order) -> list[tuple[str, ...]]:
    """Return rows in the order of a column: numbers by size before words by the alphabet."""
    k = list(headings).index(order.column)
    return sorted(rows, key=lambda row: _place(row[k]), reverse=order.way == DOWN)


def _place(cell: str) -> tuple[int, float, str]:
    """Return what a cell is ordered by: the number it begins with, else its letters."""
    match = NUMBER.match(cell.strip())
    dated = re.match(r"\d{4}-\d{2}", cell.strip())
    if match and not dated:
        return 0, float(match.group().replace(",", "").replace("−", "-")), ""
    return (2, 0.0, "") if cell in ("", "–") else (1, 0.0, cell.casefold())


def plain_table(
    caption: str,
    headings: Sequence[str],
    rows: Rows,
    words: Collection[int] = (),
    order: Order | None = None,
    sort: Callable[[str], Mapping[str, str]] | None = None,
    links: Mapping[tuple[str, int], str] | None = None,
) -> Component:
    """Return a table that scrolls by itself; columns are numbers but the first and those `words`.

    Headings that are all empty are left out. `sort` gives the id of the button of each heading;
    `links` are addresses of cells by the first cell of their row and their column.
    """
    left, goes = {0, *words}, links or {}
    look = ["" if i in left else "n" for i in range(len(headings))]
    head = [_heading(h, c, order, sort) for h, c in zip(headings, look, strict=True)]
    heads = [html.Thead(html.Tr(head))] if any(headings) else []
    body = [
        html.Tr([
            html.Th(_cell(row[0], goes.get((row[0], 0))), scope="row"),
            *(html.Td(_cell(cell, goes.get((row[0], i))), className=look[i] or _width(cell))
              for i, cell in enumerate(row) if i),
        ])
        for row in rows
    ]  # fmt: skip
    return html.Div(
        html.Table([html.Caption(html.Span(caption)), *heads, html.Tbody(body)]),
        className="scroll", role="region", tabIndex=0, **marks(aria_label=caption),
    )  # fmt: skip


def _heading(
    heading: str,
    look: str,
    order: Order | None,
    sort: Callable[[str], Mapping[str, str]] | None,
) -> Component:
    """Return a heading, a button where the table can be put in its order."""
    if sort is None or order is None:
        return html.Th(heading, scope="col", className=look or None)
    on = order.column == heading
    button = html.Button(
        heading + (ARROWS[order.way] if on else ""), id=dict(sort(heading)), n_clicks=0,
        className="sort", title=f"Put the table in the order of: {heading}",
    )  # fmt: skip
    way = SORTED[order.way] if on else "none"
    return html.Th(button, scope="col", className=look or None, **marks(aria_sort=way))


def _width(cell: str) -> str | None:
    """Return the look of a cell of words: long ones get room, dates never break."""
    if len(cell) <= SHORT:
        return None
    return "d" if DATE.fullmatch(cell) else "w" if len(cell) > LONG else None


def _cell(text: str, href: str | None) -> Any:
    """Return a cell: a link where it goes somewhere, yes and no by weight as well as colour."""
    if text in ("yes", "no"):
        return html.Strong(text, className=text)
    if href is None:
        return text
    if href.startswith("/"):
        return dcc.Link(text, href=href)
    return html.A(text, href=href, target="_blank", rel="noreferrer noopener")


def folded(summary: str, *parts: Any, shown: bool = False) -> Component:
    """Return parts that a reader opens."""
    return html.Details([html.Summary(summary), *parts], open=shown)


def lead_and_rest(sentences: Sequence[str]) -> list[Component]:
    """Return sentences as paragraphs, the first one set apart."""
    first, *rest = sentences
    return [html.P(first, className="lead"), *map(html.P, rest)]


def coded(text: str) -> list[Any]:
    """Return a sentence with what stands between backticks as code."""
    parts = text.split("`")
    return [html.Code(part) if i % 2 else part for i, part in enumerate(parts) if part]


def sentence(error: DivertError) -> str:
    """Return a mistake as a sentence of a page: with a capital, and with an end.

    A key or a path in front stays as it is written.
    """
    text = str(error)
    if re.match(r"[a-z]+ ", text):
        text = f"{text[0].upper()}{text[1:]}"
    return text if text.endswith((".", "!", "?")) else f"{text}."


def said(error: DivertError) -> Component:
    """Return a mistake in words, in the place of what it kept from being shown."""
    return html.P(coded(sentence(error)), className="said", role="alert")


def term(name: str, text: str) -> Component:
    """Return a paragraph that explains a word where it is first used."""
    return html.P([html.Dfn(name), f" {text}"], className="term")


def contents(sections: Sequence[Component]) -> Component:
    """Return the way to the sections of a page by their headings."""
    links = [html.Li(html.A(words, href=f"#{name}")) for name, words in map(_named, sections)]
    return html.Nav(html.Ul(links), className="contents", **marks(aria_label="On this page"))


def _named(one: Any) -> tuple[str, str]:
    """Return id and heading of a section."""
    return one.id, one.children[0].children


def section(name: str, heading: str, *parts: Any) -> Component:
    """Return a section under its heading, an id of the page's own."""
    return html.Section(
        [html.H2(heading, id=f"{name}-heading"), *parts], id=name,
        **marks(aria_labelledby=f"{name}-heading"),
    )  # fmt: skip
