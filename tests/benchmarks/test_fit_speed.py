"""Speed and memory of the fit: `pytest tests/benchmarks/test_fit_speed.py --benchmark-only -s`.

Nothing here fails on time: the tables are the result. The second part takes some minutes.
"""

from __future__ import annotations

import resource
import time
from typing import Any

import numpy as np

from sim.calibration.calibrate import FITTING_SCALE, KernelJob, block_kernel
from sim.calibration.outcomes import observed
from sim.calibration.simulate import EVERYTHING, blocks, from_normal, simulate, world
from sim.parameters import all_parameters
from sim.workers import Workers, cores

DRAWS = 100_000


def rate(count: int, draws: int) -> float:
    """Return full-period draws a second, 2014 to 2019, by `count` processes, started before."""
    scenario = world(EVERYTHING, "2019-12", FITTING_SCALE)
    points = np.random.default_rng(1).standard_normal((draws, len(all_parameters())))
    with Workers(count) as workers:
        simulate(workers, scenario, from_normal(points[: 64 * count]), range(64 * count))
        begun = time.perf_counter()
        simulate(workers, scenario, from_normal(points), range(draws))
        return draws / (time.perf_counter() - begun)


def test_draws_a_second(benchmark: Any) -> None:
    """Two processes against one at the scale of the fit."""
    one, two = rate(1, 512), rate(2, 1024)
    benchmark.pedantic(lambda: None, rounds=1)
    print(f"\nfull-period draws a second at scale {FITTING_SCALE}: one process {one:.0f}, ", end="")
    print(f"two {two:.0f} ({two / one:.2f} times), of {cores()} cores")


def _megabytes() -> tuple[float, float]:
    """Return the peak memory of this process and of the largest worker that has ended."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    own, children = (resource.getrusage(one).ru_maxrss / 1024 for one in who)
    return own, children


def test_memory_over_many_draws(benchmark: Any) -> None:
    """Peak memory after a tenth, half and all of 100,000 draws of a fit to 2018-12."""
    scenario = world(EVERYTHING, EVERYTHING.until, FITTING_SCALE)
    rows = observed(EVERYTHING.as_of, EVERYTHING.until)
    random = np.random.default_rng(2)
    benchmark.pedantic(lambda: None, rounds=1)
    print()
    for share in (0.1, 0.4, 0.5):
        count = int(share * DRAWS)
        with Workers(cores()) as workers:
            for _ in range(count // 1024 + 1):
                points = random.standard_normal((1024, len(all_parameters())))
                work = blocks(scenario, from_normal(points), range(1024))
                for _ in workers.map(block_kernel, [KernelJob(block, rows) for block in work]):
                    pass
        own, children = _megabytes()
        print(f"after {count:,} more draws: parent {own:.0f} MB, worker {children:.0f} MB")
