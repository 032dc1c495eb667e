"""What `divert calibrate`, `validate`, `predict` and `sensitivity` say on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.screen import FEW, _console, _table

if TYPE_CHECKING:
    from pathlib import Path

    from sim.calibration.command import Calibrated, Sensitive, Validated
    from sim.calibration.identify import Moved
    from sim.calibration.predict import Prediction
    from sim.scenario import Scenario

ENOUGH = 512
"""Particles below which a fit is a trial: coverage was checked at this number."""


def _number(value: float, digits: int = 1) -> str:
    """Return a number as a cell, empty where there is none."""
    return "" if value != value else f"{value:,.{digits}f}"


def print_calibration(done: Calibrated) -> None:
    """Print how the fit went, the patterns it reproduces and what the data moved."""
    from sim.calibration.identify import prior_against_posterior, trade_offs

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
    console.print(_misses_table(found.patterns))
    moved = prior_against_posterior(found.points, found.parameters)
    console.print()
    console.print(_moved_table(moved))
    console.print()
    console.print(_moved_words(moved, found.points))
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


def _misses_table(patterns: dict[str, Any]) -> Any:
    """Return how far the draws miss each pattern, and the share of them that reproduces it."""
    import numpy as np

    from sim.calibration.files import PATTERN_WORDS
    from sim.calibration.kernel import REPRODUCED

    table = _table(
        "Patterns: misses in declared errors, and draws that reproduce them "
        f"(at most {REPRODUCED:g})",
        ("", "median miss", "draws, %"),
    )
    for name, values in patterns.items():
        share = 100.0 * float((values <= REPRODUCED).mean())
        words = f"{name} {PATTERN_WORDS[name]}"
        table.add_row(words, f"{float(np.median(values)):.2f}", f"{share:.0f}")
    return table


def _moved_table(moved: Sequence[Moved]) -> Any:
    """Return prior and fit of the parameters that the data moved most."""
    import numpy as np

    from sim.view.number_words import narrow_unit

    table = _table(
        "What the data moved most: prior and fit as 5, 50, 95 % (M USD: million USD)",
        ("", "prior", "fit", "spread over the prior's"),
    )
    plain = lambda x: np.format_float_positional(x, 3, fractional=False, trim="-")  # noqa: E731
    for row in [row for row in moved if row.moved][:FEW]:
        prior, fitted = ("  ".join(map(plain, band)) for band in (row.prior, row.posterior))
        label = f"{row.parameter.name}, {narrow_unit(row.parameter.unit)}"
        table.add_row(label, prior, fitted, f"{row.spread_ratio:.2f}")
    return table


def _moved_words(moved: Sequence[Moved], points: Any) -> str:
    """Return how many parameters the data moved, and whether the control stayed."""
    from sim.calibration.identify import CONTROL, directions_identified

    control = next(row for row in moved if row.parameter.name == CONTROL)
    return (
        f"The data moved {sum(row.moved for row in moved)} of {len(moved)} parameters and pin down "
        f"{directions_identified(points)} combinations; the others keep their priors. "
        f"Control: {CONTROL}, which no figure touches, has spread {control.spread_ratio:.2f} and "
        f"shift {control.shift:+.2f}"
        + (": it moved, so read the rest with care." if control.moved else ", as it must.")
    )


def print_validation(done: Validated) -> None:
    """Print scores by origin and series, then the goals."""
    from sim.calibration.outcomes import OUTCOMES
    from sim.calibration.simulate import AT_THE_NOTICE
    from sim.calibration.validate import BOTH, BOTH_WORDS, notice_words

    console = _console()
    for origin, title in (
        ("a", "Origin a, through the break: fit to 2017-08, forecasts to 2018-12"),
        (
            AT_THE_NOTICE.name,
            f"Origin {AT_THE_NOTICE.name}: as a, bans with a window in force from their notice",
        ),
        ("b", "Origin b, after it: fit to 2018-12, forecasts of 2019"),
        ("all", "The shipped draws, fitted to all figures of months to 2018-12: 2019"),
    ):
        table = _table(
            f"{title}. CRPS, in the unit of the series (M USD: million USD): smaller is better",
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
    for sentence in notice_words(done.scores):
        console.print(sentence)
        console.print()
    table = _table("Goals", ("", "origin", "reached", "met"))
    for goal in done.goals:
        table.add_row(goal.words, goal.origin, goal.reached, "yes" if goal.met else "no")
    console.print(table)
    console.print()
    console.print(f"Written to {done.folder}")


def print_predictions(rows: list[Prediction], path: Path, scenario: Scenario) -> None:
    """Print predicted trade by year and series, and what to beware of."""
    from sim.experiment.answer import few_draws_words
    from sim.experiment.patterns import SEEN_UNTIL

    console = _console()
    table = _table(
        "Recorded trade, million USD a year: a prediction", ("", "5 %", "median", "95 %")
    )
    for row in rows:
        numbers = (_number(x, 0 if x >= 100.0 else 1) for x in row.band)
        table.add_row(f"{row.year} {row.words}", *numbers)
    console.print(table)
    console.print()
    for sentence in few_draws_words(scenario.members // scenario.seeds_per_draw):
        console.print(sentence)
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
