"""What `divert compare` says on the screen: blocks of a line per scenario, then sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sim.experiment.compare import Compared
    from sim.experiment.paired import Row

PAGE = 96
"""Columns of the page, however wide the screen: it is read beside other text."""

MUSD = "musd"
NAME, CELL, VALUE = 28, 9, 34
HUNDRED = 100.0


def print_compared(done: Compared) -> None:
    """Print bands and paired differences, what differs in the scenarios, and seed noise."""
    from sim.experiment.answer import few_draws_words
    from sim.experiment.compare_words import sentences

    first, last = done.window
    click.echo(
        f"The same {done.members} members ({done.draws} draws) in {len(done.labels)} scenarios, "
        f"{first} to {last}."
    )
    click.echo(
        f"Differences are to {done.labels[0]}, member by member; 5 %, median, 95 %.\n"
        "Sign: percent of members whose difference has the median's sign."
    )
    for group in dict.fromkeys(row.group for row in done.rows):
        click.echo()
        for line in _block(group, [row for row in done.rows if row.group == group]):
            click.echo(line)
    click.echo()
    for sentence in (*sentences(done), *_terms(done), *few_draws_words(done.draws)):
        click.echo(_folded(sentence))
    click.echo(f"Written to {done.folder}")


def shown_names(labels: Sequence[str]) -> dict[str, str]:
    """Return what each scenario is called on the page, long names cut in the middle."""
    half = NAME // 2
    cut = {x: x if len(x) <= NAME else f"{x[: half - 1]}…{x[-half:]}" for x in labels}
    if len(set(cut.values())) == len(cut):
        return cut
    return {x: f"{i} {cut[x][: NAME - 4]}" for i, x in enumerate(labels, start=1)}


def _block(title: str, rows: list[Row]) -> list[str]:
    """Return lines: the heading, then for each quantity a line and below it one per scenario."""
    headings = ("5 %", "median", "95 %", "diff 5 %", "median", "95 %", "sign")
    lines = [title, _line("", headings)]
    names = shown_names(list(dict.fromkeys(row.scenario for row in rows)))
    for quantity in dict.fromkeys(row.quantity for row in rows):
        same = [row for row in rows if row.quantity == quantity]
        lines.append(f"{quantity}, {_unit(same[0])}")
        for i, row in enumerate(same):
            digits = _digits(same)
            sign = "" if row.same_sign is None else f"{100 * row.same_sign:.0f}"
            change = ("", "", "") if i == 0 else _words(row, row.difference, digits)
            lines.append(
                _line(f"  {names[row.scenario]}", (*_words(row, row.band, digits), *change, sign))
            )
    return lines


def _line(name: str, cells: tuple[str, ...]) -> str:
    return (f"{name:<{NAME + 2}}" + "".join(f"{cell:>{CELL}}" for cell in cells)).rstrip()


def _digits(rows: list[Row]) -> int:
    """Return the digits after the point: one, none where amounts are in hundreds."""
    most = max((abs(row.band["p50"]) for row in rows if row.band), default=0.0)
    return 0 if rows[0].unit == MUSD and most >= HUNDRED else 1


def _unit(row: Row) -> str:
    return "million USD" if row.unit == MUSD else "%"


def _words(row: Row, band: dict[str, float] | None, digits: int) -> tuple[str, ...]:
    """Return a band as words, percent for shares; a probability has a middle alone."""
    from sim.experiment.answer import band_words

    if band is not None and len(band) == 1:
        return ("", f"{100 * band['p50']:.0f}", "")
    return band_words(band, 1.0 if row.unit == MUSD else 100.0, digits)


def _terms(done: Compared) -> list[str]:
    """Return the keys that differ, each with its values."""
    if not done.terms:
        return ["The scenarios differ in no key."]
    keys = "1 key" if len(done.terms) == 1 else f"{len(done.terms)} keys"
    said = [f"The scenarios differ in {keys} (differences.csv):"]
    for row in done.terms:
        values = dict.fromkeys(row[label] for label in done.labels)
        parts = []
        for value in values:
            who = ", ".join(label for label in done.labels if row[label] == value)
            parts.append(f"{_short(value)} in {who}")
        said.append(f"  {row['key']}: {'; '.join(parts)}")
    return said


def _short(text: str) -> str:
    return text if len(text) <= VALUE else text[: VALUE - 1] + "…"


def _folded(text: str) -> str:
    import textwrap

    return textwrap.fill(text, PAGE, subsequent_indent="    " if text.startswith("  ") else "")
