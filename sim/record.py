"""What a run leaves: arrays by month, arm and member, and what customs would book of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.axes import (
    BOUGHT,
    CHINA,
    COAL,
    DIRECTIONS,
    GOODS,
    PARTNERS,
    RUSSIA,
    SOLD,
    VETO_PLAYERS,
)
from sim.kernels.council import Ideal
from sim.kernels.enforcement import EnforcementTerms, SupportTerms

if TYPE_CHECKING:
    from sim.inputs import Inputs
    from sim.model import SanctionsModel

Array = NDArray[np.float64]

TESTS = ("nuclear", "intercontinental", "other")
ENFORCEMENT_TERMS = EnforcementTerms._fields
SUPPORT_TERMS = SupportTerms._fields
COUNCIL_TERMS = Ideal._fields
VETO_NAMES = tuple(PARTNERS[p] for p in VETO_PLAYERS)
RETURNS = (
    "discount on goods bought",
    "coal sold to China instead",
    "coal by Rajin less fees",
    "arms received",
)
"""Labels of the last axis of recorded arrays."""

LEAD = ("month", "arm", "member")
"""Axes that every recorded array begins with."""

AXES: dict[str, tuple[str, ...]] = {
    "partner": PARTNERS,
    "direction": DIRECTIONS,
    "good": tuple(" / ".join(pair) for pair in zip(*GOODS, strict=True)),
    "good_sold": GOODS[SOLD],
    "good_bought": GOODS[BOUGHT],
    "test": TESTS,
    "enforcement_term": ENFORCEMENT_TERMS,
    "support_term": SUPPORT_TERMS,
    "veto_player": VETO_NAMES,
    "council_term": COUNCIL_TERMS,
    "return": RETURNS,
}
"""Labels along each further axis; `good` is what the DPRK sells / what it buys."""

CELLS = ("partner", "direction", "good")
SOLD_CELLS, BOUGHT_CELLS = ("partner", "good_sold"), ("partner", "good_bought")
BY_PARTNER, BY_GOOD_SOLD = ("partner",), ("good_sold",)

VARIABLES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "legal": (CELLS, "musd at base prices", "delivered on the legal route"),
    "illegal": (CELLS, "musd at base prices", "delivered on the illegal route"),
    "seized": (CELLS, "musd at base prices", "found and lost on the illegal route"),
    "cleared_legal": (
        CELLS,
        "musd at base prices",
        "cleared on the legal route, before the border",
    ),
    "cleared_illegal": (CELLS, "musd at base prices", "cleared on the illegal route, likewise"),
    "legal_value": (CELLS, "musd", "legal deliveries and released bonded stock"),
    "illegal_value": (CELLS, "musd", "illegal deliveries"),
    "ban": (CELLS, "share", "ban strength b"),
    "refused": (SOLD_CELLS, "musd at base prices", "cargo under contract refused this month"),
    "released": (SOLD_CELLS, "musd at base prices", "bonded stock released in a clearing window"),
    "bonded": (SOLD_CELLS, "musd at base prices", "bonded stock at the port"),
    "export_price": (BY_GOOD_SOLD, "relative to base", "FOB price of DPRK goods"),
    "open_price": (BY_GOOD_SOLD, "relative to base", "the same of items that no partner bans"),
    "listed_price": (BY_GOOD_SOLD, "relative to base", "the same of items on a list"),
    "import_price": (
        BOUGHT_CELLS,
        "relative to base",
        "price of goods sold to the DPRK, by origin",
    ),
    "enforcement": (BY_PARTNER, "share", "enforcement e"),
    "support": (BY_PARTNER, "share", "support o"),
    "friction": (BY_PARTNER, "log points", "payment friction"),
    "permits": (BY_PARTNER, "workers", "workers on permits"),
    "visas": (BY_PARTNER, "workers", "workers on student and tourist visas"),
    "remittance_legal": (BY_PARTNER, "musd", "remittances of workers on permits"),
    "remittance_visa": (BY_PARTNER, "musd", "remittances of workers on visas"),
    "transit_cleared": ((), "musd at base prices", "transit coal before the border"),
    "transit_value": ((), "musd", "transit coal as Russia books it"),
    "fees": ((), "musd", "port fees for transit coal"),
    "arms": ((), "musd", "arms sold"),
    "redirected_coal": ((), "musd", "coal China buys from Russia in place of refused DPRK coal"),
    "merchandise": ((), "musd", "goods sold and delivered"),
    "receipts": ((), "musd", "hard-currency receipts, unrecorded income included"),
    "plan": ((), "musd", "import plan"),
    "paid": ((), "musd", "paid for goods received"),
    "unspent": ((), "musd", "demand that found no seller at the price cap"),
    "crude": ((), "musd", "paid for crude oil"),
    "reserves": ((), "musd", "hard-currency reserves"),
    "effort": ((), "share", "evasion effort"),
    "output": ((), "relative to base", "output"),
    "lawful_growth": ((), "multiple", "lawful part of other goods"),
    "tests": (
        ("test",),
        "count",
        "nuclear tests, intercontinental launches, days with others",
    ),
    "provocation": ((), "index", "tests V, fading with age"),
    "us_pressure": ((), "share", "US pressure U"),
    "monitoring": ((), "share", "strength of UN monitoring"),
    "openness": (BY_PARTNER, "share", "share of the border that is open"),
    "under_measures": (BY_PARTNER, "share", "base trade R under measures in force"),
    "thaw": (BY_PARTNER, "index", "summits G, fading with age"),
    "need": (BY_PARTNER, "share", "political need A for the DPRK"),
    "influence_lost": (BY_PARTNER, "share", "weight I in the DPRK's dealings lost on base"),
    "trade_lost": (BY_PARTNER, "share", "trade B with the DPRK that lawful firms gave up"),
    "commerce": (BY_PARTNER, "share", "discount of the goods on offer, 1 - P, as each sees it"),
    "enforcement_terms": (
        ("partner", "enforcement_term"),
        "logits",
        "terms of the wish for enforcement, signed: " + ", ".join(ENFORCEMENT_TERMS),
    ),
    "enforcement_target": (BY_PARTNER, "share", "wish e* for enforcement"),
    "support_terms": (
        ("partner", "support_term"),
        "logits",
        "terms of the wish to support, signed: " + ", ".join(SUPPORT_TERMS),
    ),
    "support_target": (BY_PARTNER, "share", "wish o* to support"),
    "own_acts": (BY_PARTNER, "flag", "stops itself what the Council caps"),
    "council_terms": (
        ("veto_player", "council_term"),
        "share of base trade",
        "terms of the ideal strictness of China and Russia, signed: " + ", ".join(COUNCIL_TERMS),
    ),
    "council_limit": (
        ("veto_player",),
        "share of base trade",
        "strictest draft China and Russia would accept",
    ),
    "council_outside": (
        ("veto_player",),
        "share of base trade",
        "what the United States would do alone, as it bites on China and Russia",
    ),
    "council_status_quo": ((), "share of base trade", "strictness in force"),
    "council_asked": ((), "share of base trade", "strictness the next draft would add"),
    "council_accepted": ((), "share of base trade", "what of it survives the talks"),
    "council_tension": ((), "weight", "tests no resolution has answered"),
    "council_event": ((), "code", "0 none, 1 draft under talks, 2 resolution, 3 veto"),
    "unmet": ((), "share", "import plan that found no money or goods"),
    "budget": ((), "musd", "hard currency the DPRK may spend on imports"),
    "favour": (BY_PARTNER, "factor", "preference of the DPRK for a supplier, before price"),
    "returns": (
        ("return",),
        "musd",
        "what Russia gets: " + ", ".join(RETURNS),
    ),
    "clearing_residual": ((), "relative", "largest of the ten markets"),
    "goods_residual": ((), "relative", "produced less delivered, seized, bonded, returned"),
    "balance_residual": ((), "relative", "hard-currency account"),
    "worker_residual": ((), "relative", "workers in less workers out"),
}
"""Each recorded array: its axes after (month, arm, member), its unit, and what it is."""


def shape_of(name: str) -> tuple[int, ...]:
    """Return the lengths of a recorded array's axes after (month, arm, member)."""
    return tuple(len(AXES[axis]) for axis in VARIABLES[name][0])


