"""What `divert explain` says on the screen: parameters and measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.screen import WIDE, _console

if TYPE_CHECKING:
    from sim.parameters import Parameter


def fitted_bands() -> dict[str, tuple[float, float, float]]:
    """Return p05, p50 and p95 of each parameter over the shipped draws."""
    import numpy as np

    from sim.parameters import accepted

    bands = {name: np.quantile(values, (0.05, 0.5, 0.95)) for name, values in accepted().items()}
    return {name: (float(b[0]), float(b[1]), float(b[2])) for name, b in bands.items()}


def print_measures() -> None:
    """Print every measure of the registry by date: what `drop`, `end` and `include` name."""
    from rich.table import Table

    from sim.data import load
    from sim.experiment.decision_notes import ACTING
    from sim.experiment.decision_words import FLOWS

    console = _console(WIDE)
    acting = {rule.id for rule in load("rules") if rule.acts_on in ACTING and rule.start}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("id", "from", "by", "flow", "kind", "acts", "what"):
        table.add_column(column, no_wrap=column != "what")
    for row in sorted(load("measures"), key=lambda row: (row.adopted, row.id)):
        day = (row.effective or row.adopted).isoformat()
        flow = FLOWS.get(row.target_flow, row.target_flow)
        kind, acts = row.measure_type.replace("_", " "), "yes" if row.id in acting else "no"
        table.add_row(row.id, day, row.issuer, flow, kind, acts, row.commodity)
    console.print(table)
    console.print(
        "Acts: whether the measure moves a flow of the model. Measures of the UN bind every "
        "partner; sources and marks stand in sim/data/measures.csv."
    )


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
