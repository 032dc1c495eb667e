"""The dollars of the claims side by side on one scale."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from sim.experiment.claim_facts import Number
from sim.experiment.claims import Claim
from sim.view.colours import BLUE, GREY, ORANGE, RED
from sim.view.drawing import grid_of_axes

SHOWN = (
    ("A9", "data", "china", "China's trade with the DPRK (customs)"),
    ("A1", "data", "coal_lost", "Coal money from China lost"),
    ("A11", "model", "loss_2017", "Loss from China's restrictions (model)"),
    ("A5", "data", "labour", "Workers in Russia (State Department)"),
    ("A5", "model", "labour", "Workers in Russia (model)"),
    ("A10", "data", "russia_with_oil", "Russia's trade with unrecorded oil"),
    ("A10", "data", "russia", "Russia's trade (customs)"),
    ("A13", "data", "russia_sold", "Russia's exports to the DPRK (customs)"),
    ("A3", "model", "transit_value", "Transit coal as Russia books it (model)"),
    ("A6", "data", "ferry", "The ferry at most, full every trip"),
    ("A3", "data", "transit_fees", "Port fees for transit coal (judged)"),
    ("A3", "model", "transit_fees", "Port fees for transit coal (model)"),
    ("A6", "data", "ferry_carried", "The ferry with those it carried"),
)
"""Claim, side, number and label of each line, from the largest to the smallest."""

CLAIMED = (("A9", "China's trade (the article)"), ("A10", "Russia's trade (the article)"))

KINDS = {
    "claimed": (RED, "D", "the article's figure"),
    "A": (BLUE, "o", "official or estimated (A, B), with range of sources"),
    "C": (ORANGE, "s", "judged (C), with range"),
    "model": (GREY, "^", "model, median and 5-95 % of members"),
}
SMALLEST, LARGEST = 0.03, 200_000.0
ROOM = 1.25
"""Distance of a label from its line, as a factor."""


def draw_dollars(claims: list[Claim]) -> Figure:
    """Return a figure of the dollars that the claims speak of, USD million a year, log scale."""
    by_id = {claim.id: claim for claim in claims}
    lines = dollar_lines(by_id)
    figure, (axis,) = grid_of_axes(1, 1, (9.0, 0.42 * len(lines) + 1.6))
    for y, (_, band, kind) in enumerate(lines):
        colour, marker, _ = KINDS[kind]
        low, mid, high = band
        axis.plot([low, high], [y, y], color=colour, linewidth=2.0, alpha=0.6)
        axis.plot([mid], [y], marker, color=colour, markersize=6)
        axis.text(high * ROOM, y, dollar_words(band), va="center", fontsize=8)
    axis.set_yticks(range(len(lines)), [label for label, _, _ in lines], fontsize=9)
    axis.invert_yaxis()
    axis.set_xscale("log")
    axis.set_xlim(SMALLEST, LARGEST)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))
    axis.set_xlabel("million USD a year, 2017 (China's and Russia's trade 2016-17), log scale")
    axis.grid(axis="x", color="#dddddd", linewidth=0.6)
    axis.set_title("What the article's claims are worth in dollars", loc="left", fontsize=11)
    used = {kind for _, _, kind in lines}
    marks = [
        Line2D([], [], color=c, marker=m, linestyle="-", label=words)
        for kind, (c, m, words) in KINDS.items() if kind in used
    ]  # fmt: skip
    figure.legend(handles=marks, loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    return figure


def dollar_lines(by_id: dict[str, Claim]) -> list[tuple[str, tuple[float, float, float], str]]:
    """Return label, band and kind of each line, the largest first."""
    lines = []
    for name, label in CLAIMED:
        figure = by_id[name].figure
        if figure is not None:
            lines.append((label, (figure, figure, figure), "claimed"))
    for name, side, number, label in SHOWN:
        found = _find(by_id[name], side, number)
        if found is not None and found.band[0] > 0.0:
            kind = found.mark if found.mark in KINDS else "A"
            lines.append((label, found.band, kind))
    return sorted(lines, key=lambda line: -line[1][1])


def _find(claim: Claim, side: str, name: str) -> Number | None:
    """Return a number of a claim, None where the run does not give it."""
    numbers = claim.data if side == "data" else claim.model
    return next((n for n in numbers if n.name == name), None)


def dollar_words(band: tuple[float, float, float]) -> str:
    """Return a band in words."""
    low, mid, high = (f"{x:,.0f}" if x >= 10.0 else f"{x:.2g}" for x in band)
    return mid if low == high else f"{mid} ({low} to {high})"
