"""Parameters: declared once, priors in order, draws that do not disturb each other."""

import numpy as np
import pytest

from sim import parameters
from sim.axes import EXPORT_GOODS, IMPORT_GOODS
from sim.errors import DivertError
from sim.parameters import (
    Setting,
    accepted,
    all_parameters,
    draw,
    hard_limits,
    quantile,
    triangular,
)

GROUPS = (
    "markets", "firms", "law", "support", "transit", "labour", "balance", "enforcement",
    "potentials", "politics", "council", "tests", "border",
)  # fmt: skip


def test_every_parameter_has_an_ordered_prior_and_a_mark():
    for name, p in all_parameters().items():
        assert p.name == name
        assert p.low <= p.central <= p.high, name
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


@pytest.mark.parametrize("source", ["calibrated", "prior", "central"])
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


def test_calibrated_draws_are_those_shipped_and_go_round():
    """The first n of N draws are those of a run with n; past the last they begin again."""
    few, many = draw("calibrated", 4, 11), draw("calibrated", 2 * len(accepted()["penalty"]), 12)
    for name, kept in accepted().items():
        assert np.array_equal(few[name], kept[:4]), name
        assert np.array_equal(many[name], np.concatenate([kept, kept])), name


def test_quantiles_of_a_prior_rise_between_its_ends():
    """Quantiles are monotone and reach the ends of the prior; the mode is the centre."""
    uniform = np.linspace(0.0, 1.0, 201)
    for name, p in all_parameters().items():
        values = quantile(p, uniform)
        assert np.all(np.diff(values) >= 0.0), name
        assert values[0] == pytest.approx(p.low, abs=1e-12), name
        assert values[-1] == pytest.approx(p.high), name


HEADER = ",".join([*all_parameters(), "stream"])
GOOD_ROW = ",".join([*(f"{p.central:g}" for p in all_parameters().values()), "7"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "own.csv:1: found no column sigma_coal"),
        (HEADER + "\n", "own.csv:1: found no draws"),
        (HEADER.replace("penalty", "penalti") + f"\n{GOOD_ROW}\n", "found no column penalty"),
        (f"{HEADER}\n{GOOD_ROW}\n{GOOD_ROW.replace('3.2', 'x', 1)}\n",
         "own.csv:3: sigma_coal: found 'x'; allowed: a number"),
        (f"{HEADER}\n{GOOD_ROW[:20]}\n", "found nothing; allowed: a number"),
        (f"{HEADER}\n{GOOD_ROW.replace('3.2', '1e9', 1)}\n",
         "own.csv:2: sigma_coal: found 1e+09; allowed: elasticity, 1.2 to 50"),
    ],
)  # fmt: skip
def test_a_bad_file_of_draws_is_refused_in_one_sentence(text, said, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DivertError) as caught:
        accepted(str(path))
    assert said in str(caught.value)


def test_a_missing_file_of_draws_says_what_writes_one(tmp_path):
    with pytest.raises(DivertError, match="divert calibrate"):
        accepted(str(tmp_path / "none.csv"))


def test_own_draws_take_the_place_of_the_shipped_ones(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(f"{HEADER}\n{GOOD_ROW}\n", encoding="utf-8")
    drawn = draw("calibrated", 3, 5, file=str(path))
    assert np.array_equal(drawn["penalty"], np.full(3, all_parameters()["penalty"].central))


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
    before = draw("prior", 8, 5)
    rows = dict(reversed(all_parameters().items()))
    monkeypatch.setattr(parameters, "all_parameters", lambda: rows)
    after = draw("prior", 8, 5)
    assert all(np.array_equal(before[name], after[name]) for name in rows)


def test_the_first_draws_of_many_are_those_of_few():
    few, many = draw("prior", 4, 11), draw("prior", 40, 11)
    assert all(np.array_equal(few[name], many[name][:4]) for name in few)


def test_streams_of_two_parameters_differ_and_follow_the_seed():
    one = parameters.parameter_stream("penalty", 1).random(8)
    assert not np.array_equal(one, parameters.parameter_stream("evasion_cost", 1).random(8))
    assert not np.array_equal(one, parameters.parameter_stream("penalty", 2).random(8))
    assert np.array_equal(one, parameters.parameter_stream("penalty", 1).random(8))


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
