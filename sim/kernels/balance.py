"""Hard currency, evasion effort and output of the DPRK."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST_GROWTH = 4.0
"""Multiple of lawful `other` goods where no export is left (C)."""


class Budget(NamedTuple):
    """Import plan and budget of the month, USD million, (arm, member)."""

    plan: Array
    budget: Array
    spending: Array
    crude: Array


def import_budget(
    base_plan: Array,
    receipts: Array,
    base_receipts: Array,
    passthrough: Array,
    reserves: Array,
    reserve_share: Array,
    crude: Array,
) -> Budget:
    """Return S* = min(plan, budget), all (arm, member), USD million; shares (member,).

    The plan is base-year spending, raised by `passthrough` of the receipts above base; the budget
    is this month's receipts less crude oil and a share of reserves. Crude is cut where neither
    receipts nor reserves pay for it, so that reserves stay at or above zero.
    """
    paid_crude = np.minimum(crude, receipts + reserves)
    plan = base_plan + passthrough * np.maximum(receipts - base_receipts, 0.0)
    budget = np.maximum(0.0, receipts - paid_crude + reserve_share * reserves)
    return Budget(plan, budget, np.minimum(plan, budget), paid_crude)


def effort_after(effort: Array, spending: Array, plan: Array, speed: Array) -> Array:
    """Return the evasion effort of the next month, in [0, 1]; it follows the unmet plan.

    `spending` and `plan` in USD million, `speed` (member,), the rest (arm, member).
    """
    unmet = 1.0 - np.divide(spending, plan, out=np.ones_like(plan), where=plan > 0.0)
    return np.clip(effort + speed * (unmet - effort), 0.0, 1.0)


def output(exports: Array, inputs: Array, fuel: Array, weights: dict[str, Array]) -> Array:
    """Return output relative to base; volumes relative to base over twelve months, (arm, member).

    Source: industry -6.5 % and -13.4 % under export and input sanctions (Kim et al. 2023), C.
    """
    return (
        1.0
        - weights["exports"] * (1.0 - exports)
        - weights["inputs"] * (1.0 - inputs)
        - weights["fuel"] * (1.0 - fuel)
    )


def lawful_growth(level: Array, speed: Array, export_volume_ratio: Array) -> Array:
    """Return the multiple of lawful `other` goods a month later, in [1, `MOST_GROWTH`].

    Hands freed from banned sectors go into watches, wigs and processing (ODD section 7); `speed`
    (member,), `level` and the volume of exports over base (arm, member).
    """
    freed = np.maximum(1.0 - export_volume_ratio, 0.0)
    reached = 1.0 + (MOST_GROWTH - 1.0) * freed
    return np.clip(level + speed * (reached - level), 1.0, MOST_GROWTH)
