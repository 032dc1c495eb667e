"""Simpler answers beside the model: their published numbers, closed forms and identities."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from sim.axes import ARMS, CHINA, COAL, REST, RUSSIA, SOLD
from sim.cli import main
from sim.experiment.comparators import LINEAR_GSIM, NAIVE, STATIC_CES, WHY, comparators, said
from sim.experiment.ensemble import Ensemble
from sim.experiment.gsim import linear_receipts, market_of, solve
from sim.experiment.naive import Reading, customs_reading, real_reading
from sim.experiment.offset import offset_arithmetic
from sim.experiment.static import static_receipts, static_sales
from sim.inputs import Inputs

from worlds import QUIET, ban, inputs_of, run, scenario

ORACLES = Path(__file__).parent / "oracles"


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of an oracle."""
    with (ORACLES / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


# The linear model.

COUNTRIES = ("US", "JP", "EU", "RW")


def four_by_four() -> tuple[Any, np.ndarray, np.ndarray]:
    """Return the published market of four countries, the change of its tariffs, and its trade."""
    rows = {(r["source"], r["destination"]): r for r in table("gsim4x4_inputs.csv")}
    grid = lambda name: np.array(  # noqa: E731
        [[float(rows[i, v][name]) for v in COUNTRIES] for i in COUNTRIES]
    )
    trade, before = grid("trade_world_prices"), grid("T0_power")
    elasticities = (np.full(4, -1.25), np.full(4, 5.0), np.full(4, 1.5))
    return market_of(trade, before, *elasticities), grid("T1_power_US_EU") / before - 1.0, trade


def test_gsim_gives_the_published_world_prices_and_flows() -> None:
    """Francois & Hall: 0.0792, -0.0316, 0.0480, -0.0184; flows to nine digits."""
    market, wedge, trade = four_by_four()
    found = solve(market, wedge)
    published = {
        r["country"]: float(r["world_price_change_PUBLISHED_4dp"])
        for r in table("gsim4x4_outputs.csv")
    }
    np.testing.assert_allclose(found.price, [published[c] for c in COUNTRIES], atol=5.1e-5)
    for row in table("gsim4x4_flows.csv"):
        i, v = COUNTRIES.index(row["source"]), COUNTRIES.index(row["destination"])
        assert found.volume[i, v] == pytest.approx(float(row["quantity_change"]), abs=1e-9)
        value = trade[i, v] * (1.0 + found.volume[i, v]) * (1.0 + found.price[i])
        assert value == pytest.approx(float(row["trade1"]), rel=1e-9)


def test_gsim_clears_and_is_linear() -> None:
    """Supply equals demand at the prices found; half a wedge moves half as much; none, nothing."""
    market, wedge, _ = four_by_four()
    whole, half = solve(market, wedge), solve(market, wedge / 2.0)
    np.testing.assert_allclose(1.5 * whole.price, (market.phi * whole.volume).sum(axis=-1))
    np.testing.assert_allclose(half.price, whole.price / 2.0, rtol=1e-12)
    assert np.abs(solve(market, np.zeros_like(wedge)).volume).max() == 0.0


# One alternative market: Russia is the other buyer, China bans the share r.


def alone(ensemble: Ensemble, share: float, epsilon: float, sigma: float) -> Ensemble:
    """Return a run whose record holds a ban of `share` on coal that China and Russia alone buy.

    Restrained arms have no ban; borders are open; prices may fall without a floor.
    """
    inputs = ensemble.inputs
    flow = np.array(inputs.base.flow)
    flow[REST, SOLD] = 0.0
    flow[:, SOLD, COAL] = (share, 1.0 - share, 0.0)
    others = np.arange(flow.shape[-1]) != COAL
    flow[CHINA, SOLD, others] = flow[RUSSIA, SOLD, others] = 1.0
    one = np.ones_like(inputs.par["export_supply_elasticity"])
    small = dataclasses.replace(
        inputs,
        base=dataclasses.replace(inputs.base, flow=flow),
        sigma=np.full_like(inputs.sigma, sigma),
        par={**inputs.par, "export_supply_elasticity": epsilon * one},
        price_floor=None,
    )
    record = ensemble.record
    record.inputs = small
    record["ban"][:] = 0.0
    record["openness"][:] = 1.0
    after = slice(small.split, None)
    for i, name in enumerate(ensemble.arms):
        if name.startswith("C1"):
            record["ban"][after, i, :, CHINA, SOLD, COAL] = 1.0
    return dataclasses.replace(ensemble, inputs=small)


@pytest.fixture
def quiet() -> Ensemble:
    """A run of four arms in which nothing happens."""
    return run(scenario(QUIET, members=2), ARMS)


GRID = [r for r in table("limit_exporter_deflection.csv") if float(r["r_banned_share"]) < 1.0][::7]


@pytest.mark.parametrize("row", GRID, ids=lambda r: f"r{r['r_banned_share']}")
def test_the_static_answer_has_the_textbook_closed_form(
    quiet: Ensemble, row: dict[str, str]
) -> None:
    """L3: price, volume and value that turn to the other buyer; loss and offset beside a held one.

    Held, Russia buys 1 - r at the price at which no more is produced, (1 - r)^(1/e).
    """
    r, epsilon, sigma = (float(row[k]) for k in ("r_banned_share", "eps_supply", "sigma_dest"))
    world = alone(quiet, r, epsilon, sigma)
    inputs, window = world.inputs, slice(60, 61)
    open_share = 1.0 - world.record["ban"][window, ARMS.index("C1S1")][..., SOLD, :]
    found = static_sales(inputs, window, open_share)
    left = 1.0 - r
    volume, value = found.volume[0, :, RUSSIA, COAL], found.value[0, :, RUSSIA, COAL]
    np.testing.assert_allclose(volume, left ** (epsilon / (epsilon + sigma)), rtol=1e-12)
    np.testing.assert_allclose((volume - left) / r, float(row["deflection_volume"]), atol=5.1e-7)
    np.testing.assert_allclose((value - left) / r, float(row["deflection_value"]), atol=5.1e-7)

    loss, ratio, autonomous, _ = offset_arithmetic(static_receipts(world.record, ARMS, window))
    held = left ** (1.0 + 1.0 / epsilon)
    free = left ** ((1.0 + epsilon) / (epsilon + sigma))
    np.testing.assert_allclose(loss, 1.0 - held, rtol=1e-9)
    np.testing.assert_allclose(ratio, (free - held) / (1.0 - held), rtol=1e-9)
    np.testing.assert_allclose(autonomous, 0.0, atol=1e-12)


def test_the_linear_answer_meets_the_textbook_as_the_ban_shrinks(quiet: Ensemble) -> None:
    """The gap to the CES market falls with the square of the banned share, and is large for r."""
    gaps = []
    for r in (0.1, 0.01, 0.001):
        world = alone(quiet, r, 0.6, 3.0)
        window = slice(60, 61)
        curved = offset_arithmetic(static_receipts(world.record, ARMS, window))
        straight = offset_arithmetic(linear_receipts(world.record, ARMS, window))
        gaps.append(abs(curved[0][0] - straight[0][0]) / curved[0][0])
        assert straight[1][0] == pytest.approx(curved[1][0], abs=20.0 * r)
    assert gaps[0] > 0.01
    assert gaps[1] / gaps[0] == pytest.approx(0.1, rel=0.3)
    assert gaps[2] / gaps[1] == pytest.approx(0.1, rel=0.1)


# Identities.


@pytest.mark.parametrize("receipts", [static_receipts, linear_receipts])
def test_without_bans_every_arm_is_the_base_year(quiet: Ensemble, receipts: Any) -> None:
    """No wedge: every arm sells what the base year sold, and nothing is lost."""
    window = slice(36, 48)
    quiet.record["openness"][:] = 1.0
    found = receipts(quiet.record, ARMS, window)
    base = 12.0 * quiet.inputs.base.flow[:, SOLD].sum()
    for arm in ARMS:
        np.testing.assert_allclose(found[arm], base, rtol=1e-12)
    assert np.abs(offset_arithmetic(found)[0]).max() < 1e-9 * base


@pytest.fixture(scope="module")
def banned() -> Ensemble:
    """A run in which China and then Russia ban coal."""
    keys = {"measures.add": [ban("coal"), ban("coal", "Russia", **{"from": "2018-01-01"})]}
    return run(scenario(QUIET, keys, members=4, seeds_per_draw=2), ARMS)


@pytest.mark.parametrize("receipts", [static_receipts, linear_receipts])
def test_what_russia_does_is_the_offset(banned: Ensemble, receipts: Any) -> None:
    """China's ban costs; Russia buys more while it may; its own ban takes from the DPRK."""
    found = receipts(banned.record, ARMS, slice(36, 48))
    loss, ratio, autonomous, interaction = offset_arithmetic(found)
    assert np.all(loss > 0.0)
    assert np.all(ratio > 0.0)
    np.testing.assert_allclose(autonomous, 0.0, atol=1e-9)
    np.testing.assert_allclose(ratio, autonomous + interaction, rtol=1e-12)
    later = receipts(banned.record, ARMS, slice(60, 72))
    assert np.all(offset_arithmetic(later)[1] < 0.0)


def test_the_static_answer_is_the_static_forecast_where_both_see_one_law(banned: Ensemble) -> None:
    """Whole bans, open borders: receipts of the free arm are those of `static_trade`."""
    from sim.experiment.static import static_trade

    window = slice(36, 48)
    inputs = banned.inputs
    cells, _ = static_trade(inputs)
    moved = cells[window][..., SOLD, :] / inputs.base.recorded_share[:, SOLD]
    shut = banned.record["openness"][window, 0][..., None]
    wanted = (moved * shut).sum(axis=(0, 2, 3))
    found = static_receipts(banned.record, ARMS, window)["C1S1"]
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


# The naive reading.


def test_a_naive_reader_divides_rise_by_fall() -> None:
    """Russia up 73 %, China down 10 %: the arithmetic, in words too; NaN where nothing fell."""
    before = np.array([[1000.0, 1000.0], [100.0, 100.0]])
    after = np.array([[900.0, 1100.0], [173.0, 173.0]])
    reading = Reading(before, after, ("2014-01", "2014-12"), 1.0)
    np.testing.assert_allclose(reading.ratio, [0.73, np.nan])
    np.testing.assert_allclose(reading.change, [[-0.1, 0.1], [0.73, 0.73]])
    one = Reading(before[:, :1], after[:, :1], reading.span, 1.0)
    assert said(one) == (
        "Russia's trade with the DPRK rose 73 % (from 100 to 173 million USD), "
        "China's fell 10 % (from 1,000 to 900 million USD)"
    )


def test_customs_are_compared_with_the_same_span(banned: Ensemble) -> None:
    """As many months as the window, else whole years, scaled; none, no reading."""
    record, arm = banned.record, ARMS.index("C1S1")
    customs = record.customs_totals()[:, arm].sum(axis=-1)
    found = customs_reading(record, arm, slice(36, 48), 26)
    assert found is not None
    assert found.span == ("2015-03", "2016-02")
    np.testing.assert_allclose(found.before[1], customs[14:26, :, RUSSIA].sum(axis=0))
    np.testing.assert_allclose(found.window[0], customs[36:48, :, CHINA].sum(axis=0))
    short = customs_reading(record, arm, slice(36, 72), 26)
    assert short is not None
    assert (short.span, short.scale) == (("2014-03", "2016-02"), 1.5)
    np.testing.assert_allclose(short.before[0], 1.5 * customs[2:26, :, CHINA].sum(axis=0))
    assert customs_reading(record, arm, slice(36, 72), 11) is None


@pytest.fixture(scope="module")
def dates() -> Inputs:
    """The months of the historical scenario."""
    return inputs_of(scenario(QUIET, members=2))


def test_the_real_record_is_read_where_it_covers_the_window(dates: Inputs) -> None:
    """2017 to 2019 on 2013 to 2015, as customs have it; no half years."""
    found = real_reading(dates, slice(36, 72), 26)
    assert found is not None
    reading, mark = found
    assert mark == "B"
    assert reading.span == ("2013-01", "2015-12")
    np.testing.assert_allclose(reading.window[1], 77.88 + 34.05 + 47.91)
    np.testing.assert_allclose(reading.before[1], 112.72 + 92.34 + 84.06)
    assert real_reading(dates, slice(37, 72), 26) is None
    assert real_reading(dates, slice(37, 48), 26) is None
    later = dataclasses.replace(dates, months=tuple(f"{int(m[:4]) + 5}{m[4:]}" for m in
                                                    dates.months))  # fmt: skip
    assert real_reading(later, slice(36, 72), 26) is None


# From end to end.

SMALL = ["--members", "4", "--scale", "0.05", "--set", "firms.Russia=2200", "--set",
         "firms.RestOfWorld=2200"]  # fmt: skip


def test_a_run_carries_three_comparators_with_a_why_each(tmp_path: Path) -> None:
    """answer.json and the screen hold the three, each with loss, offset and why."""
    result = CliRunner().invoke(main, ["run", "historical", *SMALL, "--out", str(tmp_path)])
    assert result.exit_code == 0, result.stderr
    written = (tmp_path / "historical" / "answer.json").read_text(encoding="utf-8")
    rows = json.loads(written)["comparators"]
    assert [row["name"] for row in rows] == [STATIC_CES, LINEAR_GSIM, NAIVE]
    text = " ".join(result.stdout.split())
    for row in rows:
        assert row["why"] == WHY[row["name"]]
        assert set(row["loss_musd"]) == set(row["offset_ratio"]) == {"p05", "p50", "p95"}
        assert row["title"] in text
        assert row["why"] in text
    assert rows[2]["record"]["mark"] == "B"
    assert "In the record: Russia's trade with the DPRK fell 45 %" in text


def test_without_a_loss_no_comparator_has_an_offset(quiet: Ensemble) -> None:
    """Where the run finds no loss there is no offset, and the two models lose nothing."""
    rows = [one.row() for one in comparators(quiet, real_loss=False)]
    assert [row["offset_ratio"] for row in rows] == [None] * 3
    assert rows[2]["record"]["offset_ratio"] is None
    for row in rows[:2]:
        assert abs(row["loss_musd"]["p50"]) < 1e-6
        assert row["autonomous"] is None
    again = [one.row() for one in comparators(quiet, real_loss=True)]
    assert [row["offset_ratio"] for row in again[:2]] == [None] * 2


def test_a_run_without_a_year_before_the_tightening_has_no_naive_reading() -> None:
    """Nothing to compare with: no loss, no offset, and the row says why."""
    dates = {"period.from": "2015-09", "tightening_from": "2016-12", "lift_from": "2016-03"}
    world = scenario(QUIET, dates, members=2)
    row = comparators(run(world, ARMS), real_loss=True)[2].row()
    assert (row["loss_musd"], row["offset_ratio"], row["reading"]) == (None, None, None)
    assert "no whole year before" in row["why"]
