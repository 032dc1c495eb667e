"""Sensitivity: known indices of known functions, one plan one result, files, and bad input."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.calibration import sensitivity as module
from sim.calibration.files import EFFECT_COLUMNS, write_sensitivity
from sim.calibration.indices import morris, settled, sobol
from sim.calibration.sensitivity import (
    Cube,
    Outcome,
    Runs,
    Sensitivity,
    cube,
    run_points,
    sensitivity,
    spread,
)
from sim.calibration.simulate import Block
from sim.errors import DivertError
from sim.parameters import all_parameters, draw, quantile
from sim.scenario import Scenario
from sim.workers import Workers

from worlds import QUIET, scenario

Array = NDArray[np.float64]

SHORT = {
    "period.from": "2015-01",
    "period.to": "2017-06",
    "window.from": "2016-03",
    "window.to": "2017-06",
}
CHINA_NEVER_RESTRICTS = QUIET | {"actors.China.enforcement": {"mode": "fixed", "value": 0.05}}
NAMES = ("evasion_cost", "sigma_coal", "china_enforcement_un", "penalty")


def small(workers: int, world: Scenario, **keys: Any) -> Sensitivity:
    """Return the sensitivity of a small world over few parameters with few runs."""
    plan = {"trajectories": 2, "sobol_base": 4, "most": 2, "names": NAMES, "scale": 0.05}
    with Workers(workers) as pool:
        return sensitivity(world, pool, **(plan | keys))


@pytest.fixture(scope="module")
def found() -> Sensitivity:
    """A finished small run in this process."""
    return small(1, scenario(SHORT))


def linear(weights: Array) -> Callable[[Array], Array]:
    """Return a function that is linear in every axis."""
    return lambda points: points @ weights


def ishigami(points: Array) -> Array:
    """Return Ishigami & Homma's function with a = 7, b = 0.1."""
    x = np.pi * (2.0 * points - 1.0)
    return np.sin(x[:, 0]) * (1.0 + 0.1 * x[:, 2] ** 4) + 7.0 * np.sin(x[:, 1]) ** 2


def test_morris_finds_the_weights_of_a_linear_function() -> None:
    """mu_star is the change over the whole quantile scale; without interaction sigma is zero."""
    rows = morris(("a", "b", "c", "d"), linear(np.array([1.0, -4.0, 0.0, 2.0])), trajectories=3)
    assert [row.parameter for row in rows] == ["b", "d", "a", "c"]
    np.testing.assert_allclose([row.mu_star for row in rows], [4.0, 2.0, 1.0, 0.0], atol=1e-9)
    np.testing.assert_allclose([row.sigma for row in rows], 0.0, atol=1e-9)
    np.testing.assert_allclose([row.mu_star_conf for row in rows], 0.0, atol=1e-9)


def test_morris_stays_off_the_ends_of_the_axes() -> None:
    """Points lie in the middles of the four quarters of every axis."""
    seen: list[Array] = []

    def keep(points: Array) -> Array:
        seen.append(points)
        return points.sum(axis=1)

    morris(("a", "b"), keep, trajectories=8)
    np.testing.assert_allclose(np.unique(seen[0].round(9)), [0.125, 0.375, 0.625, 0.875])


def test_morris_tells_interaction_by_sigma() -> None:
    """An effect that depends on another axis has a spread."""
    rows = morris(("a", "b", "c"), lambda x: x[:, 0] * x[:, 1] + x[:, 2], trajectories=20)
    sigma = {row.parameter: row.sigma for row in rows}
    assert sigma["a"] > 0.1
    assert sigma["c"] < 1e-9


def test_sobol_finds_the_indices_of_ishigami() -> None:
    """First and total indices agree with the closed form, largest total first."""
    rows = sobol(("x1", "x2", "x3"), ishigami, base=1024)
    assert [row.parameter for row in rows] == ["x1", "x2", "x3"]
    np.testing.assert_allclose([row.first for row in rows], [0.3139, 0.4424, 0.0], atol=0.05)
    np.testing.assert_allclose([row.total for row in rows], [0.5576, 0.4424, 0.2437], atol=0.05)
    assert all(0.0 < row.total_conf < 0.15 for row in rows)


