"""A sweep's numbers: the same however they are made, and those of `divert run`."""

from __future__ import annotations

import dataclasses
import json
import tracemalloc
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sweep_worlds import CHINA, FEW, PENALTY, SIGMA, call, long, sentence, swept, tiny, write

import sim.sweep.plan as plan_module
from sim.axes import ARMS
from sim.experiment.answer import scenario_offset
from sim.experiment.ensemble import member_parameters, run_ensemble
from sim.experiment.join import join, shape_of
from sim.inputs import build_inputs
from sim.scenario_file import load_scenario, scenario_of
from sim.sweep.block import MONTHLY_COLUMNS, Rows, _side_by_side, parameters_of, run_job
from sim.sweep.command import run_sweep
from sim.sweep.file import Sweep
from sim.sweep.forecast import Forecast, disk_bytes, forecast
from sim.sweep.outputs import OUTPUTS, UNITS
from sim.sweep.plan import blocks, plan_of
from sim.sweep.status import folder_size
from sim.sweep.store import Store, read_monthly, read_table

# The same numbers.


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> pa.Table:
    """The table of the tiny sweep, run in this process in one block."""
    return swept(tiny(), tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.parametrize(("workers", "lanes"), [(1, 1), (1, 3), (2, 3), (3, 2)])
def test_workers_and_the_width_of_a_block_change_no_number(
    workers: int, lanes: int, undisturbed: pa.Table, tmp_path: Path
) -> None:
    """Alone, in blocks that cut points, in two and in three processes."""
    assert swept(tiny(), tmp_path, workers, lanes=lanes).equals(undisturbed)


def test_each_point_is_the_run_of_its_scenario_member_by_member(undisturbed: pa.Table) -> None:
    """Loss and offset of `divert run` with the point's keys set, to the last digit."""
    rows = undisturbed.to_pylist()
    for point in range(6):
        mine = [row for row in rows if row["point"] == point]
        keys = FEW | {
            "members": 2, "actors.China.enforcement.mode": "fixed",
            "actors.China.enforcement.value": mine[0]["china"],
            "parameters.set.sigma_coal": mine[0]["sigma_coal"],
        }  # fmt: skip
        texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in keys.items()}
        found = scenario_offset(run_ensemble(load_scenario("historical", texts), ARMS))
        assert [row["loss"] for row in mine] == found.loss.tolist()
        assert [row["offset"] for row in mine] == found.ratio.tolist()
        assert [row["labour"] for row in mine] == found.channels["labour"].tolist()


def test_what_a_draw_and_a_factor_ask_of_one_another_is_as_in_a_run() -> None:
    """The demand elasticity of a draw gives way to the elasticity set, not to the one drawn."""
    sweep = tiny(factors=[SIGMA], set=FEW | {"parameters.source": "prior"}, members=8)
    for point in map(plan_of(sweep).point, range(3)):
        world = load_scenario(
            "historical",
            {
                "members": "8", "parameters.source": "prior",
                "parameters.set.sigma_coal": str(dict(point.parameters)["sigma_coal"]),
            },
        )  # fmt: skip
        expected = member_parameters(world)
        for name, values in parameters_of([point]).items():
            assert np.array_equal(values, expected[name]), name


KINDS: dict[str, tuple[Any, Any]] = {
    "season": (True, False),
    "actors.Russia.law": ("registry", "none"),
    "actors.Russia.potential": (1.0, 4.0),
    "actors.Russia.corridor.levels": ([{"level": 1.0}], [{"level": 0.25}]),
    "actors.DPRK.arms": ([{"level": 0.0}], [{"level": 50.0, "low": 20.0, "high": 90.0}]),
    "actors.DPRK.evasion.value": (0.1, 0.9),
    "us_pressure.value": (0.1, 0.9),
    "measures.drop": ([], ["CN-2017-12"]),
    "tightening_from": ("2016-03", "2016-09"),
    "firms.China": (5200, 4000),
    "parameters.source": ("calibrated", "prior"),
    "parameters.set.penalty": (2.0, 4.0),
    "actors.UN.mode": ("scheduled", "reactive"),
    "actors.China.law": ("registry", "endogenous"),
}
"""Keys of all sorts: what they are in every other point, and what in one."""


