"""Choices of the DPRK: hazards of tests, and its border."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

from sim.kernels import choices


def test_counts_follow_poisson() -> None:
    """Inversion gives SciPy's quantiles of the same uniform draws."""
    uniform = np.random.default_rng(3).random(2000)
    for rate in (0.026, 0.9, 2.5):
        found = choices.poisson(uniform, np.full(2000, rate))
        np.testing.assert_array_equal(found, poisson.ppf(uniform, rate))


def test_pressure_raises_and_summits_lower_the_hazard() -> None:
    """Rates rise with pressure and fall with diplomacy, and are the base without either."""
    args = (np.array([0.1]), np.array([0.5]), np.array([1.2]))
    calm, pressed, talking = (
        choices.test_rates(*args, *at)[0] for at in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    )
    assert calm == pytest.approx(0.1)
    assert talking < calm < pressed
    assert pressed == pytest.approx(0.1 * np.exp(0.5))


def test_the_border_shuts_with_danger_and_opens_with_distress() -> None:
    """Without danger it is open; at full danger it lets 1 - fear pass; distress wears it down."""
    fear, patience = np.array([0.97]), np.array([1.0])
    target = lambda threat, distress: choices.border_target(  # noqa: E731
        threat, fear, patience, np.array([distress])
    )[0]
    assert target(0.0, 0.5) == 1.0
    assert target(1.0, 0.0) == pytest.approx(0.03)
    assert target(1.0, 0.3) > target(1.0, 0.1) > target(1.0, 0.0)
