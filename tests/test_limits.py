"""The limits with known answers that the model is held to (L1 to L12)."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from sim.agents import set_margins
from sim.axes import CHINA, COAL, REST, RUSSIA, SOLD
from sim.experiment.answer import scenario_offset
from sim.experiment.offset import offset_arithmetic
from sim.kernels import population, routes

from worlds import QUIET, ban, closed, inputs_of, model, run, scenario

ORACLES = Path(__file__).parent / "oracles"


@pytest.mark.parametrize("exponent", [np.inf, 1.1])
@pytest.mark.parametrize("margin", [-0.3, 0.0, 0.12, 0.25, 0.6])
def test_l1_active_share_is_the_logistic_closed_form(exponent: float, margin: float) -> None:
    """L1: without risk the active share is the logistic of the margin, within one firm."""
    shares = population.pareto_shares(400, exponent)
    base, potential = np.array([70.0]), np.array([100.0])
    found = population.invert(base, potential, np.array([0.12]), np.array([0.2]), np.array([0.6]))
    order = np.random.default_rng(1).random((1, 400))
    firms = population.build_cell(shares, order, base, potential, found.centre, found.spread)
    work = routes.Workspace.of(400).shaped((1, 1, 400))
    on = firms.active[None].copy()
    value = np.full((1, 1, 400), margin) - found.barrier[0]
    everyone = np.ones((1, 400), dtype=bool)
    routes.reconsider(on, value, firms.reservation, firms.reservation, everyone, work)
    share = (firms.size * on[0]).sum() / potential[0]
    expected = population.logistic((value[0, 0, 0] - found.centre) / found.spread)[0]
    assert abs(share - expected) <= firms.size.max() / potential[0] + 1e-12


def test_l2_without_a_shock_every_month_equals_the_base() -> None:
    """L2: no measures, pressure and prices at base: all flows stay where they were."""
    world = scenario(QUIET)
    record = model(world, closed(inputs_of(world))).run()
    base = record.inputs.base.flow
    assert np.abs(record["legal"] / base - 1.0).max() < 1e-12
    assert record["illegal"].max() == 0.0
    for name in ("export_price", "import_price"):
        assert np.abs(record[name] - 1.0).max() < 1e-12
    for name in ("permits", "transit_value", "reserves", "plan"):
        start = record[name][:1]
        assert np.abs(record[name] / np.where(start > 0, start, 1.0) - 1.0)[..., :1].max() < 1e-12


def test_l5_offset_arithmetic_meets_the_general_equilibrium_example() -> None:
    """L5: 0.750189 = 0.194734 + 0.555455 on the five-region example of ge_gravity."""
    abroad: dict[str, float] = {}
    with (ORACLES / "ge5_hat_outputs.csv").open() as file:
        for row in csv.DictReader(file):
            goes_abroad = row["exporter"] == "PRK" != row["importer"]
            if goes_abroad and row["mult"] == "True" and float(row["theta"]) == 4.0:
                name = row["scenario"].split("_")[0]
                abroad[name] = abroad.get(name, 0.0) + float(row["new_trade"])
    assert abroad["s0"] == pytest.approx(1.891676, abs=1e-6)
    y = {
        arm: np.array([abroad[s]])
        for arm, s in (("C0S0", "s0"), ("C1S0", "s1"), ("C0S1", "s4"), ("C1S1", "s3"))
    }
    _, ratio, autonomous, interaction = offset_arithmetic(y)
    assert ratio[0] == pytest.approx(0.750189, abs=1e-6)
    assert autonomous[0] == pytest.approx(0.194734, abs=1e-6)
    assert interaction[0] == pytest.approx(0.555455, abs=1e-6)


BANNED = {**QUIET, "measures.add": [ban("coal"), ban("seafood")], "period.to": "2018-12",
          "window.to": "2018-12"}  # fmt: skip


def illegal(**keys: object) -> np.ndarray:
    """Return China's illegal volume of coal by month, summed over members."""
    record = model(scenario(BANNED, {k.replace("__", "."): v for k, v in keys.items()})).run()
    return np.asarray(record["illegal"][:, 0, :, CHINA, SOLD, COAL].sum(axis=1))


def test_l6_without_penalty_and_detection_enforcement_changes_nothing() -> None:
    """L6: with penalty and detection at zero and b held, the illegal route ignores enforcement."""
    free = {"parameters.set.penalty": 0.0, "parameters.set.detection_scale": 0.0,
            "actors.China.enforcement.mode": "fixed"}  # fmt: skip
    paths = [illegal(**{**free, "actors.China.enforcement.value": level}) for level in (0.05, 0.95)]
    assert paths[0].max() > 0.0
    np.testing.assert_array_equal(paths[0], paths[1])


def test_l7_with_penalty_to_infinity_the_illegal_route_dies() -> None:
    """L7: with b held and e > 0 the settled illegal route falls with the penalty, to nothing."""
    held = {"parameters.set.over_compliance": 0.0, "actors.China.enforcement.mode": "fixed",
            "actors.China.enforcement.value": 0.6}  # fmt: skip
    last = [
        illegal(**{**held, "parameters.set.penalty": p})[-6:].mean() for p in (0.5, 2.0, 8.0, 1e5)
    ]
    assert last[0] > last[1] > last[2] > last[3] == 0.0