def test_worlds_of_every_kind_step_beside_one_another() -> None:
    """Points that differ in a key each, in one block, give the rows they give one by one."""
    usual = [value for value, _ in KINDS.values()]
    others = [other for _, other in KINDS.values()]
    rows = [usual, *([*usual[:i], o, *usual[i + 1 :]] for i, o in enumerate(others))]
    further = {"actors.DPRK.evasion.mode": "fixed", "us_pressure.mode": "fixed"}
    factors = [{"key": key} for key in KINDS]
    design = {"kind": "list", "rows": rows}
    sweep = tiny(factors=factors, design=design, set=FEW | further)
    job = next(blocks(plan_of(sweep), set(), 64))
    together = run_job(job)
    assert together.columns["status"] == ["ok"] * 2 * len(rows)
    numbers = {row[0]: row for row in zip(*together.columns.values(), strict=True)}
    for point, key in zip(job.points, ("usual", *KINDS), strict=True):
        alone = run_job(dataclasses.replace(job, points=(point,)))
        for row in zip(*alone.columns.values(), strict=True):
            assert numbers[row[0]] == row, key
    assert max(map(len, _side_by_side(list(job.points)))) > len(rows) / 2


@pytest.mark.parametrize("scenario", ["historical", "reactive", "new-axis"])
def test_points_of_one_world_are_built_at_once_with_the_same_bytes(scenario: str) -> None:
    """Side by side from the start, or built point by point and joined: every array the same."""
    sweep = tiny(factors=[SIGMA, PENALTY], set={"firms.scale": 0.05}, scenario=scenario, members=4)
    points = list(next(blocks(plan_of(sweep), set())).points)
    ((_, at_once),) = _one_group(points)
    world = points[0].world
    one_by_one = [build_inputs(world, parameters_of([point])) for point in points]
    assert len({shape_of(inputs) for inputs in (at_once, *one_by_one)}) == 1
    _assert_same(at_once, join(one_by_one))


def _one_group(points: list[Any]) -> Any:
    (group,) = _side_by_side(points)
    return group


def _assert_same(first: Any, second: Any, name: str = "") -> None:
    """Compare every array of two inputs."""
    if dataclasses.is_dataclass(first) and name != ".ladder":
        for field in dataclasses.fields(first):
            at = f"{name}.{field.name}"
            _assert_same(getattr(first, field.name), getattr(second, field.name), at)
    elif isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            _assert_same(first[key], second[key], f"{name}.{key}")
    elif isinstance(first, tuple):
        for k, (one, other) in enumerate(zip(first, second, strict=True)):
            _assert_same(one, other, f"{name}.{k}")
    elif isinstance(first, np.ndarray):
        # Levels that no member decides have no axis of members until worlds are joined.
        wide = np.broadcast_to(first if first.ndim == second.ndim else first[:, None], second.shape)
        assert np.array_equal(wide, second, equal_nan=first.dtype.kind == "f"), name


def test_parameters_alone_take_one_model_even_where_the_council_votes() -> None:
    """Points of one world, and worlds whose Council climbs the same steps, are one group."""
    reactive = {"factors": [PENALTY], "scenario": "reactive", "set": {"firms.scale": 0.05}}
    one = list(next(blocks(plan_of(tiny(**reactive)), set())).points)
    assert [len(points) for points, _ in _one_group(one)] == [16]
    potential = {"key": "actors.Russia.potential", "values": [1.0, 2.0]}
    two = list(next(blocks(plan_of(tiny(**reactive | {"factors": [potential]})), set())).points)
    assert [len(points) for points, _ in _one_group(two)] == [1, 1]


# Random numbers.


