"""What is timed: one run, blocks, sweep, fit, report and browser, against objects and the floor."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

from sim.app.runs import DONE, PREVIEW, Runs
from sim.axes import ARMS
from sim.calibration.calibrate import FITTING_SCALE
from sim.calibration.simulate import EVERYTHING, from_normal, run_series, world
from sim.calibration.simulate import blocks as draws_in_blocks
from sim.experiment.command import run_scenario
from sim.experiment.cost import block_of
from sim.experiment.ensemble import model_of
from sim.parameters import all_parameters
from sim.scenario import Scenario
from sim.scenario_file import load_scenario
from sim.view.report import write_report
from tests.benchmarks.floor import floor_of, reaches
from tests.benchmarks.rows import Row, work_seconds
from tests.benchmarks.test_speed import BLOCK, IdiomaticModel, fresh
from tests.benchmarks.test_sweep_speed import (
    PROCESSES,
    AgentSetRun,
    BareRun,
    of_objects,
    sweep_of,
    timed,
)

from reference import ReferenceModel

ONE_ARM = ("C1S1",)
TIMES_OBJECTS, TIMES_FLOOR = 80.0, 2.0
SWEEP_RUNS, FIT_DRAWS, REPORT_MEMBERS = 1_000, 256, 16
OBJECT_MONTHS = 36


def object_seconds(kind: type[ReferenceModel], scenario: Scenario, months: int) -> float:
    """Return seconds a month of a version with one object a lot, one member, one arm."""
    twin = model_of(scenario.model_copy(update={"members": 1}), ONE_ARM)
    plain = kind(twin, 0)
    begun = time.process_time()
    for _ in range(months):
        plain.step()
    return (time.process_time() - begun) / months


def blocks() -> Iterator[Row]:
    """Give one member and blocks against objects and against the floor.

    Plain Mesa is Mesa's agent set; a bare loop is shown beside it, which even the floor is within
    80 times of.
    """
    scenario = load_scenario("historical")
    count = len(fresh(1).inputs.months)
    bare = object_seconds(ReferenceModel, scenario, count)
    yield Row("objects in a bare loop (Mesa agents, lots in turn)", 1e3 * bare, "ms/month")
    mesa = object_seconds(IdiomaticModel, scenario, count)
    yield Row("objects through Mesa's agent set", 1e3 * mesa, "ms/month")
    for members, arms in product((1, BLOCK, block_of(scenario)), (ONE_ARM, ARMS)):
        name = f"{members} member{'s' * (members > 1)}, {len(arms)} arm{'s' * (len(arms) > 1)}"
        least = TIMES_OBJECTS if members > 1 else None
        most = TIMES_FLOOR if members > 1 else None
        run = work_seconds(lambda m=members, a=arms: fresh(m, a).run, 5)
        lanes = count * members * len(arms)
        yield Row(f"{name}", 1e3 * run / lanes, "ms/month")
        yield Row(f"{name}: bare loop over it", bare * lanes / run)
        yield Row(f"{name}: Mesa's agent set over it", mesa * lanes / run, least=least)
        by_month = reaches(arms)
        floor = work_seconds(lambda m=members, a=arms, b=by_month: floor_of(fresh(m, a), b), 5)
        yield Row(f"{name}: over the floor", run / floor, most=most)
        yield Row(f"{name}: bare loop over the floor", bare * lanes / floor)


def agentpy(python: str) -> Iterator[Row]:
    """Give agentpy against Mesa, both under another interpreter that has agentpy."""
    command = [python, str(Path(__file__).with_name("with_agentpy.py"))]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    for name, seconds in found.items():
        yield Row(f"under that Python: {name}", 1e3 * seconds, "ms/month")
    yield Row("agentpy over Mesa's bare loop", found["agentpy"] / found["Mesa, bare loop"])
    yield Row("agentpy over a block", found["agentpy"] / found["block"], least=TIMES_OBJECTS)


def sweep() -> Iterator[Row]:
    """Give a whole sweep against `mesa.batch_run`, both on as many processes."""
    with tempfile.TemporaryDirectory() as folder:
        whole, _ = timed(sweep_of(SWEEP_RUNS), Path(folder) / "sweep", PROCESSES)
    yield Row(f"sweep of {SWEEP_RUNS:,} runs, {PROCESSES} processes", whole, "s")
    for name, kind, least in (
        ("bare loop", BareRun, None),
        ("Mesa's agent set", AgentSetRun, TIMES_OBJECTS),
    ):
        seconds = of_objects(kind) * SWEEP_RUNS
        label = f"whole sweep: mesa.batch_run, {name}, over it"
        yield Row(label, seconds / whole, least=least)


def calibration() -> Iterator[Row]:
    """Give draws of a fit against objects, both in processor seconds of one core."""
    scenario = world(EVERYTHING, "2019-12", FITTING_SCALE)
    months = len(model_of(scenario.model_copy(update={"members": 1}), ONE_ARM).inputs.months)
    points = np.random.default_rng(1).standard_normal((FIT_DRAWS, len(all_parameters())))
    work = draws_in_blocks(scenario, from_normal(points), range(FIT_DRAWS))
    taken = work_seconds(lambda: lambda: [run_series(block) for block in work], 1) / FIT_DRAWS
    yield Row(f"draws of a fit, scale {FITTING_SCALE:g}", 1.0 / taken, "a second")
    mesa = object_seconds(IdiomaticModel, scenario, months) * months
    label = f"fit: Mesa's agent set at scale {FITTING_SCALE:g} over it"
    yield Row(label, mesa / taken, least=TIMES_OBJECTS)


def report() -> Iterator[Row]:
    """Give what is written after a run and its report, against objects for the same answer."""
    keys = {"members": str(REPORT_MEMBERS)}
    scenario = load_scenario("historical", keys)
    months = len(fresh(1).inputs.months)
    mesa = object_seconds(IdiomaticModel, scenario, OBJECT_MONTHS)
    objects = mesa * months * REPORT_MEMBERS * len(ARMS)
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        done = run_scenario(scenario, Path(folder))
        run = time.process_time() - begun
        write_report([str(done.folder)], Path(folder) / "report.html")
        whole = time.process_time() - begun
    yield Row(f"run of {REPORT_MEMBERS} members, answered and written", run, "s")
    yield Row("report of it", whole - run, "s")
    yield Row("run and report: Mesa's agent set, unwritten, over both", objects / whole)


def browser() -> Iterator[Row]:
    """Give the time from a lever to its bands on the server, against objects."""
    base = {key: str(value) for key, value in PREVIEW.items()}
    runs = Runs()
    taken = []
    try:
        for i in range(6):
            lever = {**base, "parameters.set.belief_speed": str(0.1 + 0.02 * i)}
            begun = time.perf_counter()
            key = runs.start(load_scenario("historical", lever), "bench" * 4)
            assert runs.wait(key, 60.0).state == DONE
            runs.result(key)
            taken.append(time.perf_counter() - begun)
    finally:
        runs.close()
    bands = min(taken[1:])
    scenario = load_scenario("historical", base)
    lanes = int(PREVIEW["members"]) * len(scenario.arms)
    months = len(fresh(1).inputs.months)
    objects = object_seconds(IdiomaticModel, scenario, OBJECT_MONTHS) * months * lanes
    yield Row("browser: a lever to its bands on the server", bands, "s", most=0.5)
    yield Row("browser: Mesa's agent set over it", objects / bands)
