"""Markets clear, keep their closed forms and limits, and treat every lane alone."""

from __future__ import annotations

import csv
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy.optimize import brentq

from sim.kernels.export_market import QUOTED_WITHOUT_FLOOR, clear_exports
from sim.kernels.import_market import ImportClearing, clear_imports, clear_imports_at

ORACLES = Path(__file__).parents[1] / "oracles"
P, G = 3, 5
quick = settings(max_examples=60, deadline=None)


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of an oracle file."""
    with (ORACLES / name).open(newline="") as file:
        return list(csv.DictReader(file))


def between(low: float, high: float, *shape: int) -> st.SearchStrategy[Any]:
    """Return arrays of floats inside bounds."""
    return arrays(np.float64, shape, elements=st.floats(low, high))


@st.composite
def exports(draw: st.DrawFn, alike: bool | None = None) -> dict[str, Any]:
    """Draw one export market lane, with absent buyers and held partners."""
    supply = draw(between(0.1, 500.0, G))
    present = draw(arrays(np.bool_, (P, G)))
    capacity = np.where(present, supply * 10.0 ** draw(between(-6.0, 3.0, P, G)), 0.0)
    elasticity = np.broadcast_to(draw(between(2.0, 8.5, G)), (P, G)).copy()
    if not (draw(st.booleans()) if alike is None else alike):
        elasticity[1] = draw(st.one_of(st.just(0.0), st.floats(2.0, 8.5)))
    return {
        "capacity": capacity,
        "elasticity": elasticity,
        "world_price": draw(between(0.3, 4.0, G)),
        "supply": supply,
        "supply_elasticity": draw(between(0.2, 5.0, 1)),
        "floor": draw(st.sampled_from([None, 0.0, 0.25, np.array([0.4])])),
    }


@st.composite
def imports(draw: st.DrawFn, capped: bool | None = None) -> dict[str, Any]:
    """Draw one lane of import markets, with absent and held origins and mixed elasticities."""
    demand = draw(between(0.1, 200.0, G))
    shares = draw(between(0.01, 1.0, P, G))
    shares = shares / shares.sum(axis=0)
    present = draw(arrays(np.bool_, (P, G)))
    capacity = np.where(present, demand * shares * 10.0 ** draw(between(-6.0, 3.0, P, G)), 0.0)
    epsilon = np.full(P, draw(st.floats(0.2, 5.0)))
    kind = draw(st.sampled_from(["alike", "held", "mixed"]))
    if kind == "held":
        epsilon[1] = 0.0
    if kind == "mixed":
        epsilon = draw(between(0.2, 5.0, P))
    bounded = draw(st.booleans()) if capped is None else capped
    return {
        "shares": shares,
        "demand": demand,
        "capacity": capacity,
        "sigma": draw(between(2.0, 8.5, G)),
        "supply_elasticity": epsilon,
        "demand_elasticity": draw(between(1.05, 1.9, 1)),
        "world_price": draw(between(0.3, 4.0, G)),
        "spending": np.asarray(demand.sum() * draw(st.floats(0.01, 5.0))),
        "price_cap": 3.0 if bounded else None,
    }


def stacked(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Return lanes put beside one another, a cap or floor written out."""
    out: dict[str, Any] = {}
    for key in cases[0]:
        values = [case[key] for case in cases]
        if key in ("price_cap", "floor"):
            out[key] = None if values[0] is None else np.stack([np.full(1, v) for v in values])
        else:
            out[key] = np.stack(values)
    return out


def as_bytes(clearing: Any, lane: int | None = None) -> list[bytes]:
    """Return every array of a clearing, or of one lane of it, as bytes."""
    names = (
        [f.name for f in fields(clearing)]
        if isinstance(clearing, ImportClearing)
        else clearing._fields
    )
    found = [np.asarray(getattr(clearing, name)) for name in names]
    return [(a if lane is None else a[lane]).tobytes() for a in found]


def excess_demand(case: dict[str, Any], good: int, log_price: float) -> float:
    """Return ln demand - ln supply of one export market, one buyer at a time."""
    bought = sum(
        case["capacity"][p, good]
        * case["world_price"][good] ** case["elasticity"][p, good]
        * math.exp(-case["elasticity"][p, good] * log_price)
        for p in range(P)
    )
    return (
        math.log(bought)
        - math.log(case["supply"][good])
        - float(case["supply_elasticity"][0]) * log_price
    )


