"""Forecasts and their scores, the rules they are held against, and the hold-out command."""

from __future__ import annotations

import csv
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from sim.axes import BOUGHT, CHINA, COAL, RUSSIA, SOLD
from sim.calibration.forecast import Target, crps, naive, predictive, static_series, targets
from sim.calibration.outcomes import OUTCOMES, final, observed
from sim.calibration.simulate import AFTER_IT, AT_THE_NOTICE, EVERYTHING, THROUGH_THE_BREAK
from sim.calibration.validate import (
    BOTH,
    Forecast,
    Score,
    forecasts_of_shipped,
    goals,
    notice_words,
    score,
)
from sim.cli import main
from sim.data import load
from sim.experiment.static import static_trade
from sim.workers import Workers

from worlds import QUIET, ban, inputs_of, scenario

# Scores.


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(-50.0, 50.0), min_size=1, max_size=12),
    st.floats(-60.0, 60.0),
)
def test_crps_is_the_integral_of_squared_distance_of_distributions(
    draws: list[float], seen: float
) -> None:
    """Against the definition, integrated piece by piece (Gneiting & Raftery 2007)."""
    edges = np.sort(np.array([*draws, seen]))
    total = 0.0
    for low, high in pairwise(edges):
        share = np.mean(np.array(draws) <= low)
        total += (high - low) * (share - float(low >= seen)) ** 2
    assert crps(np.array(draws), seen) == pytest.approx(total, abs=1e-9)


def test_crps_of_a_single_value_is_the_absolute_error() -> None:
    assert crps(np.array([3.0]), 5.5) == pytest.approx(2.5)


def test_crps_of_a_normal_ensemble_is_its_closed_form() -> None:
    draws = stats.norm.ppf((np.arange(4000) + 0.5) / 4000) * 2.0 + 1.0
    z = (2.5 - 1.0) / 2.0
    wanted = 2.0 * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - np.pi**-0.5)
    assert crps(draws, 2.5) == pytest.approx(wanted, rel=2e-3)
    below = integrate.quad(lambda x: stats.norm.cdf(x, 1.0, 2.0) ** 2, -20.0, 2.5)[0]
    above = integrate.quad(lambda x: stats.norm.sf(x, 1.0, 2.0) ** 2, 2.5, 25.0)[0]
    assert below + above == pytest.approx(wanted, rel=1e-6)


# What is forecast, and the simple rules.


def test_months_spread_evenly_are_scored_as_their_sum() -> None:
    """Five months of China's imports of 2019 share a residual: one figure, their mean a month."""
    rows = tuple(r for r in final("2019-01", "2019-12") if r.series == "china_imports")
    found = targets(rows)
    assert len(found) == 8
    (spread,) = [t for t in found if len(t.rows) > 1]
    assert [r.start for r in spread.rows] == ["2019-01", "2019-02", "2019-07", "2019-08", "2019-11"]
    assert spread.observed == pytest.approx((22.24 + 16.24 + 16.79 + 16.79 + 16.79) / 5)
    assert (spread.first, spread.last) == ("2019-01", "2019-11")


def _target(series: str, first: str, last: str) -> Target:
    return next(
        Target(series, (r,)) for r in final("2014-01", "2019-12")
        if (r.series, r.start, r.end) == (series, first, last)
    )  # fmt: skip


def test_the_same_month_is_the_last_such_month_observed() -> None:
    """From August 2017, December 2018 is forecast by December 2016, July 2018 by July 2017."""
    seen = observed(THROUGH_THE_BREAK.as_of, THROUGH_THE_BREAK.until)
    assert naive(_target("china_imports", "2018-12", "2018-12"), seen) == (288.4, 293.2)
    assert naive(_target("china_imports", "2018-07", "2018-07"), seen) == (288.4, 165.8)
    last, same = naive(_target("russia_exports", "2018-07", "2018-12"), seen)
    assert last == pytest.approx(2 * 27.89)
    assert same == pytest.approx(15.3 + 22.5)
    seen = observed(AFTER_IT.as_of, AFTER_IT.until)
    assert naive(_target("china_exports", "2019-03", "2019-03"), seen) == (205.56, 141.61)
    assert np.isnan(naive(_target("illicit_coal", "2019-01", "2019-12"), seen)).all()
    assert np.isnan(naive(_target("seafood_price", "2017-07", "2017-09"), seen)).all()