@pytest.mark.parametrize(
    ("entry_cost", "price_adjustment", "returns"),
    [(0.0, 0.3, True), (0.0, 0.0, True), (0.2, 0.0, False)],
)
def test_l8_tighten_then_relax_returns_unless_entry_costs(
    entry_cost: float, price_adjustment: float, returns: bool
) -> None:
    """L8: after a ban is lifted flows return to the start; with an entry cost a gap stays.

    The gap is shown at base prices: a price at its floor would pay for entry.
    """
    world = scenario(
        QUIET,
        {
            "measures.add": [ban("coal", to="2017-03-01")],
            "parameters.set.entry_cost": entry_cost,
            "parameters.set.price_adjustment": price_adjustment,
            "parameters.set.processing_growth": 0.0,
            "parameters.set.review_rate": 0.7,
            "parameters.set.belief_speed": 1.0,
            "parameters.set.penalty": 6.0,
            "parameters.set.over_compliance": 1.0,
            "parameters.set.reserves_2014": 1e5,
            "actors.China.enforcement.mode": "fixed",
            "actors.China.enforcement.value": 0.6,
            "period.to": "2020-12",
            "actors.DPRK.border": "open",
        },
    )
    record = model(world, closed(inputs_of(world))).run()
    coal = record["legal"][:, 0, :, CHINA, SOLD, COAL]
    assert coal[32].max() < 1e-9
    gap = np.abs(coal[-1] / coal[0] - 1.0)
    assert (gap.max() < 1e-6) if returns else (gap.min() > 1e-3)


def _swapped(inputs: object, a: int, b: int) -> object:
    """Return inputs with partners `a` and `b` changing places."""
    order = [0, 1, 2]
    order[a], order[b] = order[b], order[a]
    axis = {
        "potential": 1, "labour_room": 1, "attraction": 2, "need": 2, "thaw": 1, "decoupling": 2,
        "openness": 2, "need_above_base": 2, "trade_under_measures": 3, "fixed_enforcement": 1,
        "fixed_support": 1, "friction_weight": 2, "capacity_shock": 1, "quota": 1,
        "potential_multiple": 1, "law_endogenous": 0, "opens": 0, "invites": 0, "carries": 0,
        "payments": 0, "sells_coal": 1,
    }  # fmt: skip
    changed = {n: np.take(getattr(inputs, n), order, axis=k) for n, k in axis.items()}
    base = inputs.base  # type: ignore[attr-defined]
    changed["base"] = dataclasses.replace(
        base,
        **{n: np.take(getattr(base, n), order, axis=0)
           for n in ("flow", "recorded_share", "workers", "remittance")},
        transit=0.0,
    )  # fmt: skip
    changed["weights"] = {
        n: np.take(w, order, axis=1)
        for n, w in inputs.weights.items()  # type: ignore[attr-defined]
    }
    changed["speeds"] = tuple(np.take(s, order, axis=1) for s in inputs.speeds)  # type: ignore[attr-defined]
    law = inputs.schedule  # type: ignore[attr-defined]
    changed["schedule"] = dataclasses.replace(
        law,
        **{n: np.take(getattr(law, n), order, axis=3)
           for n in ("national", "council", "under_measures", "labour_measures", "entry_closed",
                     "permits_ended", "repatriation")},
        clearing_window=np.take(law.clearing_window, order, axis=3),
        capped=np.take(law.capped, order, axis=3),
        announced=np.take(law.announced, order, axis=3),
    )  # fmt: skip
    return dataclasses.replace(inputs, **changed)  # type: ignore[type-var]


def test_l9_relabelling_partners_permutes_the_results() -> None:
    """L9: Russia and the rest of the world change places, streams and all: so do the flows."""
    world = scenario(
        {"measures.include": "all", "period.to": "2018-12", "window.to": "2018-12",
         "firms.Russia": 3000, "firms.RestOfWorld": 3000}
    )  # fmt: skip
    inputs = inputs_of(world)
    straight = dataclasses.replace(inputs, base=dataclasses.replace(inputs.base, transit=0.0))
    one = model(world, straight).run()
    labels = ("China", "RestOfWorld", "Russia")
    two = model(world, _swapped(inputs, RUSSIA, REST), labels=labels).run()  # type: ignore[arg-type]
    for name in ("legal", "illegal", "permits", "enforcement"):
        axis = 3
        swapped = np.take(two[name], [0, 2, 1], axis=axis)
        np.testing.assert_allclose(swapped, one[name], rtol=1e-9, atol=1e-9)


