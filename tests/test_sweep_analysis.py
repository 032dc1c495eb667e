"""The analysis of a sweep: known effects of known functions, tables, figures, page, bad input."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sweep_worlds import call

from sim.errors import DivertError
from sim.parameters import all_parameters, drawn
from sim.sweep import analysis_table, discovery
from sim.sweep.analysis import Analysis, analyse
from sim.sweep.analysis_table import groups_of, input_of, level_words
from sim.sweep.design import lay_points
from sim.sweep.discovery import best_step
from sim.sweep.file import SWEEPS, Sweep, load_sweep
from sim.sweep.plan import plan_of
from sim.view.sweep_figures import FIGURES, cell_words
from sim.view.sweep_page import write_analysis
from sim.view.sweep_percent import in_percent
from sim.view.sweep_words import sentences, summary

Array = NDArray[np.float64]
Function = Callable[[Array], Array]
"""From points (point, factor) in [0, 1] to values (point,) or (point, member)."""

KEYS = (
    "actors.China.enforcement.value",
    "actors.Russia.support.value",
    "actors.RestOfWorld.enforcement.value",
    "us_pressure.value",
)


def sweep_of(
    kind: str, factors: int, members: int = 1, points: int | None = None, **keys: Any
) -> Sweep:
    """Return a sweep of a design over factors a, b, c ... that go from 0 to 1."""
    varied = [
        {"key": KEYS[i], "name": "abcd"[i], "low": 0.0, "high": 1.0} | keys.pop("factor", {})
        for i in range(factors)
    ]
    design = {"kind": kind} | ({} if points is None else {"points": points})
    held = {key.rpartition(".")[0] + ".mode": "fixed" for key in KEYS[:factors]}
    values = {
        "name": "fake", "design": design, "factors": varied, "members": members, "set": held,
    }  # fmt: skip
    return Sweep.model_validate(values | keys)


def values_of(sweep: Sweep) -> Array:
    """Return the values of the factors, (point, factor)."""
    return np.array([list(row) for row in lay_points(sweep).values], dtype=float)


class Fake:
    """Stands in for folders of sweeps: the runs of a sweep that a function gives."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch = monkeypatch

    def put(self, sweep: Sweep, values: Array, lost: tuple[int, ...] = ()) -> None:
        """Let every folder hold these values (point, member); all runs of points `lost` failed."""
        values = np.atleast_2d(values.T).T
        points, members = values.shape
        whole = [(p, m) for p in range(points) for m in range(members)]
        bad = [p in lost for p, _ in whole]
        table = pa.table({
            "point": pa.array([p for p, _ in whole], pa.int32()),
            "member": pa.array([m for _, m in whole], pa.int32()),
            "status": ["failed" if b else "ok" for b in bad],
            "message": ["wrong" if b else "" for b in bad],
            "offset": pa.array(
                [None if b else float(values[pm]) for b, pm in zip(bad, whole, strict=True)],
                pa.float64(),
            ),
        })  # fmt: skip
        manifest = {
            "sweep": sweep.model_dump(mode="json") | {"outputs": ["offset"]},
            "points": points,
            "runs": points * members,
            "units": {"offset": "share of the loss"},
        }
        self.patch.setattr(analysis_table, "read_manifest", lambda folder: manifest)
        self.patch.setattr(analysis_table, "read_table", lambda folder, points=True: table)

    def analysis(self, sweep: Sweep, function: Function, **keys: Any) -> Analysis:
        """Return the analysis of what a function of the factors gives."""
        lost, above = keys.pop("lost", ()), keys.pop("above", None)
        self.put(sweep, function(values_of(sweep)), lost)
        return analyse(Path("fake"), None, above)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """A folder that holds what a function gives."""
    return Fake(monkeypatch)


def ishigami(points: Array) -> Array:
    """Return Ishigami & Homma's function with a = 7, b = 0.1."""
    x = np.pi * (2.0 * points - 1.0)
    return np.sin(x[:, 0]) * (1.0 + 0.1 * x[:, 2] ** 4) + 7.0 * np.sin(x[:, 1]) ** 2


def additive(points: Array) -> Array:
    """Return 2a + b, with c left out."""
    return 2.0 * points[:, 0] + points[:, 1]