def scalar_good(case: dict[str, Any], good: int, log_factor: float) -> tuple[float, list[float]]:
    """Return ln I and ln P of one good at a demand factor, by bisection on plain numbers."""
    sigma, eta = float(case["sigma"][good]), float(case["demand_elasticity"][0])
    cap = math.inf if case["price_cap"] is None else math.log(case["price_cap"])
    sellers = [p for p in range(P) if case["capacity"][p, good] > 0.0]

    def prices(x: float) -> list[float]:
        out = []
        for p in sellers:
            e = float(case["supply_elasticity"][p])
            able = math.log(case["capacity"][p, good]) - e * math.log(case["world_price"][good])
            h = log_factor + math.log(case["demand"][good] * case["shares"][p, good]) - able
            out.append(min(cap, (h + (sigma - eta) * x) / (e + sigma)))
        return out

    def miss(x: float) -> float:
        term = [
            math.log(case["shares"][p, good]) + (1.0 - sigma) * y
            for p, y in zip(sellers, prices(x), strict=True)
        ]
        top = max(term)
        return x - (top + math.log(sum(math.exp(t - top) for t in term))) / (1.0 - sigma)

    x = brentq(miss, -200.0, 200.0, xtol=1e-14, rtol=1e-14)
    return x, prices(x)


def scalar_spending(case: dict[str, Any], log_factor: float) -> float:
    """Return what all goods cost at a demand factor, by plain loops."""
    spent = 0.0
    for g in range(G):
        sellers = [p for p in range(P) if case["capacity"][p, g] > 0.0]
        if not sellers:
            continue
        for p, y in zip(sellers, scalar_good(case, g, log_factor)[1], strict=True):
            e = float(case["supply_elasticity"][p])
            spent += case["capacity"][p, g] * case["world_price"][g] ** -e * math.exp((1 + e) * y)
    return spent


# Export market


@pytest.mark.parametrize("row", rows("limit_exporter_deflection.csv"))
def test_one_alternative_market_takes_the_deflected_share(row: dict[str, str]) -> None:
    """L3: price and deflection are the closed forms and the printed grid."""
    r, e, s = (float(row[k]) for k in ("r_banned_share", "eps_supply", "sigma_dest"))
    left = 1.0 - r
    market = clear_exports(
        np.array([[0.0], [left], [0.0]]),
        np.full((3, 1), s),
        np.ones(1),
        np.ones(1),
        e,
        None,
    )
    volume = (market.volume.sum() - left) / r
    value = (market.value.sum() - left) / r
    price = market.price[0]
    assert_allclose(price, left ** (1.0 / (e + s)), rtol=1e-12)
    assert_allclose(volume, (left ** (e / (e + s)) - left) / r, rtol=1e-12)
    assert_allclose(value, (left ** ((1 + e) / (e + s)) - left) / r, rtol=1e-12)
    assert_allclose(volume, float(row["deflection_volume"]), rtol=0, atol=5.01e-7)
    assert_allclose(value, float(row["deflection_value"]), rtol=0, atol=5.01e-7)
    assert_allclose(price - 1.0, float(row["price_change_alt"]), rtol=0, atol=5.01e-7)


@quick
@given(exports())
def test_export_markets_clear_at_positive_prices(case: dict[str, Any]) -> None:
    """Demand is supply but at the floor, where less than supply is bought."""
    market = clear_exports(**case)
    supplied = case["supply"] * market.price ** case["supply_elasticity"]
    bought = market.volume.sum(axis=0)
    free = ~market.at_floor
    assert (market.price > 0.0).all()
    assert np.isfinite(market.price).all()
    assert (market.residual < 1e-12).all()
    assert_allclose(bought[free], supplied[free], rtol=1e-12)
    assert (bought[~free] <= supplied[~free] * (1 + 1e-12)).all()
    assert_allclose(market.value, market.volume * market.price, rtol=1e-15)
    assert (market.volume[case["capacity"] == 0.0] == 0.0).all()
    if case["floor"] is not None:
        assert (market.price >= case["floor"]).all()


