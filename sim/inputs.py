"""From a scenario, parameter draws and data to the arrays a model reads: base year, paths, law."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.axes import (
    COAL,
    DIRECTIONS,
    EXPORT_GOODS,
    FOOD,
    FUEL,
    GOODS,
    IMPORT_GOODS,
    N_DIRECTIONS,
    N_GOODS,
    N_PARTNERS,
    PARTNERS,
    month_number,
    months,
)
from sim.data import load
from sim.kernels.enforcement import provocation_index
from sim.registry import Calendar, Rule, Schedule, build_schedule, rules_from
from sim.scenario import Scenario

Array = NDArray[np.float64]

MONTHS_A_YEAR = 12.0
TONNES_A_MUSD = 1e6
BASE_YEARS = ("2015-01", "2016-12")
PARTNER_KEYS = ("china", "russia", "rest")

PROVOCATION_WEIGHTS = {"nuclear": 1.0, "icbm": 0.7, "other": 0.1}
"""Weight of a test in the provocation index (C, MODEL section 4)."""

WORKERS_AT_HOME = 150_000.0
"""Workers the DPRK could send beyond those abroad; ample, so that hosts decide (C)."""

RAJIN_CEILING_TONNES = 5e6
"""Design capacity of the Rajin terminal, tonnes a year (B, TASS 2018; corridors.csv)."""


@dataclass(frozen=True)
class BaseYear:
    """Flows of 2015-16, USD million a month at base prices."""

    flow: Array  # (partner, direction, good)
    recorded_share: Array  # (partner, direction, good)
    workers: Array  # (partner,)
    remittance: Array  # (partner,), USD million a month
    labour_potential: Array  # (partner,), multiple of the base stock, before draws
    crude: float
    transit: float
    coal_price: float  # USD a tonne, world, mean of 2015-16


@lru_cache(maxsize=1)
def base_year() -> BaseYear:
    """Return the base year from `data/base_flows.csv` and `data/world_prices.csv`."""
    cells = {(r.partner, r.direction, r.good): r for r in load("base_flows")}
    flow = np.zeros((N_PARTNERS, N_DIRECTIONS, N_GOODS))
    share = np.ones_like(flow)
    for p, partner in enumerate(PARTNERS):
        for d, direction in enumerate(DIRECTIONS):
            for g, good in enumerate(GOODS[d]):
                row = cells[partner, direction, good]
                flow[p, d, g] = row.moved_musd_per_year / MONTHS_A_YEAR
                if row.moved_musd_per_year > 0:
                    share[p, d, g] = row.recorded_musd_per_year / row.moved_musd_per_year
    labour = [cells[p, "dprk_export", "labour"] for p in PARTNERS]
    prices = _series("coal_australia")
    years = [prices[m] for m in months(*BASE_YEARS)]
    moved = np.array([r.moved_musd_per_year for r in labour])
    return BaseYear(
        flow=flow,
        recorded_share=share,
        workers=np.array([float(r.workers or 0.0) for r in labour]),
        remittance=moved / MONTHS_A_YEAR,
        labour_potential=np.array([r.potential_musd_per_year for r in labour]) / moved,
        crude=cells["China", "dprk_import", "crude"].moved_musd_per_year / MONTHS_A_YEAR,
        transit=cells["Russia", "dprk_import", "transit_coal"].moved_musd_per_year / MONTHS_A_YEAR,
        coal_price=float(np.mean(years)),
    )


@lru_cache(maxsize=8)
def _series(name: str) -> dict[str, float]:
    """Return a monthly world price series by month."""
    return {
        f"{r.year:04d}-{r.month:02d}": r.price for r in load("world_prices") if r.series == name
    }


def _relative(name: str, period: tuple[str, ...], lag: int) -> Array:
    """Return a world price `lag` months before each month, relative to 2015-16."""
    series = _series(name)
    mean = np.mean([series[m] for m in months(*BASE_YEARS)])
    first, last = min(series), max(series)
    wanted = [month_number(m) - lag for m in period]
    keys = [min(max(f"{n // 12:04d}-{n % 12 + 1:02d}", first), last) for n in wanted]
    return np.asarray(np.array([series[k] for k in keys]) / mean)


def _levels(
    rows: tuple[tuple[str, str, float], ...], period: tuple[str, ...], default: float
) -> Array:
    """Return a path by month from (first month, last month, level) rows; later rows win."""
    out = np.full(len(period), default)
    for first, last, level in rows:
        for t, month in enumerate(period):
            if first <= month <= last:
                out[t] = level
    return out


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
    friction_on: Array  # (partner,)
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

    world = np.ones((len(period), members, N_DIRECTIONS, N_GOODS))
    if scenario.world_prices.mode == "historical":
        coal = np.log(_relative("coal_australia", period, 2))[:, None]
        world[:, :, 0, COAL] = np.exp(par["world_price_passthrough_coal"] * coal)
        world[:, :, 1, FUEL] = _relative("crude_brent", period, 2)[:, None]
        world[:, :, 1, FOOD] = _relative("food_index", period, 2)[:, None]
        coal_world = _relative("coal_australia", period, 1)
    else:
        coal_world = np.ones(len(period))
    coal_world = coal_world * _shock(scenario, period, "world_price_coal")
    world[:, :, 0, COAL] *= (
        (_shock(scenario, period, "world_price_coal")[:, None])
        ** par["world_price_passthrough_coal"]
    )

    need, decoupling = _political("need", period), _political("decoupling", period)
    for p, name in enumerate(PARTNERS):
        own = actors[name].need
        if own is not None:
            need[:, p] = own.by_month(period)
    monitoring = _political("monitoring", period)[:, 0]
    if scenario.actors.UN.monitoring is not None:
        monitoring = scenario.actors.UN.monitoring.by_month(period)
    openness = _openness(scenario, period)
    transit_open = _political("transit_open", period)[:, PARTNERS.index("Russia")]
    season = np.ones((len(period), members))
    if scenario.season:
        index = seasonal_index()
        month_index = np.array([index[int(m[5:7]) - 1] for m in period])
        season = 1.0 + par["season_weight"] * (month_index[:, None] - 1.0)

    russia_friction = 1.0 - np.where(np.array(period) >= "2022-01", need[:, 1], 0.0)
    friction = np.stack([par[f"{k}_friction"] for k in PARTNER_KEYS], axis=-1)
    friction_weight = np.broadcast_to(friction, (len(period), members, N_PARTNERS)).copy()
    friction_weight[:, :, 1] *= russia_friction[:, None]
    friction_on = np.array([float(actors[name].friction) for name in PARTNERS])

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
        us_pressure=_us_pressure(scenario, period),
        provocation=_provocations(period),
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
            [_fixed(actors[n].enforcement, n, period) for n in PARTNERS], axis=-1
        ),
        fixed_support=np.stack([_fixed(actors[n].support, n, period) for n in PARTNERS], axis=-1),
        friction_on=friction_on,
        weights=_enforcement_weights(par, members),
        speeds=(
            np.stack([par[f"{k}_enforcement_up"] for k in PARTNER_KEYS], axis=-1),
            np.stack([par[f"{k}_enforcement_down"] for k in PARTNER_KEYS], axis=-1),
        ),
        friction_weight=friction_weight * friction_on,
        sigma=sigma,
        price_floor=par["price_floor"],
        price_cap=par["price_cap"],
        fixed_effort=dprk.evasion.value if dprk.evasion.mode == "fixed" else None,
        capacity_shock=_capacity_shock(scenario, period),
        reserve_shock=_shock(scenario, period, "reserves"),
        base_receipts=exports + base.remittance.sum() + fees + unrecorded,
    )


def transit_tonnes(base: BaseYear, volume: Array | float) -> Array:
    """Return tonnes for a transit volume in USD million at base prices."""
    return np.asarray(volume) * TONNES_A_MUSD / base.coal_price


def scenario_rules(scenario: Scenario, calendar: Calendar) -> list[Rule]:
    """Return the rules of the measures a scenario includes, own measures among them."""
    registry = load("measures")
    adopted = {row.id: row.adopted for row in registry}
    wanted = set(adopted) if scenario.measures.include == "all" else set(scenario.measures.include)
    wanted -= set(scenario.measures.drop)
    rows = tuple(r for r in load("rules") if r.id in wanted) + scenario.measures.added_rows()
    lawful = {n for n in PARTNERS if scenario.actors[n].law == "registry"}
    return [r for r in rules_from(rows, adopted, calendar) if PARTNERS[r.partner] in lawful]


def seasonal_index() -> Array:
    """Return the seasonal index of China's exports to the DPRK, estimated on 2016 alone, (12,)."""
    year = [r.cn_export_closed for r in load("trade_china_monthly") if r.year == 2016]
    index = np.array(year) / np.mean(year)
    return np.asarray(index / index.mean())


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
    wage = np.stack([_shock(scenario, period, "wage", name) for name in PARTNERS], axis=-1)
    take = par["state_take"][:, None]
    net = np.maximum(wage[:, None, :] - take, 0.05 * (1.0 - take)) / (1.0 - take)
    return np.asarray(base.workers * net ** par["crew_elasticity"][:, None])