def test_the_band_of_the_error_a_series_shows_covers_as_often() -> None:
    """Figures made of one path and lognormal errors: about nine of ten lie in the 90 % band."""
    months = tuple(f"{y}-{m:02d}" for y in range(2016, 2020) for m in range(1, 13))
    path = np.linspace(200.0, 100.0, 48)[:, None]
    series = {name: np.repeat(path, 200, axis=1) for name in OUTCOMES}
    random = np.random.default_rng(8)
    made = tuple(
        replace(r, value=float(path[months.index(r.start), 0] * np.exp(0.25 * z)))
        for r, z in zip(
            [r for r in final("2016-01", "2019-12") if r.series == "china_exports"],
            random.standard_normal(48),
            strict=True,
        )
    )
    seen, ahead = made[:24], [Target("china_exports", (r,)) for r in made[24:]]
    drawn = predictive(series, months, seen, ahead, 3)
    inside = [
        np.quantile(d, 0.05) <= t.observed <= np.quantile(d, 0.95)
        for d, t in zip(drawn, ahead, strict=True)
    ]
    assert 19 <= sum(inside) <= 24


# The static CES model.


def test_the_static_model_without_bans_is_the_base_year() -> None:
    inputs = inputs_of(scenario(QUIET, members=2))
    cells, totals = static_trade(inputs)
    recorded = inputs.base.flow * inputs.base.recorded_share
    np.testing.assert_allclose(cells, np.broadcast_to(recorded, cells.shape), rtol=1e-9)
    transit = totals[..., RUSSIA, BOUGHT] - cells[..., RUSSIA, BOUGHT, :].sum(axis=-1)
    np.testing.assert_allclose(transit, inputs.base.transit, rtol=1e-9)


def test_the_static_model_under_a_ban_is_the_textbook_price() -> None:
    """A ban on coal leaves the others' capacity: P = (A/K)^(1/(s + e)), value A P^(1 - s)."""
    world = scenario(QUIET, {"measures.add": [ban("coal")], "parameters.set.price_floor": 0.01},
                     members=2)  # fmt: skip
    inputs = inputs_of(world)
    cells, _ = static_trade(inputs)
    base = inputs.base.flow[:, SOLD, COAL]
    sigma, epsilon = inputs.sigma[:, SOLD, COAL], inputs.par["export_supply_elasticity"]
    price = ((base.sum() - base[CHINA]) / base.sum()) ** (1.0 / (sigma + epsilon))
    last = cells[-1, :, :, SOLD, COAL]
    assert np.all(last[:, CHINA] == 0.0)
    wanted = base[RUSSIA] * price ** (1.0 - sigma)
    np.testing.assert_allclose(last[:, RUSSIA], wanted, rtol=1e-9)


def test_the_static_model_keeps_the_deficit() -> None:
    world = scenario(QUIET, {"measures.add": [ban("textiles")]}, members=2)
    inputs = inputs_of(world)
    cells, _ = static_trade(inputs)
    whole = cells / inputs.base.recorded_share
    deficit = whole[..., BOUGHT, :].sum(axis=(-2, -1)) - whole[..., SOLD, :].sum(axis=(-2, -1))
    np.testing.assert_allclose(deficit, deficit[0, 0], rtol=1e-9)
    assert set(static_series(inputs)) <= set(OUTCOMES)


# Scores, goals and what is shipped.


def _score(origin: str, series: str, **values: float) -> Score:
    filled = {"figures": 16, "crps": 5.0, "crps_last": 250.0, "crps_same": 170.0,
              "crps_static": 12.0, "median_error_pct": 12.0, "covered": 15}  # fmt: skip
    return Score(origin=origin, series=series, **(filled | values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "words", "met"),
    [
        (_score("a", "china_imports", crps=17.0), "CRPS at least 90 %", True),
        (_score("a", "china_imports", crps=17.1), "CRPS at least 90 %", False),
        (_score("a", "china_exports", crps=51.0), "CRPS at least 70 %", True),
        (_score("a", "china_exports", crps=51.1), "CRPS at least 70 %", False),
        (_score("a", BOTH, median_error_pct=15.0), "median error", True),
        (_score("a", BOTH, median_error_pct=15.1), "median error", False),
        (_score("a", BOTH, figures=32, covered=25), "26 to 31 of 32", False),
        (_score("a", BOTH, figures=32, covered=26), "26 to 31 of 32", True),
        (_score("a", BOTH, figures=32, covered=32), "26 to 31 of 32", False),
        (_score("b", "china_imports", crps=170.1), "better than both", False),
        (_score("b", "china_imports", crps=169.9), "better than both", True),
    ],
)
def test_goals_hold_at_their_edges(one: Score, words: str, met: bool) -> None:
    (goal,) = [g for g in goals([one], []) if words in g.words]
    assert goal.met is met


def _quarter(origin: str, seen: bool, inside: bool) -> Forecast:
    target = _target("russia_exports", "2017-10", "2017-12")
    high = target.observed + (1.0 if inside else -0.1)
    return Forecast(origin, target, (0.0, 1.0, high), 1.0, 1.0, 1.0, (1.0, 1.0), seen)


def test_russias_quarters_are_a_goal_where_some_are_forecast() -> None:
    rows = [_quarter("a", False, False), _quarter("b", True, True), _quarter("all", True, True)]
    found = goals([], rows)
    assert [(g.origin, g.reached, g.met) for g in found] == [
        ("a", "0 of 1 forecast, 0 of 1 in all", False)
    ]