class Record:
    """Arrays of a run by name, (month, arm, member, ...); a shared past fills all arms.

    With `whole`, those of its members from number `first` on, in the same memory.
    """

    def __init__(
        self, inputs: Inputs, arms: int, whole: Record | None = None, first: int = 0
    ) -> None:
        self.inputs = inputs
        lead = (len(inputs.months), arms, inputs.members)
        if whole is None:
            self._arrays = {name: np.zeros((*lead, *shape_of(name))) for name in VARIABLES}
        else:
            at = slice(first, first + inputs.members)
            self._arrays = {name: array[:, :, at] for name, array in whole._arrays.items()}

    def __getitem__(self, name: str) -> Array:
        """Return one array, (month, arm, member, ...)."""
        return self._arrays[name]

    def names(self) -> tuple[str, ...]:
        """Return the names of all arrays."""
        return tuple(self._arrays)

    def take(self, model: SanctionsModel) -> None:
        """Copy this month from the model."""
        t, flows, state, now = model.month, model.flows, model.state, model.now
        arrays = self._arrays
        for name in _FROM_FLOWS:
            arrays[name][t] = getattr(flows, name)
        for name in _FROM_STATE:
            arrays[name][t] = getattr(state, name)
        arrays["ban"][t], arrays["friction"][t] = now.ban, now.friction
        arrays["refused"][t], arrays["released"][t] = flows.bond.refused, flows.bond.released
        arrays["plan"][t], arrays["crude"][t] = flows.purse.plan, flows.purse.crude
        base = self.inputs.base.flow[CHINA, SOLD, COAL]
        missing = base * now.ban[..., CHINA, SOLD, COAL] - flows.illegal[..., CHINA, SOLD, COAL]
        arrays["redirected_coal"][t] = (
            self.inputs.par["coal_redirection"]
            * np.maximum(missing, 0.0)
            * self.inputs.coal_world[t]
        )
        self._take_decisions(model)
        arrays["clearing_residual"][t] = np.maximum(
            flows.export_residual.max(axis=-1),
            flows.import_residual.reshape(*state.reserves.shape, -1).max(axis=-1),
        )
        arrays["balance_residual"][t] = self._balance(model)

    def _take_decisions(self, model: SanctionsModel) -> None:
        """Copy what each actor saw, weighed and wanted this month."""
        t, now, flows, arrays = model.month, model.now, model.flows, self._arrays
        for name in _FROM_MONTH:
            arrays[name][t] = getattr(now, name)
        provocation = np.asarray(now.provocation)
        arrays["provocation"][t] = provocation[..., 0] if provocation.ndim else provocation
        arrays["under_measures"][t] = now.law.under_measures
        arrays["thaw"][t], arrays["need"][t] = self.inputs.thaw[t], self.inputs.need[t]
        arrays["enforcement_terms"][t] = now.enforcement_terms.signed()
        arrays["support_terms"][t] = now.support_terms.signed()
        plan = flows.purse.plan
        met = flows.purse.spending - flows.unspent
        arrays["unmet"][t] = 1.0 - np.divide(met, plan, out=np.ones_like(plan), where=plan > 0.0)
        arrays["budget"][t], arrays["favour"][t] = flows.purse.budget, flows.favour
        bought = (flows.legal + flows.illegal)[..., RUSSIA, SOLD, :]
        paid = (flows.legal_value + flows.illegal_value)[..., RUSSIA, SOLD, :]
        gains = arrays["returns"][t]
        gains[..., 0] = np.maximum(bought - paid, 0.0).sum(axis=-1)
        gains[..., 1] = arrays["redirected_coal"][t]
        gains[..., 2] = flows.transit_value - flows.fees
        gains[..., 3] = flows.arms
        council = model.council
        if council.vote is not None and council.ideal is not None:
            vote = council.vote
            arrays["council_terms"][t] = council.ideal.signed()
            arrays["council_limit"][t] = council.limits
            arrays["council_outside"][t] = council.outside
            arrays["council_status_quo"][t] = council.status_quo
            arrays["council_asked"][t], arrays["council_accepted"][t] = vote.asked, vote.accepted
            arrays["council_event"][t] = vote.event
            arrays["council_tension"][t] = vote.tension

    def _balance(self, model: SanctionsModel) -> Array:
        """Return how far the hard-currency account is from closing, from the recorded items."""
        t, arrays, inputs = model.month, self._arrays, self.inputs
        sold = arrays["legal_value"][t][..., SOLD, :] + arrays["illegal_value"][t][..., SOLD, :]
        bought = (
            arrays["legal_value"][t][..., BOUGHT, :] + arrays["illegal_value"][t][..., BOUGHT, :]
        )
        change = (
            sold.sum(axis=(-2, -1))
            + arrays["remittance_legal"][t].sum(axis=-1)
            + arrays["remittance_visa"][t].sum(axis=-1)
            + arrays["fees"][t]
            + arrays["arms"][t]
            + inputs.unrecorded
            + inputs.cyber[t]
            - bought.sum(axis=(-2, -1))
            - arrays["crude"][t]
        )
        gap = model.state.reserves - model.flows.reserves_before - change
        relative: Array = np.abs(gap) / np.maximum(model.flows.receipts, 1.0)
        return relative

    def recorded(self) -> Array:
        """Return what customs would book, (month, arm, member, partner, direction, good).

        USD million: the legal route, and of Russian fuel the share that customs showed in 2015-17.
        """
        booked: Array = self["legal_value"] * self.inputs.base.recorded_share
        return booked

    def customs_totals(self) -> Array:
        """Return recorded goods by partner and direction, transit coal in Russia's exports.

        USD million a month, (month, arm, member, partner, direction); no labour, arms or crude.
        """
        totals: Array = self.recorded().sum(axis=-1)
        totals[..., RUSSIA, BOUGHT] += self["transit_value"]
        return totals


_FROM_FLOWS = (
    "legal", "illegal", "seized", "cleared_legal", "cleared_illegal", "legal_value",
    "illegal_value", "export_price", "open_price", "listed_price", "import_price",
    "remittance_legal", "remittance_visa",
    "transit_cleared", "transit_value", "fees", "arms", "merchandise", "receipts", "paid",
    "unspent", "goods_residual", "worker_residual",
)  # fmt: skip
_FROM_STATE = (
    "bonded", "enforcement", "support", "permits", "visas", "reserves", "effort", "output",
    "lawful_growth", "own_acts",
)  # fmt: skip
_FROM_MONTH = (
    "tests", "us_pressure", "monitoring", "openness", "commerce", "influence_lost", "trade_lost",
    "enforcement_target", "support_target",
)  # fmt: skip
