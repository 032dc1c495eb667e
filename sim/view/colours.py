"""Colours of charts and figures, told apart by every kind of colour vision."""

from __future__ import annotations

# Okabe and Ito (2008).
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#666666",
)  # fmt: skip
BLACK, INK, LIGHT, LINES, PAPER = "#000000", "#222222", "#bdbdbd", "#dddddd", "#ffffff"
"""Marks, words, what stands back, lines of the grid, and the ground."""

PARTNER_COLOURS = {"China": RED, "Russia": BLUE, "RestOfWorld": GREEN}
ARM_COLOURS = {"C1S1": INK, "C0S1": PURPLE, "C1S0": ORANGE, "C0S0": SKY}
"""Colours of arms, none of them a partner's."""

SCENARIO_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED, GREY)
"""Colours of scenarios side by side, in their order."""
