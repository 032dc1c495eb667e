"""What the command says on the screen: progress, tables, sentences."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from sim.experiment.command import Finished
    from sim.parameters import Parameter

PERCENT_A_LINE = 5
WIDTH = 118
"""Columns of a table that goes to a file or a pipe."""

WIDE = 160
NARROW = 110

FEW = 12
"""Parameters and pairs that a table on the screen shows."""


def _console(width: int = WIDTH) -> Console:
    """Return the screen, or a page of `width` columns where the output goes to a file."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    if console.is_terminal and console.width >= NARROW:
        return console
    # A narrower screen wraps the lines; a table fitted to it would lose its words.
    return Console(highlight=False, markup=False, width=NARROW if console.is_terminal else width)


@contextmanager
def progress(name: str, silent: bool) -> Iterator[Callable[[float], None] | None]:
    """Give a function that shows the share done: a bar, or off a terminal a line per 5 %."""
    if silent:
        yield None
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False, markup=False)
    if not console.is_terminal:
        last = [0]

        def lines(share: float) -> None:
            step = int(share * 100.0 / PERCENT_A_LINE + 1e-9)
            if step > last[0]:
                last[0] = step
                click.echo(f"{name}: {step * PERCENT_A_LINE} %", err=True)

        yield lines
        return
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # What is printed meanwhile goes above the bar, but not where it is kept in a file.
    shown = sys.stdout.isatty()
    with Progress(*columns, console=console, transient=True, redirect_stdout=shown) as bar:
        task = bar.add_task(name, total=1.0)
        yield lambda share: bar.update(task, completed=share)


def print_sentences(sentences: list[str]) -> None:
    """Print sentences, each on lines of its own."""
    console = _console()
    for sentence in sentences:
        console.print(sentence)


def print_finished(name: str, finished: Finished) -> None:
    """Print the answer in words and in numbers, then the patterns beside the record."""
    from sim.experiment.answer import numbers_words
    from sim.experiment.patterns import COLUMN_WORDS

    console = _console()
    console.print(f"{name}: {finished.answer.get('question') or ''}", style="bold")
    console.print(numbers_words(finished.answer))
    console.print()
    console.print("\n".join(finished.sentences))
    if finished.answer.get("loss_significant"):
        console.print()
        console.print(_answer_table(finished.answer))
        _print_comparators(console, finished.answer)
    if finished.patterns:
        console.print()
        console.print(_pattern_table(finished))
        console.print(COLUMN_WORDS)
    console.print()
    console.print(f"Written to {finished.folder}")


def _print_comparators(console: Console, found: dict[str, Any]) -> None:
    """Print what simpler ways would have answered, and a line on why each differs."""
    from sim.screen_comparators import comparator_lines, comparator_table

    console.print()
    console.print(comparator_table(found))
    for line in comparator_lines(found):
        console.print(line)


def _table(title: str, headings: tuple[str, ...]) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, title_style="bold")
    for i, heading in enumerate(headings):
        # The first column gives way where the screen is narrow: numbers are never cut.
        table.add_column(
            heading,
            justify="left" if i == 0 else "right",
            no_wrap=i > 0,
            min_width=24 if i == 0 else None,
        )
    return table


def _answer_table(found: dict[str, Any]) -> Any:
    """Return the numbers of the answer."""
    from sim.experiment.answer import CHANNEL_WORDS, band_words

    table = _table("The answer: million USD and % of the loss", ("", "5 %", "median", "95 %"))
    table.add_row("Loss, Russia held still, million USD", *band_words(found["loss_musd"], 1.0, 0))
    lines = [
        ("Offset: what Russia made good, % of the loss", found["offset_ratio"]),
        ("  autonomous: without China's restrictions too", found["autonomous"]),
        ("  interaction: Russia's answer to China", found["interaction"]),
        *((f"  through {name}", found["by_channel"][k]) for k, name in CHANNEL_WORDS.items()),
        ("Offset without arms", found["offset_without_arms"]),
        ("Offset net of inputs in textiles", found["offset_net_of_textile_inputs"]),
        ("Gross: what Russia buys more, % of what China buys less", found["gross_offset"]),
        ("Welfare: imports made good, % of imports lost, base prices", found["welfare_offset"]),
    ]
    for label, band in lines:
        table.add_row(label, *band_words(band, 100.0, 1))
    table.add_row(
        "Apart: coal China bought from Russia instead, million USD",
        *band_words(found["importer_side_diversion_musd"], 1.0, 0),
    )
    return table


def _pattern_table(finished: Finished) -> Any:
    """Return model band, record, mark and whether the parameters saw the months."""
    table = _table(
        "Patterns: model against the record (A official, B estimate, C judgement; "
        "M USD: million USD)",
        ("", "5 %", "median", "95 %", "record", "mark", "in band", "seen"),
    )
    for row in finished.patterns:
        digits = 2 if row.unit in ("ratio", "0 to 1") else 0 if abs(row.band["p95"]) >= 20 else 1
        low, mid, high = (f"{row.band[k]:,.{digits}f}" for k in ("p05", "p50", "p95"))
        record = ""
        if row.record is not None:
            ends = [f"{x:,.{digits}f}" for x in row.record]
            record = ends[0] if ends[0] == ends[1] else f"{ends[0]}-{ends[1]}"
        words = {None: "", True: "yes", False: "no"}
        inside, seen = words[row.inside], words[row.seen]
        label = f"{row.id} {row.quantity}, {row.unit}"
        table.add_row(label, low, mid, high, record, row.mark, inside, seen)
    return table


def fitted_bands() -> dict[str, tuple[float, float, float]]:
    """Return p05, p50 and p95 of each parameter over the shipped draws."""
    import numpy as np

    from sim.experiment.answer import BAND
    from sim.parameters import accepted

    bands = {name: np.quantile(values, BAND) for name, values in accepted().items()}
    return {name: (float(b[0]), float(b[1]), float(b[2])) for name, b in bands.items()}


def print_parameters(rows: list[Parameter]) -> None:
    """Print every parameter: prior, bands of the shipped draws, mark and source."""
    from rich.table import Table

    from sim.view.number_words import narrow_unit

    console = _console(WIDE)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("name", "symbol", "unit"):
        table.add_column(column, no_wrap=column == "name")
    for column in ("central", "low", "high", "fit 5 %", "fit 50 %", "fit 95 %"):
        table.add_column(column, justify="right", no_wrap=True)
    for column in ("mark", "source"):
        table.add_column(column)
    fitted = fitted_bands()
    for row in rows:
        numbers = (f"{n:.4g}" for n in (row.central, row.low, row.high, *fitted[row.name]))
        table.add_row(row.name, row.symbol, narrow_unit(row.unit), *numbers, row.mark, row.source)
    console.print(table)
    console.print(
        "Central, low, high: the prior. Fit: bands of the shipped draws. M USD: million USD."
    )
    console.print("A official figure, B estimate or arithmetic on such figures, C judgement.")
