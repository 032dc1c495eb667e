"""From a scenario, parameter draws and data to the arrays a model reads: base year, paths, law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import paths
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
    months,
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
from sim.registry import Calendar, Rule, Schedule, build_schedule, rules_from
from sim.scenario import Scenario

Array = NDArray[np.float64]

PARTNER_KEYS = ("china", "russia", "rest")


@dataclass(frozen=True)
class Inputs:
    """Everything a run reads and never changes; month first, then member where draws differ."""

    months: tuple[str, ...]
    split: int
    base: BaseYear
    par: dict[str, Array]
    potential: Array  # (member, partner, direction, good), USD million a month
    potential_multiple: Array  # (partner,), lever on the capacity of idle firms
    labour_room: Array  # (member, partner), workers
    attraction: Array  # (month, member, partner), base stock weighed by net pay
    world: Array  # (month, member, direction, good), price factor w of margins and clearing
    log_world: Array  # its logarithm
    coal_world: Array  # (month,), world coal price of the month before, relative to base
    us_pressure: Array  # (month,)
    provocation: Array  # (month,)
    thaw: Array  # (month, partner), index of summits
    monitoring: Array  # (month,)
    need: Array  # (month, partner)
    need_above_base: Array  # (month, partner)
    decoupling: Array  # (month, partner)
    trade_under_measures: Array  # (month, variant, member, partner), share R, labour included
    openness: Array  # (month, partner)
    transit_open: Array  # (month,)
    transit_factor: float  # multiple of Rajin capacity
    season: Array  # (month, member)
    cyber: Array  # (month, member), USD million a month
    unrecorded: Array  # (member,)
    arms: Array  # (month,), USD million a month
    schedule: Schedule
    fixed_enforcement: Array  # (month, partner), NaN where the rule decides
    fixed_support: Array  # (month, partner), NaN where the rule decides
    weights: dict[str, Array]  # enforcement rule, (member, partner)
    speeds: tuple[Array, Array]  # (member, partner)
    friction_weight: Array  # (month, member, partner)
    sigma: Array  # (member, direction, good)
    price_floor: Array | None
    price_cap: Array | None
    fixed_effort: float | None
    capacity_shock: Array  # (month, partner, direction, good), multiple of firms' capacity
    reserve_shock: Array  # (month,), multiple of reserves
    base_receipts: Array  # (member,)

    @property
    def members(self) -> int:
        """Return the number of members."""
        return int(self.potential.shape[0])


def build_inputs(scenario: Scenario, par: dict[str, Array]) -> Inputs:
    """Return the inputs of a scenario for parameter arrays `par`, each (member,)."""
    members = len(next(iter(par.values())))
    period = months(scenario.period.first, scenario.period.last)
    split = period.index(scenario.tightening_from)
    base = base_year()
    calendar = Calendar(period)
    rules = scenario_rules(scenario, calendar)
    schedule = build_schedule(rules, calendar, par, float(calendar.month_starts[split]), members)
    actors = scenario.actors
    potential = _potentials(scenario, par, base, members)

    world, coal_world = _world_prices(scenario, period, par)
    need, decoupling = paths.political("need", period), paths.political("decoupling", period)
    for p, name in enumerate(PARTNERS):
        own = actors[name].need
        if own is not None:
            need[:, p] = own.by_month(period)
    monitoring = paths.political("monitoring", period)[:, 0]
    if scenario.actors.UN.monitoring is not None:
        monitoring = scenario.actors.UN.monitoring.by_month(period)
    openness = paths.openness(scenario, period)
    transit_open = paths.political("transit_open", period)[:, RUSSIA]
    season = np.ones((len(period), members))
    if scenario.season:
        index = paths.seasonal_index()
        month_index = np.array([index[int(m[5:7]) - 1] for m in period])
        season = 1.0 + par["season_weight"] * (month_index[:, None] - 1.0)

    exports = base.flow[:, 0].sum()
    fees = transit_tonnes(base, base.transit) * par["transit_fee"] / TONNES_A_MUSD
    unrecorded = par["unrecorded_income"]
    late = np.array(period) >= "2021-01"
    begun = np.array(period) >= "2017-01"
    cyber = np.where(
        late[:, None], par["cyber_income_late"], np.where(begun[:, None], par["cyber_income"], 0.0)
    )
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
        potential_multiple=np.array([actors[name].potential for name in PARTNERS]),
        labour_room=_labour_room(par, base),
        attraction=_attraction(scenario, period, par, base),
        world=world,
        log_world=np.log(world),
        coal_world=coal_world,
        us_pressure=paths.us_pressure(scenario, period),
        provocation=paths.provocations(period),
        thaw=paths.thaw(period),
        monitoring=monitoring,
        need=need,
        need_above_base=need - need[: split + 1].min(axis=0),
        trade_under_measures=_trade_under_measures(schedule, base),
        decoupling=decoupling,
        openness=openness,
        transit_open=transit_open,
        transit_factor=actors.Russia.corridor.transit,
        season=season,
        cyber=cyber,
        unrecorded=unrecorded,
        arms=np.zeros(len(period)) if dprk.arms is None else dprk.arms.by_month(period),
        schedule=schedule,
        fixed_enforcement=np.stack(
            [paths.fixed_level(actors[n].enforcement, n, period) for n in PARTNERS], axis=-1
        ),
        fixed_support=np.stack(
            [paths.fixed_level(actors[n].support, n, period) for n in PARTNERS], axis=-1
        ),
        weights=_enforcement_weights(par, members),
        speeds=(
            np.stack([par[f"{k}_enforcement_up"] for k in PARTNER_KEYS], axis=-1),
            np.stack([par[f"{k}_enforcement_down"] for k in PARTNER_KEYS], axis=-1),
        ),
        friction_weight=_friction_weight(scenario, period, par, need),
        sigma=sigma,
        price_floor=par["price_floor"],
        price_cap=par["price_cap"],
        fixed_effort=dprk.evasion.value if dprk.evasion.mode == "fixed" else None,
        capacity_shock=paths.capacity_shock(scenario, period),
        reserve_shock=paths.shock(scenario, period, "reserves"),
        base_receipts=exports + base.remittance.sum() + fees + unrecorded,
    )


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


def _friction_weight(
    scenario: Scenario, period: tuple[str, ...], par: dict[str, Array], need: Array
) -> Array:
    """Return the weight of payment friction, (month, member, partner).

    From 2022 Russia's falls with its need of the DPRK; a partner whose friction is off has none.
    """
    weight = np.stack([par[f"{k}_friction"] for k in PARTNER_KEYS], axis=-1)
    by_month = np.ones((len(period), 1, N_PARTNERS))
    by_month[:, 0, RUSSIA] -= np.where(np.array(period) >= "2022-01", need[:, RUSSIA], 0.0)
    on = np.array([float(scenario.actors[name].friction) for name in PARTNERS])
    return np.asarray(weight * by_month * on)


def scenario_rules(scenario: Scenario, calendar: Calendar) -> list[Rule]:
    """Return the rules of the measures a scenario includes, own measures among them."""
    registry = load("measures")
    adopted = {row.id: row.adopted for row in registry}
    wanted = set(adopted) if scenario.measures.include == "all" else set(scenario.measures.include)
    wanted -= set(scenario.measures.drop)
    rows = tuple(r for r in load("rules") if r.id in wanted) + scenario.measures.added_rows()
    lawful = {n for n in PARTNERS if scenario.actors[n].law == "registry"}
    return [r for r in rules_from(rows, adopted, calendar) if PARTNERS[r.partner] in lawful]


def _potentials(scenario: Scenario, par: dict[str, Array], base: BaseYear, members: int) -> Array:
    """Return potentials, at least 1.05 times base, (member, partner, direction, good)."""
    out = np.empty((members, N_PARTNERS, N_DIRECTIONS, N_GOODS))
    for p, key in enumerate(PARTNER_KEYS):
        for d, goods in enumerate((EXPORT_GOODS, IMPORT_GOODS)):
            for g, good in enumerate(goods):
                out[:, p, d, g] = par[f"potential_{key}_{good}"] / MONTHS_A_YEAR
    return np.maximum(out, 1.05 * base.flow)


def _labour_room(par: dict[str, Array], base: BaseYear) -> Array:
    """Return how many workers each host could take, (member, partner)."""
    room = np.stack([par[f"potential_{k}_labour"] for k in PARTNER_KEYS], axis=-1) / MONTHS_A_YEAR
    return np.asarray(base.workers * np.maximum(room / base.remittance, 1.05))


def _trade_under_measures(schedule: Schedule, base: BaseYear) -> Array:
    """Return R: share of base trade under measures, labour included, whatever enforcement is."""
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
    take = par["state_take"][:, None]
    net = np.maximum(wage[:, None, :] - take, 0.05 * (1.0 - take)) / (1.0 - take)
    return np.asarray(base.workers * net ** par["crew_elasticity"][:, None])


def _enforcement_weights(par: dict[str, Array], members: int) -> dict[str, Array]:
    """Return the weights of the enforcement rule by name, (member, partner)."""
    names = ("intercept", "un", "us", "provocation", "diplomacy", "stability")
    out = {n: np.stack([par[f"{k}_enforcement_{n}"] for k in PARTNER_KEYS], axis=-1) for n in names}
    zero = np.zeros(members)
    out["need"] = np.stack([zero, par["russia_enforcement_need"], zero], axis=-1)
    return out
