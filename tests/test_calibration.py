"""The fit: what it may see, its kernel, its sampler, what it recovers, what survives a kill."""

from __future__ import annotations

import csv
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from calibration_worlds import INFORMED, fit_to, rows_to_2018, simulated
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

import sim.calibration.calibrate as calibrate_module
import sim.calibration.outcomes as outcomes_module
from sim import base_year, paths
from sim.axes import month_number, months
from sim.calibration.calibrate import FITTING_SCALE, FinishedBlocks, calibrate
from sim.calibration.files import write_calibration
from sim.calibration.fit import Plan, fit, informed, next_power, resample
from sim.calibration.identify import CONTROL, prior_against_posterior, trade_offs
from sim.calibration.kernel import distance, error_draws, log_kernel, misses
from sim.calibration.outcomes import OUTCOMES, PRIOR_FIGURES, final, observed, read
from sim.calibration.simulate import (
    AFTER_IT,
    EVERYTHING,
    THROUGH_THE_BREAK,
    Block,
    from_normal,
    simulate,
    world,
)
from sim.calibration.stability import _stable
from sim.cli import main
from sim.data import load
from sim.errors import DivertError
from sim.experiment.results import whole_folder
from sim.parameters import accepted, accepted_streams, all_parameters, draw
from sim.workers import Workers

# What a fit may see.


@settings(max_examples=60, deadline=None)
@given(
    st.dates(date(2016, 1, 1), date(2020, 12, 31)), st.sampled_from(months("2015-12", "2019-12"))
)
def test_nothing_published_later_or_of_later_months_is_seen(as_of: date, until: str) -> None:
    for row in observed(as_of, until):
        assert row.published <= as_of
        assert row.end <= until


def test_of_two_vintages_the_one_known_by_then_is_seen() -> None:
    """January 2017 was printed in February 2017 and closed to the year in January 2018."""
    keyed = lambda rows: {(r.series, r.start): r for r in rows}  # noqa: E731
    early, late = (keyed(observed(d, "2018-12")) for d in (date(2017, 9, 30), date(2018, 12, 31)))
    at = ("china_imports", "2017-01")
    assert (early[at].vintage, early[at].value) == ("first", 208.4)
    assert (late[at].vintage, late[at].value) == ("closed", 207.74)
    assert at not in keyed(observed(date(2017, 2, 25), "2018-12"))


