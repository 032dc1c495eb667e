"""The law while a model is stepped: what is banned in a month, and what first acts in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.data import load
from sim.inputs import scenario_rules
from sim.model import SanctionsModel
from sim.rules import Calendar
from sim.scenario import Scenario

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Law:
    """The law of a month for the member drawn: shares of goods banned and under a cap.

    `banned` and `capped` (arm, partner, direction, good); `labour` (arm, partner), 1 where no
    worker may come, 2 where permits end, 3 where workers must leave.
    """

    banned: Array
    capped: Array
    labour: Array


def law_of(model: SanctionsModel, arms: int) -> Law:
    """Return the law of the month that the model has just lived, for its first member."""
    law = model.now.law

    def first(values: Array) -> Array:
        member = np.asarray(values)[:, 0]
        return np.array(np.broadcast_to(member, (arms, *member.shape[1:])))

    labour = np.maximum.reduce(
        [
            1.0 * (first(law.entry_closed) > 0.0),
            2.0 * (first(law.permits_ended) > 0.0),
            3.0 * (first(law.repatriation) > 0.0),
        ]
    )
    banned = np.minimum(first(law.national) + first(law.council), 1.0)
    return Law(banned, first(law.capped), labour)


def first_acts(
    scenario: Scenario, months: tuple[str, ...], parameters: Mapping[str, Array]
) -> list[list[tuple[str, int, str]]]:
    """Return instrument, partner and good of each rule, by the month it first acts in.

    Days of notice are those of the first member; a rule without an instrument goes by its id.
    """
    calendar = Calendar(months)
    out: list[list[tuple[str, int, str]]] = [[] for _ in months]
    names = {row.id: row.instrument for row in load("measures")}
    for rule in scenario_rules(scenario, calendar):
        lag = float(parameters[rule.lag_parameter][0]) if rule.lag_parameter else 0.0
        day = max(rule.first + lag, rule.not_before)
        if 0.0 <= day < calendar.days and day < rule.ended:
            t = int(np.searchsorted(calendar.month_starts, day, side="right")) - 1
            out[t].append((names.get(rule.id, rule.id), rule.partner, rule.good))
    return out
