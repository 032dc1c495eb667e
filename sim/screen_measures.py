"""What `divert explain --measures` says on the screen."""

from __future__ import annotations

from sim.screen import WIDE, _console


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
