"""What `divert claims` says on the screen: a short block for each claim, in 80 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from sim.experiment.claim_facts import Number
    from sim.experiment.claims import Claim

COLUMNS = 80
LABEL = 7
"""Columns of the words that say where a number is from."""

SMALL = 1e-3


def print_claims(found: list[Claim], folder: Path) -> None:
    """Print every claim, the count of verdicts and where the files are."""
    for claim in found:
        for line in block(claim):
            click.echo(line)
        click.echo()
    for line in closing(found):
        click.echo(line)
    click.echo(f"Written to {folder}")


def block(claim: Claim) -> list[str]:
    """Return the lines of a claim, none over 80 columns."""
    figure = ""
    if claim.figure is not None:
        figure = f"{claim.figure:,.0f} {_unit(claim.unit or '')}, "
    head = f"{claim.id}  {claim.verdict.upper()}" + (" (an opinion)" if claim.opinion else "")
    said = f"{claim.claim} ({figure}{claim.period}; {claim.said_by})"
    lines = [head, *_wrapped("claim", said)]
    for side, numbers in (("data", claim.data), ("model", claim.model)):
        for i, number in enumerate(numbers):
            lines += _wrapped(side if i == 0 else "", number_words(number))
    return [*lines, *_wrapped("rule", claim.why)]


def closing(found: list[Claim]) -> list[str]:
    """Return the count of verdicts and what the marks mean."""
    counts: dict[str, int] = {}
    for claim in found:
        counts[claim.verdict] = counts.get(claim.verdict, 0) + 1
    said = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
    text = (
        f"{len(found)} claims: {said}. A official figure, B estimate or arithmetic on such, C "
        "judgement, each with its range; model: median (5 to 95 % of members)."
    )
    return textwrap.wrap(text, COLUMNS)


def number_words(number: Number) -> str:
    """Return a number with range, unit and mark."""
    unit = "%" if number.unit == "share" else number.unit
    scale = 100.0 if number.unit == "share" else 1.0
    low, mid, high = (amount(scale * x) for x in number.band)
    space = "" if low == mid == high else f" ({low} to {high})"
    mark = "" if number.mark == "model" else f" [{number.mark}]"
    return f"{number.words.strip()}: {mid}{space} {unit}{mark}"


def amount(value: float) -> str:
    """Return a number with as many digits as its size deserves."""
    size = abs(value)
    if size < SMALL:
        return "0" if value == 0.0 else "about 0"
    if value == round(value):
        return f"{value:,.0f}"
    digits = 0 if size >= 100.0 else 1 if size >= 10.0 else 2
    text = f"{value:,.{digits}f}"
    return text.lstrip("-") if not any(c in "123456789" for c in text) else text


def _unit(unit: str) -> str:
    """Return the unit of a claim's figure in words."""
    return {"percent": "%", "musd per year": "million USD a year"}.get(unit, unit)


def _wrapped(label: str, text: str) -> list[str]:
    """Return text in lines beside a label."""
    return textwrap.wrap(
        text, COLUMNS, initial_indent=f"  {label:<{LABEL}}", subsequent_indent=" " * (LABEL + 4)
    )