def _enforcement_weights(par: dict[str, Array], members: int) -> dict[str, Array]:
    """Return the weights of the enforcement rule by name, (member, partner)."""
    names = ("intercept", "un", "us", "provocation", "stability")
    out = {n: np.stack([par[f"{k}_enforcement_{n}"] for k in PARTNER_KEYS], axis=-1) for n in names}
    zero = np.zeros(members)
    out["need"] = np.stack([zero, par["russia_enforcement_need"], zero], axis=-1)
    return out


def _political(path: str, period: tuple[str, ...]) -> Array:
    """Return a judged path of `data/political_paths.csv` by month and partner."""
    out = np.zeros((len(period), N_PARTNERS))
    for p, partner in enumerate(PARTNERS):
        rows = tuple(
            (r.start, r.end, r.level)
            for r in load("political_paths")
            if r.path == path and r.partner in (partner, "all")
        )
        out[:, p] = _levels(rows, period, 0.0)
    return out


def _us_pressure(scenario: Scenario, period: tuple[str, ...]) -> Array:
    """Return US pressure by month."""
    setting = scenario.us_pressure
    if setting.mode == "historical":
        rows = tuple((r.start, r.end, r.level) for r in load("us_pressure"))
        return _levels(rows, period, 0.1)
    return setting.by_month(period)