def test_one_seed_gives_one_result_and_zero_is_a_seed() -> None:
    """Points and intervals follow the seed alone, whatever NumPy's own generator did before."""
    for seed in (0, 7):
        assert sobol(("a", "b", "c"), ishigami, 16, seed) == sobol(
            ("a", "b", "c"), ishigami, 16, seed
        )
        assert morris(("a", "b", "c"), ishigami, 4, seed) == morris(
            ("a", "b", "c"), ishigami, 4, seed
        )
    assert sobol(("a", "b", "c"), ishigami, 16, 0) != sobol(("a", "b", "c"), ishigami, 16, 7)


def test_points_without_a_value_take_the_median_of_the_others() -> None:
    """NaN and infinity are replaced before the estimators see them."""
    got = settled(np.array([1.0, np.nan, 3.0, np.inf, 8.0]))
    np.testing.assert_array_equal(got, [1.0, 3.0, 3.0, 3.0, 8.0])
    np.testing.assert_array_equal(settled(np.array([np.nan, np.nan])), [0.0, 0.0])
    gaps = lambda x: np.where(x[:, 0] > 0.8, np.nan, x[:, 1])  # noqa: E731
    assert all(np.isfinite(row.mu_star) for row in morris(("a", "b"), gaps, trajectories=6))
    assert all(np.isfinite(row.total) for row in sobol(("a", "b"), gaps, base=16))


def test_a_function_without_variance_has_no_indices() -> None:
    """A constant gives zeros and no warning."""
    flat = lambda x: np.zeros(len(x))  # noqa: E731
    assert {row.mu_star for row in morris(("a", "b"), flat)} == {0.0}
    assert {(row.first, row.total) for row in sobol(("a", "b"), flat)} == {(0.0, 0.0)}


def test_spread_parts_seeds_from_parameters() -> None:
    """Known standard deviations are found; points that lack a value are left out."""
    rng = np.random.default_rng(5)
    values = 3.0 * rng.standard_normal((4000, 1)) + rng.standard_normal((4000, 4))
    got = spread(values)
    assert got.seed_sd == pytest.approx(1.0, rel=0.05)
    assert got.parameter_sd == pytest.approx(3.0, rel=0.05)
    assert got.seed_share_of_variance == pytest.approx(0.1, rel=0.1)
    values[:3, 1] = np.nan
    assert spread(values) == spread(values[3:])
    nothing = spread(np.full((8, 2), np.nan))
    assert (nothing.seed_sd, nothing.parameter_sd, nothing.seed_share_of_variance) == (0, 0, 0)


def test_points_are_quantiles_of_the_prior_or_of_the_draws() -> None:
    """An axis reads its own parameter; the others stand at their medians."""
    world, points = scenario(), np.array([[0.1, 0.5], [0.9, 0.25]])
    prior = cube(world, "prior", names=("penalty", "sigma_coal")).values(points)
    known = all_parameters()
    np.testing.assert_allclose(prior["penalty"], quantile(known["penalty"], points[:, 0]))
    np.testing.assert_allclose(
        prior["evasion_cost"], quantile(known["evasion_cost"], np.full(2, 0.5))
    )
    draws = draw("prior", 99, 3)
    fitted = cube(world, "calibrated", draws, ("penalty",)).values(points[:, :1])
    np.testing.assert_allclose(fitted["penalty"], np.quantile(draws["penalty"], points[:, 0]))
    np.testing.assert_allclose(fitted["sigma_coal"], np.median(draws["sigma_coal"]))
    assert set(fitted) == set(known)


