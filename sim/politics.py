"""What political rules weigh and support acts through: draws and scenario as arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import paths
from sim.axes import BOUGHT, FUEL, N_DIRECTIONS, N_GOODS, N_PARTNERS, PARTNERS, REST, RUSSIA
from sim.parameters import PARTNER_KEYS
from sim.scenario import Scenario

Array = NDArray[np.float64]

NEED_EASES_FROM = "2022-01"
"""First month in which Russia's need of the DPRK takes off payment friction (C)."""

SUPPORT = {
    "intercept": "intercept",
    "need": "need",
    "commerce": "commerce",
    "both": "need_commerce",
    "us": "us",
}
"""Terms of the rule of support and the parameters that weigh them."""

COUNCIL = {
    "intercept": "ideal",
    "provocation": "provocation",
    "stability": "stability",
    "need": "need",
    "diplomacy": "diplomacy",
    "outside": "outside",
}
"""Terms of a veto player's ideal, the outside option, and the parameters that weigh them."""


def support_weights(par: dict[str, Array]) -> dict[str, Array]:
    """Return the weights of the rule of support by term, (member, 1)."""
    return {name: par[f"support_{key}"][:, None] for name, key in SUPPORT.items()}


def council_weights(par: dict[str, Array]) -> dict[str, Array]:
    """Return the weights of the Council's rule by term, (member, 1)."""
    return {name: par[f"council_{key}"][:, None] for name, key in COUNCIL.items()}


def sells_coal(par: dict[str, Array]) -> Array:
    """Return how far a partner that sells coal has no gain from the DPRK's, (member, partner)."""
    rival = par["coal_competition"]
    return np.stack([np.zeros_like(rival), rival, np.zeros_like(rival)], axis=-1)


def channel(scenario: Scenario, name: str) -> Array:
    """Return 1 for each partner whose support acts through a channel, (partner,)."""
    return np.array([float(name in scenario.actors[p].support.channels) for p in PARTNERS])


def opens(scenario: Scenario) -> Array:
    """Return 1 for each cell whose barrier support opens, (partner, cell): oil, and other goods."""
    out = np.zeros((N_PARTNERS, N_DIRECTIONS, N_GOODS))
    out += channel(scenario, "goods")[:, None, None]
    out[:, BOUGHT, FUEL] = channel(scenario, "oil")
    return out.reshape(N_PARTNERS, -1)


def arms(scenario: Scenario, period: tuple[str, ...], par: dict[str, Array]) -> Array:
    """Return arms sold to Russia, (month, member), USD million a month.

    Where in its range the path lies is a parameter: 0 the low end, 0.5 the level, 1 the high end.
    """
    own = scenario.actors.DPRK.arms
    none = "arms" not in scenario.actors.Russia.support.channels
    if own is None or none:
        return np.zeros((len(period), par["arms_position"].size))
    low, mid, high = (own.by_month(period, edge) for edge in ("low", "level", "high"))
    return paths.within(low, mid, high, par["arms_position"])


def enforcement_weights(par: dict[str, Array]) -> dict[str, Array]:
    """Return the weights of the enforcement rule by name, (member, partner)."""
    names = ("intercept", "un", "us", "provocation", "diplomacy", "stability")
    out = {n: np.stack([par[f"{k}_enforcement_{n}"] for k in PARTNER_KEYS], axis=-1) for n in names}
    zero = np.zeros_like(par["china_enforcement_un"])
    out["need"] = np.stack([zero, par["russia_enforcement_need"], zero], axis=-1)
    for n in ("rivalry", "losses"):
        powers = [par[f"{k}_enforcement_{n}"] for k in PARTNER_KEYS[:REST]]
        out[n] = np.stack([*powers, zero], axis=-1)
    return out


def need(scenario: Scenario, period: tuple[str, ...], par: dict[str, Array]) -> Array:
    """Return political need of the DPRK, judged or the scenario's, (month, member, partner)."""
    out = paths.judged("need", period, par["need_position"])
    for p, name in enumerate(PARTNERS):
        own = scenario.actors[name].need
        if own is not None:
            out[..., p] = own.by_month(period)[:, None]
    return out


def monitoring(scenario: Scenario, period: tuple[str, ...], par: dict[str, Array]) -> Array:
    """Return the strength of UN monitoring, judged or the scenario's, (month, member)."""
    out = paths.judged("monitoring", period, par["monitoring_position"])[..., 0]
    own = scenario.actors.UN.monitoring
    if own is not None:
        out[:] = own.by_month(period)[:, None]
    return out


def friction_weight(
    scenario: Scenario, period: tuple[str, ...], par: dict[str, Array], need: Array
) -> Array:
    """Return the weight of payment friction, (month, member, partner).

    From 2022 Russia's falls with its need of the DPRK, where support acts on payments; a partner
    whose friction is off has none.
    """
    weight = np.stack([par[f"{k}_friction"] for k in PARTNER_KEYS], axis=-1)
    by_month = np.ones_like(need)
    late = np.array(period) >= NEED_EASES_FROM
    eased = channel(scenario, "payments")[RUSSIA] * need[..., RUSSIA]
    by_month[..., RUSSIA] -= np.where(late[:, None], eased, 0.0)
    on = np.array([float(scenario.actors[name].friction) for name in PARTNERS])
    return np.asarray(weight * by_month * on)
