"""From a scenario, parameter draws and data to the arrays a model reads: base year, paths, law."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim import paths, politics
from sim.axes import (
    COAL,
    EXPORT_GOODS,
    FOOD,
    FUEL,
    GOODS,
    IMPORT_GOODS,
    N_DIRECTIONS,
    N_GOODS,
    N_PARTNERS,
    PARTNERS,
    RUSSIA,
)
from sim.base_year import (
    MONTHS_A_YEAR,
    TONNES_A_MUSD,
    BaseYear,
    base_year,
    relative_price,
    transit_tonnes,
)
from sim.data import load
from sim.kernels import council
from sim.ladder import Ladder, build_ladder
from sim.measure_kinds import ON_FLOWS
from sim.parameters import PARTNER_KEYS
from sim.registry import Schedule, build_schedule
from sim.rules import Calendar, Rule, at_its_notice, rules_from
from sim.scenario import Scenario

Array = NDArray[np.float64]

LEAST_POTENTIAL = 1.05
"""Potential over base flow at least, so that a cell has idle firms (C)."""

LEAST_NET_PAY = 0.05
"""Net pay of a crew at least, relative to 2015-16: below it the elasticity has no meaning (C)."""

CYBER_FROM = ("2017-01", "2021-01")
"""First months of cyber income, and of the higher one (B, Panel of Experts; Chainalysis)."""


@dataclass(frozen=True)
class Inputs:
    """Everything a run reads and never changes; month first, then member where draws differ."""

    months: tuple[str, ...]
    split: int
    base: BaseYear
    par: dict[str, Array]
    potential: Array  # (member, partner, direction, good), USD million a month
    potential_multiple: Array  # (member, partner), lever on the capacity of idle firms
    labour_room: Array  # (member, partner), workers
    attraction: Array  # (month, member, partner), base stock weighed by net pay
    world: Array  # (month, member, direction, good), price factor w of margins and clearing
    log_world: Array  # its logarithm
    coal_world: Array  # (month,), world coal price of the month before, relative to base
    us_pressure: Array  # (month,), 0 to 1
    provocation: Array  # (month,), index V of tests as recorded
    provocation_before: float  # index of the month before the period
    tests: Array  # (month, kind), nuclear, intercontinental, days with other launches
    grave: Array  # (month,), nuclear and intercontinental tests by weight
    hazard: bool  # whether tests are drawn instead
    us_threat: Array  # (month,), US pressure above its usual level
    thaw: Array  # (month, partner), index of summits
    monitoring: Array  # (month, member)
    watch_given: bool  # whether the scenario itself gives monitoring
    monitors_gone: float  # months before the period since the monitors left, inf while they work
    tension_before: float  # tests that no resolution had answered when the period began
    need: Array  # (month, member, partner)
    need_above_base: Array  # (month, member, partner)
    decoupling: Array  # (month, member, partner)
    trade_under_measures: Array  # (month, variant, member, partner), share R, labour included
    openness: (
        Array  # (month, member, partner); corridors alone where the DPRK decides on its border
    )
    border_threat: Array | None  # (month, member), danger of infection, where the DPRK decides
    transit_open: Array  # (month,)
    transit_factor: Array  # (member,), multiple of Rajin capacity
    season: Array  # (month, member)
    cyber: Array  # (month, member), USD million a month
    unrecorded: Array  # (member,), USD million a month
    arms: Array  # (month, member), USD million a month
    quota: Array  # (month, partner), what a worker hands over, relative to the base
    schedule: Schedule
    ladder: Ladder | None  # what the Council may adopt, where it decides; None on schedule
    lifted: int  # month from which C0 lifts what China adopted
    law_endogenous: Array  # (partner,), 1 where own acts follow the rule
    opens: Array  # (partner, cell), 1 where support opens the cell's barrier
    invites: Array  # (partner,), 1 where support brings workers
    carries: Array  # (partner,), 1 where support widens the corridor
    payments: Array  # (partner,), 1 where support eases payments
    fixed_enforcement: Array  # (month, [member,] partner), NaN where the rule decides
    fixed_support: Array  # (month, [member,] partner), NaN where the rule decides
    weights: dict[str, Array]  # enforcement rule, (member, partner)
    support_weights: dict[str, Array]  # support rule, (member, 1)
    sells_coal: Array  # (member, partner), how far cheap coal of the DPRK is a rival's
    council_weights: dict[str, Array]  # Council's rule, (member, 1)
    speeds: tuple[Array, Array]  # of rising and falling enforcement, (member, partner)
    friction_weight: Array  # (month, member, partner)
    sigma: Array  # (member, direction, good)
    price_floor: Array | None  # (member,), relative to base; none in limit tests
    price_cap: Array | None  # (member,), likewise
    fixed_effort: Array  # (month, member) or (month, 1), NaN where the rule decides
    capacity_shock: Array  # (month, partner, direction, good), multiple of firms' capacity
    reserve_shock: Array  # (month,), multiple of reserves
    base_receipts: Array  # (member,), USD million a month
    levies: tuple[Rule, ...] = ()  # measures that act on margins

    @property
    def members(self) -> int:
        """Return the number of members."""
        return int(self.potential.shape[0])


def lifted_from(scenario: Scenario) -> int:
    """Return the month of the period from which C0 lifts what China adopted."""
    return scenario.period.months.index(scenario.lift_from or scenario.tightening_from)


def law_of(scenario: Scenario, par: dict[str, Array]) -> Schedule:
    """Return the law of a scenario for parameter arrays `par`, each (member,)."""
    calendar = Calendar(scenario.period.months)
    day = float(calendar.month_starts[lifted_from(scenario)])
    members = len(next(iter(par.values())))
    return build_schedule(scenario_rules(scenario, calendar), calendar, par, day, members)


def law_key(scenario: Scenario) -> tuple[object, ...]:
    """Return what scenarios with the same rules, months and lifting of them have in common."""
    own = tuple(scenario.actors[name].law for name in PARTNERS)
    return scenario.period.months, lifted_from(scenario), own, repr(scenario.measures)


def build_inputs(scenario: Scenario, par: dict[str, Array], law: Schedule | None = None) -> Inputs:
    """Return the inputs of a scenario for parameter arrays `par`, each (member,).

    `law` is what `law_of` gives, where it is known.
    """
    members = len(next(iter(par.values())))
    period = scenario.period.months
    split = period.index(scenario.tightening_from)
    base = base_year()
    lifted = lifted_from(scenario)
    schedule = law_of(scenario, par) if law is None else law
    actors = scenario.actors
    ladder = _ladder(scenario, base, lifted) if actors.UN.mode == "reactive" else None
    potential = _potentials(scenario, par, base, members)

    world, coal_world = _world_prices(scenario, period, par)
    need = politics.need(scenario, period, par)
    us_pressure = paths.us_pressure(scenario, period)
    exports = base.flow[:, 0].sum()
    fees = transit_tonnes(base, base.transit) * par["transit_fee"] / TONNES_A_MUSD
    unrecorded = par["unrecorded_income"]
    sigma = np.stack(
        [np.stack([par[f"sigma_{g}"] for g in goods], axis=-1) for goods in GOODS], axis=1
    )
    dprk = actors.DPRK
    return Inputs(
        months=period,
        split=split,
        base=base,
        par=par,
        potential=potential,
        potential_multiple=np.array([[actors[name].potential for name in PARTNERS]] * members),
        labour_room=_labour_room(par, base),
        attraction=_attraction(scenario, period, par, base),
        world=world,
        log_world=np.log(world),
        coal_world=coal_world,
        us_pressure=us_pressure,
        provocation=paths.provocations(period),
        provocation_before=paths.provocation_before(period),
        tests=paths.tests(period),
        grave=paths.grave_tests(period),
        hazard=dprk.provocations == "hazard",
        us_threat=council.threat(us_pressure, paths.us_pressure_before(scenario, period)),
        thaw=paths.thaw(period),
        monitoring=politics.monitoring(scenario, period, par),
        watch_given=actors.UN.monitoring is not None,
        monitors_gone=paths.monitors_gone(period),
        tension_before=paths.tension_before(period),
        need=need,
        need_above_base=need - need[: split + 1].min(axis=0),
        trade_under_measures=trade_under_measures(schedule, base),
        decoupling=paths.judged("decoupling", period, par["decoupling_position"]),
        openness=paths.openness(scenario, period, par["border_position"]),
        # A border further open in the record is one with less danger behind it.
        border_threat=paths.judged("pandemic", period, 1.0 - par["border_position"])[..., 0]
        if dprk.border == "decision"
        else None,
        transit_open=paths.political("transit_open", period)[:, RUSSIA],
        transit_factor=np.full(members, actors.Russia.corridor.transit),
        season=_season(scenario, period, par),
        cyber=_cyber(period, par),
        unrecorded=unrecorded,
        arms=politics.arms(scenario, period, par),
        quota=paths.labour_terms(scenario, period)[1],
        schedule=schedule,
        ladder=ladder,
        lifted=lifted,
        law_endogenous=np.array([float(actors[n].law == "endogenous") for n in PARTNERS]),
        opens=politics.opens(scenario),
        invites=politics.channel(scenario, "labour"),
        carries=politics.channel(scenario, "transit"),
        payments=politics.channel(scenario, "payments"),
        fixed_enforcement=np.stack(
            [paths.fixed_level(actors[n].enforcement, n, period) for n in PARTNERS], axis=-1
        ),
        fixed_support=np.stack(
            [paths.fixed_level(actors[n].support, n, period) for n in PARTNERS], axis=-1
        ),
        weights=politics.enforcement_weights(par),
        support_weights=politics.support_weights(par),
        sells_coal=politics.sells_coal(par),
        council_weights=politics.council_weights(par),
        speeds=(
            np.stack([par[f"{k}_enforcement_up"] for k in PARTNER_KEYS], axis=-1),
            np.stack([par[f"{k}_enforcement_down"] for k in PARTNER_KEYS], axis=-1),
        ),
        friction_weight=politics.friction_weight(scenario, period, par, need),
        sigma=sigma,
        price_floor=par["price_floor"],
        price_cap=par["price_cap"],
        # No value becomes NaN.
        fixed_effort=np.full((len(period), 1), dprk.evasion.value, dtype=np.float64),
        capacity_shock=paths.capacity_shock(scenario, period),
        reserve_shock=paths.shock(scenario, period, "reserves"),
        base_receipts=exports + base.remittance.sum() + fees + unrecorded,
        levies=_levies(scenario),
    )


def _season(scenario: Scenario, period: tuple[str, ...], par: dict[str, Array]) -> Array:
    """Return the seasonal factor of the import plan, (month, member), 1 where it is off."""
    weight = par["season_weight"]
    if not scenario.season:
        return np.ones((len(period), weight.size))
    index = paths.seasonal_index()
    month_index = np.array([index[int(m[5:7]) - 1] for m in period])
    return np.asarray(1.0 + weight * (month_index[:, None] - 1.0))


def _cyber(period: tuple[str, ...], par: dict[str, Array]) -> Array:
    """Return cyber income, (month, member), USD million a month."""
    begun, late = (np.array(period)[:, None] >= month for month in CYBER_FROM)
    early = np.where(begun, par["cyber_income"], 0.0)
    return np.where(late, par["cyber_income_late"], early)


def _world_prices(
    scenario: Scenario, period: tuple[str, ...], par: dict[str, Array]
) -> tuple[Array, Array]:
    """Return the price factor w by (month, member, direction, good), and the coal price by month.

    w is the world price two months before to the power of its passthrough; booked coal in transit
    takes the price of the month before.
    """
    passthrough = par["world_price_passthrough_coal"]
    world = np.ones((len(period), passthrough.size, N_DIRECTIONS, N_GOODS))
    booked = paths.shock(scenario, period, "world_price_coal")
    coal = booked.copy()
    if scenario.world_prices.mode == "historical":
        price = lambda name, lag: relative_price(  # noqa: E731
            name, period, lag, scenario.world_prices.until
        )
        coal *= price("coal_australia", 2)
        booked = booked * price("coal_australia", 1)
        world[:, :, 1, FUEL] = price("crude_brent", 2)[:, None]
        world[:, :, 1, FOOD] = price("food_index", 2)[:, None]
    world[:, :, 0, COAL] = np.exp(passthrough * np.log(coal)[:, None])
    return world, booked


def scenario_rules(scenario: Scenario, calendar: Calendar) -> list[Rule]:
    """Return the rules of the measures a scenario includes, own measures among them."""
    registry = load("measures")
    adopted = {row.id: row.adopted for row in registry}
    wanted = _wanted(scenario, set(adopted))
    rows = tuple(r for r in load("rules") if r.id in wanted) + scenario.measures.added_rows()
    rules = rules_from(rows, adopted, calendar)
    if scenario.measures.windows == "notice":
        rules = [at_its_notice(rule) for rule in rules]
    law = {n: scenario.actors[n].law for n in PARTNERS}
    return [
        replace(rule, ended=_ended(scenario, rule, calendar)) if scenario.measures.end else rule
        for rule in rules
        if rule.acts_on != "margin" or rule.size > 0.0
        if law[PARTNERS[rule.partner]] == "registry"
        or (law[PARTNERS[rule.partner]] == "endogenous" and not rule.discretionary)
    ]


def _levies(scenario: Scenario) -> tuple[Rule, ...]:
    """Return the rules of a scenario's own measures that act on margins; no shipped one does."""
    if all(measure.kind in ON_FLOWS for measure in scenario.measures.add):
        return ()
    rules = scenario_rules(scenario, Calendar(scenario.period.months))
    return tuple(rule for rule in rules if rule.acts_on == "margin")


