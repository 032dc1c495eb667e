"""What `divert claims` says on the screen: a short block for each claim, in 80 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from sim.experiment.answer import counted
from sim.experiment.claim_words import number_words

if TYPE_CHECKING:
    from pathlib import Path

    from sim.experiment.claims import Claim

COLUMNS = 80
ARTICLE = "historical"
"""The scenario that the article spoke of: what happened."""

PLURAL = {"holds": "hold", "holds in part": "hold in part", "does not hold": "do not hold"}
LABEL = 7
"""Columns of the words that say where a number is from."""


def print_claims(found: list[Claim], scenario: str, folder: Path) -> None:
    """Print every claim, the count of verdicts and where the files are."""
    if scenario != ARTICLE:
        text = f"The model's numbers are those of the scenario {scenario}, not of {ARTICLE}."
        click.echo(f"{textwrap.fill(text, COLUMNS)}\n")
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
    said = ", ".join(
        f"{n} {verdict if n == 1 else PLURAL.get(verdict, verdict)}"
        for verdict, n in counts.items()
    )
    text = (
        f"{counted(len(found), 'claim')}: {said}. A official figure, B estimate or arithmetic on "
        "such, C judgement, each with its range; model: median (5 to 95 % of members)."
    )
    return textwrap.wrap(text, COLUMNS)


def _unit(unit: str) -> str:
    """Return the unit of a claim's figure in words."""
    return {"percent": "%", "musd per year": "million USD a year"}.get(unit, unit)


def _wrapped(label: str, text: str) -> list[str]:
    """Return text in lines beside a label."""
    return textwrap.wrap(
        text, COLUMNS, initial_indent=f"  {label:<{LABEL}}", subsequent_indent=" " * (LABEL + 4)
    )