# ---- effects -----------------------------------------------------------------------------------


def test_main_effects_of_an_additive_function_on_a_grid(fake: Fake) -> None:
    """Shares are those of the variances, means are those of the levels, and sentences say so."""
    found = fake.analysis(sweep_of("grid", 3), additive)
    a, b, c = found.effects
    assert [e.given.label for e in found.effects] == ["a", "b", "c"]
    np.testing.assert_allclose([a.share, b.share, c.share], [0.8, 0.2, 0.0], atol=1e-12)
    np.testing.assert_allclose([level.mean for level in a.levels], [0.5, 1.0, 1.5, 2.0, 2.5])
    np.testing.assert_allclose([level.p50 for level in b.levels], [1.0, 1.25, 1.5, 1.75, 2.0])
    assert [level.points for level in a.levels] == [25] * 5
    said = sentences(found)
    assert said[0] == (
        "a matters most for the offset: it explains 80 % of the variance between points; the mean "
        "rises from 0.500 at 0 to 2.50 of the loss at 1."
    )
    assert said[1].startswith("Then b: it explains 20 %")
    assert not any(sentence.startswith("Then c") for sentence in said)


def test_main_effects_in_a_sample_are_free_of_chance(fake: Fake) -> None:
    """By tenths of the range, and an input without influence explains nothing."""
    found = fake.analysis(sweep_of("latin", 3, points=400), additive)
    share = {e.given.label: e.share for e in found.effects}
    assert share["a"] == pytest.approx(0.8, abs=0.04)
    assert share["b"] == pytest.approx(0.2, abs=0.04)
    assert share["c"] < 0.03
    a = found.effects[0]
    assert a.tenths
    assert [level.points for level in a.levels] == [40] * 10
    np.testing.assert_allclose(
        [level.mean for level in a.levels], np.arange(0.05, 1.0, 0.1) * 2.0 + 0.5, atol=0.12
    )
    c = next(e for e in found.effects if e.given.label == "c")
    assert not c.directed


def test_an_effect_that_turns_is_told_with_its_turn(fake: Fake) -> None:
    """Up and down again is not called a fall."""
    found = fake.analysis(sweep_of("grid", 1), lambda x: 1.0 - 4.0 * (x[:, 0] - 0.5) ** 2)
    assert found.effects[0].turns
    assert "goes from 0 at 0 by way of 1.00 at 0.5 to 0 of the loss at 1" in sentences(found)[0]


def test_a_heat_map_holds_the_medians_of_its_cells(fake: Fake) -> None:
    """Cells are medians over members and the other factor; pairs that matter come first."""
    sweep = sweep_of("grid", 3, members=3)
    spread = np.array([-1.0, 0.0, 5.0])
    found = fake.analysis(sweep, lambda x: additive(x)[:, None] + spread)
    first = found.maps[0]
    assert (first.row.label, first.column.label) == ("a", "b")
    levels = np.linspace(0.0, 1.0, 5)
    np.testing.assert_allclose(first.median, 2.0 * levels[:, None] + levels[None, :])
    assert first.share == pytest.approx(1.0)
    assert len(found.maps) == 3
    many = fake.analysis(
        sweep_of("grid", 4, factor={"levels": 2}), lambda x: x @ [1.0, 2.0, 3.0, 4.0]
    )
    assert len(many.maps) == 6
    assert {many.maps[0].row.label, many.maps[0].column.label} == {"c", "d"}


def test_one_at_a_time_gives_the_ends_of_each_input(fake: Fake) -> None:
    """The longest bar first, ends and middle as the function has them, no share of variance."""
    found = fake.analysis(sweep_of("one_at_a_time", 2), additive)
    assert found.tornado is not None
    assert found.tornado.middle == pytest.approx(1.5)
    ends = [(b.given.label, b.low, b.high) for b in found.tornado.bars]
    assert ends == [("a", pytest.approx(0.5), pytest.approx(2.5)),
                    ("b", pytest.approx(1.0), pytest.approx(2.0))]  # fmt: skip
    assert [e.share for e in found.effects] == [None, None]
    assert {part.of for part in found.convergence} == {"members"}


