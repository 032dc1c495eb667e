"""Invariants of every month, switches that change a named figure, byte equality, Mesa's books."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from sim.agents import set_margins
from sim.axes import (
    ARMS,
    BOUGHT,
    CHINA,
    COAL,
    EXPORT_GOODS,
    FUEL,
    MACHINERY,
    OTHER,
    REST,
    RUSSIA,
    SOLD,
    TEXTILES,
)
from sim.experiment.ensemble import run_ensemble
from sim.inputs import scenario_rules
from sim.model import SanctionsModel
from sim.record import Record
from sim.rules import Calendar
from sim.state import State
from sim.streams import PURPOSES, STEPS, Draws, spawn_key, steps_below, stream

from worlds import QUIET, ban, inputs_of, model, run, scenario

WIDE = {"parameters.source": "prior", "members": 8, "firms.scale": 0.1}


@pytest.fixture(scope="module")
def wide() -> Record:
    """The historical scenario to 2025 in four arms, parameters from the whole prior."""
    world = scenario(WIDE, {"period.to": "2025-12"})
    return run_ensemble(world, ARMS).record


def test_markets_and_accounts_close_every_month(wide: Record) -> None:
    """Clearing, goods, money and workers balance in every month, arm and member."""
    assert wide["clearing_residual"].max() < 1e-9
    assert wide["goods_residual"].max() < 1e-9
    assert wide["balance_residual"].max() < 1e-9
    assert wide["worker_residual"].max() < 1e-9


def test_bounds_hold_every_month(wide: Record) -> None:
    """Enforcement, support, bans, effort lie in [0, 1]; prices and reserves are not negative."""
    for name in ("enforcement", "support", "ban", "effort"):
        assert wide[name].min() >= 0.0
        assert wide[name].max() <= 1.0
    for name in ("export_price", "import_price"):
        assert wide[name].min() > 0.0
    assert wide["reserves"].min() >= 0.0
    for name in ("legal", "illegal", "seized", "bonded", "permits", "visas"):
        assert wide[name].min() >= 0.0
    assert all(np.isfinite(wide[name]).all() for name in wide.names())


def test_declared_cargo_under_a_full_national_ban_is_zero(wide: Record) -> None:
    """Customs show exact zeros under a full ban, but for what is released from bond."""
    full = wide["ban"][..., CHINA, SOLD, :] == 1.0
    assert full.any()
    assert wide["legal"][..., CHINA, SOLD, :][full].max() == 0.0
    price = wide["export_price"]
    released = wide["released"][..., CHINA, :] * price
    np.testing.assert_allclose(
        wide["legal_value"][..., CHINA, SOLD, :][full], released[full], rtol=1e-12, atol=1e-12
    )


def test_held_russia_keeps_its_volumes(wide: Record) -> None:
    """In the arms that hold Russia its cleared volumes and workers never change after the split."""
    inputs = wide.inputs
    at = inputs.split
    for arm in (0, 1):
        for name in ("cleared_legal", "permits", "visas"):
            path = wide[name][at:, arm, :, RUSSIA]
            np.testing.assert_allclose(path, np.broadcast_to(path[:1], path.shape), rtol=1e-12)
    mean = wide["cleared_legal"][at - 12 : at, 0, :, RUSSIA].mean(axis=0)
    np.testing.assert_allclose(wide["cleared_legal"][at, 1, :, RUSSIA], mean, rtol=1e-9)


def test_accounts_close_where_the_arms_part_late() -> None:
    """With cargo in bond and workers on visas at the split, every account still closes."""
    world = scenario({"tightening_from": "2018-08", "window.from": "2018-08",
                      "parameters.set.russia_lag": 0.0})  # fmt: skip
    record = run_ensemble(world, ARMS).record
    assert record["bonded"][record.inputs.split - 1, 0, :, RUSSIA].max() > 0.0
    for name in ("goods_residual", "balance_residual", "worker_residual", "clearing_residual"):
        assert record[name].max() < 1e-9, name


def test_arms_share_their_past(wide: Record) -> None:
    """Until the split all arms are one."""
    for name in wide.names():
        past = wide[name][: wide.inputs.split]
        np.testing.assert_array_equal(past, np.broadcast_to(past[:, :1], past.shape))


def test_value_cap_holds_up_to_enforcement_and_the_month() -> None:
    """A fully enforced national cap on coal stops lawful sales when it is used up."""
    cap = ban("coal", kind="cap_value", cap_value=300.0)
    del cap["coverage"]
    cap["from"] = "2016-01-01"
    world = scenario(QUIET, {"measures.add": [cap]})
    record = model(world).run()
    year = slice(24, 36)
    sold = record["legal_value"][year, 0, :, CHINA, SOLD, COAL].sum(axis=0)
    free = model(scenario(QUIET)).run()["legal_value"][year, 0, :, CHINA, SOLD, COAL].sum(axis=0)
    assert free.min() > 900.0
    # The month that fills the cap is reckoned at the prices of the month before, so it overshoots.
    assert 280.0 < sold.min() <= sold.max() < 340.0
    assert record["legal_value"][33:36, 0, :, CHINA, SOLD, COAL].max() == 0.0


@pytest.mark.parametrize("block", [1, 3, 5])
def test_block_width_changes_no_byte(block: int) -> None:
    """Members stepped together in blocks of any width give the same bytes."""
    world = scenario({"members": 5, "parameters.source": "prior"})
    whole = run_ensemble(world, ARMS, block=5).record
    parts = run_ensemble(world, ARMS, block=block).record
    for name in whole.names():
        assert whole[name].tobytes() == parts[name].tobytes(), name


def test_a_member_alone_equals_the_member_in_a_block() -> None:
    """Member 3 run alone in one arm gives the bytes it has among five members and four arms."""
    world = scenario({"members": 5, "parameters.source": "prior"})
    whole = run_ensemble(world, ARMS)
    values = {n: v[3:4] for n, v in whole.parameters.items()}
    from sim.inputs import build_inputs

    alone = SanctionsModel(
        build_inputs(world, values), [3], world.seed, ("C1S1",), world.firms.counts()
    ).run()
    for name in alone.names():
        assert alone[name].tobytes() == whole.record[name][:, 3:, 3:4].tobytes(), name


def test_streams_are_unique_by_member_population_and_purpose() -> None:
    """No two named streams are the same, and an undeclared purpose is refused."""
    keys = {
        spawn_key(m, p, w) for m in range(200) for p in ("China", "Russia", "RestOfWorld")
        for w in PURPOSES
    }  # fmt: skip
    assert len(keys) == 200 * 3 * len(PURPOSES)
    first = {stream(1, m, "China", w).random() for m in range(50) for w in PURPOSES}
    assert len(first) == 50 * len(PURPOSES)
    with pytest.raises(ValueError, match="found the purpose"):
        stream(1, 0, "China", "whim")


def test_a_finished_model_is_freed() -> None:
    """Mesa's table of ids lets go of a model when its run ends."""
    world = scenario(QUIET, {"period.to": "2016-12", "window.to": "2016-12",
                             "window.from": "2016-06"})  # fmt: skip
    simulation = model(world)
    simulation.run()
    reference = weakref.ref(simulation)
    del simulation
    gc.collect()
    assert reference() is None


