"""The identities that a run keeps, both sides worked out from its recorded arrays.

Amounts in USD million a month. What a side is made of is described in ODD section 7.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.axes import BASKETS, BOUGHT, OTHER, RUSSIA, SOLD
from sim.experiment.stored import StoredRun
from sim.inputs import Inputs
from sim.kernels.export_market import QUOTED_WITHOUT_FLOOR
from sim.kernels.lists import longest_list
from sim.record import BOUGHT_CELLS, CELLS
from sim.registry import AS_WRITTEN, WITHOUT_CHINA

Array = NDArray[np.float64]

RECORDED = (
    "ban", "cleared_legal", "cleared_illegal", "legal", "illegal", "seized", "legal_value",
    "illegal_value", "released", "open_price", "listed_price", "import_price", "openness",
    "lawful_growth", "remittance_legal", "remittance_visa", "fees", "arms", "merchandise",
    "receipts", "favour", "plan", "budget", "unspent", "paid", "crude", "reserves",
)  # fmt: skip
"""Recorded arrays that the identities are made of."""

AT_BOUND = 1e-6
"""How near to its floor or cap, as a share, a price in single precision counts as being there."""


class Sides(NamedTuple):
    """What is missing in an identity and the amount it is a share of, (month, arm, member, ...).

    `axes` name the axes after the third; `power` is the elasticity that a stored price, and with it
    its rounding, is raised to.
    """

    gap: Array
    amount: Array
    axes: tuple[str, ...] = ()
    power: Array | float = 1.0


def identities(run: StoredRun, inputs: Inputs) -> Iterator[tuple[str, str, Sides]]:
    """Yield name, words and sides of every identity of a run; `inputs` are those of its members."""
    arrays = run.arrays
    yield "markets sold", "Sold: bought by all = supply at price", export_markets(run, inputs)
    yield "markets bought", "Bought: cleared + unspent = to be spent", import_markets(arrays)
    yield "origins", "Bought: origins share by price (CES)", origins(arrays, inputs)
    yield "borders", "Cleared x border = delivered + seized", borders(arrays)
    yield "values", "Value = price x volume delivered", values(arrays)
    sold, bought = (_goods(arrays, direction) for direction in (SOLD, BOUGHT))
    yield "sales", "Sales = sum of partners and goods", _of(arrays["merchandise"], sold)
    yield "payments", "Payments = sum of partners and goods", _of(arrays["paid"], bought)
    yield "receipts", "Receipts = sales and other income", receipts(arrays, inputs)
    yield "reserves", "Reserves = before + received - paid", reserves(run, inputs)


# ---- markets -----------------------------------------------------------------------------------


def export_markets(run: StoredRun, inputs: Inputs) -> Sides:
    """Return what is bought of a good against K P^e; at the floor no more than that is bought.

    Axis `good_sold`. Open and listed items of a basket have prices of their own.
    """
    arrays, par = run.arrays, inputs.par
    base = inputs.base.flow[:, SOLD].sum(axis=0)
    elasticity = par["export_supply_elasticity"][:, None]
    floor = np.maximum(par["price_floor"], QUOTED_WITHOUT_FLOOR)[:, None] * (1.0 + AT_BOUND)
    listed = longest_list(_own_ban(run, inputs.split))
    open_share = 1.0 - listed
    # What hands are freed for is supplied a month later.
    open_share[1:, ..., OTHER] *= arrays["lawful_growth"][:-1]
    at_open = base * open_share * arrays["open_price"] ** elasticity
    at_listed = base * listed * arrays["listed_price"] ** elasticity
    least, most = (1.0 + hurry for hurry in _hurry(run, inputs))
    low, high = (at_open * forward + at_listed for forward in (least, most))
    bought = (arrays["cleared_legal"] + arrays["cleared_illegal"])[..., SOLD, :].sum(axis=-2)
    floored = (arrays["open_price"] <= floor) | ((listed > 0.0) & (arrays["listed_price"] <= floor))
    low = np.where(floored, 0.0, low)
    gap = np.maximum(np.maximum(low - bought, bought - high), 0.0)
    return Sides(gap, np.maximum(bought, high), ("good_sold",), elasticity)


def _own_ban(run: StoredRun, split: int) -> Array:
    """Return each partner's ban on goods sold; Russia held still has none."""
    ban = run.arrays["ban"][..., SOLD, :].copy()
    ban[split:, _held(run.arms), :, RUSSIA] = 0.0
    return ban


def _held(arms: tuple[str, ...]) -> NDArray[np.bool_]:
    """Return the arms in which Russia is held still."""
    return np.array([arm.endswith("S0") for arm in arms])


