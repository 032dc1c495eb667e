"""What of a comparison stands out from the noise of the seeds, in sentences."""

from __future__ import annotations

from sim.experiment.compare import Compared
from sim.experiment.offset import SIGNIFICANT
from sim.experiment.paired import MUSD, Row

NOTHING = 0.005
"""A difference that two decimals do not show."""


def sentences(done: Compared) -> list[str]:
    """Return what of the difference stands out from the noise of the seeds, and what is missing."""
    said = [
        f"In {label} there is no loss that stands out, so no offset of it."
        for label in done.labels
        if not done.significant[label]
    ]
    shown = [
        row for row in done.rows
        if row.scenario != done.labels[0] and row.quantity in ("loss", "offset") and row.pairs
    ]  # fmt: skip
    said += [_against_noise(row, done.labels[0]) for row in shown]
    if any(row.stands_out is not None for row in shown):
        said.append(
            f"To stand out is to pass {SIGNIFICANT:g} standard errors, a bar of judgement (C)."
        )
    if not done.judged:
        said.append(
            "Not every manifest says which code wrote it: only the versions of divert were held "
            "against each other."
        )
    return said


def _against_noise(row: Row, reference: str) -> str:
    """Return whether a mean difference stands out from the noise of the seeds."""
    mean, band = row.mean_difference or 0.0, row.difference or {}
    if not any(band.values()):
        return f"The {row.quantity} of {row.scenario} is that of {reference} in every member."
    unit, times = ("million USD", 1.0) if row.unit == MUSD else ("points", 100.0)
    if max(abs(times * x) for x in (mean, *band.values())) < NOTHING:
        return f"The {row.quantity} of {row.scenario} is that of {reference} to two decimals."
    size = f"{times * mean:+,.2f} {unit}"
    begin = f"The {row.quantity} of {row.scenario} differs by {size} in the mean"
    if row.seed_noise_se is None:
        return (
            f"{begin}; how much of it is seed noise cannot be said with a single seed a draw, or "
            "where a member has no loss."
        )
    verdict = "stands out from" if row.stands_out else "does not stand out from"
    error = times * row.seed_noise_se
    return f"{begin}, which {verdict} the noise of the seeds (standard error {error:,.2f})."