def test_the_model_is_a_mesa_model_with_its_agents() -> None:
    """The Council, three partners, the DPRK and three populations are agents of the model."""
    simulation = model(scenario(QUIET))
    kinds = {kind.__name__: len(agents) for kind, agents in simulation.agents_by_type.items()}
    assert kinds == {"SecurityCouncil": 1, "Partner": 3, "FirmPopulation": 3, "Dprk": 1}
    state_fields = set(State.__dataclass_fields__)
    assert {"enforcement", "reserves", "permits"} <= state_fields


def test_employers_share_out_the_workers() -> None:
    """Labour employers are firms whose flow is the stock's: their workers add up to it."""
    simulation = model(scenario())
    simulation.step()
    for firms in simulation.firms:
        workers = firms.employed().sum(axis=-1)
        stock = simulation.state.permits + simulation.state.visas
        np.testing.assert_allclose(workers, stock[..., firms.number], rtol=1e-12)
        assert firms.employed().shape[-1] == firms.employers >= 10


def test_a_better_paid_host_draws_crews() -> None:
    """A higher wage in Russia draws crews from the other hosts, and the total stays."""
    rise = {"name": "rouble", "target": "wage", "partner": "Russia", "factor": 1.1,
            "from": "2015-01", "to": "2015-12"}  # fmt: skip
    calm = model(scenario(QUIET)).run()["permits"][23, 0, :, :]
    drawn = model(scenario(QUIET, shocks=[rise])).run()["permits"][23, 0, :, :]
    assert (drawn[:, RUSSIA] > 1.05 * calm[:, RUSSIA]).all()
    assert (drawn[:, CHINA] < calm[:, CHINA]).all()
    np.testing.assert_allclose(drawn.sum(axis=-1), calm.sum(axis=-1), rtol=1e-12)


