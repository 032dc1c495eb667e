"""A partner state (China, Russia, the rest of the world): enforcement, support, friction, bans."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.agents.told import told
from sim.agents.totals import over_cells, over_last
from sim.axes import CHINA, COAL, PARTNERS, RUSSIA, SOLD
from sim.kernels import enforcement as rules
from sim.kernels.law import ban_strength
from sim.state import TRAILING_MONTHS

if TYPE_CHECKING:
    from sim.model import SanctionsModel

Array = NDArray[np.float64]


class Partner(mesa.Agent):
    """One partner state; `number` is its place on the partner axis.

    The three are one kind of agent and decide side by side, in one pass over the partner axis
    (`set_policies`); what they see and weigh is recorded (`sim.record`).
    """

    model: SanctionsModel

    def __init__(self, model: SanctionsModel, number: int) -> None:
        super().__init__(model)
        self.number = number
        self.name = PARTNERS[number]

    def __repr__(self) -> str:
        """Return the class and whose it is."""
        return f"<{type(self).__name__} {self.name}>"

    @property
    def enforcement(self) -> Array:
        """Return this partner's enforcement e, (arm, member)."""
        return self.model.state.enforcement[..., self.number]

    @property
    def support(self) -> Array:
        """Return this partner's support o, (arm, member)."""
        return self.model.state.support[..., self.number]

    def wish_to_enforce(self, weighed: Array) -> Array:
        """Return the enforcement from 0 to 1 that this partner moves towards, (arm, member).

        `weighed` is what its terms give. A subclass overrides this to decide otherwise.
        """
        return weighed

    def wish_to_support(self, weighed: Array) -> Array:
        """Return the support from 0 to 1 that this partner moves towards, (arm, member).

        `weighed` is what its terms give. A subclass overrides this to decide otherwise.
        """
        return weighed


def enforcement_wish(model: SanctionsModel) -> Array:
    """Return the enforcement each partner wishes this month, (arm, member, partner)."""
    model.now.enforcement_terms = weigh(model)
    weighed = model.now.enforcement_terms.target
    return _wishes(model, weighed, lambda partner: partner.wish_to_enforce)


def _wishes(
    model: SanctionsModel, weighed: Array, rule: Callable[[Partner], Callable[[Array], Array]]
) -> Array:
    """Return what partners make of what their terms give, (arm, member, partner)."""
    wishes = np.array(weighed)
    for partner in model.partners:
        own = (..., partner.number)
        decide = rule(partner)
        wish = decide(wishes[own])
        if type(partner) is not Partner:
            who = f"{type(partner).__name__}.{decide.__name__}"
            month = model.inputs.months[model.month]
            wish = told(wish, wishes[own].shape, who, month, 0.0, 1.0)
        wishes[own] = wish
    return wishes


def weigh(model: SanctionsModel) -> rules.EnforcementTerms:
    """Return what the partners weigh this month."""
    t, now, inputs = model.month, model.now, model.inputs
    now.influence_lost, now.trade_lost = influence_lost(model), trade_lost(model)
    return rules.enforcement_terms(
        inputs.weights,
        now.law.under_measures,
        now.us_pressure,
        now.provocation,
        inputs.thaw[t],
        np.maximum(1.0 - model.state.output, 0.0)[..., None],
        inputs.need[t],
        now.influence_lost,
        now.trade_lost,
    )


def influence_lost(model: SanctionsModel) -> Array:
    """Return I: by how much each partner's weight in the DPRK's dealings is below base.

    Share of all goods, remittances and arms over twelve months; (arm, member, partner).
    """
    weight = over_last(model.state.trailing_value)
    whole = over_last(weight)[..., None]
    share = np.divide(weight, whole, out=np.zeros_like(weight), where=whole > 0.0)
    return np.asarray(np.maximum(model.base_weight - share, 0.0))


def trade_lost(model: SanctionsModel) -> Array:
    """Return B: share of each partner's trade with the DPRK that its firms have had to give up.

    Capacity lawfully at work over twelve months against the base, whether a ban, a risk or a bad
    price took the rest; a border that the DPRK shuts is no loss of this kind. (arm, member,
    partner).
    """
    lawful = over_last(model.state.trailing_lawful) / TRAILING_MONTHS
    return np.asarray(np.maximum(1.0 - lawful / model.base_trade, 0.0))