def _provocations(period: tuple[str, ...]) -> Array:
    """Return the provocation index by month; tests before the period have their echo in it."""
    weights, names = [], []
    for row in load("provocations"):
        if row.month > period[-1]:
            break
        icbm = row.of_which_icbm
        other = max(row.launch_days_cns - icbm, 0)
        weights.append(
            PROVOCATION_WEIGHTS["nuclear"] * row.nuclear_tests
            + PROVOCATION_WEIGHTS["icbm"] * icbm
            + PROVOCATION_WEIGHTS["other"] * other
        )
        names.append(row.month)
    index = dict(zip(names, provocation_index(np.array(weights)), strict=True))
    return np.array([index[m] for m in period])


def _openness(scenario: Scenario, period: tuple[str, ...]) -> Array:
    """Return the share of each border that is open, times the scenario's corridors."""
    out = np.ones((len(period), N_PARTNERS))
    if scenario.actors.DPRK.border == "historical":
        rows = {(r.partner, r.month): r.open for r in load("border_months")}
        for p, partner in enumerate(PARTNERS):
            for t, month in enumerate(period):
                if (partner, month) in rows:
                    out[t, p] = rows[partner, month]
        out[:, 2] = np.minimum(out[:, 0], out[:, 1])
    for p, partner in enumerate(PARTNERS):
        corridor = scenario.actors[partner].corridor
        if corridor.levels is not None:
            out[:, p] *= corridor.levels.by_month(period)
        out[:, p] *= _shock(scenario, period, "corridor", partner)
    return out


def _shock(
    scenario: Scenario, period: tuple[str, ...], target: str, partner: str | None = None
) -> Array:
    """Return the product of the factors of a scenario's shocks on one target, by month."""
    out = np.ones(len(period))
    for shock in scenario.shocks:
        if shock.target == target and (partner is None or shock.partner in (None, partner)):
            inside = [shock.first <= m <= shock.last for m in period]
            out[np.array(inside)] *= shock.factor
    return out


def _capacity_shock(scenario: Scenario, period: tuple[str, ...]) -> Array:
    """Return the factor on firms' capacity, (month, partner, direction, good)."""
    out = np.ones((len(period), N_PARTNERS, N_DIRECTIONS, N_GOODS))
    for shock in scenario.shocks:
        if shock.target != "potential":
            continue
        inside = np.array([shock.first <= m <= shock.last for m in period])
        for p, partner in enumerate(PARTNERS):
            for d, goods in enumerate(GOODS):
                for g, good in enumerate(goods):
                    if shock.partner in (None, partner) and shock.good in (None, good):
                        out[inside, p, d, g] *= shock.factor
    return out


def _fixed(setting: object, partner: str, period: tuple[str, ...]) -> Array:
    """Return a partner's fixed or historical level by month, NaN where its rule decides."""
    mode = getattr(setting, "mode")  # noqa: B009
    if mode in ("adaptive", "rule"):
        return np.full(len(period), np.nan)
    if mode == "historical":
        return judged_enforcement(partner, period)
    return setting.by_month(period)  # type: ignore[attr-defined,no-any-return]


def judged_enforcement(partner: str, period: tuple[str, ...]) -> Array:
    """Return the judged enforcement index (C); the rest of the world is the mean of the two."""
    by_partner = [
        _levels(
            tuple(
                (r.start, r.end, r.level) for r in load("enforcement_index") if r.partner == name
            ),
            period,
            0.1,
        )
        for name in (("China", "Russia") if partner == "RestOfWorld" else (partner,))
    ]
    return np.asarray(np.mean(by_partner, axis=0))
