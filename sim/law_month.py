"""The law of one month as the arms of a run live under it, from a schedule of dates or of votes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.registry import Schedule

Array = NDArray[np.float64]
Picker = Callable[[NDArray[Any]], NDArray[Any]]


class MonthOfLaw(NamedTuple):
    """Law in force this month; leading axes (arm, member), or what broadcasts to them."""

    national: Array  # (..., partner, direction, good)
    council: Array  # (..., partner, direction, good), to be weighed by enforcement
    capped: Array  # (..., partner, direction, good), share of days under a cap
    announced: Array  # (..., partner, good)
    clearing_window: Array  # (..., partner, good)
    entry_closed: Array  # (..., partner)
    permits_ended: Array  # (..., partner)
    repatriation: Array  # (..., partner)
    months_left: Array  # (member, 1) or (arm, member, 1)
    under_measures: Array  # (..., partner), share R of a partner's base trade
    cap_in_force: Array  # (member, cap) or (arm, member, cap)
    cap_starts: NDArray[np.bool_]  # likewise
    cap_binds: tuple[NDArray[np.bool_], ...]  # of each cap (arm, member, partner)


def scheduled(law: Schedule, under: Array, t: int, variant: NDArray[np.int64]) -> MonthOfLaw:
    """Return month `t` where every arm shares the dates of the registry; `variant` (arm,)."""
    return _month(law, under, t, lambda values: values[variant], lambda values: values)


def voted(
    law: Schedule, under: Array, t: int, variant: NDArray[np.int64], members: int
) -> MonthOfLaw:
    """Return month `t` where each arm has votes of its own.

    The members of `law` are lanes: arm by arm, `members` in each.
    """
    arms = variant.size
    rows = np.arange(arms)
    return _month(
        law,
        under,
        t,
        lambda values: values.reshape(len(values), arms, members, *values.shape[2:])[variant, rows],
        lambda values: values.reshape(arms, members, *values.shape[1:]),
    )


def _month(law: Schedule, under: Array, t: int, pick: Picker, lay: Picker) -> MonthOfLaw:
    """Return month `t`; `pick` takes each arm's variant, `lay` does without variants."""
    return MonthOfLaw(
        national=pick(law.national[t]),
        council=pick(law.council[t]),
        capped=pick(law.capped[t]),
        announced=pick(law.announced[t]),
        clearing_window=pick(law.clearing_window[t]),
        entry_closed=pick(law.entry_closed[t]),
        permits_ended=pick(law.permits_ended[t]),
        repatriation=pick(law.repatriation[t]),
        months_left=lay(law.months_left[t])[..., None],
        under_measures=pick(under[t]),
        cap_in_force=lay(law.cap_in_force[t]),
        cap_starts=lay(law.cap_starts[t]),
        cap_binds=tuple(pick(cap.binds) for cap in law.caps),
    )


def without(law: MonthOfLaw, partner: int) -> MonthOfLaw:
    """Return the law of a month in which no measure binds a partner."""

    def free(values: NDArray[Any], axis: int) -> NDArray[Any]:
        out = np.array(values)
        np.moveaxis(out, axis, -1)[..., partner] = 0
        return out

    return law._replace(
        national=free(law.national, -3), council=free(law.council, -3), capped=free(law.capped, -3),
        announced=free(law.announced, -2), clearing_window=free(law.clearing_window, -2),
        entry_closed=free(law.entry_closed, -1), permits_ended=free(law.permits_ended, -1),
        repatriation=free(law.repatriation, -1), under_measures=free(law.under_measures, -1),
        cap_binds=tuple(free(binds, -1) for binds in law.cap_binds),
    )  # fmt: skip