@quick
@given(exports())
def test_export_price_is_the_root_that_bisection_finds(case: dict[str, Any]) -> None:
    """Prices above the floor agree with a root finder on plain numbers."""
    case["floor"] = None
    market = clear_exports(**case)
    for g in np.nonzero(~market.at_floor)[0]:
        root = brentq(lambda y, g=g: excess_demand(case, g, y), -78.0, 78.0, xtol=1e-14)
        assert_allclose(math.log(market.price[g]), root, rtol=1e-11, atol=1e-11)


@quick
@given(exports(alike=True))
def test_export_newton_gives_the_closed_form(case: dict[str, Any]) -> None:
    """L13: elasticities that differ by one unit in the last place give the closed form."""
    closed = clear_exports(**case)
    apart = case["elasticity"].copy()
    apart[1] = np.nextafter(apart[1], 9.0)
    newton = clear_exports(**{**case, "elasticity": apart})
    assert_allclose(newton.price, closed.price, rtol=1e-12)
    assert_allclose(newton.volume, closed.volume, rtol=1e-12)


@quick
@given(exports())
def test_export_volumes_scale_with_the_market(case: dict[str, Any]) -> None:
    """Twice the capacity and supply is twice the volume at the same price."""
    once = clear_exports(**case)
    double = {"capacity": 2.0 * case["capacity"], "supply": 2.0 * case["supply"]}
    twice = clear_exports(**{**case, **double})
    assert_allclose(twice.price, once.price, rtol=1e-12)
    assert_allclose(twice.volume, 2.0 * once.volume, rtol=1e-11)


@quick
@given(exports(), st.integers(0, P - 1), st.floats(1.0, 100.0))
def test_more_buyers_never_lower_the_export_price(
    case: dict[str, Any], partner: int, more: float
) -> None:
    """The FOB price does not fall when a partner's capacity grows."""
    before = clear_exports(**case)
    case["capacity"][partner] *= more
    after = clear_exports(**case)
    assert (after.price >= before.price * (1 - 1e-12)).all()


@quick
@given(st.lists(exports(), min_size=2, max_size=5), st.booleans())
def test_an_export_lane_does_not_depend_on_its_neighbours(
    cases: list[dict[str, Any]], floored: bool
) -> None:
    """A lane gives the same bytes alone and in any block."""
    for case in cases:
        case["floor"] = 0.25 if floored else None
    block = clear_exports(**stacked(cases))
    for n, case in enumerate(cases):
        assert as_bytes(block, n) == as_bytes(clear_exports(**stacked([case])), 0)
    square = {k: v if v is None else np.stack([v, v[::-1]]) for k, v in stacked(cases).items()}
    nested = clear_exports(**square)
    for n in range(len(cases)):
        assert as_bytes(block, n) == [np.asarray(a)[0, n].tobytes() for a in nested]
        assert as_bytes(block, n) == [np.asarray(a)[1, -1 - n].tobytes() for a in nested]


def test_a_held_volume_is_sold_at_any_price() -> None:
    """A partner with elasticity 0 buys its capacity, whatever the world price."""
    elasticity = np.full((P, G), 3.0)
    elasticity[1] = 0.0
    capacity = np.array([[0.2], [0.5], [0.1]]) * np.ones(G)
    market = clear_exports(capacity, elasticity, np.full(G, 2.0), np.ones(G), 0.6, None)
    assert_allclose(market.volume[1], 0.5, rtol=1e-15)
    assert (market.residual < 1e-14).all()


@pytest.mark.parametrize("floor", [None, 0.0, 0.25])
def test_a_market_without_buyers_quotes_its_floor(floor: float | None) -> None:
    """Without buyers nothing trades and the price is the floor, or a small positive number."""
    market = clear_exports(np.zeros((P, G)), np.full((P, G), 3.0), np.ones(G), np.ones(G), 1, floor)
    assert_allclose(market.price, floor or QUOTED_WITHOUT_FLOOR, rtol=1e-12)
    assert (market.volume == 0.0).all()
    assert (market.residual == 0.0).all()
    assert market.at_floor.all()


# Import market