def test_points_share_their_random_numbers_unless_they_are_independent(tmp_path: Path) -> None:
    """Two points that differ in nothing that matters have equal rows, or other ones."""
    factors = [{"key": "title", "values": ["one", "the other"]}]
    common = swept(tiny(factors=factors, set=FEW), tmp_path / "common")
    apart = swept(tiny(factors=factors, set=FEW, independent=True), tmp_path / "apart")
    numbers = lambda table, point: [  # noqa: E731
        (row["loss"], row["offset"]) for row in table.to_pylist() if row["point"] == point
    ]
    assert numbers(common, 0) == numbers(common, 1)
    assert numbers(common, 0) == numbers(apart, 0)
    assert set(numbers(apart, 0)).isdisjoint(numbers(apart, 1))
    assert len(set(common.column("key").to_pylist())) == 4


def test_a_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    """Parts, points and manifest of two runs are equal byte by byte."""
    factors = [{**PENALTY, "levels": 3}]
    first, second = (
        run_sweep(tiny(factors=factors, set=FEW), tmp_path / name, 1).folder for name in "ab"
    )
    files = [p.relative_to(first) for p in first.rglob("*") if p.is_file() and p.suffix != ".json"]
    assert {file.suffix for file in files} == {".parquet", ""}
    for file in (*files, Path("manifest.json")):
        assert (first / file).read_bytes() == (second / file).read_bytes(), file
    other = swept(tiny(factors=factors, set=FEW, seed=2018), tmp_path / "c").column("loss")
    assert set(other.to_pylist()).isdisjoint(read_table(first).column("loss").to_pylist())


# What is kept.


def test_every_output_and_series_is_kept_and_agrees(tmp_path: Path) -> None:
    """Series by month add up to the outputs of the same name over the window."""
    sweep = tiny(
        factors=[{**PENALTY, "levels": 2}], set=FEW, outputs=list(OUTPUTS),
        monthly=["china_imports", "workers_russia", "illicit_coal"],
    )  # fmt: skip
    table = swept(sweep, tmp_path)
    assert {name: table.schema.field(name).metadata[b"unit"] for name in OUTPUTS} == {
        name: unit.encode() for name, unit in UNITS.items()
    }
    months = read_monthly(tmp_path / "tiny")
    assert months.num_rows == 4 * 3 * 48
    for row in table.to_pylist():
        mine = [m for m in months.to_pylist() if m["key"] == row["key"] and m["month"] >= "2017"]
        values = lambda name, mine=mine: [m["value"] for m in mine if m["series"] == name]  # noqa: E731
        assert sum(values("china_imports")) == pytest.approx(row["china_imports"], rel=1e-12)
        assert sum(values("illicit_coal")) == pytest.approx(row["illicit_coal"], rel=1e-12)
        assert np.mean(values("workers_russia")) == pytest.approx(row["workers_russia"], rel=1e-12)


def test_series_of_a_block_that_was_stored_twice_are_read_once(tmp_path: Path) -> None:
    """A process killed between series and rows leaves series that are made again elsewhere."""
    sweep = tiny(factors=[{**PENALTY, "levels": 3}], set=FEW, monthly=["reserves"])
    swept(sweep, tmp_path)
    folder = tmp_path / "tiny"
    before = read_monthly(folder)
    (part,) = (folder / "parts").glob("*.parquet")
    part.unlink()
    run_sweep(sweep, tmp_path, 1, lanes=4)
    assert len(list((folder / "monthly").glob("*.parquet"))) == 3
    assert read_monthly(folder).equals(before)
    assert before.num_rows == 6 * 48


def test_series_are_asked_for_where_there_are_none(tmp_path: Path) -> None:
    swept(tiny(factors=[{**PENALTY, "levels": 2}], set=FEW), tmp_path)
    with pytest.raises(Exception, match="found a sweep without series by month"):
        read_monthly(tmp_path / "tiny")


# The plan.


def _told(sweep: Sweep, out: Path, workers: int, **keys: Any) -> tuple[Forecast, str]:
    """Run a sweep and return what was said before it."""
    said: list[Any] = []
    run_sweep(sweep, out, workers, told=lambda _, found, words: said.append((found, words)), **keys)
    ((found, words),) = said
    return found, words


