"""The figures of the table of benchmarks, on made-up times."""

from __future__ import annotations

import pytest

from tests.benchmarks.rows import Row, exponent, off_line


def test_the_exponent_of_a_power_is_found() -> None:
    """Seconds that grow with the power 1.5 of the size have that slope."""
    sizes = (1.0, 4.0, 16.0)
    assert exponent(sizes, [2.0 * s**1.5 for s in sizes]) == pytest.approx(1.5)


def test_a_straight_line_is_recognised() -> None:
    """Fixed work beside a constant rate is a straight line; a bend is not."""
    assert off_line((1, 2, 3), (5.0, 7.0, 9.0)) == pytest.approx(0.0, abs=1e-9)
    assert off_line((1, 2, 3), (5.0, 7.0, 12.0)) > 0.05


@pytest.mark.parametrize(("value", "met"), [(79.0, "MISSED"), (80.0, "met")])
def test_a_goal_is_met_or_missed(value: float, met: str) -> None:
    """A goal at least 80 is met at 80."""
    assert Row("times faster", value, least=80.0).met == met