def test_what_the_scenario_fixes_is_left_out_and_its_ranges_are_kept() -> None:
    """A number fixes a parameter; a range replaces its prior, whatever the points are read over."""
    world = scenario({"parameters.set.penalty": 2.0,
                      "parameters.set.evasion_cost": {"low": 0.1, "high": 0.2}})  # fmt: skip
    for over, draws in (("prior", None), ("calibrated", draw("prior", 50, 3))):
        space = cube(world, over, draws)
        assert len(space.names) == len(all_parameters()) - 1
        assert "penalty" not in space.names
        values = space.values(np.random.default_rng(1).random((40, len(space.names))))
        assert set(values["penalty"]) == {2.0}
        assert values["evasion_cost"].min() >= 0.1
        assert values["evasion_cost"].max() <= 0.2
        lowest = np.min([v for name, v in values.items() if name.startswith("sigma_")], axis=0)
        assert np.all(values["import_demand_elasticity"] <= lowest - 0.2 + 1e-12)


def test_points_of_one_block_share_their_streams() -> None:
    """Equal parameters under equal ids give equal results; a point is the same in any block."""
    space, world = cube(scenario(SHORT), "prior", names=NAMES), scenario(SHORT)
    points = np.array([[0.2, 0.3, 0.4, 0.5], [0.2, 0.3, 0.4, 0.5], [0.9, 0.6, 0.1, 0.8]])
    together = run_points(Block(world, space.values(points), (0, 0, 0)))
    alone = run_points(Block(world, space.values(points[2:]), (0,)))
    assert together.receipts.shape == (4, 3)
    assert together.loss[0] > 0.0
    np.testing.assert_array_equal(together.receipts[:, 0], together.receipts[:, 1])
    np.testing.assert_array_equal(together.receipts[:, 2], alone.receipts[:, 0])
    other = run_points(Block(world, space.values(points[2:]), (1,)))
    assert other.loss[0] != alone.loss[0]


def test_points_without_loss_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every ratio that is no number is counted, and progress ends at one."""

    def some_without(block: Block) -> Outcome:
        ids = np.array(block.ids)
        nothing = np.zeros(ids.size)
        return Outcome(np.where(ids % 5 == 0, np.nan, 0.5), nothing, np.zeros((4, ids.size)))

    monkeypatch.setattr(module, "run_points", some_without)
    monkeypatch.setattr(module, "BLOCK", 32)
    space: Cube = cube(scenario(), "prior", names=NAMES)
    shares: list[float] = []
    with Workers(1) as pool:
        runs = Runs(scenario(), pool, 70, shares.append)
        ratio = runs.ratio(space, np.full((70, 4), 0.5), range(70))
    assert (runs.done, runs.without_loss) == (70, 14)
    assert int(np.isnan(ratio).sum()) == 14
    assert shares == pytest.approx([32 / 70, 64 / 70, 1.0])


def test_a_world_without_loss_ends_with_zeros(tmp_path: Path) -> None:
    """Where China never restricts no point has a loss; the run says so and does not fail."""
    got = small(1, scenario(SHORT, CHINA_NEVER_RESTRICTS), sobol_base=2, names=NAMES[:2])
    assert got.points_without_loss == got.runs
    assert got.offset is None
    assert {row.mu_star for row in got.effects} == {0.0}
    assert {row.total for row in got.indices} == {0.0}
    write_sensitivity(tmp_path, got)
    assert json.loads((tmp_path / "sensitivity.json").read_text(encoding="utf-8"))["offset"] is None


def test_a_small_run_has_a_row_for_each_parameter(found: Sensitivity) -> None:
    """Morris ranks all names, Sobol' takes the first of them, and every run is counted."""
    assert {row.parameter for row in found.effects} == set(NAMES)
    assert {row.parameter for row in found.indices} == {r.parameter for r in found.effects[:2]}
    noise = module.NOISE_POINTS * module.REPLICATES
    assert found.runs == noise + 2 * (len(NAMES) + 1) + 4 * (2 + 2)
    assert found.points_without_loss == 0
    assert found.effects[0].mu_star > 0.0
    assert found.spread.seed_sd > 0.0
    assert found.offset is not None
    assert found.offset["p05"] <= found.offset["p50"] <= found.offset["p95"]


