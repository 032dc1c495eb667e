"""A partner state (China, Russia, the rest of the world): enforcement, support, friction, bans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.agents.totals import over_last
from sim.axes import CHINA, PARTNERS, RUSSIA, SOLD
from sim.kernels import enforcement as rules
from sim.kernels.law import ban_strength

if TYPE_CHECKING:
    from sim.model import SanctionsModel

Array = NDArray[np.float64]


class Partner(mesa.Agent):
    """One partner state; `number` is its place on the partner axis.

    The three are one kind of agent and decide side by side, in one pass over the partner axis
    (`set_policies`); what one of them sees and weighs is in `terms`.
    """

    model: SanctionsModel

    def __init__(self, model: SanctionsModel, number: int) -> None:
        super().__init__(model)
        self.number = number
        self.name = PARTNERS[number]

    @property
    def enforcement(self) -> Array:
        """Return this partner's enforcement e, (arm, member)."""
        return self.model.state.enforcement[..., self.number]

    @property
    def support(self) -> Array:
        """Return this partner's support o, (arm, member)."""
        return self.model.state.support[..., self.number]

    def terms(self) -> dict[str, Array]:
        """Return the terms of this month's enforcement rule in logits, by name."""
        terms = self.model.now.enforcement_terms
        if terms is None:
            return {}
        return {
            name: np.asarray(value[..., self.number]) for name, value in terms._asdict().items()
        }


def weigh(model: SanctionsModel) -> rules.EnforcementTerms:
    """Return what the partners weigh this month."""
    t, now, inputs = model.month, model.now, model.inputs
    return rules.enforcement_terms(
        inputs.weights,
        inputs.trade_under_measures[t][model.law_variant],
        now.us_pressure,
        now.provocation,
        inputs.thaw[t],
        np.maximum(1.0 - model.state.output, 0.0)[..., None],
        inputs.need[t],
    )


def set_policies(model: SanctionsModel) -> None:
    """Set enforcement and support of all partners, and what they make of the law."""
    now, state, inputs = model.now, model.state, model.inputs
    now.enforcement_terms = weigh(model)
    state.enforcement = _enforcement(model, now.enforcement_terms.target)
    state.support = _support(model)
    now.ban = ban_strength(now.national, now.council, state.enforcement)
    now.friction = rules.friction(
        inputs.friction_weight[model.month], now.us_pressure, state.support
    )


def _enforcement(model: SanctionsModel, target: Array) -> Array:
    """Return enforcement of this month, (arm, member, partner)."""
    level = model.state.enforcement
    new = rules.move(level, target, *model.inputs.speeds)
    fixed = model.inputs.fixed_enforcement[model.month]
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
    now.commerce = over_last(np.maximum(1.0 - model.state.export_price, 0.0) * model.sold_share)
    target = rules.support_target(
        intercept=par["support_intercept"][:, None],
        need_weight=par["support_need"][:, None],
        commerce_weight=par["support_commerce"][:, None],
        joint_weight=par["support_need_commerce"][:, None],
        us_weight=par["support_us"][:, None],
        need=inputs.need_above_base[t],
        commerce=now.commerce[..., None],
        us_pressure=max(now.us_pressure - rules.US_PRESSURE_BASE, 0.0),
        decoupling=inputs.decoupling[t],
    )
    new = rules.move(level, target, par["support_up"][:, None], par["support_down"][:, None])
    fixed = inputs.fixed_support[t]
    if not np.isnan(fixed).all():
        new = np.where(np.isnan(fixed), new, fixed)
    if not model.china_free.all():
        free = model.china_free[:, None]
        new[..., CHINA] = np.where(free, new[..., CHINA], level[..., CHINA])
    if model.russia_held.any():
        new[..., RUSSIA] = np.where(model.russia_held[:, None], 0.0, new[..., RUSSIA])
    return new


def sold_shares(flow: Array) -> Array:
    """Return the share of each good in what the DPRK sells in the base year, (good,)."""
    sold = flow[:, SOLD].sum(axis=0)
    return np.asarray(sold / sold.sum())