def test_draws_are_read_by_rank_correlation(fake: Fake) -> None:
    """The parameter that the output is made of comes first, the others near nothing."""
    sweep = Sweep(name="fake", design={"kind": "prior", "points": 60}, members=2)
    column = drawn("prior", 60, sweep.seed)["sigma_coal"]
    fake.put(sweep, np.stack([-column, -column + 0.01], axis=1))
    found = analyse(Path("fake"))
    assert found.correlations[0].given.label == "sigma_coal"
    assert found.correlations[0].rank == pytest.approx(-1.0)
    assert abs(found.correlations[1].rank) < 0.5
    assert len(found.effects) == 12
    assert found.effects[0].given.label == "sigma_coal"
    assert sentences(found)[0].startswith("sigma_coal matters most for the offset: rank correlat")
    assert found.results.by_seed == 2


# ---- indices -----------------------------------------------------------------------------------


def test_sobol_finds_the_indices_of_ishigami(fake: Fake) -> None:
    """First and total indices agree with the closed form, largest total first."""
    found = fake.analysis(sweep_of("sobol", 3, points=1024), ishigami)
    assert found.indices is not None
    rows = found.indices.sobol
    assert [row.parameter for row in rows] == ["a", "b", "c"]
    np.testing.assert_allclose([row.first for row in rows], [0.3139, 0.4424, 0.0], atol=0.05)
    np.testing.assert_allclose([row.total for row in rows], [0.5576, 0.4424, 0.2437], atol=0.05)
    assert all(0.0 < row.total_conf < 0.15 for row in rows)
    assert [e.given.label for e in found.effects] == ["a", "b", "c"]
    assert {e.share for e in found.effects} == {None}


def test_morris_finds_the_weights_of_a_linear_function(fake: Fake) -> None:
    """mu* is the change over the whole range; without interaction sigma is nothing."""
    weights = np.array([1.0, -4.0, 2.0])
    found = fake.analysis(sweep_of("morris", 3, points=4), lambda x: x @ weights)
    assert found.indices is not None
    rows = found.indices.morris
    assert [row.parameter for row in rows] == ["b", "c", "a"]
    np.testing.assert_allclose([row.mu_star for row in rows], [4.0, 2.0, 1.0])
    np.testing.assert_allclose([row.mu for row in rows], [-4.0, 2.0, 1.0])
    np.testing.assert_allclose([row.sigma for row in rows], 0.0, atol=1e-9)
    assert "more of it lowers it, by 4.00 of the loss in the mean" in sentences(found)[0]
    assert [e.given.label for e in found.effects] == ["b", "c", "a"]


def test_few_lost_points_take_the_median_and_many_refuse_the_indices(fake: Fake) -> None:
    """The sentences say how many had a stand-in and which, or why there are no indices."""
    sweep = sweep_of("sobol", 3, points=64)
    few = fake.analysis(sweep, additive, lost=tuple(range(0, 320, 16)))
    assert few.indices is not None
    assert (few.indices.missing, len(few.indices.sobol)) == (20, 3)
    known = np.delete(additive(values_of(sweep)), np.arange(0, 320, 16))
    assert few.indices.stand_in == pytest.approx(np.median(known))
    said = " ".join(sentences(few))
    assert "20 of 320 points without a value take the median of the others, 1." in said
    assert "20 runs failed and 0 have no value of offset; they are left out" in said
    many = fake.analysis(sweep, additive, lost=tuple(range(0, 320, 8)))
    assert many.indices is not None
    assert many.indices.sobol == ()
    assert any(s.startswith("40 of 320 points have no value, more than 10 %")
               for s in sentences(many))  # fmt: skip


# ---- when it exceeds ---------------------------------------------------------------------------


def corner(points: Array) -> Array:
    """Return 1 where a is above 0.6 and b below 0.4, else 0."""
    return ((points[:, 0] > 0.6) & (points[:, 1] < 0.4)).astype(float)