def test_l10_partners_alike_in_everything_have_equal_flows() -> None:
    """L10: China and Russia alike in base, parameters, law and draws trade the same."""
    world = scenario(
        QUIET,
        {
            "measures.add": [ban("coal"), ban("coal", "Russia")],
            "parameters.set.processing_growth": 0.0,
            "firms.Russia": 5200,
        },
    )
    inputs = inputs_of(world)
    copy = _swapped(inputs, RUSSIA, RUSSIA)

    def twin(array: np.ndarray, axis: int) -> np.ndarray:
        return np.take(array, [0, 0, 2], axis=axis)

    base = copy.base  # type: ignore[attr-defined]
    same = dataclasses.replace(
        copy,  # type: ignore[type-var]
        base=dataclasses.replace(
            base,
            **{n: twin(getattr(base, n), 0)
               for n in ("flow", "recorded_share", "workers", "remittance")},
            crude=0.0,
        ),
        potential=twin(copy.potential, 1),  # type: ignore[attr-defined]
        labour_room=twin(copy.labour_room, 1),  # type: ignore[attr-defined]
        attraction=twin(copy.attraction, 2),  # type: ignore[attr-defined]
        need=np.zeros_like(copy.need),  # type: ignore[attr-defined]
        thaw=twin(copy.thaw, 1),  # type: ignore[attr-defined]
        need_above_base=np.zeros_like(copy.need),  # type: ignore[attr-defined]
        trade_under_measures=twin(copy.trade_under_measures, 3),  # type: ignore[attr-defined]
        friction_weight=twin(copy.friction_weight, 2),  # type: ignore[attr-defined]
        sells_coal=twin(copy.sells_coal, 1),  # type: ignore[attr-defined]
        weights={n: twin(w, 1) for n, w in copy.weights.items()},  # type: ignore[attr-defined]
        speeds=tuple(twin(s, 1) for s in copy.speeds),  # type: ignore[attr-defined]
    )  # fmt: skip
    record = model(world, same, labels=("China", "China", "RestOfWorld")).run()  # type: ignore[arg-type]
    for name in ("legal", "illegal", "seized", "legal_value", "permits", "enforcement"):
        np.testing.assert_array_equal(record[name][:, :, :, CHINA], record[name][:, :, :, RUSSIA])
    assert record["illegal"][..., CHINA, SOLD, COAL].max() > 0.0


OPEN_RUSSIA = {
    "actors.Russia.law": "none",
    "actors.Russia.support.mode": "fixed",
    "parameters.set.entry_cost": 0.0,
    "parameters.source": "central",
    "parameters.set.russia_friction": 0.0,
    "firms.scale": 0.2,
}


def _offset(**keys: object) -> float:
    """Return the mean offset ratio of a world with an open Russia."""
    world = scenario(OPEN_RUSSIA, {k.replace("__", "."): v for k, v in keys.items()})
    return float(np.mean(scenario_offset(run(world, world.arms)).ratio))


def test_l11_more_potential_and_a_lower_barrier_never_lower_the_offset() -> None:
    """L11: on paired draws the offset rises with idle potential and with openness."""
    by_potential = [
        _offset(**{"actors.Russia.support.value": 0.5, "actors.Russia.potential": k})
        for k in (1.0, 3.0, 9.0)
    ]
    by_openness = [_offset(**{"actors.Russia.support.value": o}) for o in (0.0, 0.4, 0.8)]
    one_firm = 0.002
    assert np.all(np.diff(by_potential) > -one_firm)
    assert np.all(np.diff(by_openness) > -one_firm)
    assert by_openness[-1] > by_openness[0]


def test_l12_a_fully_open_russia_tends_to_full_activity() -> None:
    """L12: with o = 1, no bans, no friction and prices at base, 0.87 of potential is active."""
    world = scenario(
        QUIET,
        OPEN_RUSSIA,
        {"actors.Russia.support.value": 1.0, "parameters.set.price_adjustment": 0.0,
         "measures.include": [], "firms.scale": 1.0},
    )  # fmt: skip
    simulation = model(world)
    simulation.run()
    active = simulation.now.legal_on[0, :, RUSSIA]
    share = active / simulation.inputs.potential[:, RUSSIA]
    np.testing.assert_allclose(share, population.FULL_ACTIVITY, atol=0.12)
    assert abs(float(share.mean()) - population.FULL_ACTIVITY) < 0.02


def test_p6_a_discount_alone_does_not_open_russia() -> None:
    """P6: with bans off and DPRK goods at 0.6 of their price Russia's purchases at most treble."""
    world = scenario(QUIET, {"parameters.source": "calibrated", "firms.scale": 1.0, "members": 8})
    simulation = model(world, closed(inputs_of(world)))
    simulation.step()
    before = simulation.now.legal_on[0, :, RUSSIA, SOLD].sum(axis=-1)
    firms = simulation.firms[RUSSIA]
    simulation.state.expected_open_price[:] = 0.6
    simulation.state.expected_listed_price[:] = 0.6
    margins = set_margins(simulation).legal[0, :, RUSSIA]
    value = np.take(margins, firms.cell_of_lot, axis=-1)
    on = value >= firms.entry_reservation
    after = np.add.reduceat(on * firms.size, firms.starts, axis=-1)[:, :5].sum(axis=-1)
    value_ratio = after / before * 0.6 ** (1.0 - 3.5)
    assert (after / before).max() < 3.0
    assert value_ratio.min() > 1.0
