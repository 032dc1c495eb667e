"""Measures that act on margins, by the days they are in force and the arms that live under them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.firms import Margins
from sim.agents.told import told
from sim.axes import CHINA, DIRECTIONS, GOODS, N_GOODS, SOLD
from sim.kernels.law import share_of_month, telling_days
from sim.measure_kinds import MeasureKind, Seen, measure_kind
from sim.rules import Calendar, Rule

if TYPE_CHECKING:
    from sim.model import SanctionsModel

Array = NDArray[np.float64]


class Levy(NamedTuple):
    """One measure on one partner's flow of one good."""

    rule: Rule
    kind: MeasureKind
    direction: int
    good: int
    days: Array  # (month,), share of days in force
    lifted: bool  # without it where China's acts are lifted


class Levies:
    """The measures of a run that act on margins; without any it does nothing."""

    def __init__(self, model: SanctionsModel) -> None:
        inputs = model.inputs
        self.model = model
        self.list: list[Levy] = []
        if not inputs.levies:
            return
        calendar = Calendar(inputs.months)
        from_day = calendar.month_starts[inputs.lifted]
        for rule in inputs.levies:
            direction = DIRECTIONS.index(rule.direction)
            first, last = np.array([rule.first]), np.array([min(rule.last, rule.ended)])
            looked_at = telling_days([first, last], calendar.month_starts, calendar.days)
            days = share_of_month(first, last, 1.0, looked_at)[:, 0]
            lifted = rule.partner == CHINA and rule.adopted >= from_day
            good = GOODS[direction].index(rule.good)
            kind = measure_kind(rule.kind)()
            self.list.append(Levy(rule, kind, direction, good, days, lifted))

    def lay(self) -> None:
        """Add what the month's measures do to the margins that firms weigh, in place."""
        model = self.model
        margins = model.now.margins
        assert margins is not None
        for levy in self.list:
            share = float(levy.days[model.month])
            if share > 0.0 and levy.rule.partner != model.council.unbound:
                self._lay_one(levy, share, margins)

    def _lay_one(self, levy: Levy, share: float, margins: Margins) -> None:
        model, p = self.model, levy.rule.partner
        enforcement = model.state.enforcement[..., p]
        strength = share * (np.ones_like(enforcement) if levy.rule.national else enforcement)
        if levy.lifted:
            strength = strength * model.china_free[:, None]
        cell = levy.direction * N_GOODS + levy.good
        seen = Seen(model.inputs.months[model.month], self._price(levy), enforcement)
        for route in ("legal", "illegal"):
            who = f"{type(levy.kind).__name__}.{route}"
            given = getattr(levy.kind, route)(levy.rule.size, seen)
            added = told(given, strength.shape, who, seen.month)
            getattr(margins, route)[..., p, cell] += strength * added

    def _price(self, levy: Levy) -> Array:
        """Return the price that firms expect, relative to the base year, (arm, member)."""
        state = self.model.state
        if levy.direction == SOLD:
            return state.expected_open_price[..., levy.good]
        return state.expected_import_price[..., levy.rule.partner, levy.good]