def test_prim_finds_a_known_box(fake: Fake) -> None:
    """Two limits, where they are; the input that plays no part has none."""
    pytest.importorskip("ema_workbench")
    found = fake.analysis(sweep_of("latin", 3, points=600), corner)
    assert found.discovery.exceeding == int(corner(values_of(found.results.sweep)).sum())
    box = found.discovery.boxes[0]
    limits = {limit.given.label: limit for limit in box.limits}
    assert set(limits) == {"a", "b"}
    assert limits["a"].low == pytest.approx(0.6, abs=0.04)
    assert limits["a"].high is None
    assert limits["b"].high == pytest.approx(0.4, abs=0.04)
    assert limits["b"].low is None
    assert box.coverage > 0.9
    assert box.density > 0.9
    said = next(s for s in sentences(found) if s.startswith("It does so mostly"))
    assert re.search(r"a is 0\.\d+ or more", said)
    assert re.search(r"b is 0\.\d+ or less", said)
    assert f"{box.exceeding} of the {box.points} points there" in said


def test_prim_finds_two_boxes_that_lie_apart(fake: Fake) -> None:
    """The second box is searched in what the first one leaves."""
    pytest.importorskip("ema_workbench")
    either = lambda x: ((x[:, 0] > 0.7) | (x[:, 1] > 0.85)).astype(float)  # noqa: E731
    found = fake.analysis(sweep_of("latin", 2, points=600), either)
    assert len(found.discovery.boxes) >= 2
    first, second = found.discovery.boxes[:2]
    assert (first.limits[0].given.label, second.limits[0].given.label) == ("a", "b")
    assert first.limits[0].low == pytest.approx(0.7, abs=0.03)
    assert second.limits[0].low == pytest.approx(0.85, abs=0.03)
    assert first.coverage + second.coverage == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("above", "why"),
    [
        (9.0, "no point exceeds it"),
        (-9.0, "every point exceeds it"),
        (2.9, "too few points exceed it for boxes, which need 20 or more"),
        (0.35, "too few points stay at or below it for boxes, which need 20 or more"),
    ],
)
def test_where_boxes_would_say_nothing_it_says_why(fake: Fake, above: float, why: str) -> None:
    """Too few points above or below a level make no box."""
    found = fake.analysis(sweep_of("latin", 2, points=200), additive, above=above)
    assert found.discovery.boxes == ()
    assert found.discovery.missing == why