def test_total_elasticity_is_what_a_small_discount_does() -> None:
    """Sigma plus entry, as the answer reports it, is the response of capacity to a discount."""
    world = scenario(
        QUIET, {"firms.scale": 20, "parameters.set.entry_cost": 0.0, "members": 1,
                "firms.China": 5200, "period.to": "2016-12", "window.to": "2016-12",
                "window.from": "2016-06"}
    )  # fmt: skip
    simulation = model(world)
    inputs = simulation.inputs
    firms = simulation.firms[CHINA]
    simulation.step()
    discount = 0.05
    on = []
    for price in (1.0 + discount, 1.0 - discount):
        simulation.state.expected_open_price[:] = price
        simulation.state.expected_listed_price[:] = price
        margins = set_margins(simulation).legal[0, 0, CHINA]
        active = np.repeat(margins, firms.cell_lots) >= firms.reservation[0]
        on.append(np.add.reduceat(active * firms.size[0], firms.starts)[:5])
    step = np.log((1.0 + discount) / (1.0 - discount))
    entry = (np.log(on[1]) - np.log(on[0])) / step
    used = inputs.base.flow[CHINA, SOLD] / inputs.potential[0, CHINA, SOLD]
    expected = (1.0 - used) / inputs.par["reservation_spread"][0]
    np.testing.assert_allclose(entry, expected, rtol=0.08)


# What each mechanism does when it is switched off.


def total(record: Record, name: str, *at: object) -> float:
    """Return the sum of a recorded array from 2017 on, at some cells."""
    return float(record[name][36:, 0][(slice(None), slice(None), *at)].sum())


@pytest.fixture(scope="module")
def usual() -> Record:
    """The historical scenario on accepted draws."""
    return run(scenario(members=4)).record


def test_without_the_rest_of_world_less_is_sold(usual: Record) -> None:
    """The rest of the world buys some of what China leaves: closed, the DPRK earns less."""
    closed = {"from": "2016-06", "to": "2019-12", "target": "potential", "factor": 0.0,
              "name": "closed", "partner": "RestOfWorld"}  # fmt: skip
    record = run(scenario(members=4, shocks=[closed])).record
    assert total(record, "legal", REST, SOLD) == 0.0
    assert total(record, "merchandise") < total(usual, "merchandise")


def test_without_the_visa_switch_fewer_workers_stay(usual: Record) -> None:
    """Without student and tourist visas the workers in Russia are fewer and remit less."""
    record = run(scenario({"parameters.set.visa_switch": 0.0}, members=4)).record
    assert total(record, "visas", RUSSIA) < 0.01 * total(usual, "visas", RUSSIA)
    assert total(record, "remittance_visa") < total(usual, "remittance_visa")


def test_without_bonded_stock_the_clearing_spike_is_smaller(usual: Record) -> None:
    """Cargo released in the window of August 2017 is the spike: without release it is gone."""
    record = run(scenario({"parameters.set.clearing_release": 0.0}, members=4)).record
    august = 12 * 3 + 7
    spike = usual["legal_value"][august, 0, :, CHINA, SOLD, COAL]
    assert spike.min() > 30.0
    assert record["legal_value"][august, 0, :, CHINA, SOLD, COAL].max() == 0.0


def test_over_compliance_cuts_lawful_trade(usual: Record) -> None:
    """Without over-compliance more of what is still lawful is sold."""
    record = run(scenario({"parameters.set.over_compliance": 0.0}, members=4)).record
    assert total(record, "legal", CHINA, SOLD) > total(usual, "legal", CHINA, SOLD)


def test_congestion_bounds_smuggling(usual: Record) -> None:
    """Without congestion more coal is smuggled."""
    record = run(scenario({"parameters.set.congestion": 0.0}, members=4)).record
    assert total(record, "illegal", CHINA, SOLD, COAL) > total(usual, "illegal", CHINA, SOLD, COAL)