def _hurry(run: StoredRun, inputs: Inputs) -> tuple[Array, Array]:
    """Return the least and most trade brought forward before announced bans, as shares of supply.

    Both (month, arm, member, good), the same where bans follow the registry; where the Council
    votes, what it had announced is not recorded, so that it may be none or all.
    """
    flow = inputs.base.flow[:, SOLD]
    forward = inputs.par["front_loading"][:, None]
    none = np.zeros((len(run.months), len(run.arms), run.members, flow.shape[-1]))
    if inputs.ladder is not None:
        return none, none + forward
    announced = inputs.schedule.announced
    variants = [AS_WRITTEN if arm.startswith("C1") else WITHOUT_CHINA for arm in run.arms]
    by_arm = announced[:, variants].copy()
    by_arm[: inputs.split] = announced[: inputs.split, [AS_WRITTEN]]
    by_arm[inputs.split :, _held(run.arms), :, RUSSIA] = 0.0
    hurry = none + forward * (by_arm * (flow / flow.sum(axis=0))).sum(axis=-2)
    return hurry, hurry


def import_markets(arrays: dict[str, Array]) -> Sides:
    """Return what clears at its price and what finds no seller against what is to be spent."""
    volume = (arrays["cleared_legal"] + arrays["cleared_illegal"])[..., BOUGHT, :]
    spent = (volume * arrays["import_price"]).sum(axis=(-2, -1)) + arrays["unspent"]
    return _of(np.minimum(arrays["plan"], arrays["budget"]), spent)


def origins(arrays: dict[str, Array], inputs: Inputs) -> Sides:
    """Return what is bought of each origin against its CES share, by `BOUGHT_CELLS`.

    Shares are those of the base year, tilted by favour, times P^-s over the origins that sell. A
    market in which a price is at its cap is left out: there less may be sold than is wanted.
    """
    volume = (arrays["cleared_legal"] + arrays["cleared_illegal"])[..., BOUGHT, :]
    price, sells = arrays["import_price"], volume > 0.0
    share = inputs.base.flow[:, BOUGHT] * arrays["favour"][..., None]
    sigma = inputs.sigma[:, None, BOUGHT]
    bid = np.where(sells, share * price**-sigma, 0.0)
    whole, bought = (x.sum(axis=-2, keepdims=True) for x in (bid, volume))
    wanted = bought * np.divide(bid, whole, out=np.zeros_like(bid), where=whole > 0.0)
    cap = inputs.par["price_cap"][:, None, None] * (1.0 - AT_BOUND)
    capped = (sells & (price >= cap)).any(axis=-2, keepdims=True)
    gap = np.where(capped, 0.0, np.abs(volume - wanted))
    return Sides(gap, np.broadcast_to(bought, gap.shape), BOUGHT_CELLS, sigma)


# ---- goods and money ---------------------------------------------------------------------------


def borders(arrays: dict[str, Array]) -> Sides:
    """Return what clears and passes the border against what is delivered and seized, by cell."""
    passed = (arrays["cleared_legal"] + arrays["cleared_illegal"]) * arrays["openness"][
        ..., None, None
    ]
    return _of(passed, arrays["legal"] + arrays["illegal"] + arrays["seized"], CELLS)


def values(arrays: dict[str, Array]) -> Sides:
    """Return values against price times volume, by cell; bonded stock is sold at listed prices.

    Lawful sales of baskets are left out: they are made at two prices.
    """
    sold, bought = (..., SOLD, slice(None)), (..., BOUGHT, slice(None))
    listed = arrays["listed_price"][..., None, :]
    worth = np.empty_like(arrays["legal"])
    worth[bought] = (arrays["legal"] + arrays["illegal"])[bought] * arrays["import_price"]
    delivered = arrays["legal"][sold] + arrays["released"]
    delivered[..., list(BASKETS)] = 0.0
    worth[sold] = (delivered + arrays["illegal"][sold]) * listed
    booked = arrays["legal_value"] + arrays["illegal_value"]
    for good in BASKETS:
        booked[..., SOLD, good] = arrays["illegal_value"][..., SOLD, good]
    return _of(booked, worth, CELLS)


def receipts(arrays: dict[str, Array], inputs: Inputs) -> Sides:
    """Return receipts against their items."""
    workers = (arrays["remittance_legal"] + arrays["remittance_visa"]).sum(axis=-1)
    unrecorded = (inputs.unrecorded + inputs.cyber)[:, None]
    items = arrays["merchandise"] + workers + arrays["fees"] + arrays["arms"] + unrecorded
    return _of(arrays["receipts"], items)


def reserves(run: StoredRun, inputs: Inputs) -> Sides:
    """Return reserves against those of the month before and what came in and went out."""
    arrays = run.arrays
    kept = arrays["reserves"]
    first = np.broadcast_to(inputs.par["reserves_2014"], kept[:1].shape)
    before = np.concatenate([first, kept[:-1]]) * inputs.reserve_shock[:, None, None]
    gained, gone = before + arrays["receipts"], kept + arrays["paid"] + arrays["crude"]
    return _of(gained, gone)


def _goods(arrays: dict[str, Array], direction: int) -> Array:
    """Return the value of goods of a direction, both routes, all partners and goods."""
    value = arrays["legal_value"] + arrays["illegal_value"]
    return np.asarray(value[..., direction, :].sum(axis=(-2, -1)))


def _of(one: Array, other: Array, axes: tuple[str, ...] = ()) -> Sides:
    """Return two sides that should be the same."""
    return Sides(np.abs(one - other), np.maximum(np.abs(one), np.abs(other)), axes)
