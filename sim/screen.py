"""What the command says on the screen: progress, tables, sentences."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from sim.calibration.command import Calibrated, Sensitive, Validated
    from sim.calibration.predict import Prediction
    from sim.experiment.command import Finished
    from sim.parameters import Parameter
    from sim.scenario import Scenario

PERCENT_A_LINE = 5
WIDTH = 118
"""Columns of a table that goes to a file or a pipe."""

WIDE = 160
NARROW = 110
ENOUGH = 512
"""Particles below which a fit is a trial: coverage was checked at this number."""

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
        "Patterns: model against the record (A official, B estimate, C judgement)",
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


def _number(value: float, digits: int = 1) -> str:
    """Return a number as a cell, empty where there is none."""
    return "" if value != value else f"{value:,.{digits}f}"


def print_calibration(done: Calibrated) -> None:
    """Print how the fit went, the patterns it reproduces and what the data moved."""
    import numpy as np

    from sim.calibration.files import PATTERN_WORDS
    from sim.calibration.identify import (
        CONTROL,
        directions_identified,
        prior_against_posterior,
        trade_offs,
    )
    from sim.calibration.kernel import REPRODUCED

    found, console = done.found, _console()
    steps = found.fitted.steps
    if found.finished.found:
        console.print(f"Went on from {found.finished.found} blocks that were stored before.")
    console.print(
        f"{steps[-1].runs:,} runs through {len(steps)} powers of the kernel, "
        f"{found.runs / max(found.seconds, 1e-9):,.0f} new runs a second; the last moves were "
        f"accepted at {100 * steps[-1].acceptance:.0f} %."
    )
    if found.plan.particles < ENOUGH:
        console.print(
            f"A trial: with {found.plan.particles} particles the draws are too few to say what "
            f"the data moved; take {ENOUGH} or more for bands to rely on."
        )
    table = _table(
        "Patterns: misses in declared errors, and draws that reproduce them "
        f"(at most {REPRODUCED:g})",
        ("", "median miss", "draws, %"),
    )
    for name, values in found.patterns.items():
        share = 100.0 * float((values <= REPRODUCED).mean())
        words = f"{name} {PATTERN_WORDS[name]}"
        table.add_row(words, f"{float(np.median(values)):.2f}", f"{share:.0f}")
    console.print(table)
    moved = prior_against_posterior(found.points, found.parameters)
    console.print()
    table = _table(
        "What the data moved most: prior and fit as 5, 50, 95 %",
        ("", "prior", "fit", "spread over the prior's"),
    )
    plain = lambda x: np.format_float_positional(x, 3, fractional=False, trim="-")  # noqa: E731
    for row in [row for row in moved if row.moved][:FEW]:
        prior, fitted = ("  ".join(map(plain, band)) for band in (row.prior, row.posterior))
        label = f"{row.parameter.name}, {row.parameter.unit}"
        table.add_row(label, prior, fitted, f"{row.spread_ratio:.2f}")
    console.print(table)
    console.print()
    count = sum(row.moved for row in moved)
    control = next(row for row in moved if row.parameter.name == CONTROL)
    console.print(
        f"The data moved {count} of {len(moved)} parameters and pin down "
        f"{directions_identified(found.points)} combinations; the others keep their priors. "
        f"Control: {CONTROL}, which no figure touches, has spread {control.spread_ratio:.2f} and "
        f"shift {control.shift:+.2f}"
        + (": it moved, so read the rest with care." if control.moved else ", as it must.")
    )
    if found.origin.name == "all":
        console.print(
            f"The Council of {100 * found.votes_as_recorded:.0f} % of the draws votes as recorded "
            "on the tests of 2006 to 2025; its rule, and China's bar for acts of its own, which "
            "trade does not touch, were taken from their priors until they did what is on record."
        )
    pairs = trade_offs(found.points)[:4]
    if pairs:
        words = "; ".join(f"{a} with {b} ({r:+.2f})" for a, b, r in pairs)
        console.print(f"Pairs that trade off: {words}.")
    console.print()
    console.print(f"Written to {done.folder}")


def print_validation(done: Validated) -> None:
    """Print scores by origin and series, then the goals."""
    from sim.calibration.outcomes import OUTCOMES
    from sim.calibration.validate import BOTH, BOTH_WORDS

    console = _console()
    for origin, title in (
        ("a", "Origin a, through the break: fit to 2017-08, forecasts to 2018-12"),
        ("b", "Origin b, after it: fit to 2018-12, forecasts of 2019"),
        ("all", "The shipped draws, fitted to all figures of months to 2018-12: 2019"),
    ):
        table = _table(
            f"{title}. CRPS, in the unit of the series: smaller is better",
            ("", "figures", "model", "last value", "same month", "static CES", "median error, %",
             "in band"),
        )  # fmt: skip
        for row in done.scores:
            if row.origin != origin:
                continue
            words = BOTH_WORDS
            if row.series != BOTH:
                words = f"{OUTCOMES[row.series].words}, {OUTCOMES[row.series].unit}"
            parts = (row.crps, row.crps_last, row.crps_same, row.crps_static)
            digits = 2 if row.crps < 1.0 else 0 if row.crps >= 1000.0 else 1
            table.add_row(
                words, str(row.figures), *(_number(x, digits) for x in parts),
                _number(row.median_error_pct), f"{row.covered} of {row.figures}",
            )  # fmt: skip
        console.print(table)
        console.print()
    table = _table("Goals", ("", "origin", "reached", "met"))
    for goal in done.goals:
        table.add_row(goal.words, goal.origin, goal.reached, "yes" if goal.met else "no")
    console.print(table)
    console.print()
    console.print(f"Written to {done.folder}")


def print_predictions(rows: list[Prediction], path: Path, scenario: Scenario) -> None:
    """Print predicted trade by year and series, and what to beware of."""
    from sim.calibration.predict import UNIT
    from sim.experiment.answer import FEWEST_DRAWS
    from sim.experiment.patterns import SEEN_UNTIL

    console = _console()
    table = _table(f"Recorded trade, {UNIT}: a prediction", ("", "5 %", "median", "95 %"))
    for row in rows:
        numbers = (_number(x, 0 if x >= 100.0 else 1) for x in row.band)
        table.add_row(f"{row.year} {row.words}", *numbers)
    console.print(table)
    console.print()
    draws = scenario.members // scenario.seeds_per_draw
    if draws < FEWEST_DRAWS:
        console.print(
            f"These bands rest on {draws} draws of the parameters, too few to rely on: take "
            f"{FEWEST_DRAWS} or more."
        )
    seen = sorted({row.year for row in rows if f"{row.year}-12" <= SEEN_UNTIL})
    if seen:
        console.print(
            f"The shipped draws were fitted to figures of {seen[0]} to {seen[-1]}: for these years "
            "this is no prediction."
        )
    console.print(f"Written to {path}")


def print_sensitivity(done: Sensitive) -> None:
    """Print what the offset hangs on, seed noise apart, and how many draws it needs."""
    console = _console()
    for found in done.found:
        table = _table(
            f"The offset over the {found.over} parameters: Morris' effect (change of the ratio, "
            "percent of the loss) and Sobol' shares of variance",
            ("", "effect", "+/-", "first", "+/-", "total", "+/-"),
        )
        indices = {row.parameter: row for row in found.indices}
        for row in found.effects[:FEW]:
            one = indices.get(row.parameter)
            shares = ("",) * 4
            if one is not None:
                numbers = (one.first, one.first_conf, one.total, one.total_conf)
                shares = tuple(f"{x:.2f}" for x in numbers)  # type: ignore[assignment]
            table.add_row(
                row.parameter, f"{100 * row.mu_star:.2f}", f"{100 * row.mu_star_conf:.2f}", *shares
            )
        console.print(table)
        console.print(
            f"Spread of the offset: parameters {100 * found.spread.parameter_sd:.2f} points, seeds "
            f"{100 * found.spread.seed_sd:.2f} points "
            f"({100 * found.spread.seed_share_of_variance:.0f} % of the "
            f"variance of single runs); {found.runs:,} runs, {found.points_without_loss} without "
            "a loss."
        )
        console.print()
    table = _table(
        "The answer against the number of draws, percent of the loss",
        ("draws", "5 %", "median", "95 %", "error of the median", "error of the ends"),
    )
    for size in done.stability:
        errors = (*size.offset, size.median_se, size.edge_se)
        table.add_row(str(size.draws), *(f"{100 * x:.2f}" for x in errors))
    console.print(table)
    console.print()
    console.print(f"Written to {done.folder}")


def fitted_bands() -> dict[str, tuple[float, float, float]]:
    """Return p05, p50 and p95 of each parameter over the shipped draws."""
    import numpy as np

    from sim.parameters import accepted

    bands = {name: np.quantile(values, (0.05, 0.5, 0.95)) for name, values in accepted().items()}
    return {name: (float(b[0]), float(b[1]), float(b[2])) for name, b in bands.items()}


def print_parameters(rows: list[Parameter]) -> None:
    """Print every parameter: prior, bands of the shipped draws, mark and source."""
    from rich.table import Table

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
        table.add_row(row.name, row.symbol, row.unit, *numbers, row.mark, row.source)
    console.print(table)
    console.print("Central, low, high: the prior. Fit: bands of the shipped draws.")
    console.print("A official figure, B estimate or arithmetic on such figures, C judgement.")
