"""Figure of the game check: the objective of each decision against what it could have done."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.experiment.game import LEVEL, SHIFT, SHIFTS, Regret
from sim.experiment.game_command import Game
from sim.experiment.game_words import name_of
from sim.view.colours import BLUE, ORANGE
from sim.view.drawing import grid_of_axes, save_png

SIZE = (12.5, 6.5)
COLUMNS = 4


def game_figure(found: Game) -> Figure:
    """Return objective against mean level for every decision, what was played marked."""
    rows = -(-(len(found.regrets) + 1) // COLUMNS)
    figure, axes = grid_of_axes(rows, COLUMNS, SIZE)
    for axis, regret in zip(axes, found.regrets, strict=False):
        _draw(axis, regret)
    handles, labels = axes[0].get_legend_handles_labels()
    for axis in axes[len(found.regrets) :]:
        axis.set_axis_off()
    axes[-1].legend(handles, labels, loc="center", frameon=False)
    figure.suptitle(
        f"{found.scenario.name}: what each decision was worth to its actor, others fixed "
        f"({found.first} to {found.last}, means of {found.scenario.members} members)",
        fontsize=12,
    )
    return figure


def _draw(axis: Axes, regret: Regret) -> None:
    """Draw one decision: levels held, the path moved, the path at once, and what was played."""
    kinds = np.array([policy.kind for policy in regret.policies])
    held, moved = kinds == LEVEL, kinds == SHIFT
    values, own = regret.mean_values, float(regret.own.mean())
    axis.plot(
        regret.levels[held], values[held], "o-", color=BLUE, markersize=3.5, linewidth=1.2,
        label="a level held for ever",
    )  # fmt: skip
    if moved.any():
        level = np.append(regret.levels[moved], regret.level)
        value = np.append(values[moved], own)
        order = level.argsort()
        axis.plot(
            level[order], value[order], "s-", color=ORANGE, markersize=3.5, linewidth=1.2,
            label=f"the path as played, moved\nby {min(SHIFTS):g} to {max(SHIFTS):g} logits",
        )  # fmt: skip
    axis.plot(
        regret.level, own, "*", color="black", markersize=12, linestyle="none", clip_on=False,
        label="as played, at its mean",
    )  # fmt: skip
    axis.axhline(own, color="black", linewidth=0.7, linestyle=":")
    axis.set_title(name_of(regret), loc="left", fontsize=10)
    axis.set_xlabel("mean level")
    axis.set_ylabel(f"objective, {regret.decision.unit}", fontsize=8.5)
    axis.set_xlim(-0.05, 1.05)


def write_game_figure(path: Path, found: Game) -> None:
    """Write the figure as PNG."""
    save_png(game_figure(found), path)