def test_a_dry_run_says_the_plan_and_writes_nothing(tmp_path: Path) -> None:
    path = write(tiny(), tmp_path)
    result = call("sweep", path, "--dry-run", "--workers", 1, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    words = " ".join(result.stdout.split())
    assert "6 points (grid) of 2 factors: china, sigma_coal." in words
    assert "12 runs: 2 members a point, the same random numbers in every point" in words
    assert "4 arms each; 12 left to do in 1 block." in words
    assert "with this process" in words
    assert "MB on disk, at most" in words
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.yaml"]


def test_a_dry_run_leaves_a_folder_as_it_is(tmp_path: Path) -> None:
    """What lies there counts, down to the scratch file of another process."""
    folder = run_sweep(tiny(), tmp_path, 1).folder
    (folder / "parts" / ".scratch.part").write_bytes(b"under way")
    files = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    found, _ = _told(tiny(), tmp_path, 1, dry=True)
    assert (found.left, found.blocks, found.seconds) == (0, 0, 0.0)
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == files


def test_the_memory_that_was_said_is_kept_by_every_worker(tmp_path: Path) -> None:
    """No block of a sweep in two processes ends above it, nor does it say much too much."""
    found, words = _told(long(), tmp_path, 2)
    ledgers = [json.loads(p.read_text()) for p in (tmp_path / "long" / "ledger").iterdir()]
    assert len(ledgers) == found.blocks == 6
    assert words == "2 processes"
    assert len({ledger["worker"] for ledger in ledgers}) == 2
    most = max(ledger["memory_mb"] for ledger in ledgers)
    assert 0.7 * found.memory_mb < most <= found.memory_mb


def test_larger_worlds_than_the_first_are_given_more_memory() -> None:
    """A factor that makes worlds larger later on raises what is said at the first."""
    plain, longer, larger = (
        plan_of(tiny(factors=[{"key": key, "values": values}], set=FEW))
        for key, values in (
            ("season", [True, False]),
            ("period.to", ["2017-12", "2019-12"]),
            ("firms.scale", [0.05, 1.0]),
        )
    )
    rows = dataclasses.replace(run_job(next(blocks(plain, set()))), memory_mb=200.0)
    most = [forecast(plan, 4, 32, 1, rows, 0.0).memory_mb for plan in (plain, longer, larger)]
    assert most[0] == pytest.approx(230.0)
    assert min(most[1:]) > 1.05 * most[0]


def test_time_is_that_of_the_first_block_over_the_workers() -> None:
    """32 runs in 2 s, and 3 s until workers stood: 3,200 runs on 4 workers take 53 s."""
    plan = plan_of(tiny())
    rows = Rows("x", {"key": ["k"] * 32, "point": [0] * 32}, {}, 2.0, "", 100.0)
    found = forecast(plan, 3200, 32, 4, rows, 5.0)
    assert (found.blocks, found.seconds) == (100, pytest.approx(3.0 + 50.0))
    assert forecast(plan, 32, 32, 4, rows, 5.0).seconds == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("outputs", "monthly"),
    [(["loss", "offset"], []), (list(OUTPUTS), []), (["loss"], ["reserves", "receipts"])],
)
def test_the_disk_that_was_said_is_about_what_it_takes(
    outputs: list[str], monthly: list[str], tmp_path: Path
) -> None:
    """The folder of 1,024 runs with made-up numbers."""
    factors = [{**PENALTY, "levels": 128}]
    plan = plan_of(tiny(factors=factors, set=FEW, members=8, outputs=outputs, monthly=monthly))
    store = Store(tmp_path / "tiny", plan)
    random = np.random.default_rng(1)
    with store.open():
        for job in blocks(plan, set()):
            store.put(_made_up(job, random))
    assert read_table(tmp_path / "tiny").num_rows == plan.runs == 1024
    assert disk_bytes(plan, 32) == pytest.approx(folder_size(tmp_path / "tiny"), rel=0.15)


