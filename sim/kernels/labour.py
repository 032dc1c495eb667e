"""Workers abroad: permits, student and tourist visas, return, and moves between hosts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SHORTEST_RUN = 3.0
"""A repatriation date is never closer than this many months in the hazard (C)."""


class Workers(NamedTuple):
    """Stocks of workers: on permits and on visas by host, (arm, member, partner); at home."""

    permits: Array
    visas: Array
    home: Array


class LabourRegime(NamedTuple):
    """Law on workers this month, (arm, member, partner), shares of the host's stock it covers."""

    entry_closed: Array
    permits_ended: Array
    repatriation: Array
    months_left: Array  # (member, 1), or with arms


def month(
    workers: Workers,
    regime: LabourRegime,
    enforcement: Array,
    support: Array,
    openness: Array,
    potential: Array,
    attraction: Array,
    rates: dict[str, Array],
) -> Workers:
    """Return the stocks a month later; the total, workers at home included, is conserved.

    `potential` (member, partner) workers a host could take, `attraction` (member, partner) base
    stock times the net-pay ratio raised to the crew elasticity, `openness` (partner,) share of the
    border that is open, `rates` (member, 1): exit, hazard, switch, deterrence, visa_exit,
    mobility, support_rate. Workers in = workers out holds to rounding.
    """
    free = 1.0 - regime.entry_closed
    hazard = rates["exit"] * enforcement * regime.permits_ended
    hazard = hazard + regime.repatriation * rates["hazard"] * enforcement / np.maximum(
        regime.months_left, SHORTEST_RUN
    )
    leaving = workers.permits * np.minimum(hazard, 1.0)
    switched = leaving * rates["switch"] * (1.0 - rates["deterrence"] * enforcement)
    going_home = (leaving - switched) * openness
    kept = leaving - switched - going_home
    visa_home = workers.visas * rates["visa_exit"] * enforcement * openness

    permits = workers.permits - leaving + kept
    visas = workers.visas + switched - visa_home
    home = workers.home + (going_home + visa_home).sum(axis=-1)

    open_stock = permits * free
    pull = attraction * free
    total_pull = pull.sum(axis=-1, keepdims=True)
    wanted = open_stock.sum(axis=-1, keepdims=True) * np.divide(
        pull, total_pull, out=np.zeros_like(pull), where=total_pull > 0.0
    )
    permits = permits + rates["mobility"] * (wanted - open_stock)

    room = np.maximum(potential - permits - visas, 0.0)
    invited = rates["support_rate"] * support * room * openness
    asked = invited.sum(axis=-1, keepdims=True)
    available = np.maximum(home, 0.0)[..., None]
    invited = invited * np.divide(
        np.minimum(asked, available), asked, out=np.zeros_like(asked), where=asked > 0.0
    )
    permits = permits + invited * free
    visas = visas + invited * (1.0 - free)
    return Workers(permits, visas, home - invited.sum(axis=-1))
