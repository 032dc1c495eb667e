"""Growth of the cost in firms, members, months and workers: fitted exponents of powers."""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sim.experiment.cost import MOST_MEMBERS, block_of, cost_of
from sim.experiment.ensemble import member_parameters, run_block, run_ensemble
from sim.scenario import Scenario
from sim.scenario_file import load_scenario
from sim.sweep.plan import BLOCK_LANES
from sim.workers import cores
from tests.benchmarks.rows import Row, exponent, marginal_exponent, straight
from tests.benchmarks.test_sweep_speed import sweep_of, timed

from worlds import QUIET

FIRMS = (500, 2_000, 8_000, 50_000, 100_000, 200_000)
MEMBERS = (1, 4, 16, 64, 128, 256, 512, 1_024, 2_048, 4_096)
MONTHS = (24, 48, 72, 96, 120, 144)
LINEAR = (0.95, 1.05)
DEFAULT_FIRMS = 6_000
RUNS, TIMES = 1_280, 2
ONE_ARM = ("C1S1",)


def scenario(**keys: object) -> Scenario:
    """Return the historical scenario with keys changed, `__` for a dot."""
    texts = {
        key.replace("__", "."): value if isinstance(value, str) else json.dumps(value)
        for key, value in keys.items()
    }
    return load_scenario("historical", texts)


def seconds_of(world: Scenario, times: int) -> float:
    """Return the least processor seconds of a whole run in one arm."""
    best = math.inf
    for _ in range(times):
        begun = time.process_time()
        run_ensemble(world, ONE_ARM)
        best = min(best, time.process_time() - begun)
    return best


def fitted(
    what: str, sizes: Sequence[int], world: Callable[[int], Scenario], least: int = 0
) -> Iterator[Row]:
    """Give the seconds at each size, the fixed work in them and how the rest grows.

    Only sizes from `least` on are judged.
    """
    taken = []
    for size in sizes:
        times = 5 if not taken or taken[-1] < 0.3 else 2
        taken.append(seconds_of(world(size), times))
        yield Row(f"{what}: {size:,}", taken[-1], "s")
    yield Row(f"{what}: exponent from {sizes[0]:,} to {sizes[-1]:,}", exponent(sizes, taken), "")
    first = next(i for i, size in enumerate(sizes) if size >= least)
    judged, seconds = sizes[first:], taken[first:]
    fixed, gap = straight(judged, seconds)
    yield Row(f"{what}: fixed work, from {judged[0]:,} on", fixed, "s")
    beyond = marginal_exponent(judged, seconds, fixed)
    if beyond is not None:
        yield Row(f"{what}: exponent of the rest, where it is more", beyond, "", *LINEAR)
    label = f"{what}: furthest from a straight line"
    yield Row(label, 100.0 * gap, "%", most=5.0)


def firms() -> Iterator[Row]:
    """Give the growth in firms: four members, six years."""
    return fitted("firms", FIRMS, lambda n: scenario(members=4, firms__scale=n / DEFAULT_FIRMS))


def members() -> Iterator[Row]:
    """Give the growth in members: a tenth of the firms, three years; whole blocks are judged."""
    short = {"period__to": "2016-12", "window__from": "2016-01", "window__to": "2016-12"}
    return fitted(
        "members",
        MEMBERS,
        lambda n: scenario(members=n, firms__scale=0.1, answer=False, **short),
        MOST_MEMBERS,
    )


def months() -> Iterator[Row]:
    """Give the growth in months, without measures: under bans a month has more to do."""
    quiet = {key.replace(".", "__"): value for key, value in QUIET.items()}

    def world(count: int) -> Scenario:
        last = f"{2013 + count // 12}-12"
        return scenario(
            members=16, period__to=last, window__from="2014-01", window__to=last, answer=False,
            tightening_from="2015-01",
            **quiet,
        )  # fmt: skip

    return fitted("months", MONTHS, world)


def workers() -> Iterator[Row]:
    """Give the growth in workers of a sweep's runs a second, once all work."""
    counts = [n for n in (1, 2, 4, 8) if n <= cores()]
    taken = []
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            rates = [
                timed(sweep_of(RUNS), Path(folder) / f"{count}-{i}", count, lanes=BLOCK_LANES)[1]
                for i in range(TIMES)
            ]
            taken.append(max(rates))
            yield Row(f"workers: {count}", taken[-1], "runs/s")
    if len(counts) > 1:
        yield Row("workers: exponent of runs a second", exponent(counts, taken), "", *LINEAR)


def large() -> Iterator[Row]:
    """Give what one member of 200,000 firms over 144 months takes, and a hundred by forecast."""
    world = scenario(members=100, firms__scale=FIRMS[-1] / DEFAULT_FIRMS, period__to="2025-12")
    block = block_of(world)
    parameters = {name: v[:block] for name, v in member_parameters(world).items()}
    begun = time.perf_counter()
    run_block(world, parameters, range(block), world.arms)
    cost = cost_of(world, len(world.arms), block, time.perf_counter() - begun)
    yield Row("200,000 firms, 144 months, 4 arms: members at a time", block, "")
    yield Row("100 members of them by forecast, in all", cost.seconds / 99 * 100 / 60.0, "minutes")
    yield Row("100 members of them by forecast, memory", cost.memory_mb / 1e3, "GB", most=8.0)