def _ended(scenario: Scenario, rule: Rule, calendar: Calendar) -> float:
    """Return the first day on which the scenario has ended a rule, counted as the rule's days."""
    days = [
        float(calendar.day(ending.day))
        for ending in scenario.measures.end or ()
        if ending.ids == "all" or rule.id in ending.ids
        if ending.partner in (None, PARTNERS[rule.partner])
    ]
    return min(days, default=rule.ended)


def _wanted(scenario: Scenario, known: set[str]) -> set[str]:
    """Return which of the known ids a scenario includes."""
    listed = scenario.measures.include
    return (known if listed == "all" else known & set(listed)) - set(scenario.measures.drop)


def _ladder(scenario: Scenario, base: BaseYear, lifted: int) -> Ladder:
    """Return what the Council may adopt: the scenario's UN measures, then drafts once vetoed."""
    calendar = Calendar(scenario.period.months)
    rules = scenario_rules(scenario, calendar)
    un = {r.id: (r.instrument, r.adopted) for r in load("measures") if r.issuer == "UN"}
    every = load("drafts")
    wanted = _wanted(scenario, {row.id for row in every})
    drafts = tuple(row for row in every if row.id in wanted)
    un |= {row.id: (f"draft of {row.start:%Y-%m}", row.start) for row in drafts}
    lawful = {n for n in PARTNERS if scenario.actors[n].law != "none"}
    further = [
        rule
        for rule in rules_from(drafts, {row.id: row.start for row in drafts}, calendar)
        if PARTNERS[rule.partner] in lawful
    ]
    day = float(calendar.month_starts[lifted])
    return build_ladder([*rules, *further], un, calendar, base, day)


