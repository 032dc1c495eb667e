"""A sample of the firms of one member: where each one stands, month by month, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents import FirmPopulation
from sim.axes import DIRECTIONS, GOODS, N_GOODS, N_PARTNERS, PARTNERS
from sim.experiment.decision_words import ACTOR_WORDS
from sim.kernels.routes import NEVER
from sim.model import SanctionsModel
from sim.view.chart_swarm import ROUTES, Sample

Array = NDArray[np.float64]

SHOWN = (240, 80, 80)
"""Firms of each partner that are drawn."""

MEMBER = 0
"""The member whose firms are drawn."""

IDLE, LEGAL, BOTH, ILLEGAL = range(len(ROUTES))


def evenly(firms: int, wanted: int) -> NDArray[np.int64]:
    """Return which of `firms` in a row are drawn, evenly spaced and the first among them."""
    wanted = min(firms, wanted)
    return np.unique((np.arange(wanted) * firms) // max(1, wanted)).astype(np.int64)


@dataclass(frozen=True)
class Weighed:
    """What firms of a month weighed; terms of one member, log points."""

    legal: Array  # (arm, partner, cell)
    legal_risk: Array  # (arm, partner, cell)
    illegal: Array  # (arm, partner, cell)
    illegal_risk: Array  # (arm,)


@dataclass(frozen=True)
class FirmMonth:
    """Where the firms stood at the end of a month.

    `route` (arm, dot) a place in `ROUTES`; `lots` (arm, dot, route), lots on the legal and on the
    illegal route; `belief` (arm, dot) before and after the month; `counts` (arm, partner, route)
    of all firms; `capacity` (arm, partner, 2) of all firms, USD million a month at base prices.
    """

    route: NDArray[np.int8]
    lots: NDArray[np.int16]
    belief: tuple[Array, Array]
    counts: NDArray[np.int64]
    capacity: Array
    weighed: Weighed


@dataclass(frozen=True)
class Traits:
    """What never changes of the firms drawn, (dot,): lots, exposure, what they ask for."""

    lots: NDArray[np.int64]
    exposure: Array
    asks: Array  # log points, on the legal route
    asks_illegal: tuple[Array, Array]  # lowest and highest of its lots
    entry: float


class FirmWatch:
    """Looks at a model's firms after each month; the same firms all along."""

    def __init__(self, model: SanctionsModel) -> None:
        self._picked = [evenly(f.firms, SHOWN[f.number]) for f in model.firms]
        self._first = [np.cumsum(f.lots_of_firm) - f.lots_of_firm for f in model.firms]
        self.sample = self._sample(model)
        self.traits = self._traits(model)
        self._belief = self._beliefs(model, 1)

    def _sample(self, model: SanctionsModel) -> Sample:
        """Return the firms drawn: partner, what they trade, size and number."""
        partner, direction, good, size, number = [], [], [], [], []
        for p, (firms, picked) in enumerate(zip(model.firms, self._picked, strict=True)):
            lots = self._first[p][picked]
            cells = firms.cell_of_lot[lots]
            partner.append(np.full(picked.size, p))
            direction.append(cells // N_GOODS)
            good.append(cells % N_GOODS)
            size.append(firms.size[MEMBER, lots] * firms.lots_of_firm[picked])
            number.append(picked)
        join = np.concatenate
        totals = tuple(firms.firms for firms in model.firms)
        return Sample(join(partner), join(direction), join(good), join(size), join(number), totals)

    def _traits(self, model: SanctionsModel) -> Traits:
        """Return what never changes of the firms drawn."""
        lots, exposure, asks = [], [], []
        least: list[Array] = []
        most: list[Array] = []
        for p, (firms, picked) in enumerate(zip(model.firms, self._picked, strict=True)):
            at = self._first[p]
            lots.append(firms.lots_of_firm[picked])
            exposure.append(firms.exposure[MEMBER, at[picked]])
            asks.append(firms.reservation[MEMBER, at[picked]])
            for edge, into in ((np.minimum, least), (np.maximum, most)):
                into.append(edge.reduceat(firms.lot_reservation[MEMBER], at)[picked])
        join = np.concatenate
        return Traits(
            join(lots), join(exposure), join(asks), (join(least), join(most)),
            float(model.inputs.par["entry_cost"][MEMBER]),
        )  # fmt: skip

    def _beliefs(self, model: SanctionsModel, arms: int) -> Array:
        """Return the belief of each firm drawn, mean over its lots, (arm, dot)."""
        found = [
            self._over_lots(firms, firms.belief[:, MEMBER])[:, picked] / firms.lots_of_firm[picked]
            for firms, picked in zip(model.firms, self._picked, strict=True)
        ]
        return _widened(np.concatenate(found, axis=1), arms)

    def _over_lots(self, firms: FirmPopulation, values: NDArray[Any]) -> Array:
        """Return the sum over each firm's lots, (arm, firm); `values` (arm, lot)."""
        summed = np.add.reduceat(values.astype(np.float64), self._first[firms.number], axis=-1)
        return np.asarray(summed)

    def look(self, model: SanctionsModel, arms: int) -> FirmMonth:
        """Return where the firms stand after the month that the model has just lived."""
        lots, routes = [], []
        counts = np.zeros((arms, N_PARTNERS, len(ROUTES)), dtype=np.int64)
        capacity = np.zeros((arms, N_PARTNERS, 2))
        for p, (firms, picked) in enumerate(zip(model.firms, self._picked, strict=True)):
            on = (firms.legal[:, MEMBER], firms.illegal[:, MEMBER])
            held = np.stack([self._over_lots(firms, lot) for lot in on], axis=-1)
            route = route_of(held)
            for code in range(len(ROUTES)):
                counts[:, p, code] = (route == code).sum(axis=-1)
            size = firms.size[MEMBER]
            capacity[:, p] = np.stack([(lot * size).sum(axis=-1) for lot in on], axis=-1)
            lots.append(_widened(held[:, picked], arms))
            routes.append(np.broadcast_to(route[:, picked], (arms, picked.size)))
        before, self._belief = self._belief, self._beliefs(model, arms)
        return FirmMonth(
            np.concatenate(routes, axis=1).astype(np.int8),
            np.concatenate(lots, axis=1).astype(np.int16),
            (_widened(before, arms), self._belief),
            counts,
            capacity,
            _weighed(model, arms),
        )


def route_of(lots: Array) -> NDArray[np.int8]:
    """Return the place in `ROUTES` of firms with lots on the legal and the illegal route (…, 2)."""
    legal, illegal = lots[..., 0] > 0.0, lots[..., 1] > 0.0
    mixed = np.where(legal, np.where(illegal, BOTH, LEGAL), np.where(illegal, ILLEGAL, IDLE))
    return np.asarray(mixed, dtype=np.int8)


def _widened(values: Array, arms: int) -> Array:
    """Return values of a past that the arms share for each of them."""
    return np.broadcast_to(values, (arms, *values.shape[1:])) if len(values) == 1 else values


def _weighed(model: SanctionsModel, arms: int) -> Weighed:
    """Return the margins of the month, those of the member drawn."""
    margins = model.now.margins
    assert margins is not None
    lanes = (len(margins.legal), model.inputs.members, 1)
    risk = np.broadcast_to(margins.illegal_risk, lanes)[:, MEMBER, 0]
    legal, legal_risk, illegal = (
        _widened(m[:, MEMBER], arms) for m in (margins.legal, margins.legal_risk, margins.illegal)
    )
    return Weighed(legal, legal_risk, illegal, _widened(risk, arms))


@dataclass(frozen=True)
class FirmDetail:
    """One firm in one month: a heading and sentences."""

    title: str
    sentences: tuple[str, ...]


LAG = "A firm looks at its routes in some months only, so it may lag behind what it sees."


def detail(watch: FirmWatch, month: FirmMonth, dot: int, arm: int) -> FirmDetail:
    """Return what a firm drawn does in a month and why."""
    sample, traits = watch.sample, watch.traits
    p, d, g = (int(part[dot]) for part in (sample.partner, sample.direction, sample.good))
    before, after = (float(belief[arm, dot]) for belief in month.belief)
    exposure = float(traits.exposure[dot])
    at, wary = (arm, p, d * N_GOODS + g), before * exposure
    verb = "buys" if DIRECTIONS[d] == "dprk_export" else "sells"
    said = (
        f"It {verb} {GOODS[d][g]}, up to {float(sample.size[dot]):,.3f} million USD a month at "
        f"base prices, and is {_where(month, traits, dot, arm)}.",
        f"It reckoned with enforcement of {before:.2f} (now {after:.2f}), from 0 to 1, and has "
        f"{exposure:.2f} times the usual exposure to penalties.",
        _legal_words(month.weighed, traits, at, dot, wary),
        _illegal_words(month.weighed, traits, at, dot, wary),
        LAG,
    )
    title = f"Firm {int(sample.number[dot]) + 1:,} of {ACTOR_WORDS[PARTNERS[p]]}"
    return FirmDetail(title, said)


def _where(month: FirmMonth, traits: Traits, dot: int, arm: int) -> str:
    """Return where a firm stands, lot by lot where it has several."""
    lots = int(traits.lots[dot])
    legal, illegal = (int(n) for n in month.lots[arm, dot])
    route = ROUTES[int(month.route[arm, dot])]
    if lots == 1 or legal + illegal == 0:
        return route
    parts = [
        f"{n} of its {lots} lots on the {word} route"
        for n, word in ((legal, "legal"), (illegal, "illegal"))
        if n
    ]
    return f"{route}: {' and '.join(parts)}"


def _legal_words(
    weighed: Weighed, traits: Traits, at: tuple[int, int, int], dot: int, wary: float
) -> str:
    """Return what a firm sees on the legal route."""
    margin, risk = float(weighed.legal[at]), float(weighed.legal_risk[at]) * wary
    asks = float(traits.asks[dot])
    return (
        f"On the legal route it sees a margin of {margin:+.2f} log points less {risk:.2f} for "
        f"risk, {margin - risk:+.2f} in all; it asks for {asks:+.2f} to stay and "
        f"{asks + traits.entry:+.2f} to enter."
    )


def _illegal_words(
    weighed: Weighed, traits: Traits, at: tuple[int, int, int], dot: int, wary: float
) -> str:
    """Return what a firm sees on the illegal route."""
    margin = float(weighed.illegal[at])
    if margin <= NEVER:
        return "Nothing of it is banned this month, so there is no illegal route to take."
    risk = float(weighed.illegal_risk[at[0]]) * wary
    low, high = (float(edge[dot]) for edge in traits.asks_illegal)
    asked = f"{low:+.2f}" if low == high else f"{low:+.2f} to {high:+.2f}, by lot,"
    return (
        f"On the illegal route it sees {margin:+.2f} less {risk:.2f} for risk, "
        f"{margin - risk:+.2f} in all; it asks for {asked} to stay, and {traits.entry:.2f} more "
        "to enter."
    )
