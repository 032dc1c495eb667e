"""Parameters: declared once, priors in order, draws that do not disturb each other."""

import numpy as np
import pytest

from sim import parameters
from sim.axes import EXPORT_GOODS, IMPORT_GOODS
from sim.parameters import Setting, all_parameters, draw, hard_limits, triangular

GROUPS = (
    "markets", "firms", "law", "support", "transit", "labour", "balance", "enforcement",
    "potentials",
)  # fmt: skip


def test_every_parameter_has_an_ordered_prior_and_a_mark():
    for name, p in all_parameters().items():
        assert p.name == name
        assert p.low <= p.central <= p.high, name
        assert p.low <= p.start <= p.high, name
        assert p.mark in ("A", "B", "C"), name
        assert p.group in GROUPS, name
        assert p.unit, name
        assert p.source, name
        assert p.sentence.endswith("."), name


def test_priors_lie_inside_their_hard_limits():
    for name, p in all_parameters().items():
        low, high = hard_limits(p)
        assert low <= p.low, name
        assert p.high <= high, name


def test_each_trading_cell_has_a_potential_from_the_base_flows():
    for partner in ("china", "russia", "rest"):
        for good in (*EXPORT_GOODS, *IMPORT_GOODS, "labour"):
            assert all_parameters()[f"potential_{partner}_{good}"].group == "potentials"
    assert all_parameters()["potential_russia_coal"].central == 40.0


@pytest.mark.parametrize(
    ("name", "prior"),
    [
        ("sigma_coal", (3.2, 2.1, 5.7)),
        ("export_supply_elasticity", (0.6, 0.2, 2.0)),
        ("penalty", (3, 0.5, 8)),
        ("reserves_2014", (3000, 1500, 8000)),
        ("china_enforcement_un", (4, 0, 10)),
        ("russia_enforcement_need", (4, 0, 8)),
        ("russia_lag", (300, 0, 320)),
        ("support_need_commerce", (12, 0, 30)),
    ],
)
def test_priors_are_those_of_the_model_description(name, prior):
    p = all_parameters()[name]
    assert (p.central, p.low, p.high) == prior


def test_only_russia_has_a_need_of_the_dprk():
    needs = [name for name in all_parameters() if name.endswith("_enforcement_need")]
    assert needs == ["russia_enforcement_need"]


@pytest.mark.parametrize("source", ["start", "prior", "central"])
def test_draws_stay_inside_the_prior(source):
    drawn = draw(source, 200, 7)
    for name, p in all_parameters().items():
        assert drawn[name].shape == (200,)
        if name != "import_demand_elasticity":
            assert drawn[name].min() >= p.low - 1e-9, name
        assert drawn[name].max() <= p.high + 1e-9, name


def test_central_draws_are_the_centre():
    drawn = draw("central", 3, 7)
    for name, p in all_parameters().items():
        assert np.allclose(drawn[name], p.central), name


def test_spread_zero_fixes_the_starting_values():
    drawn = draw("start", 3, 7, spread=0.0)
    for name, p in all_parameters().items():
        if name != "import_demand_elasticity":
            assert np.array_equal(drawn[name], np.full(3, p.start)), name


def test_demand_between_goods_stays_below_every_elasticity_between_origins():
    drawn = draw("prior", 500, 3, {"import_demand_elasticity": Setting(1.9, 1.9)})
    sigmas = [v for name, v in drawn.items() if name.startswith("sigma_")]
    assert np.all(drawn["import_demand_elasticity"] <= np.min(sigmas, axis=0) - 0.2 + 1e-12)


def test_adding_or_setting_a_parameter_moves_no_other(monkeypatch):
    before = draw("prior", 16, 5)
    rows = {name: p for name, p in all_parameters().items() if name != "penalty"}
    monkeypatch.setattr(parameters, "all_parameters", lambda: rows)
    after = draw("prior", 16, 5, {"evasion_cost": Setting(0.1, 0.1)})
    for name in rows:
        if name != "evasion_cost":
            assert np.array_equal(before[name], after[name]), name


def test_the_order_of_declaration_does_not_matter(monkeypatch):
    before = draw("start", 8, 5)
    rows = dict(reversed(all_parameters().items()))
    monkeypatch.setattr(parameters, "all_parameters", lambda: rows)
    after = draw("start", 8, 5)
    assert all(np.array_equal(before[name], after[name]) for name in rows)


def test_the_first_draws_of_many_are_those_of_few():
    few, many = draw("prior", 4, 11), draw("prior", 40, 11)
    assert all(np.array_equal(few[name], many[name][:4]) for name in few)


def test_streams_of_two_parameters_differ_and_follow_the_seed():
    one = parameters.stream("penalty", 1).random(8)
    assert not np.array_equal(one, parameters.stream("evasion_cost", 1).random(8))
    assert not np.array_equal(one, parameters.stream("penalty", 2).random(8))
    assert np.array_equal(one, parameters.stream("penalty", 1).random(8))


def test_a_setting_fixes_or_bounds_a_parameter():
    drawn = draw("prior", 100, 2, {"penalty": Setting(2.0, 2.0), "congestion": Setting(0.4, 0.5)})
    assert np.all(drawn["penalty"] == 2.0)
    assert drawn["congestion"].min() >= 0.4
    assert drawn["congestion"].max() <= 0.5


def test_triangular_draws_have_their_mean_and_mode():
    uniform = (np.arange(20_000) + 0.5) / 20_000
    drawn = triangular(uniform, 1.0, 2.0, 6.0)
    assert drawn.mean() == pytest.approx(3.0, abs=1e-3)
    assert np.mean(drawn < 2.0) == pytest.approx(0.2, abs=1e-3)
    assert np.all(triangular(uniform[:3], 2.0, 2.0, 2.0) == 2.0)