def set_policies(model: SanctionsModel) -> None:
    """Set enforcement and support of all partners, and what they make of the law."""
    now, state, inputs = model.now, model.state, model.inputs
    now.enforcement_target = enforcement_wish(model)
    state.enforcement = _enforcement(model, now.enforcement_target)
    state.support = _support(model)
    now.ban = ban_strength(now.law.national, now.law.council, state.enforcement)
    if inputs.law_endogenous.any():
        acts = rules.own_acts(
            state.own_acts, now.enforcement_target, inputs.par["own_act_threshold"][:, None]
        )
        # There is nothing to go beyond where the Council caps nothing.
        caps = now.law.capped.max(axis=(-2, -1)) > 0.0
        acts = acts * inputs.law_endogenous * caps
        if not model.china_free.all():
            free = model.china_free[:, None]
            acts[..., CHINA] = np.where(free, acts[..., CHINA], state.own_acts[..., CHINA])
        acts[..., RUSSIA] *= ~model.russia_held[:, None]
        state.own_acts = acts
        stopped = acts[..., None, None] * now.law.capped
        beyond = np.maximum(stopped - now.ban, 0.0)
        now.ban = now.ban + beyond
        now.stopped = over_cells(beyond * inputs.base.flow) / model.base_trade
    now.friction = rules.friction(
        inputs.friction_weight[model.month], now.us_pressure, state.support * inputs.payments
    )


def _enforcement(model: SanctionsModel, target: Array) -> Array:
    """Return enforcement of this month, (arm, member, partner)."""
    level = model.state.enforcement
    new = rules.move(level, target, *model.inputs.speeds)
    return _given(model, new, level, model.inputs.fixed_enforcement[model.month])


def _given(model: SanctionsModel, new: Array, level: Array, fixed: Array) -> Array:
    """Return a new level but where the scenario fixes it or an arm keeps China's old one."""
    if not np.isnan(fixed).all():
        new = np.where(np.isnan(fixed), new, fixed)
    if not model.china_free.all():
        free = model.china_free[:, None]
        new[..., CHINA] = np.where(free, new[..., CHINA], level[..., CHINA])
    return new


def _support(model: SanctionsModel) -> Array:
    """Return support of this month, (arm, member, partner)."""
    inputs, t, now = model.inputs, model.month, model.now
    par, level = inputs.par, model.state.support
    now.commerce = commercial_gain(model)
    now.support_terms = rules.support_terms(
        inputs.support_weights,
        inputs.need_above_base[t],
        now.commerce,
        max(now.us_pressure - rules.US_PRESSURE_BASE, 0.0),
        inputs.decoupling[t],
    )
    weighed = now.support_terms.target
    now.support_target = _wishes(model, weighed, lambda partner: partner.wish_to_support)
    up, down = par["support_up"][:, None], par["support_down"][:, None]
    new = rules.move(level, now.support_target, up, down)
    new = _given(model, new, level, inputs.fixed_support[t])
    if model.russia_held.any():
        new[..., RUSSIA] = np.where(model.russia_held[:, None], 0.0, new[..., RUSSIA])
    return new


def commercial_gain(model: SanctionsModel) -> Array:
    """Return the discount on what the DPRK has to sell, as each partner sees it.

    Base-value-weighted mean over goods of 1 - P. Who sells coal itself, as Russia does, gains less
    from cheap coal of a rival; (arm, member, partner).
    """
    discount = np.maximum(1.0 - model.state.export_price, 0.0) * model.sold_share
    rival = model.inputs.sells_coal * discount[..., COAL, None]
    return np.asarray(over_last(discount)[..., None] - rival)


def sold_shares(flow: Array) -> Array:
    """Return the share of each good in what the DPRK sells in the base year, (good,)."""
    sold = flow[:, SOLD].sum(axis=0)
    return np.asarray(sold / sold.sum())