def test_what_the_other_reading_changes_is_said_in_its_numbers() -> None:
    names = ("china_imports", "china_exports", BOTH)
    here = [_score("a", name, figures=32, covered=31) for name in names]
    there = [_score(AT_THE_NOTICE.name, name, crps=6.25, covered=29) for name in names]
    (sentence,) = notice_words(here + there)
    assert "a CRPS of 6.2 in place of 5.0 and a median error of 12.0 in place of 12.0 %" in sentence
    assert sentence.endswith("29 in place of 31 of 32 figures lie in the band.")
    assert notice_words(here) == []


def _shipped(name: str) -> list[dict[str, str]]:
    folder = Path(__file__).parents[1] / "sim" / "data" / "evidence"
    with (folder / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_shipped_draws_reproduce_the_shipped_scores() -> None:
    """The draws that every command uses, scored again on 2019, give the scores of the file."""
    with Workers(1) as workers:
        rows = forecasts_of_shipped(workers)
    found = {s.series: s for s in score(rows)}
    shipped = [r for r in _shipped("scores.csv") if r["origin"] == EVERYTHING.name]
    assert {r["series"] for r in shipped} == set(found)
    for row in shipped:
        one = found[row["series"]]
        assert one.covered == int(row["covered"]), row["series"]
        for name in ("crps", "crps_last", "crps_same", "crps_static", "median_error_pct"):
            if row[name]:
                assert getattr(one, name) == pytest.approx(float(row[name]), rel=1e-4), name
    assert all(r.target.rows[0].end >= "2019-01" for r in rows if not r.seen)


def test_shipped_scores_keep_what_was_reached() -> None:
    """From both origins the model beats the naive rules and the static model on China's trade."""
    for row in _shipped("scores.csv"):
        if row["series"] in ("china_imports", "china_exports"):
            rules = [float(row[n]) for n in ("crps_last", "crps_same", "crps_static")]
            assert float(row["crps"]) < min(rules), row
    met = {(g["origin"], g["goal"]): g["met"] for g in _shipped("goals.csv")}
    assert sum(v == "yes" for v in met.values()) >= len(met) - 3


def test_validate_writes_scores_forecasts_goals_and_figures(tmp_path: Path) -> None:
    words = ["validate", "--particles", "32", "--scale", "0.05", "--workers", "2", "--out",
             str(tmp_path)]  # fmt: skip
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.stderr
    assert "Origin a, through the break" in result.stdout
    assert "Goals" in result.stdout
    folder = tmp_path / "validation"
    names = {p.name for p in folder.iterdir()}
    assert names == {
        "scores.csv", "forecasts.csv", "goals.csv", "holdout_china.png", "holdout_scores.png",
        "russia_quarters.png", "calibration-a", "calibration-b",
    }  # fmt: skip
    with (folder / "forecasts.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ahead = [r for r in rows if (r["origin"], r["seen"]) == ("a", "no")]
    china = [r for r in ahead if r["series"] in ("china_imports", "china_exports")]
    assert len(china) == 32
    assert {r["from"] for r in china} == {r["to"] for r in china}
    for row in rows:
        assert float(row["p05"]) <= float(row["p50"]) <= float(row["p95"])
        assert (
            row["inside"]
            == ("yes" if float(row["p05"]) <= float(row["observed"]) <= float(row["p95"]) else "no")
            or abs(float(row["p05"]) - float(row["observed"])) < 1e-3
        )
    known_late = [r for r in ahead if r["series"] == "russia_fuel"]
    other = [r for r in rows if r["origin"] == AT_THE_NOTICE.name]
    assert [r["from"] for r in other] == [r["from"] for r in ahead]
    assert {r["seen"] for r in other} == {"no"}
    assert any(r["p50"] != s["p50"] for r, s in zip(other, ahead, strict=True))
    assert "read as bans at their notice" in " ".join(result.stdout.split())
    with (folder / "goals.csv").open(encoding="utf-8") as file:
        assert {row["origin"] for row in csv.DictReader(file)} == {"a", "b"}
    assert len(known_late) == 1  # of 2015-17, but public only in 2018: a forecast
    assert not list(tmp_path.glob(".calibration-*"))
    result = CliRunner().invoke(main, ["evidence", str(folder), "--out", str(tmp_path)])
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "evidence" / "evidence.html").stat().st_size > 100_000
    assert "goals of the hold-out test" in result.stdout


def test_marks_of_forecasts_are_those_of_the_record() -> None:
    rows = {(r.series, r.start): r.mark for r in load("observations") if r.vintage == "first"}
    for row in _shipped("forecasts.csv"):
        if row["from"] == row["to"]:
            assert rows[row["series"], row["from"]] == row["mark"]