def _potentials(scenario: Scenario, par: dict[str, Array], base: BaseYear, members: int) -> Array:
    """Return potentials, at least `LEAST_POTENTIAL` of base, (member, partner, direction, good)."""
    out = np.empty((members, N_PARTNERS, N_DIRECTIONS, N_GOODS))
    for p, key in enumerate(PARTNER_KEYS):
        for d, goods in enumerate((EXPORT_GOODS, IMPORT_GOODS)):
            for g, good in enumerate(goods):
                out[:, p, d, g] = par[f"potential_{key}_{good}"] / MONTHS_A_YEAR
    return np.maximum(out, LEAST_POTENTIAL * base.flow)


def _labour_room(par: dict[str, Array], base: BaseYear) -> Array:
    """Return how many workers each host could take, (member, partner)."""
    room = np.stack([par[f"potential_{k}_labour"] for k in PARTNER_KEYS], axis=-1) / MONTHS_A_YEAR
    return np.asarray(base.workers * np.maximum(room / base.remittance, LEAST_POTENTIAL))


def trade_under_measures(schedule: Schedule, base: BaseYear) -> Array:
    """Return R: share of base trade under measures, labour included, whatever enforcement is.

    (month, variant, member, partner).
    """
    trade = base.flow.sum(axis=(-2, -1)) + base.remittance
    covered = schedule.under_measures * (base.flow / trade[:, None, None])
    total = schedule.labour_measures * (base.remittance / trade)
    for d in range(N_DIRECTIONS):
        for g in range(N_GOODS):
            total = total + covered[..., d, g]
    return np.asarray(total)


def _attraction(
    scenario: Scenario, period: tuple[str, ...], par: dict[str, Array], base: BaseYear
) -> Array:
    """Return how strongly each host draws crews, (month, member, partner).

    Base workers times net pay relative to 2015-16 to the crew elasticity. The state takes a fixed
    sum in dollars, a share of the base wage, so a change of the wage moves net pay more than it.
    """
    wage = np.stack([paths.shock(scenario, period, "wage", name) for name in PARTNERS], axis=-1)
    terms, quota = paths.labour_terms(scenario, period)
    take = par["state_take"][:, None]
    asked = take * quota[:, None, :]
    left = (wage * terms)[:, None, :] - asked
    net = np.maximum(left, LEAST_NET_PAY * (1.0 - take)) / (1.0 - take)
    return np.asarray(base.workers * net ** par["crew_elasticity"][:, None])