def test_observations_are_those_of_the_tables_they_name() -> None:
    """Monthly and quarterly figures equal the tables of trade; none is public before it is over."""
    found = {(r.series, r.start, r.vintage): r for r in load("observations")}
    for row in load("trade_china_monthly"):
        month = f"{row.year}-{row.month:02d}"
        assert found["china_imports", month, "first"].value == row.cn_import_raw
        assert found["china_imports", month, "closed"].value == row.cn_import_closed
        assert found["china_exports", month, "first"].value == row.cn_export_raw
        assert found["china_exports", month, "closed"].value == row.cn_export_closed
        coal = found.get(("china_coal", month, "first"))
        assert (None if coal is None else coal.value) == row.coal_import_musd
    for row in load("trade_russia_quarterly"):
        first = f"{row.year}-{3 * int(row.quarter[0]) - 2:02d}"
        assert found["russia_exports", first, "first"].value == row.ru_export_musd
        assert found["russia_imports", first, "first"].value == row.ru_import_musd
    for row in found.values():
        over = month_number(row.end) + 1
        assert row.published >= date(over // 12, over % 12 + 1, 1) - timedelta(days=1)
        assert row.series in OUTCOMES


def _poisoned(as_of: date, until: str):
    """Return a loader whose outcomes, judged index and prices after an origin are absurd."""

    def poisoned(name: str):
        rows = load(name)
        if name == "observations":
            return tuple(
                replace(r, value=r.value * 1e3 + 7.0) if r.published > as_of or r.end > until else r
                for r in rows
            )
        if name == "trade_china_monthly":
            return tuple(
                replace(r, cn_export_closed=1e6, cn_import_closed=1e6) if r.year > 2016 else r
                for r in rows
            )
        if name == "enforcement_index":
            return tuple(replace(r, level=1.0 - r.level) for r in rows)
        if name == "world_prices":
            return tuple(
                replace(r, price=r.price * 50.0) if f"{r.year}-{r.month:02d}" > until else r
                for r in rows
            )
        return rows

    return poisoned


@pytest.mark.parametrize("origin", [THROUGH_THE_BREAK, AFTER_IT], ids=lambda o: o.name)
def test_no_later_observation_reaches_a_fit_or_a_forecast(origin, tmp_path, monkeypatch) -> None:
    """With every later figure, price and judged level made absurd, not one byte changes."""
    plan = Plan(particles=32, moves=1, settle=1)

    def outcome(folder: Path) -> tuple[bytes, dict]:
        with Workers(1) as workers:
            found = calibrate(origin, plan, workers, folder, 0.05)
            ahead = simulate(workers, world(origin, origin.last, 0.05), found.parameters, [0] * 32)
        values = np.array([found.parameters[n] for n in all_parameters()])
        return values.tobytes() + found.fitted.population.log_kernel.tobytes(), ahead

    plain, ahead = outcome(tmp_path / "plain")
    absurd = _poisoned(origin.as_of, origin.until)
    for module in (outcomes_module, calibrate_module, paths, base_year):
        monkeypatch.setattr(module, "load", absurd)
    base_year.price_series.cache_clear()
    try:
        poisoned, ahead_poisoned = outcome(tmp_path / "poisoned")
    finally:
        base_year.price_series.cache_clear()
    assert poisoned == plain
    for name, values in ahead.items():
        assert np.array_equal(values, ahead_poisoned[name]), name


def test_a_fit_runs_adaptive_enforcement_and_known_prices() -> None:
    for origin in (THROUGH_THE_BREAK, AFTER_IT, EVERYTHING):
        scenario = world(origin, origin.last, 0.1)
        for partner in ("China", "Russia", "RestOfWorld"):
            assert scenario.actors[partner].enforcement.mode == "adaptive"
        assert scenario.world_prices.until == origin.until
        assert scenario.parameters.source == "prior"


# The kernel.


def _row(series: str, value: float):
    return replace(next(r for r in load("observations") if r.series == series), value=value)


def test_the_kernel_of_a_single_estimate_is_gaussian_in_logs() -> None:
    one = OUTCOMES["illicit_coal"]
    rows = (_row("illicit_coal", 169.0),)
    values = np.array([[100.0, 169.0, 400.0]])
    found = log_kernel(values, rows)
    miss = np.log((169.0 + one.floor) / (values[0] + one.floor))
    wanted = stats.norm.logpdf(miss, 0.0, one.error) - stats.norm.logpdf(0.0, 0.0, one.error)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


def test_the_kernel_of_a_pooled_series_integrates_its_error_out() -> None:
    """Against numerical integration over a scaled inverse chi-square prior of the variance."""
    one = OUTCOMES["china_imports"]
    rows = tuple(_row("china_imports", v) for v in (150.0, 200.0, 250.0, 90.0))
    values = np.array([[150.0, 100.0], [210.0, 240.0], [240.0, 300.0], [95.0, 40.0]])
    miss = np.log(np.array([r.value for r in rows]) + one.floor)[:, None] - np.log(
        values + one.floor
    )
    prior = stats.invgamma(PRIOR_FIGURES / 2, scale=PRIOR_FIGURES * one.error**2 / 2)

    def marginal(member: int) -> float:
        def integrand(variance: float) -> float:
            density = stats.norm.logpdf(miss[:, member], 0.0, np.sqrt(variance)).sum()
            return float(np.exp(one.weight * density) * prior.pdf(variance))

        return float(np.log(integrate.quad(integrand, 1e-6, 20.0, limit=400)[0]))

    found = log_kernel(values, rows)
    assert found[0] - found[1] == pytest.approx(marginal(0) - marginal(1), rel=1e-6)


def test_a_run_without_a_number_is_impossible_not_an_error() -> None:
    rows = (_row("china_imports", 100.0),)
    assert log_kernel(np.array([[np.nan, 100.0]]), rows)[0] < -1e8


def test_errors_drawn_are_as_wide_as_the_misses_say() -> None:
    random = np.random.default_rng(1)
    small, large = (
        error_draws("china_exports", np.full((40, 50), miss), random, (200, 1, 50)).std()
        for miss in (0.05, 0.4)
    )
    assert 0.05 < small < 0.15 < large < 0.45
    declared = error_draws("illicit_coal", np.zeros((0, 50)), random, (200, 1, 50)).std()
    assert declared == pytest.approx(OUTCOMES["illicit_coal"].error, rel=0.03)


# The sampler.


def test_the_next_power_keeps_half_and_ends_at_one() -> None:
    log_kernel_values = -0.5 * np.random.default_rng(2).standard_normal(400) ** 2 * 50.0
    power = next_power(log_kernel_values, 0.0)
    weight = np.exp(power * log_kernel_values)
    assert weight.sum() ** 2 / (weight**2).sum() / 400 == pytest.approx(0.5, abs=0.01)
    assert next_power(np.zeros(10), 0.3) == 1.0


def test_resampling_keeps_the_expected_number_of_each() -> None:
    share = np.array([0.5, 0.3, 0.15, 0.05])
    for uniform in (0.0, 0.4, 0.999):
        found = np.bincount(resample(np.log(np.repeat(share / 25, 25)), uniform) // 25, minlength=4)
        assert np.all(np.abs(found - 100 * share) <= 1.0)


def test_a_known_posterior_is_recovered_and_the_rest_keeps_its_prior() -> None:
    """Gaussian target in 3 of 40 dimensions, two of them tied: means, spreads, and the rest."""
    centre = np.array([1.0, -0.5])

    def evaluate(call: int, points: np.ndarray, ids: np.ndarray) -> np.ndarray:
        tied = points[:, 0] + points[:, 1]
        return (
            -0.5 * ((tied - centre[0]) / 0.2) ** 2 - 0.5 * ((points[:, 2] - centre[1]) / 0.3) ** 2
        )

    found = fit(evaluate, 40, Plan(particles=1024, seed=3)).population.points
    tied = found[:, 0] + found[:, 1]
    precision = 1.0 / 2.0 + 1.0 / 0.2**2
    assert tied.mean() == pytest.approx(centre[0] / 0.2**2 / precision, abs=0.03)
    assert tied.std() == pytest.approx(precision**-0.5, rel=0.12)
    assert (found[:, 0] - found[:, 1]).std() == pytest.approx(2**0.5, rel=0.1)
    precision = 1.0 + 1.0 / 0.3**2
    assert found[:, 2].mean() == pytest.approx(centre[1] / 0.3**2 / precision, abs=0.04)
    assert found[:, 2].std() == pytest.approx(precision**-0.5, rel=0.12)
    rest = found[:, 3:]
    assert np.abs(rest.mean(axis=0)).max() < 5.0 / 1024**0.5
    assert abs(rest.std() - 1.0) < 0.02
    assert {0, 1, 2} <= set(informed(found).which.tolist())


def test_the_same_seed_gives_the_same_draws_whatever_the_workers(tmp_path: Path) -> None:
    plan = Plan(particles=96, moves=1, settle=1)
    found = []
    for count in (1, 2):
        with Workers(count) as workers:
            done = calibrate(EVERYTHING, plan, workers, tmp_path / str(count), 0.05)
        folder = tmp_path / f"out{count}"
        folder.mkdir()
        write_calibration(folder, done, 64)
        found.append((folder / "draws.csv").read_bytes())
    assert found[0] == found[1]


def test_the_fit_recovers_parameters_from_data_of_its_own() -> None:
    """Six truths from the prior: their parameters lie in the 90 % bands about as often as said."""
    truths = np.random.default_rng(11).standard_normal((6, len(INFORMED)))
    template = rows_to_2018()
    error = np.array([OUTCOMES[row.series].error for row in template])
    floor = np.array([OUTCOMES[row.series].floor for row in template])
    random = np.random.default_rng(12)
    inside, spread, middle = [], [], []
    with Workers(2) as workers:
        clean = simulated(truths, [900 + i for i in range(6)], template, workers)
        for i, truth in enumerate(truths):
            noise = np.exp(error * random.standard_normal(len(template)))
            values = np.maximum((clean[:, i] + floor) * noise - floor, 0.0)
            rows = tuple(replace(r, value=v) for r, v in zip(template, values, strict=True))
            found = fit_to(rows, workers).population.points
            low, high = np.quantile(found, (0.05, 0.95), axis=0)
            inside.append((low <= truth) & (truth <= high))
            spread.append(found.std(axis=0))
            middle.append(np.median(found, axis=0))
    assert 48 <= np.sum(inside) <= 60, np.sum(inside, axis=1)
    assert np.mean(spread) < 0.8
    assert np.corrcoef(np.ravel(middle), truths.ravel())[0, 1] > 0.6


# What is shipped.


def _shipped(name: str) -> list[dict[str, str]]:
    folder = Path(calibrate_module.__file__).parents[1] / "data" / "evidence"
    with (folder / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_shipped_draws_reproduce_the_shipped_misses() -> None:
    """The first 64 draws, run again under their streams, miss the record as the file says."""
    scenario, rows = world(EVERYTHING, "2018-12", FITTING_SCALE), observed(date.max, "2018-12")
    some = {name: values[:64] for name, values in accepted().items()}
    with Workers(1) as workers:
        series = simulate(workers, scenario, some, [int(i) for i in accepted_streams()[:64]])
    found = distance(read(series, scenario.period.months, rows), rows)
    wanted = [float(row["distance"]) for row in _shipped("draws.csv")[:64]]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_shipped_draws_lie_in_their_priors_and_fit_far_better() -> None:
    """Draws drawn from the prior miss the record by more than the accepted ones do."""
    scenario, rows = world(EVERYTHING, "2018-12", FITTING_SCALE), observed(date.max, "2018-12")
    prior = draw("prior", 64, 3)
    with Workers(1) as workers:
        series = simulate(workers, scenario, prior, range(64))
    usual = np.median(distance(read(series, scenario.period.months, rows), rows))
    fitted = np.median([float(row["distance"]) for row in _shipped("draws.csv")])
    assert fitted < 0.75 * usual
    for name, p in all_parameters().items():
        assert accepted()[name].max() <= p.high * (1 + 1e-5) + 1e-9, name
        if name != "import_demand_elasticity":
            assert accepted()[name].min() >= p.low * (1 - 1e-5) - 1e-9, name


def test_the_control_kept_its_prior() -> None:
    """A parameter of 2021 and later, which no figure touches, was neither narrowed nor shifted."""
    row = next(r for r in _shipped("posterior.csv") if r["parameter"] == CONTROL)
    assert abs(float(row["spread_ratio"]) - 1.0) < 0.1
    assert abs(float(row["shift"])) < 0.15
    assert row["moved"] == "no"


def test_prior_against_posterior_of_the_prior_itself_is_unmoved() -> None:
    points = np.random.default_rng(4).standard_normal((2000, len(all_parameters())))
    rows = prior_against_posterior(points, from_normal(points))
    assert not any(row.moved for row in rows)
    for row in rows:
        scale = abs(row.prior[2]) + abs(row.prior[0]) + 1e-9
        if row.parameter.name != "import_demand_elasticity":
            assert abs(row.prior[1] - row.posterior[1]) < 0.05 * scale, row.parameter.name


# What survives.


def _command(out: Path) -> list[str]:
    return [
        sys.executable, "-m", "sim", "calibrate", "--particles", "32", "--scale", "0.05",
        "--workers", "1", "--quiet", "--out", str(out),
    ]  # fmt: skip


def test_a_killed_fit_goes_on_and_loses_at_most_one_block(tmp_path: Path) -> None:
    """kill -9 in mid-fit: every finished block is used again, and the draws are the same bytes."""
    process = subprocess.Popen(_command(tmp_path / "a"))
    stored: list[Path] = []
    for _ in range(600):
        stored = list((tmp_path / "a").glob(".calibration-*/*.block"))
        if len(stored) >= 5:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "a").glob(".calibration-*/*.block")}
    assert len(kept) >= 5
    # Blocks are asked for in order and stored as they end: none before the last is missing.
    calls = sorted(int(name.split("-")[0]) for name in kept)
    assert calls == list(range(len(calls)))
    (half,) = (tmp_path / "a").glob(".calibration-*")
    (half / "00099-0000-0.block").write_bytes(b"half a block")
    done = subprocess.run(_command(tmp_path / "a"), check=True, capture_output=True, text=True)
    assert done.stderr == ""
    subprocess.run(_command(tmp_path / "b"), check=True)
    names = ("draws.csv", "posterior.csv", "patterns.csv", "pairs.csv")
    for name in names:
        one, two = (tmp_path / x / "calibration" / name for x in ("a", "b"))
        assert one.read_bytes() == two.read_bytes(), name
    assert not list((tmp_path / "a").glob(".calibration-*"))


def _block(value: float) -> Block:
    return Block(world(EVERYTHING, "2018-12", 0.05), {"penalty": np.full(3, value)}, (0, 1, 2))


def test_a_stored_block_is_used_and_another_or_a_broken_one_is_not(tmp_path: Path) -> None:
    store, one = FinishedBlocks(tmp_path, "d" * 64), _block(1.0)
    assert store.get(0, 0, one) is None
    store.put(0, 0, one, np.array([1.0, 2.0, 3.0]))
    assert np.array_equal(FinishedBlocks(tmp_path, "d" * 64).get(0, 0, one), [1.0, 2.0, 3.0])
    assert store.get(0, 0, _block(2.0)) is None
    assert store.get(0, 0, replace(one, ids=(0, 1, 9))) is None
    assert FinishedBlocks(tmp_path, "e" * 64).get(0, 0, one) is None
    path = next(store.folder.glob("*.block"))
    good = path.read_bytes()
    for broken in (b"", b"broken", good[:-1], bytes([good[0] ^ 1]) + good[1:]):
        path.write_bytes(broken)
        assert store.get(0, 0, one) is None
    path.write_bytes(good)
    assert store.get(0, 0, one) is not None


def test_a_small_population_calls_nothing_moved_by_chance() -> None:
    """32 draws of the prior itself: nothing is informed, moved or tied."""
    points = np.random.default_rng(6).standard_normal((32, len(all_parameters())))
    assert informed(points).which.size <= 1
    assert sum(row.moved for row in prior_against_posterior(points, from_normal(points))) <= 1
    assert trade_offs(points) == []


def test_figures_of_the_record_are_read_alike_in_runs() -> None:
    """Sums, ends, ratios and growth by hand."""
    names = months("2016-01", "2017-04")
    rising = np.arange(1.0, 17.0)[:, None]
    series = dict.fromkeys(OUTCOMES, rising)
    pick = lambda name, first, last: next(  # noqa: E731
        r for r in load("observations") if (r.series, r.start, r.end) == (name, first, last)
    )
    rows = (
        pick("russia_exports", "2016-01", "2016-03"),
        pick("russia_trade_growth", "2017-01", "2017-02"),
        pick("coal_price", "2017-01", "2017-04"),
    )
    found = read(series, names, rows)[:, 0]
    np.testing.assert_allclose(found, [6.0, (13 + 14) / (1 + 2), 16 / 13])
    assert misses(np.array([[6.0]]), rows[:1])[0, 0] == pytest.approx(np.log(14.3 / 7.0))


# The command.


def call(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.stdout, result.stderr


SMALL = ("--particles", "32", "--scale", "0.05", "--workers", "2")


def test_calibrate_writes_draws_that_a_run_can_use(tmp_path: Path) -> None:
    code, text, errors = call("calibrate", *SMALL, "--keep", "16", "--out", str(tmp_path))
    assert code == 0, errors
    assert "The data moved" in text
    assert "Control: cyber_income_late" in " ".join(text.split())
    assert "calibrate: 100 %" in errors
    folder = tmp_path / "calibration"
    assert {p.name for p in folder.iterdir()} == {
        "calibration.json", "draws.csv", "pairs.csv", "patterns.csv", "posterior.csv",
    }  # fmt: skip
    with (folder / "draws.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16
    assert sum(float(row["weight"]) for row in rows) == pytest.approx(1.0)
    assert list(rows[0])[:5] == ["draw", "weight", "distance", "reproduced", "stream"]
    code, text, errors = call(
        "run", "historical", "--members", "2", "--scale", "0.05", "--json", "--out", str(tmp_path),
        "--set", f"parameters.draws={folder / 'draws.csv'}", "--set", "firms.Russia=2200",
        "--set", "firms.RestOfWorld=2200",
    )  # fmt: skip
    assert code == 0, errors
    found = np.load(tmp_path / "historical" / "arrays.npz")["parameter.penalty"]
    assert found == pytest.approx(float(rows[0]["penalty"]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("calibrate", "--particles", "5"), "found '5'; allowed: a whole number from 32 to 16384"),
        (("calibrate", "--particles", "many"), "found 'many'; allowed: a whole number"),
        (("calibrate", "--origin", "c"), "'c' is not one of 'all', 'a', 'b'"),
        (("calibrate", "--scale", "0"), "found '0'; allowed: a number from 0.05 to 50"),
        (("calibrate", "--scale", "nan"), "found 'nan'; allowed: a number from 0.05 to 50"),
        (("calibrate", "--workers", "0"), "a whole number from 1 to 1024"),
        (("calibrate", "--keep", "3"), "a whole number from 16 to 16384"),
        (("validate", "--seed", "-1"), "a whole number from 0 to"),
        (("sensitivity", "historcal"), "historical"),
        (("sensitivity", "--base", "100"), "'100' is not one of"),
        (("evidence", "nowhere"), "there is no such folder"),
        (("calibrate", "--out", "/dev/null/x"), "the results folder cannot be written"),
        (("validate", "--out", "/dev/null/x"), "the results folder cannot be written"),
    ],
)
def test_bad_options_get_one_sentence(words: tuple[str, ...], said: str) -> None:
    code, text, errors = call(*words)
    assert code == 2
    assert said in errors
    assert "Traceback" not in errors
    assert text == ""


def test_draws_of_another_version_are_refused_before_a_run(tmp_path: Path) -> None:
    path = tmp_path / "draws.csv"
    path.write_text("draw,penalty\n0,1\n", encoding="utf-8")
    code, _, errors = call("run", "historical", "--set", f"parameters.draws={path}",
                           "--out", str(tmp_path))  # fmt: skip
    assert code == 2
    assert "draws.csv:1: found no column" in errors
    code, _, errors = call("check", "historical", "--set", "parameters.draws=x.csv",
                           "--set", "parameters.source=prior")  # fmt: skip
    assert code == 2
    assert "source: calibrated" in errors


def test_wrong_folders_and_draws_are_said_and_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, _, errors = call("evidence", str(tmp_path / "empty"), "--out", str(tmp_path))
    assert code == 2
    assert "holds no table of evidence" in errors
    (tmp_path / "calibration").write_text("mine", encoding="utf-8")
    refused = pytest.raises(DivertError, match="a file where the results folder would be")
    with refused, whole_folder(tmp_path / "calibration"):
        pass
    assert (tmp_path / "calibration").read_text(encoding="utf-8") == "mine"
    code, _, errors = call(
        "check", "historical", "--set", f"parameters.draws={tmp_path / 'no.csv'}"
    )
    assert code == 2
    assert "no.csv: parameters.draws: the file cannot be read" in errors


def test_evidence_finds_tables_in_folders_below_and_says_which_are_own(tmp_path: Path) -> None:
    below = tmp_path / "results" / "sensitivity"
    below.mkdir(parents=True)
    (below / "stability.csv").write_text(
        "draws,offset_p05,offset_p50,offset_p95,offset_p50_se,offset_ends_se,loss_p50\n"
        "16,,,,,,0\n32,,,,,,0\n", encoding="utf-8",
    )  # fmt: skip
    code, text, errors = call("evidence", str(tmp_path / "results"), "--out", str(tmp_path))
    assert code == 0, errors
    assert "From the folders named: stability.csv. All else as shipped." in text


def test_where_there_is_no_loss_the_number_of_draws_has_no_answer() -> None:
    found = _stable(np.full(16, np.nan), np.zeros(16), np.random.default_rng(1))
    assert np.isnan([*found.offset, found.median_se, found.edge_se]).all()
    assert (found.draws, found.loss) == (16, 0.0)


def test_a_store_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    store = FinishedBlocks(tmp_path, "f" * 64)
    shutil.rmtree(store.folder)
    with pytest.raises(DivertError, match="the same command goes on from there"):
        store.put(0, 0, _block(1.0), np.zeros(3))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DivertError, match="name another one with --out"):
        FinishedBlocks(tmp_path / "file", "f" * 64)


def test_final_figures_are_the_last_vintage() -> None:
    rows = {(r.series, r.start): r for r in final("2016-01", "2019-12")}
    assert rows["china_exports", "2019-12"].vintage == "closed"
    assert len([k for k in rows if k[0] == "china_imports"]) == 48