def test_the_number_of_workers_changes_nothing(found: Sensitivity) -> None:
    """Two processes give the very same result as one."""
    assert small(2, scenario(SHORT)) == found


def test_calibrated_points_come_from_the_draws() -> None:
    """With draws that do not differ, no parameter has an effect."""
    still = {name: np.full(5, p.central) for name, p in all_parameters().items()}
    got = small(1, scenario(SHORT), over="calibrated", draws=still, names=NAMES[:2], sobol_base=2)
    assert got.over == "calibrated"
    assert {row.mu_star for row in got.effects} == {0.0}
    assert got.spread.parameter_sd < got.spread.seed_sd


def test_files_have_the_agreed_columns_and_order(found: Sensitivity, tmp_path: Path) -> None:
    """sensitivity.csv holds effects, then indices, each falling; the JSON holds the plan."""
    write_sensitivity(tmp_path, found)
    write_sensitivity(tmp_path, replace(found, over="calibrated"))
    assert {p.name for p in tmp_path.iterdir()} == {
        f"sensitivity{over}.{kind}" for over in ("", "-calibrated") for kind in ("csv", "json")
    }
    with (tmp_path / "sensitivity.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(EFFECT_COLUMNS)
    assert [row["method"] for row in rows] == ["morris"] * 4 + ["sobol"] * 2
    assert {row["over"] for row in rows} == {"prior"}
    for row in rows:
        empty = EFFECT_COLUMNS[6:] if row["method"] == "morris" else EFFECT_COLUMNS[3:6]
        assert [name for name in EFFECT_COLUMNS if row[name] == ""] == list(empty)
    for method, key in (("morris", "mu_star"), ("sobol", "total")):
        column = [float(row[key]) for row in rows if row["method"] == method]
        assert column == sorted(column, reverse=True)
    content = json.loads((tmp_path / "sensitivity.json").read_text(encoding="utf-8"))
    for key in ("over", "runs", "points_without_loss", "seed_sd", "parameter_sd",
                "seed_share_of_variance", "offset", "trajectories", "sobol_base",
                "seed"):  # fmt: skip
        assert key in content, key
    assert 0.0 < content["seed_share_of_variance"] < 1.0


BAD = [
    ({"trajectories": 1}, "trajectories: found 1; allowed: a whole number of 2 or more"),
    ({"trajectories": 2.5}, "trajectories: found 2.5; allowed: a whole number of 2 or more"),
    ({"sobol_base": 48}, "sobol_base: found 48; allowed: a power of two: 2, 4, 8, 16 and so on"),
    ({"sobol_base": 0}, "sobol_base: found 0; allowed: a power of two: 2, 4, 8, 16 and so on"),
    ({"most": 0}, "most: found 0; allowed: a whole number of 1 or more"),
    ({"most": True}, "most: found true; allowed: a whole number of 1 or more"),
    ({"seed": -1}, "seed: found -1; allowed: a whole number of 0 or more"),
    ({"over": "priors"}, "over: found 'priors'; allowed: prior, calibrated (did you mean 'prior'"),
    ({"over": "calibrated"}, "draws: found no draws of sigma_coal; allowed: draws of every"),
    ({"names": ("penalti",)}, "names: found 'penalti'; allowed: a parameter that the scenario "
     "leaves free (did you mean 'penalty'?)"),
    ({"names": ("penalty", "penalty")}, "names: found 'penalty' twice; allowed: once"),
    ({"names": ()}, "names: found none; allowed: one parameter to vary or more"),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "sentence"), BAD, ids=lambda value: str(value)[:30])
def test_bad_input_is_said_in_a_sentence(keys: dict[str, Any], sentence: str) -> None:
    """What was found and what is allowed, before anything is run."""
    with pytest.raises(DivertError) as error:
        small(1, scenario(SHORT), **keys)
    assert str(error.value).startswith(sentence)
    assert "\n" not in str(error.value)