def test_lawful_substitution_raises_other_goods(usual: Record) -> None:
    """Without lawful substitution China buys fewer other goods."""
    record = run(scenario({"parameters.set.processing_growth": 0.0}, members=4)).record
    assert total(record, "legal", CHINA, SOLD, OTHER) < total(usual, "legal", CHINA, SOLD, OTHER)


def test_summits_relax_enforcement_and_more_coal_is_smuggled(usual: Record) -> None:
    """Without the summits of 2018 China enforces more at the end of 2018 and less coal passes."""
    record = run(scenario({"parameters.set.china_enforcement_diplomacy": 0.0}, members=4)).record
    december = 12 * 4 + 11
    enforcement = lambda r: r["enforcement"][december, 0, :, CHINA]  # noqa: E731
    assert np.all(enforcement(record) > enforcement(usual))
    coal = lambda r: r["illegal"][60:72, 0, :, CHINA, SOLD, COAL].sum()  # noqa: E731
    assert coal(record) < coal(usual)


def test_the_index_of_summits_rises_with_each_and_fades() -> None:
    """China: none before March 2018, three by June, at the bound; an echo fades by a year."""
    index = dict(zip(inputs_of(scenario()).months, inputs_of(scenario()).thaw[:, CHINA],
                     strict=True))  # fmt: skip
    fade = np.exp(-1.0 / 12.0)
    assert index["2018-02"] == 0.0
    assert index["2018-03"] == 1.0
    assert index["2018-04"] == pytest.approx(fade)
    assert index["2018-05"] == pytest.approx(min(1.5, fade**2 + 1.0))
    assert index["2018-06"] == 1.5
    assert index["2018-12"] == pytest.approx(min(1.5, (fade**3 + fade + 1.0) * fade**6))


def test_the_plan_turns_from_banned_machines_to_lawful_goods(usual: Record) -> None:
    """Where the plan does not turn from dear goods China sells fewer lawful ones in 2019."""
    record = run(scenario({"parameters.set.plan_shift": 0.0}, members=4)).record
    late = slice(60, 72)
    lawful = lambda r: r["legal"][late, 0, :, CHINA, BOUGHT].sum(axis=(0, 2))  # noqa: E731
    smuggled = lambda r: r["illegal"][late, 0, :, CHINA, BOUGHT, MACHINERY].sum()  # noqa: E731
    assert np.all(lawful(record) < lawful(usual))
    assert smuggled(record) > smuggled(usual)


def test_trade_is_brought_forward_before_an_announced_ban(usual: Record) -> None:
    """Without front-loading fewer textiles leave in October 2017, the ban of December ahead."""
    record = run(scenario({"parameters.set.front_loading": 0.0}, members=4)).record
    october = 12 * 3 + 9
    textiles = lambda r: r["legal"][october, 0, :, CHINA, SOLD, TEXTILES]  # noqa: E731
    assert np.all(textiles(record) < textiles(usual))


def test_a_list_leaves_the_rest_of_a_basket_as_it_was() -> None:
    """Half of `other` banned, nothing evaded, no over-compliance: half of its value goes on."""
    keys = {
        "measures.add": [ban("other", coverage=0.5)],
        "parameters.set.over_compliance": 0.0,
        "parameters.set.penalty": 8.0,
        "parameters.set.risk_weight": 0.8,
        "parameters.set.evasion_cost": 0.8,
        "parameters.set.processing_growth": 0.0,
        "actors.China.enforcement": {"mode": "fixed", "value": 1.0},
    }
    record = run(scenario(QUIET, keys)).record
    value = record["legal_value"][:, 0, :, CHINA, SOLD, OTHER]
    # Without the lists' own market it would be three quarters; the rest is others' entry.
    np.testing.assert_allclose(value[-1] / value[0], 0.5, rtol=0.05)
    prices = record["open_price"][-1, 0, :, OTHER], record["listed_price"][-1, 0, :, OTHER]
    np.testing.assert_allclose(prices[0], 1.0, rtol=0.05)
    assert np.all(prices[1] < 0.8)