@pytest.mark.parametrize("name", sorted({row["case"] for row in rows("pe_ces_hat_emr.csv")}))
def test_import_block_equals_the_published_ces_market(name: str) -> None:
    """L4: origins' prices, quantities and index are those of the R package emr."""
    found = [row for row in rows("pe_ces_hat_emr.csv") if row["case"] == name]
    column = {key: np.array([float(row[key]) for row in found]) for key in found[0] if key[0] != "c"
              and key != "region"}  # fmt: skip
    base = column["v0"]
    market = clear_imports_at(
        1.0,
        (base / base.sum())[:, None],
        np.array([base.sum()]),
        (base * column["tau"] ** -column["eps"])[:, None],
        column["sigma"][:1],
        column["eps"],
        -column["eta"][0],
        np.ones(1),
        None,
    )
    demanded = (column["p"] / column["P"]) ** -column["sigma"] * column["Q"]
    assert_allclose(market.price[:, 0], column["p"], rtol=1e-6)
    assert_allclose(market.index[0], column["P"][0], rtol=1e-6)
    assert_allclose(market.volume[:, 0] / base, column["q_s"], rtol=1e-6)
    assert_allclose(market.volume[:, 0] / base, column["q_d"], rtol=1e-6)
    assert_allclose(market.volume[:, 0] / base, demanded, rtol=1e-6)
    assert market.residual < 1e-12


@quick
@given(imports())
def test_import_markets_clear_and_spend_exactly(case: dict[str, Any]) -> None:
    """Spending is the budget but for what is unspent; the cap and the absent are respected."""
    market = clear_imports(**case)
    absent = case["capacity"] == 0.0
    assert (market.price > 0.0).all()
    assert np.isfinite(market.price).all()
    assert market.unspent >= 0.0
    assert market.residual < 1e-12
    assert_allclose(market.value.sum() + market.unspent, case["spending"], rtol=1e-12)
    assert_allclose(market.value, market.volume * market.price, rtol=1e-14)
    assert (market.volume[absent] == 0.0).all()
    assert (market.volume[~absent] > 0.0).all()
    if case["price_cap"] is not None:
        assert (market.price <= case["price_cap"] * (1 + 1e-15)).all()
        if market.unspent > 0.0:
            assert_allclose(market.price[~absent], case["price_cap"], rtol=1e-12)
    elif not absent.all():
        assert market.unspent == 0.0


@quick
@given(imports())
def test_import_demand_meets_supply_below_the_cap(case: dict[str, Any]) -> None:
    """Each origin below the cap sells what the CES buyer wants; at the cap it is wanted more."""
    market = clear_imports(**case)
    a, sigma, eta = case["shares"], case["sigma"], case["demand_elasticity"]
    wanted = market.demand_factor * case["demand"] * a * (market.price / market.index) ** -sigma
    wanted *= market.index**-eta
    seller = case["capacity"] > 0.0
    cap = math.inf if case["price_cap"] is None else case["price_cap"]
    free = seller & (market.price < cap * (1 - 1e-12))
    bound = seller & ~free
    assert_allclose(wanted[free], market.volume[free], rtol=1e-9)
    assert (wanted[bound] >= market.volume[bound] * (1 - 1e-9)).all()


@settings(max_examples=25, deadline=None)
@given(imports())
def test_import_prices_are_the_roots_that_bisection_finds(case: dict[str, Any]) -> None:
    """Index and prices agree with nested root finding on plain numbers."""
    if not (case["capacity"] > 0.0).any():
        return
    market = clear_imports(**case)
    if market.unspent > 0.0:
        assert scalar_spending(case, 60.0) <= case["spending"] * (1 + 1e-12)
        return
    root = brentq(
        lambda x: math.log(scalar_spending(case, x) / case["spending"]), -60, 60, xtol=1e-13
    )
    for g in range(G):
        sellers = case["capacity"][:, g] > 0.0
        if sellers.any():
            x, prices = scalar_good(case, g, root)
            assert_allclose(np.log(market.price[sellers, g]), prices, rtol=1e-8, atol=1e-8)
            assert_allclose(np.log(market.index[g]), x, rtol=1e-8, atol=1e-8)


