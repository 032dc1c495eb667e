"""The page of `python -m sim.solara_view`: this model in SolaraViz, the viewer Mesa ships.

The only file that needs the extra `solara`. Mesa's viewer steps, plays and resets; what is drawn is
the model's record.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import solara
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mesa.visualization import SolaraViz
from numpy.typing import NDArray

from sim.axes import PARTNERS
from sim.errors import DivertError, nearest
from sim.experiment.answer import money_words, quantiles, share_words
from sim.experiment.arms import ARM_WORDS, AS_IT_HAPPENS
from sim.mesa_model import Model
from sim.record import Record
from sim.scenario import Scenario
from sim.scenario_file import load_scenario, shipped_names
from sim.view.colours import BLUE, PARTNER_COLOURS
from sim.view.drawing import days_of, draw_band, grid_of_axes, time_axis

Array = NDArray[np.float64]

MOST_MEMBERS, LEAST_SCALE, MOST_SCALE, LONGEST_SEED = 32, 0.05, 1.0, 18
START: dict[str, Any] = {
    "scenario": "historical",
    "world": ARM_WORDS[AS_IT_HAPPENS],
    "seed": "2017",
    "members": 16,
    "scale": 1.0,
}
"""Choices of a page as it opens."""

CHOICES: dict[str, Any] = {
    "scenario": {
        "type": "Select",
        "label": "Scenario (taken up by Reset, like all below)",
        "value": START["scenario"],
        "values": list(shipped_names()),
    },
    "world": {
        "type": "Select",
        "label": "World",
        "value": START["world"],
        "values": list(ARM_WORDS.values()),
    },
    "seed": {"type": "InputText", "label": "Seed of all draws", "value": START["seed"]},
    "members": {
        "type": "SliderInt",
        "label": "Members of the ensemble",
        "value": START["members"],
        "min": 1,
        "max": MOST_MEMBERS,
        "step": 1,
    },
    "scale": {
        "type": "SliderFloat",
        "label": "Multiple of the number of firms",
        "value": START["scale"],
        "min": LEAST_SCALE,
        "max": MOST_SCALE,
        "step": 0.05,
    },
}
"""The same in the words of Mesa's `model_params`."""


class ScenarioModel(Model):
    """A `Model` of a shipped scenario, made from the few choices Mesa's viewer offers.

    Its members have the numbers that `divert run SCENARIO --members --seed --scale` gives them.
    Choices come from a browser: one out of bounds is told in `problem`, and the model stands still.
    """

    def __init__(
        self,
        scenario: str = START["scenario"],
        world: str = START["world"],
        seed: str = START["seed"],
        members: int = START["members"],
        scale: float = START["scale"],
    ) -> None:
        self.problem = ""
        try:
            chosen, arm = scenario_of(scenario, seed, members, scale), arm_of(world)
        except DivertError as error:
            # Mesa would swallow the error and go on showing the model of before.
            self.problem = str(error)
            chosen, arm = load_scenario(START["scenario"], {"members": "1"}), AS_IT_HAPPENS
        super().__init__(chosen, arms=(arm,))
        self.running = not self.problem

    def step(self) -> None:
        """Run one month; after the last month, or with a problem, do nothing."""
        if self.running:
            super().step()


def scenario_of(scenario: Any, seed: Any, members: Any, scale: Any) -> Scenario:
    """Return the scenario of a page's choices; raises DivertError for one that is not offered."""
    names = shipped_names()
    if scenario not in names:
        # A path is no choice: a browser reads no file but the shipped scenarios.
        raise DivertError(
            f"found scenario {scenario!r}; allowed: {', '.join(names)}{nearest(scenario, names)}"
        )
    if members not in range(1, MOST_MEMBERS + 1):
        raise DivertError(f"found {members} members; allowed: 1 to {MOST_MEMBERS}")
    if not (isinstance(scale, int | float) and LEAST_SCALE <= scale <= MOST_SCALE):
        raise DivertError(f"found a scale of {scale}; allowed: {LEAST_SCALE} to {MOST_SCALE}")
    digits = str(seed).strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_SEED):
        raise DivertError(
            f"found seed {digits[:40]!r}; allowed: a whole number of up to {LONGEST_SEED} digits"
        )
    return load_scenario(
        scenario,
        # A slider's steps of 0.05 add up to 0.15000000000000002.
        {"seed": str(int(digits)), "members": str(members), "firms.scale": f"{scale:.2f}"},
    )


def arm_of(world: str) -> str:
    """Return the arm that `world` describes; raises DivertError where none is."""
    for arm, words in ARM_WORDS.items():
        if words == world:
            return arm
    raise DivertError(f"found world {world!r}; allowed: {', '.join(ARM_WORDS.values())}")