def test_without_the_library_the_rest_goes_on(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says what to install; effects are there all the same."""
    monkeypatch.setitem(__import__("sys").modules, "ema_workbench.analysis", None)
    found = fake.analysis(sweep_of("latin", 2, points=100), additive, above=1.5)
    assert "pip install 'divert[discovery]'" in found.discovery.missing
    assert any("pip install 'divert[discovery]'" in s for s in sentences(found))
    assert found.effects[0].share == pytest.approx(0.8, abs=0.1)


def test_words_alone_make_no_box(fake: Fake) -> None:
    """Boxes are limits on numbers."""
    sweep = Sweep.model_validate({
        "name": "fake", "members": 1, "design": {"kind": "list", "rows": [["registry"], ["none"]]},
        "factors": [{"key": "actors.Russia.law", "values": ["registry", "none"]}],
    })  # fmt: skip
    fake.put(sweep, np.array([0.0, 1.0]))
    assert analyse(Path("fake")).discovery.missing.startswith("no input is a number")


def test_the_step_taken_is_dense_and_balances_both() -> None:
    """Sparse steps do not count where there are dense ones."""
    steps = np.array([[1.0, 0.45, 0], [1.0, 0.55, 1], [0.9, 0.9, 2], [0.3, 1.0, 2]])
    assert best_step(steps) == 2
    assert best_step(np.array([[1.0, 0.2, 0], [0.9, 0.4, 1]])) == 1


# ---- enough ------------------------------------------------------------------------------------


def test_convergence_takes_the_first_points_of_a_sample(fake: Fake) -> None:
    """Half the answer is that of the first half; errors are those of a median."""
    sweep = sweep_of("latin", 1, points=800)
    values = np.random.default_rng(5).normal(size=800)
    fake.put(sweep, values)
    parts = analyse(Path("fake")).convergence
    points = [part for part in parts if part.of == "points"]
    assert [part.count for part in points] == [100, 200, 400, 800]
    np.testing.assert_allclose(points[2].band, np.quantile(values[:400], (0.05, 0.5, 0.95)))
    np.testing.assert_allclose(points[3].band, np.quantile(values, (0.05, 0.5, 0.95)))
    for part in points:
        expected = np.sqrt(np.pi / 2.0 / part.count)
        assert part.errors[1] == pytest.approx(expected, rel=0.35)


def test_convergence_keeps_together_what_a_design_lays_together(fake: Fake) -> None:
    """Parts of Saltelli's sample are whole blocks, those of Morris' whole trajectories."""
    for kind, points, block in (("sobol", 16, 5), ("morris", 12, 4)):
        found = fake.analysis(sweep_of(kind, 3, points=points), additive)
        counts = [part.count for part in found.convergence if part.of == "points"]
        assert counts[-1] == points * block
        assert counts[-2] == points * block // 2
        assert all(count % block == 0 for count in counts)


def test_convergence_of_members_and_of_a_grid_in_random_order(fake: Fake) -> None:
    """Members go one after another; half a grid is not its first rows."""
    sweep = sweep_of("grid", 2, members=8)
    member = np.arange(8.0)
    found = fake.analysis(sweep, lambda x: additive(x)[:, None] + member)
    members = [part for part in found.convergence if part.of == "members"]
    assert [part.count for part in members] == [2, 4, 8]  # two seeds of a draw go together
    assert members[0].band[1] == pytest.approx(np.median(additive(values_of(sweep))) + 0.5)
    half = next(p for p in found.convergence if p.of == "points" and p.count == 12)
    first_rows = np.median(additive(values_of(sweep))[:12, None] + member)
    assert half.band[1] > first_rows + 0.3
    again = fake.analysis(sweep, lambda x: additive(x)[:, None] + member)
    points = [[p for p in one.convergence if p.of == "points"] for one in (found, again)]
    assert points[0] == points[1]


def test_spread_is_told_apart_by_points_members_and_seeds(fake: Fake) -> None:
    """Common random numbers shift all points alike and add nothing between them."""
    rng = np.random.default_rng(3)
    draw = np.repeat(rng.normal(scale=2.0, size=64), 2)
    seed = rng.normal(scale=0.5, size=128)
    sweep = sweep_of("grid", 2, members=128)
    found = fake.analysis(sweep, lambda x: additive(x)[:, None] + draw + seed).spread
    assert found.points == pytest.approx(additive(values_of(sweep)).std(ddof=1))
    assert found.members == pytest.approx((draw + seed).std(ddof=1))
    assert found.seeds == pytest.approx(0.5, rel=0.2)


# ---- reading -----------------------------------------------------------------------------------


def test_levels_are_said_by_what_differs() -> None:
    """Of lists of mappings the one thing that differs; numbers, words and dates as they are."""
    stops = [[{"id": "A", "from": day, "good": "coal"}] for day in ("2017-02-19", "2016-09-01")]
    assert level_words(stops) == ["2017-02-19", "2016-09-01"]
    assert level_words([[{"level": 0.25}], [{"level": 1.0}]]) == ["0.25", "1.0"]
    assert level_words([["oil"], ["oil", "arms"], []]) == [
        "[1]: oil",
        "[1]: oil, [2]: arms",
        "none",
    ]
    dates = input_of("stop", "measures.add", "", stops)
    assert dates.words == ("2016-09-01", "2017-02-19")
    np.testing.assert_array_equal(dates.values, [1.0, 0.0])
    open_by = input_of("open", "k", "", [[{"level": 0.25}], [{"level": 1.0}]])
    assert open_by.numeric
    np.testing.assert_array_equal(open_by.values, [0.25, 1.0])
    words = input_of("law", "k", "", ["none", "registry", "none"])
    assert words.words == ("none", "registry")
    assert not words.ordered
    flags = input_of("season", "k", "", [True, False])
    assert flags.words == ("true", "false")


def test_groups_are_levels_where_there_are_few_and_tenths_where_there_are_many() -> None:
    """Tenths hold equally many points; a short sample is cut into fewer parts."""
    few = groups_of(input_of("x", "x", "", [1.0, 2.0, 1.0]))
    assert few.words == ("1", "2")
    assert not few.tenths
    many = groups_of(input_of("x", "x", "", list(np.linspace(0.0, 1.0, 200) ** 3)))
    np.testing.assert_array_equal(np.bincount(many.of), [20] * 10)
    short = groups_of(input_of("x", "x", "", list(np.linspace(0.0, 1.0, 15))))
    np.testing.assert_array_equal(np.bincount(short.of), [5, 5, 5])


def test_dates_are_an_order_and_words_are_not(fake: Fake) -> None:
    """Along dates the output rises or falls; of words the lowest and the highest are named."""
    rows = [["2016-09-01", "registry"], ["2016-12-01", "none"], ["2017-03-01", "registry"],
            ["2017-06-01", "none"]]  # fmt: skip
    sweep = Sweep.model_validate({
        "name": "fake", "members": 1, "design": {"kind": "list", "rows": rows},
        "factors": [{"key": "window.from", "name": "day"}, {"key": "actors.Russia.law"}],
    })  # fmt: skip
    fake.put(sweep, np.array([1.0, 6.0, 2.0, 7.0]))
    said = " ".join(sentences(analyse(Path("fake"))))
    assert "lowest at registry (1.50) and highest at none (6.50 of the loss)" in said
    assert "rises from 1.00 at 2016-09-01 to 7.00 of the loss at 2017-06-01" in said


def test_cells_hold_short_numbers() -> None:
    """Two decimals of a share or three, the largest in thousands, no minus before nothing."""
    assert [cell_words(x) for x in (0.123, -0.001, 12.3, 4321.0, 543210.0, float("nan"))] == [
        "0.12", "0.00", "12", "4,321", "543k", "–",
    ]  # fmt: skip
    assert cell_words(0.0123, fine=True) == "0.012"


# ---- figures, page, command --------------------------------------------------------------------

DRAWN = {
    "grid": {"response", "heat_maps", "discovery", "convergence"},
    "latin": {"response", "discovery", "convergence"},
    "sobol": {"response", "sobol", "discovery", "convergence"},
    "morris": {"response", "morris", "convergence"},
    "one_at_a_time": {"response", "one_at_a_time", "convergence"},
}


@pytest.mark.parametrize("kind", DRAWN)
def test_every_design_gets_its_figures_and_they_name_output_and_unit(fake: Fake, kind: str) -> None:
    """A figure is drawn for each analysis there is, its output axis with the unit."""
    pytest.importorskip("ema_workbench")
    points = {"latin": 100, "sobol": 16, "morris": 4}.get(kind)
    noise = np.array([0.0, 0.1, 0.0, 0.2])
    found = fake.analysis(
        sweep_of(kind, 3, members=4, points=points), lambda x: additive(x)[:, None] + noise,
        above=1.5,
    )  # fmt: skip
    drawn_here = {name: draw(found) for name, draw in FIGURES.items()}
    figures = {name: figure for name, figure in drawn_here.items() if figure is not None}
    assert set(figures) == DRAWN[kind]
    for name, figure in figures.items():
        figure.canvas.draw()
        labels = [w for axis in figure.axes for w in (axis.get_xlabel(), axis.get_ylabel())]
        if name not in ("sobol", "discovery"):
            assert any("offset, share of the loss" in label for label in labels), name


def test_the_summary_has_one_row_an_input_and_a_column_a_measure(fake: Fake) -> None:
    """What the screen and the page show first."""
    headings, rows = summary(fake.analysis(sweep_of("sobol", 2, points=64), additive))
    assert headings == ("input", "from", "to", "mean from", "mean to", "first index", "total index")
    assert [row[0] for row in rows] == ["a", "b"]
    assert float(rows[0][-1].split(" ± ")[0]) == pytest.approx(0.8, abs=0.1)


TINY = """\
scenario: historical
set: {firms.scale: 0.05, period.from: 2015-01, period.to: 2017-06, window.from: 2016-03,
  window.to: 2017-06, tightening_from: 2016-03, actors.Russia.support.mode: fixed}
factors:
  - {key: actors.Russia.support.value, name: support, low: 0.0, high: 1.0, levels: 3}
  - {key: actors.Russia.law, name: law, values: [registry, none]}
members: 2
outputs: [loss, offset]
"""


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny sweep that was run."""
    place = tmp_path_factory.mktemp("swept")
    (place / "tiny.yaml").write_text(TINY, encoding="utf-8")
    done = call("sweep", str(place / "tiny.yaml"), "--out", str(place), "--workers", "1", "--quiet")
    assert done.exit_code == 0, done.output
    return place / "tiny"


def test_from_sweep_to_page(swept: Path) -> None:
    """Tables, figures and one page that asks nothing of the net; the screen says the same."""
    result = call("analyse", str(swept))
    assert result.exit_code == 0, result.output
    out = swept / "analysis"
    made = {path.name for path in out.iterdir()}
    assert {"analysis.html", "main_effects.csv", "heat_maps.csv", "convergence.csv", "response.png",
            "heat_maps.png", "convergence.png"} == made  # fmt: skip
    with (out / "main_effects.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["input"] for row in rows} == {"support", "law"}
    assert all(float(row["p05"]) <= float(row["p50"]) <= float(row["p95"]) for row in rows)
    page = (out / "analysis.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert not re.search(r"<script|<link|https?://|url\(", page)
    assert page.count('src="data:image/png;base64,') == 3
    said = next(s for s in sentences(in_percent(analyse(swept))) if "matters most" in s)
    assert said in " ".join(result.output.split())
    assert f'<p class="lead">{said}</p>' in page
    assert f"Written to {out / 'analysis.html'}" in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--above", "10 %"), "found '10 %'; allowed: a number, of a share a fraction as in 0.5 "),
        (("--above", "nan"), "found 'nan'; allowed: a number"),
    ],
)
def test_a_level_that_is_none_is_refused(
    swept: Path, words: tuple[str, ...], sentence: str
) -> None:
    """The sentence says what a level is."""
    result = call("analyse", str(swept), *words)
    assert result.exit_code == 2
    assert sentence in result.output


def test_another_output_takes_the_place_of_the_first(swept: Path, tmp_path: Path) -> None:
    """Files of an earlier analysis that the new one has nothing for go; others stay."""
    (tmp_path / "sobol.png").write_bytes(b"old")
    (tmp_path / "morris.csv").write_text("old", encoding="utf-8")
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    words = ("analyse", str(swept), "--output", "loss", "--out", str(tmp_path), "--quiet")
    result = call(*words)
    assert (result.exit_code, result.output) == (0, "")
    made = {path.name for path in tmp_path.iterdir()}
    assert "mine.txt" in made
    assert not {"sobol.png", "morris.csv"} & made
    page = (tmp_path / "analysis.html").read_text(encoding="utf-8")
    assert "loss, million USD" in page
    assert "--output loss" in page
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert call(*words).exit_code == 0
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_sweep_half_done_says_so(swept: Path, tmp_path: Path) -> None:
    """What is finished is analysed, and the sentences say how much that is."""
    half = tmp_path / "half"
    half.mkdir()
    for name in ("manifest.json", "points.parquet"):
        (half / name).write_bytes((swept / name).read_bytes())
    (half / "parts").mkdir()
    import pyarrow.parquet as pq

    path = next((swept / "parts").glob("*.parquet"))
    whole = pq.read_table(path)
    pq.write_table(whole.slice(0, 5), half / "parts" / path.name)
    _, found = write_analysis(half)
    assert f"{found.results.finished} of 12 runs are finished" in " ".join(sentences(found))
    assert found.results.finished == 5


def test_bad_input_is_one_sentence_and_exit_code_2(swept: Path, tmp_path: Path) -> None:
    """No sweep, an unknown output, nothing finished, a place that cannot be written."""
    empty = tmp_path / "empty"
    (empty / "parts").mkdir(parents=True)
    for name in ("manifest.json", "points.parquet"):
        (empty / name).write_bytes((swept / name).read_bytes())
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    for words, wanted in (
        ((str(tmp_path),), "found no sweep here"),
        ((str(swept), "--output", "ofset"), "did not keep; allowed: loss, offset (did you mean"),
        ((str(empty),), "no run of this sweep is finished yet"),
        (
            (str(swept), "--out", str(tmp_path / "file" / "below")),
            "the results folder cannot be written",
        ),
    ):
        result = call("analyse", *words)
        assert result.exit_code == 2, result.output
        assert wanted in result.stderr
        assert result.stderr.count("\n") == 1


def test_a_sweep_in_which_all_failed_says_why(fake: Fake) -> None:
    """The first reason stands in the sentence."""
    sweep = sweep_of("grid", 1)
    fake.put(sweep, np.zeros(5), lost=(0, 1, 2, 3, 4))
    with pytest.raises(DivertError, match=r"no run .* 5 failed, the first because: wrong"):
        analyse(Path("fake"))


def test_all_parameters_at_once_leave_seeds_alone_within_a_point(fake: Fake) -> None:
    """Where every parameter is an input, members differ by seed; figures show the strongest."""
    sweep = Sweep.model_validate({
        "name": "fake", "members": 2, "factors": [{"parameters": "all"}],
        "design": {"kind": "morris", "points": 2},
    })  # fmt: skip
    unit = lay_points(sweep).unit
    assert unit is not None
    fake.put(sweep, unit[:, :2] @ np.array([3.0, 1.0]))
    found = analyse(Path("fake"))
    names = list(all_parameters())
    assert found.results.by_seed == 2
    assert [e.given.label for e in found.effects[:2]] == names[:2]
    assert len(found.effects) == len(names)
    assert len([a for a in FIGURES["response"](found).axes if a.axison]) == 12


def test_the_library_changes_no_figure_of_others() -> None:
    """Loading it leaves Matplotlib's settings as they were."""
    import matplotlib

    before = dict(matplotlib.rcParams)
    discovery._prim()
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("name", sorted(path.stem for path in SWEEPS.glob("*.yaml")))
def test_shipped_sweeps_begin_with_what_they_test_and_can_be_run(name: str) -> None:
    """A paragraph with sources stands above the keys, and no point of the design is wrong."""
    text = (SWEEPS / f"{name}.yaml").read_text(encoding="utf-8")
    above = text[: text.index("\ntitle:")]
    assert all(line.startswith("#") for line in above.splitlines())
    assert "# Sources: " in above
    plan = plan_of(load_sweep(name))
    assert plan.wrong == {}
    assert len(plan.points) == plan.sweep.count_points()


def test_shares_are_said_in_percent(fake: Fake) -> None:
    """Effects of a sweep are a hundred times as large in percent, and a small one is not lost."""
    found = fake.analysis(sweep_of("grid", 2), lambda x: 0.2 * x[:, 0] + 0.00002 * x[:, 1])
    shown = in_percent(found)
    assert in_percent(shown) is shown
    assert shown.above == pytest.approx(100.0 * found.above)
    np.testing.assert_allclose(shown.results.means, 100.0 * found.results.means)
    np.testing.assert_allclose(shown.maps[0].median, 100.0 * found.maps[0].median)
    assert "rises from 0.001 % at 0 to 20.0 % of the loss at 1." in sentences(shown)[0]
    assert any("exceeds 50.0 % of the loss in" in line for line in sentences(shown))
    assert summary(shown)[1][0][3:5] == ("0.001", "20.0")


@pytest.mark.parametrize(("design", "points"), [("morris", 6), ("one_at_a_time", None)])
def test_measures_of_each_design_are_in_percent(
    fake: Fake, design: str, points: int | None
) -> None:
    """What has the unit of the output is scaled; the order of inputs stays."""
    sweep = sweep_of(design, 2, points=points)
    found = fake.analysis(sweep, lambda x: 0.2 * x[:, 0] + 0.1 * x[:, 1])
    shown = in_percent(found)
    assert [e.given.label for e in shown.effects] == [e.given.label for e in found.effects]
    if found.tornado is not None and shown.tornado is not None:
        assert shown.tornado.middle == pytest.approx(100.0 * found.tornado.middle)
        assert shown.tornado.bars[0].most == pytest.approx(100.0 * found.tornado.bars[0].most)
    if found.indices is not None and shown.indices is not None:
        for before, after in zip(found.indices.morris, shown.indices.morris, strict=True):
            assert after.mu_star == pytest.approx(100.0 * before.mu_star)