@quick
@given(imports())
def test_import_newton_gives_the_closed_form(case: dict[str, Any]) -> None:
    """L13: elasticities that differ by one unit in the last place give the closed form."""
    case["supply_elasticity"] = np.full(P, max(case["supply_elasticity"][0], 0.2))
    case["price_cap"] = None
    closed = clear_imports(**case)
    apart = case["supply_elasticity"].copy()
    apart[1] = np.nextafter(apart[1], 9.0)
    newton = clear_imports(**{**case, "supply_elasticity": apart})
    for name in ("price", "index", "volume", "demand_factor"):
        assert_allclose(getattr(newton, name), getattr(closed, name), rtol=1e-12)


@quick
@given(imports())
def test_import_volumes_scale_with_the_market(case: dict[str, Any]) -> None:
    """Twice the capacity and spending is twice the volume at the same price."""
    once = clear_imports(**case)
    double = {key: 2.0 * case[key] for key in ("capacity", "spending", "demand")}
    twice = clear_imports(**{**case, **double}, smallest=2.0)
    assert_allclose(twice.price, once.price, rtol=1e-10)
    assert_allclose(twice.volume, 2.0 * once.volume, rtol=1e-10)


@quick
@given(imports(), st.integers(0, P - 1), st.floats(1.0, 100.0))
def test_more_sellers_never_raise_their_price(
    case: dict[str, Any], partner: int, more: float
) -> None:
    """An origin's prices do not rise when its capacity grows, at a given demand factor."""
    grown = case["capacity"].copy()
    grown[partner] *= more
    case.pop("spending")
    before = clear_imports_at(1.3, **case)
    after = clear_imports_at(1.3, **{**case, "capacity": grown})
    assert (after.price[partner] <= before.price[partner] * (1 + 1e-11)).all()
    assert (after.index <= before.index * (1 + 1e-11)).all()


@quick
@given(imports(capped=False), st.integers(0, P - 1), st.integers(0, G - 1), st.floats(1.0, 100.0))
def test_more_sellers_never_raise_their_price_inside_a_budget(
    case: dict[str, Any], partner: int, good: int, more: float
) -> None:
    """Nor do they at a given budget, where no cap holds."""
    before = clear_imports(**case)
    case["capacity"][partner, good] *= more
    after = clear_imports(**case)
    assert after.price[partner, good] <= before.price[partner, good] * (1 + 1e-11)


@quick
@given(st.lists(imports(), min_size=2, max_size=6), st.booleans(), st.integers(0, 5))
def test_an_import_lane_does_not_depend_on_its_neighbours(
    cases: list[dict[str, Any]], capped: bool, broke: int
) -> None:
    """A lane gives the same bytes alone and in any block, lanes without money included."""
    for case in cases:
        case["price_cap"] = 3.0 if capped else None
    cases[broke % len(cases)]["spending"] = np.asarray(0.0)
    block = clear_imports(**stacked(cases))
    for n, case in enumerate(cases):
        assert as_bytes(block, n) == as_bytes(clear_imports(**stacked([case])), 0)
    square = {k: v if v is None else np.stack([v, v[::-1]]) for k, v in stacked(cases).items()}
    nested = clear_imports(**square)
    for n in range(len(cases)):
        for name in (f.name for f in fields(nested)):
            own = getattr(block, name)[n].tobytes()
            assert own == getattr(nested, name)[0, n].tobytes()
            assert own == getattr(nested, name)[1, -1 - n].tobytes()


@quick
@given(imports(), st.integers(0, P - 1))
def test_an_origin_without_capacity_leaves_the_sum(case: dict[str, Any], partner: int) -> None:
    """Capacity zero is the same market as share zero, and the limit of a small capacity."""
    case["capacity"][partner] = 0.0
    gone = clear_imports(**case)
    unwanted = case["shares"].copy()
    unwanted[partner] = 0.0
    unasked = clear_imports(**{**case, "shares": unwanted, "capacity": case["capacity"] + 0.0})
    for name in ("volume", "unspent", "demand_factor"):
        assert_allclose(getattr(gone, name), getattr(unasked, name), rtol=1e-12)


