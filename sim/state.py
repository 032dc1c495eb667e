"""What changes from month to month: one struct of arrays, axes (arm, member, ...).

Money is USD million a month; volumes are USD million a month at base-year prices; prices are
relative to the base year; shares and rates lie in [0, 1] unless said.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sim.axes import N_DIRECTIONS, N_GOODS, N_PARTNERS

Array = NDArray[np.float64]

TRAILING_MONTHS = 12
"""Months over which output and the held arm look back."""


@dataclass
class State:
    """State of every arm and member at the end of a month."""

    enforcement: Array  # (arm, member, partner)
    support: Array  # (arm, member, partner)
    export_price: Array  # (arm, member, good), FOB, last month
    import_price: Array  # (arm, member, partner, good), last month
    expected_open_price: Array  # (arm, member, good), of items no partner bans
    expected_listed_price: Array  # (arm, member, good), of items on a list; baskets alone differ
    expected_import_price: Array
    planned_price: Array  # (arm, member, good), price over world price, as the plan has it
    expected_illegal_flow: Array  # (arm, member, partner, direction, good), volume
    ban: Array  # (arm, member, partner, direction, good), last month's b
    legal_capacity: Array  # (arm, member, partner, good), firms on the legal route, DPRK exports
    pipeline: Array  # (arm, member, partner, good), volume under contract still coming
    bonded: Array  # (arm, member, partner, good), volume waiting at the port
    cap_used: Array  # (arm, member, cap), USD million of a value cap used in its period
    permits: Array  # (arm, member, partner), workers
    visas: Array  # (arm, member, partner), workers
    home: Array  # (arm, member), workers
    transit_cut: Array  # (arm, member), share of transit stopped
    lawful_growth: Array  # (arm, member), multiple of lawful `other`
    reserves: Array  # (arm, member), USD million
    effort: Array  # (arm, member), evasion effort
    output: Array  # (arm, member), relative to base
    trailing: Array  # (arm, member, 12, 3), relative volumes: exports, inputs, fuel
    trailing_lawful: Array  # (arm, member, partner, 12), capacity lawfully at work
    trailing_value: Array  # (arm, member, partner, 12), goods, remittances and arms, USD million
    own_acts: Array  # (arm, member, partner), 1 where a partner goes beyond the Council's caps
    border: Array  # (arm, member), how far the DPRK has its border open, where it decides
    provocation: Array  # (arm, member), tests fading with age, where a hazard decides
    council_tension: Array  # (arm, member), unanswered tests
    council_pending: Array  # (arm, member), months a draft has been under talks, -1 without one
    council_vetoed: NDArray[np.bool_]  # (arm, member), a draft has been vetoed
    council_resolutions: Array  # (arm, member), resolutions adopted
    council_adopted: Array  # (arm, member, step), month a step was adopted, -1 where not
    monitors_gone: Array  # (arm, member), first month without the monitors, inf while they work

    def fork(self, arms: int) -> None:
        """Copy the single arm of a common past into `arms` arms that may now differ."""
        for field in fields(self):
            value = getattr(self, field.name)
            setattr(self, field.name, np.repeat(value, arms, axis=0))


def initial_state(
    members: int,
    enforcement: Array,
    legal_capacity: Array,
    workers: Array,
    home: float,
    reserves: Array,
    caps: int,
    dealings: tuple[Array, Array],
    steps: Array,
    provocation: float,
) -> State:
    """Return the state of the base year: prices one, no illegal route, workers on permits.

    `enforcement` (member, partner), `legal_capacity` (member, partner, good), `workers`
    (member, partner), `reserves` (member,); `dealings` base goods and goods with remittances of
    each partner, (partner,); `steps` of the ladder already in force, (step,); `provocation` of
    the month before.
    """
    lanes = (1, members)
    year = (*lanes, N_PARTNERS, TRAILING_MONTHS)
    partners = (*lanes, N_PARTNERS)
    sold = (*partners, N_GOODS)
    cells = (*partners, N_DIRECTIONS, N_GOODS)
    return State(
        enforcement=enforcement[None].copy(),
        support=np.zeros(partners),
        export_price=np.ones((*lanes, N_GOODS)),
        import_price=np.ones(sold),
        expected_open_price=np.ones((*lanes, N_GOODS)),
        expected_listed_price=np.ones((*lanes, N_GOODS)),
        expected_import_price=np.ones(sold),
        planned_price=np.ones((*lanes, N_GOODS)),
        expected_illegal_flow=np.zeros(cells),
        ban=np.zeros(cells),
        legal_capacity=legal_capacity[None].copy(),
        pipeline=np.zeros(sold),
        bonded=np.zeros(sold),
        cap_used=np.zeros((*lanes, caps)),
        permits=workers[None].copy(),
        visas=np.zeros(partners),
        home=np.full(lanes, home),
        transit_cut=np.zeros(lanes),
        lawful_growth=np.ones(lanes),
        reserves=reserves[None].copy(),
        effort=np.zeros(lanes),
        output=np.ones(lanes),
        trailing=np.ones((*lanes, TRAILING_MONTHS, 3)),
        trailing_lawful=np.broadcast_to(dealings[0][:, None], year).copy(),
        trailing_value=np.broadcast_to(dealings[1][:, None], year).copy(),
        own_acts=np.zeros(partners),
        border=np.ones(lanes),
        provocation=np.full(lanes, provocation),
        council_tension=np.zeros(lanes),
        council_pending=np.full(lanes, -1.0),
        council_vetoed=np.zeros(lanes, dtype=bool),
        council_resolutions=np.zeros(lanes),
        council_adopted=np.broadcast_to(steps, (*lanes, steps.size)).copy(),
        monitors_gone=np.full(lanes, np.inf),
    )
