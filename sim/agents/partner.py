"""A partner state (China, Russia, the rest of the world): law, enforcement, support, friction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.axes import CHINA, N_GOODS, PARTNERS, RUSSIA, SOLD
from sim.kernels import enforcement as rules
from sim.kernels.law import ban_strength

if TYPE_CHECKING:
    from sim.model import SanctionsModel


class Partner(mesa.Agent):
    """One partner state; `number` is its place on the partner axis."""

    model: SanctionsModel

    def __init__(self, model: SanctionsModel, number: int) -> None:
        super().__init__(model)
        self.number = number
        self.name = PARTNERS[number]
        par = model.inputs.par
        self._weights = {name: values[:, number] for name, values in model.inputs.weights.items()}
        self._up = model.inputs.speeds[0][:, number]
        self._down = model.inputs.speeds[1][:, number]
        base = model.inputs.base
        trade = base.flow[number].sum() + base.remittance[number]
        self._trade_share = base.flow[number] / trade
        self._labour_share = base.remittance[number] / trade
        sold = base.flow[:, SOLD].sum(axis=0)
        self._sold_share = sold / sold.sum()
        self._support = {
            "intercept": par["support_intercept"],
            "need_weight": par["support_need"],
            "commerce_weight": par["support_commerce"],
            "joint_weight": par["support_need_commerce"],
            "us_weight": par["support_us"],
        }
        self._need_base = float(model.inputs.need[: model.inputs.split + 1, number].min())

    def set_policy(self) -> None:
        """Set enforcement and support of this month, and what they make of the law."""
        self._set_enforcement()
        self._set_support()
        model, p = self.model, self.number
        now, state = model.now, model.state
        now.ban[..., p, :, :] = ban_strength(
            now.national[..., p, :, :], now.council[..., p, :, :], state.enforcement[..., p]
        )
        now.friction[..., p] = rules.friction(
            model.inputs.friction_weight[model.month][:, p], now.us_pressure, state.support[..., p]
        )

    def terms(self) -> rules.EnforcementTerms:
        """Return the terms of this month's enforcement rule, (arm, member)."""
        model, p, t = self.model, self.number, self.model.month
        now = model.now
        share = now.under_measures[..., p, :, :] * self._trade_share
        trade = _sum_cells(share)
        labour = model.inputs.schedule.labour_measures[t][model.law_variant][..., p]
        under = trade + labour * self._labour_share
        distress = np.maximum(1.0 - model.state.output, 0.0)
        return rules.enforcement_terms(
            self._weights,
            under,
            now.us_pressure,
            now.provocation,
            distress,
            model.inputs.need[t, p],
        )

    def _set_enforcement(self) -> None:
        model, p, t = self.model, self.number, self.model.month
        level = model.state.enforcement[..., p]
        terms = self.terms()
        model.now.enforcement_terms[self.name] = terms
        fixed = model.inputs.fixed_enforcement[t, p]
        if np.isnan(fixed):
            new = rules.move(level, terms.target, self._up, self._down)
        else:
            new = np.full_like(level, fixed)
        if p == CHINA:
            new = np.where(model.china_free[:, None], new, level)
        model.state.enforcement[..., p] = new

    def _set_support(self) -> None:
        model, p, t = self.model, self.number, self.model.month
        inputs = model.inputs
        level = model.state.support[..., p]
        discount = np.maximum(1.0 - model.state.export_price, 0.0) * self._sold_share
        commerce = _sum_goods(discount)
        target = rules.support_target(
            **self._support,
            need=inputs.need[t, p] - self._need_base,
            commerce=commerce,
            us_pressure=max(model.now.us_pressure - rules.US_PRESSURE_BASE, 0.0),
            decoupling=inputs.decoupling[t, p],
        )
        fixed = inputs.fixed_support[t, p]
        if np.isnan(fixed):
            new = rules.move(level, target, inputs.par["support_up"], inputs.par["support_down"])
        else:
            new = np.full_like(level, fixed)
        if p == CHINA:
            new = np.where(model.china_free[:, None], new, level)
        if p == RUSSIA:
            new = np.where(model.russia_held[:, None], 0.0, new)
        model.now.commerce = commerce
        model.state.support[..., p] = new


def _sum_goods(values: np.ndarray) -> np.ndarray:
    """Return the sum over goods, the last axis, in a fixed order."""
    total = values[..., 0]
    for g in range(1, N_GOODS):
        total = total + values[..., g]
    return total


def _sum_cells(values: np.ndarray) -> np.ndarray:
    """Return the sum over directions and goods, the last two axes, in a fixed order."""
    return _sum_goods(values[..., 0, :] + values[..., 1, :])