def plain(**keys: Any) -> dict[str, Any]:
    """Return a lane at its base: every price one."""
    shares = np.array([[0.6], [0.1], [0.3]]) * np.ones(G)
    demand = np.array([20.0, 10.0, 8.0, 5.0, 30.0])
    return {
        "shares": shares,
        "demand": demand,
        "capacity": shares * demand,
        "sigma": np.full(G, 3.4),
        "supply_elasticity": np.full(P, 2.0),
        "demand_elasticity": 1.3,
        "world_price": np.ones(G),
        "spending": np.asarray(demand.sum()),
        "price_cap": 3.0,
    } | keys


def test_the_base_clears_at_prices_of_one() -> None:
    """At base capacity and spending every price and the factor are one."""
    market = clear_imports(**plain())
    assert_allclose(market.price, 1.0, rtol=1e-13)
    assert_allclose(market.index, 1.0, rtol=1e-13)
    assert_allclose(market.demand_factor, 1.0, rtol=1e-13)
    assert_allclose(market.value, plain()["capacity"], rtol=1e-13)


def test_a_lane_without_money_buys_nothing_at_quoted_prices() -> None:
    """Spending zero leaves prices of one and no volume."""
    market = clear_imports(**plain(spending=np.asarray(0.0)))
    assert (market.price == 1.0).all()
    assert (market.volume == 0.0).all()
    assert market.unspent == market.demand_factor == market.residual == 0.0


@pytest.mark.parametrize(("cap", "quoted"), [(3.0, 3.0), (None, 1.0)])
def test_goods_without_sellers_quote_the_cap(cap: float | None, quoted: float) -> None:
    """A good that nobody sells quotes the cap; with no seller at all the money stays."""
    capacity = plain()["capacity"]
    capacity[:, 2] = 0.0
    market = clear_imports(**plain(capacity=capacity, price_cap=cap))
    assert_allclose(market.price[:, 2], quoted, rtol=1e-15)
    assert_allclose(market.value.sum(), plain()["spending"], rtol=1e-12)
    empty = clear_imports(**plain(capacity=0.0 * capacity, price_cap=cap))
    assert_allclose(empty.price, quoted, rtol=1e-15)
    assert empty.unspent == plain()["spending"]
    assert empty.residual == 0.0


def test_a_good_nobody_wants_trades_nothing() -> None:
    """Demand zero is a price of one and no volume, and money goes to the other goods."""
    demand = plain()["demand"]
    demand[1] = 0.0
    market = clear_imports(**plain(demand=demand))
    assert (market.price[:, 1] == 1.0).all()
    assert (market.volume[:, 1] == 0.0).all()
    assert_allclose(market.value.sum(), plain()["spending"], rtol=1e-12)


def test_money_beyond_every_cap_stays_unspent() -> None:
    """Where all sell at the cap the rest is unspent, and just below that nothing is."""
    most = (plain()["capacity"] * 3.0**3).sum()
    over = clear_imports(**plain(spending=np.asarray(2.0 * most)))
    assert_allclose(over.unspent, most, rtol=1e-12)
    assert_allclose(over.price, 3.0, rtol=1e-15)
    assert np.isfinite(over.demand_factor)
    below = clear_imports(**plain(spending=np.asarray(most * (1 - 1e-9))))
    assert below.unspent == 0.0
    assert below.residual < 1e-12


def test_a_held_origin_sells_its_volume_up_to_the_cap() -> None:
    """A partner of elasticity 0 sells its capacity at any price, the world price aside."""
    held = plain(
        supply_elasticity=np.array([2.0, 0.0, 2.0]),
        spending=np.asarray(200.0),
        world_price=np.full(G, 2.0),
    )
    market = clear_imports(**held)
    assert_allclose(market.volume[1], held["capacity"][1], rtol=1e-15)
    assert_allclose(market.value.sum() + market.unspent, 200.0, rtol=1e-12)


def test_an_absent_origin_quotes_what_its_smallest_firm_would_get() -> None:
    """The quote is the price at which a seller that small would clear, and none of the others'."""
    capacity = plain()["capacity"]
    capacity[1] = 0.0
    without = clear_imports(**plain(capacity=capacity, price_cap=None), smallest=1e-4)
    capacity[1] = 1e-4
    entered = clear_imports(**plain(capacity=capacity, price_cap=None))
    assert_allclose(without.price[1], entered.price[1], rtol=1e-3)
    assert (without.price[1] > 2.0).all()