def test_elastic_plan_saves_more() -> None:
    """Where the plan does not follow receipts, 2017's receipts above base are not spent."""
    keys = {"measures.include": [], "parameters.set.cyber_income": 60.0, "members": 4}
    fixed = run(scenario(keys, {"parameters.set.plan_passthrough": 0.0})).record
    elastic = run(scenario(keys, {"parameters.set.plan_passthrough": 1.0})).record
    assert total(fixed, "paid") < total(elastic, "paid")


# The law.

FACTS = (
    ("coal", "2016-04", 0.10, 0.02),
    ("coal", "2016-12", 0.71, 0.03),
    ("coal", "2017-01", 0.0, 0.0),
    ("coal", "2017-02", 0.36, 0.01),
    ("coal", "2017-03", 1.0, 0.0),
    ("minerals", "2016-05", 0.065, 1e-9),
    ("minerals", "2017-01", 0.215, 0.01),
    ("minerals", "2017-09", 0.89, 0.01),
    ("minerals", "2018-02", 0.94, 0.01),
    ("seafood", "2017-08", 0.55, 0.01),
    ("seafood", "2017-09", 1.0, 0.0),
    ("textiles", "2017-10", 0.15, 0.01),
    ("textiles", "2017-12", 0.73, 0.01),
    ("textiles", "2018-01", 1.0, 0.0),
    ("other", "2018-02", 0.50, 1e-9),
)


@pytest.mark.parametrize(("good", "month", "share", "tolerance"), FACTS)
def test_chinas_ban_strength_meets_dated_facts(
    good: str, month: str, share: float, tolerance: float
) -> None:
    """China's law by month is what the registry's dates say."""
    inputs = inputs_of(scenario({"parameters.source": "central"}))
    law = inputs.schedule.national[inputs.months.index(month), 1, 0, CHINA, SOLD]
    assert law[EXPORT_GOODS.index(good)] == pytest.approx(share, abs=tolerance + 1e-9)


def test_oil_caps_bind_everyone_in_barrels() -> None:
    """The fuel caps ban 0.56 of the base in late 2017 and 0.89 from 2018 on."""
    inputs = inputs_of(scenario({"parameters.source": "central"}))
    law, t = inputs.schedule, inputs.months.index
    for month, share in (("2017-11", 5 / 9), ("2018-06", 8 / 9)):
        for partner in (RUSSIA, REST):
            law_share = law.under_measures[t(month), 1, 0, partner, BOUGHT, FUEL]
            assert law_share == pytest.approx(share, abs=4e-3)
    own = law.national[t("2018-06"), 1, 0, CHINA, BOUGHT, FUEL]
    assert own == pytest.approx(8 / 9, abs=1e-3)


@pytest.mark.parametrize("dropped", ["CN-2017-40", "CN-2017-52", "CN-2018-04"])
def test_removing_a_measure_changes_the_law(dropped: str) -> None:
    """No measure stands in code: dropping its row changes China's b."""
    full = inputs_of(scenario()).schedule
    less = inputs_of(scenario({"measures.drop": [dropped]})).schedule
    gone = full.national[:, 1, :, CHINA] - less.national[:, 1, :, CHINA]
    assert gone.min() >= -1e-12
    assert gone.max() > 0.1


def test_every_measure_that_acts_becomes_a_rule() -> None:
    """Rules come from the registry alone and name its measures."""
    from sim.data import load

    world = scenario()
    rules = scenario_rules(world, Calendar(inputs_of(world).months))
    assert {r.id for r in rules} <= {row.id for row in load("measures")}
    assert len(rules) > 50


@pytest.mark.parametrize("count", [1, 6, 7])
def test_draws_are_those_of_single_precision(count: int) -> None:
    """Words cut in halves give the draws of NumPy, odd numbers of them and few members too."""
    fresh = lambda: [stream(3, m, "China", "review") for m in range(5)]  # noqa: E731
    draws, plain = Draws(fresh(), count), fresh()
    chance = np.array([0.0, 1e-9, 0.3, 1.0 - 2.0**-24, 1.0])[:, None]
    for month in range(4):
        wanted = np.stack([rng.random(count, dtype=np.float32) for rng in plain])
        for who in (slice(0, 3), slice(3, 5)):
            steps = draws.take(who, month)
            np.testing.assert_array_equal(steps / STEPS, wanted[who])
            below = steps[:, None] < steps_below(chance)
            np.testing.assert_array_equal(below, wanted[who][:, None] < chance.astype(np.float32))
