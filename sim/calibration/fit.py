"""Likelihood-free fit: sequential Monte Carlo from the prior to the kernel of the record.

The population starts as draws from the prior and is led through kernels raised to powers from 0 to
1 (Del Moral, Doucet & Jasra 2006, 2012); the kernel states the error a right model may make, so the
last population is a sample of the posterior under that error (Wilkinson 2013). A particle is a
point of the normal scale and the name of its random streams, so that a run's own noise is sampled
with it. Moves keep the prior where the record says nothing and follow the population where it does
(preconditioned Crank-Nicolson on the informed subspace: Cotter et al. 2013; Cui, Law & Marzouk
2016).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ids = NDArray[np.int64]

KEPT = 0.5
"""Effective share of the population that a step of the power keeps."""

FRESH = 0.3
"""Share of proposals with new random streams."""

WANTED_ACCEPTANCE = 0.25
LEAST_STEP, MOST_STEP = 0.03, 0.9
NARROWED, SHIFTED, MOST_INFORMED = 0.85, 0.3, 40
"""A parameter whose spread is below this share of the prior's, or whose mean moved by more than
this many prior standard deviations, is informed; at most so many are followed jointly."""

SURE = 4.0
"""In a small population both must also exceed this many standard errors of sampling."""

PARTICLES_EACH = 20
"""Particles that each parameter followed jointly needs at least."""


@dataclass(frozen=True)
class Plan:
    """Size and seed of a fit."""

    particles: int = 1024
    moves: int = 5
    settle: int = 12
    seed: int = 2017


@dataclass
class Population:
    """Particles: points (particle, parameter) of the normal scale, stream ids, log kernels."""

    points: Array
    ids: Ids
    log_kernel: Array


@dataclass
class Step:
    """One power of the kernel: acceptance of its moves, spread of log kernels, runs so far."""

    power: float
    acceptance: float
    log_kernel: tuple[float, float, float]
    runs: int


@dataclass
class Fitted:
    """The last population, equally weighted, and the way to it."""

    population: Population
    steps: list[Step] = field(default_factory=list)


class Informed(NamedTuple):
    """Parameters in which the population differs from the prior, as independent directions.

    `which` (informed,) places of parameters, `basis` (informed, direction), `mean` and `variance`
    (direction,).
    """

    which: Ids
    basis: Array
    mean: Array
    variance: Array


def next_power(log_kernel: Array, power: float) -> float:
    """Return the next power: the largest that keeps the effective share `KEPT`, at most 1."""

    def kept(candidate: float) -> float:
        weight = np.exp((candidate - power) * (log_kernel - log_kernel.max()))
        return float(weight.sum() ** 2 / (weight**2).sum() / weight.size)

    if kept(1.0) >= KEPT:
        return 1.0
    low, high = power, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if kept(middle) >= KEPT else (low, middle)
    return low


def resample(log_weight: Array, uniform: float) -> Ids:
    """Return the particles that go on: systematic resampling with one uniform draw."""
    weight = np.exp(log_weight - log_weight.max())
    edges = np.cumsum(weight / weight.sum())
    places = (np.arange(weight.size) + uniform) / weight.size
    return np.asarray(np.minimum(np.searchsorted(edges, places), weight.size - 1))


def informed(points: Array) -> Informed:
    """Return the parameters in which a population is narrower than the prior or away from it.

    Parameters one by one, not directions of the whole covariance: of those, sampling alone makes
    some look narrow, and a reference fitted to them would shrink what the record says nothing of.
    """
    spread, mean, count = points.std(axis=0, ddof=1), points.mean(axis=0), len(points)
    narrow = max(1.0 - NARROWED, SURE / np.sqrt(2.0 * count))
    strength = np.maximum(
        (1.0 - spread) / narrow, np.abs(mean) / max(SHIFTED, SURE / np.sqrt(count))
    )
    most = min(MOST_INFORMED, count // PARTICLES_EACH)
    order = np.argsort(-strength, kind="stable")[:most]
    which = np.sort(order[strength[order] > 1.0])
    inside = points[:, which]
    kept = which.size
    variance, basis = np.linalg.eigh(np.cov(inside, rowvar=False).reshape(kept, kept))
    return Informed(which, basis, mean[which] @ basis, np.maximum(variance, 1e-6))


def propose(points: Array, known: Informed, step: Array, noise: Array) -> tuple[Array, Array]:
    """Return proposals and the log ratio of prior over reference that the moves do not keep.

    `step` (particle, 1) in (0, 1), `noise` (particle, parameter) standard normal.
    """
    keep = np.sqrt(1.0 - step * step)
    moved = keep * points + step * noise
    before = points[:, known.which] @ known.basis
    stir = np.sqrt(known.variance) * (noise[:, known.which] @ known.basis)
    after = known.mean + keep * (before - known.mean) + step * stir
    moved[:, known.which] = after @ known.basis.T

    def excess(place: Array) -> Array:
        prior = -0.5 * (place**2).sum(axis=1)
        reference = -0.5 * ((place - known.mean) ** 2 / known.variance).sum(axis=1)
        return np.asarray(prior - reference)

    return moved, excess(after) - excess(before)


def fit(
    evaluate: Callable[[int, Array, Ids], Array],
    dimension: int,
    plan: Plan,
    report: Callable[[float], None] | None = None,
) -> Fitted:
    """Return a population of the posterior.

    `evaluate(call, points, ids)` gives log kernels (particle,); calls are numbered from 0 and come
    in the same order with the same arguments under the same seed, so that a stored answer may stand
    for a run. `report` receives the share done.
    """
    random = np.random.default_rng(np.random.SeedSequence(plan.seed, spawn_key=(70, 105, 116)))
    count = plan.particles
    points = random.standard_normal((count, dimension))
    ids = np.arange(count)
    now = Population(points, ids, evaluate(0, points, ids))
    done = Fitted(now)
    power, size, call = 0.0, 0.4, 1
    while power < 1.0:
        higher = next_power(now.log_kernel, power)
        chosen = resample((higher - power) * now.log_kernel, random.random())
        now = Population(now.points[chosen], now.ids[chosen], now.log_kernel[chosen])
        before, power = power, higher
        moves = plan.moves if power < 1.0 else plan.settle
        accepted: list[float] = []
        for move in range(moves):
            known = informed(now.points)
            wide = random.random(count) < 0.5
            step = size * np.where(wide, 1.0, 0.5)[:, None]
            proposal, ratio = propose(now.points, known, step, random.standard_normal(points.shape))
            fresh = random.random(count) < FRESH
            new_ids = np.where(fresh, call * count + np.arange(count), now.ids)
            value = evaluate(call, proposal, new_ids)
            gain = power * (value - now.log_kernel) + ratio
            taken = np.log(random.random(count)) < gain
            now.points[taken], now.ids[taken] = proposal[taken], new_ids[taken]
            now.log_kernel[taken] = value[taken]
            accepted.append(float(taken.mean()))
            change = np.exp(accepted[-1] - WANTED_ACCEPTANCE)
            size = float(np.clip(size * change, LEAST_STEP, MOST_STEP))
            call += 1
            if report is not None:
                report(_share_done(before, power, (move + 1) / moves))
        low, middle, high = (float(q) for q in np.quantile(now.log_kernel, (0.05, 0.5, 0.95)))
        done.steps.append(Step(power, float(np.mean(accepted)), (low, middle, high), call * count))
    order = random.permutation(count)
    done.population = Population(now.points[order], now.ids[order], now.log_kernel[order])
    return done


SETTLING = 0.3
"""Share of the work that the moves under the full kernel take, about."""


def _share_done(before: float, power: float, moved: float) -> float:
    """Return the share done when `moved` of the moves from one power to the next are made."""
    if power < 1.0:
        return (1.0 - SETTLING) * (before + (power - before) * moved)
    start = (1.0 - SETTLING) * before
    return start + (1.0 - start) * moved