def standing(model: ScenarioModel) -> list[str]:
    """Return in sentences what is shown and where the run stands."""
    if model.problem:
        return [f"Nothing is run: {model.problem}. Correct it and press Reset."]
    months, done = model.inputs.months, model.month
    if done == 0:
        where = f"Before the first month, {months[0]}: press Step or ▶."
    else:
        where = f"Month {months[done - 1]} ({done} of {len(months)})."
    if done == len(months):
        where += " The period is over; Reset begins again."
    scenario = model.scenario
    return [
        where,
        *(_month_words(model) if done else ()),
        f"Scenario {scenario.name}: {ARM_WORDS[model.arm_names[0]]}, "
        f"from {scenario.tightening_from} on.",
        f"Seed {scenario.seed}, {scenario.members} members, firms times "
        f"{scenario.firms.scale:g}. Lines are medians, bands 5 to 95 % of the members.",
        "Results of a model whose terms are partly judgement, not forecasts.",
    ]


def _month_words(model: ScenarioModel) -> list[str]:
    """Return the numbers of the last month that the pictures end with, 5 to 95 % in brackets."""
    last, record = model.month - 1, model.record
    receipts = money_words(quantiles(record["receipts"][last, 0]))
    trade, enforcement = [], []
    for i, partner in enumerate(PARTNERS):
        value = trade_value(record, slice(last, last + 1))[0, :, i]
        trade.append(f"{partner} {money_words(quantiles(value))}")
        level = quantiles(record["enforcement"][last, 0, :, i])
        enforcement.append(f"{partner} {share_words(level)}")
    return [
        f"Receipts {receipts}.",
        f"Trade with {', '.join(trade)}.",
        f"Enforcement of {', '.join(enforcement)}.",
    ]


def trade_value(record: Record, months: slice) -> Array:
    """Return trade in goods, both directions and routes, USD million (month, member, partner)."""
    legal, illegal = record["legal_value"][months, 0], record["illegal_value"][months, 0]
    total: Array = (legal + illegal).sum(axis=(-2, -1))
    return total


def trade_figure(model: ScenarioModel) -> Figure:
    """Return the DPRK's trade in goods by partner, both routes and directions, USD million."""
    value = trade_value(model.record, slice(model.month))
    figure, axis = _panel(model, "Trade in goods, both ways and routes", "million USD a month")
    for i, partner in enumerate(PARTNERS):
        _draw(axis, model, value[..., i], PARTNER_COLOURS[partner], partner)
    return _closed(figure, axis)


def receipts_figure(model: ScenarioModel) -> Figure:
    """Return the DPRK's hard-currency receipts, USD million a month."""
    figure, axis = _panel(model, "Hard-currency receipts of the DPRK", "million USD a month")
    _draw(axis, model, model.record["receipts"][: model.month, 0], BLUE, "all sources")
    return _closed(figure, axis)


def enforcement_figure(model: ScenarioModel) -> Figure:
    """Return the enforcement of each partner, 0 none to 1 full."""
    figure, axis = _panel(model, "Enforcement of sanctions", "share, 0 none to 1 full")
    for i, partner in enumerate(PARTNERS):
        values = model.record["enforcement"][: model.month, 0, :, i]
        _draw(axis, model, values, PARTNER_COLOURS[partner], partner)
    axis.set_ylim(0.0, 1.0)
    return _closed(figure, axis)


def _panel(model: ScenarioModel, title: str, unit: str) -> tuple[Figure, Axes]:
    """Return a figure whose time axis is that of the whole period from the first month on."""
    figure, axes = grid_of_axes(1, 1, (6.4, 3.6))
    axes[0].set_title(title, loc="left", fontsize=11)
    axes[0].set_ylabel(unit)
    days = days_of(model.inputs.months)
    axes[0].set_xlim(days[0], days[-1])
    time_axis(axes[0])
    return figure, axes[0]


def _draw(axis: Axes, model: ScenarioModel, values: Any, colour: str, label: str) -> None:
    if len(values):
        draw_band(axis, days_of(model.inputs.months[: model.month]), values, colour, label)


def _closed(figure: Figure, axis: Axes) -> Figure:
    axis.set_ylim(bottom=0.0)
    if axis.get_legend_handles_labels()[0]:
        axis.legend(frameon=False, fontsize=9, loc="upper left")
    return figure


def month_card(model: ScenarioModel) -> Any:
    """Return where the run stands, as text."""
    lines = standing(model)
    with solara.Column(gap="4px") as card:
        solara.Text(lines[0], style={"font-weight": "bold"})
        for line in lines[1:]:
            solara.Text(line)
    return card


def _drawn(draw: Any) -> Any:
    """Return a plain function from model to picture, which Mesa wraps so that steps redraw it."""
    return lambda model: solara.FigureMatplotlib(draw(model), format="png")


PANELS = [
    (month_card, 0),
    (_drawn(trade_figure), 0),
    (_drawn(receipts_figure), 0),
    (_drawn(enforcement_figure), 0),
]


@solara.component
def Page() -> None:  # noqa: N802 - Solara looks for this name
    """Show one visitor's own model."""
    model = solara.use_memo(ScenarioModel, [])
    SolaraViz(model, components=PANELS, model_params=CHOICES, name="divert", play_interval=50)