def _made_up(job: Any, random: np.random.Generator) -> Rows:
    """Return rows of a block with random numbers."""
    runs = [(p.point, m, k) for p in job.points for m, k in zip(p.members, p.keys, strict=True)]
    points, members, keys = (list(values) for values in zip(*runs, strict=True))
    columns = {
        "key": keys, "point": points, "member": members, "status": ["ok"] * len(runs),
        "message": [""] * len(runs),
    } | {name: random.random(len(runs)).tolist() for name in job.outputs}  # fmt: skip
    months = [
        (k, p, m, f"2014-{t:02d}", name, random.random())
        for name in job.monthly for p, m, k in runs for t in range(48)
    ]  # fmt: skip
    monthly = {name: [row[i] for row in months] for i, name in enumerate(MONTHLY_COLUMNS)}
    return Rows(job.name, columns, monthly, 1.0, "here:1", 200.0)


def test_fifty_thousand_points_are_planned_in_little_memory(monkeypatch) -> None:
    """One scenario is read for points that differ in parameters, and no point is kept."""
    built: list[Any] = []
    monkeypatch.setattr(
        plan_module, "scenario_of", lambda tree: built.append(tree) or scenario_of(tree)
    )
    levels = [{**PENALTY, "levels": 250}, {**PENALTY, "key": "parameters.set.evasion_cost",
                                          "low": 0.1, "high": 0.5, "levels": 200}]  # fmt: skip
    tracemalloc.start()
    try:
        plan = plan_of(tiny(factors=levels, set=FEW, members=8))
        held, _ = tracemalloc.get_traced_memory()
        for _ in islice(blocks(plan, set()), 50):
            pass
        assert tracemalloc.get_traced_memory()[0] - held < 1e6
    finally:
        tracemalloc.stop()
    assert (len(plan.points), plan.runs, len(built)) == (50_000, 400_000, 1)
    assert held < 25e6


def test_every_run_has_a_key_of_its_own() -> None:
    """Keys differ between runs, seeds and scenarios, and hang on nothing else."""
    keys = lambda sweep: [k for n in range(6) for k in plan_of(sweep).keys(n)]  # noqa: E731
    one = keys(tiny())
    assert len(set(one)) == 12
    assert keys(tiny(title="said otherwise", outputs=["loss"])) == one
    others = [{"seed": 1}, {"independent": True}, {"set": FEW | tiny().set | {"season": False}}]
    for other in others:
        assert set(keys(tiny(**other))).isdisjoint(one), other


# A row made again.


def test_a_row_is_made_again_to_the_last_digit_even_without_its_scenario(tmp_path: Path) -> None:
    """The folder of the sweep holds all that a row needs."""
    own = tmp_path / "own.yaml"
    own.write_text("extends: historical\nseason: false\n", encoding="utf-8")
    table = swept(tiny(scenario=str(own)), tmp_path)
    own.unlink()
    key = table.column("key")[7].as_py()
    result = call("rerun", tmp_path / "tiny", key[:8], "--out", tmp_path / "again")
    assert result.exit_code == 0, result.output
    assert "The same to the last digit." in result.stdout
    folder = tmp_path / "again" / f"tiny-{key[:12]}"
    assert (folder / "arrays.npz").exists()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["scenario"]["season"] is False


def test_a_row_that_cannot_be_made_again_is_said(tmp_path: Path, monkeypatch) -> None:
    folder = run_sweep(tiny(factors=[{**CHINA, "values": [0.5, 1.5]}]), tmp_path, 1).folder
    rows = read_table(folder).to_pylist()
    failed = next(row["key"] for row in rows if row["status"] == "failed")
    again = lambda key: sentence(call("rerun", folder, key, "--out", tmp_path))  # noqa: E731
    assert "found no run with a key that begins with 'x'" in again("x")
    assert "found 4 runs with a key that begins with ''" in again("")
    assert "found a run that failed: actors.China.enforcement.value: found 1.5" in again(failed)
    monkeypatch.setattr(plan_module, "code_digest", lambda: "other")
    assert "found a sweep of other code, data or scenario" in again(rows[0]["key"])
