"""Charts of sweeps and of the evidence as plain data: bars, bands, boxes, and tables under them."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from sweep_worlds import tiny

from sim.sweep.analysis import Analysis, analyse
from sim.sweep.analysis_effects import Bar, Correlation, Tornado
from sim.sweep.analysis_indices import Index, Indices, Screened
from sim.sweep.command import run_sweep
from sim.sweep.discovery import Box, Discovery, Limit
from sim.view.chart import Chart
from sim.view.chart_evidence import prior_posterior_chart, sensitivity_charts
from sim.view.chart_grids import heat_map
from sim.view.chart_holdout import CHINA_MONTHS, RUSSIA_QUARTERS, holdout_chart, scores_chart
from sim.view.chart_sweep import (
    SWEEP_CHARTS,
    discovery_chart,
    morris_chart,
    ranks_chart,
    response_chart,
    sobol_chart,
    tornado_chart,
)
from sim.view.evidence import SHIPPED
from sim.view.evidence_figures import ratios
from sim.view.evidence_files import read_evidence
from sim.view.evidence_rows import Evidence
from sim.view.number_words import number


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """A sweep of two enforcements and three elasticities."""
    return analyse(run_sweep(tiny(), tmp_path_factory.mktemp("sweep"), 1).folder)


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """The evidence that comes with the project."""
    return read_evidence(SHIPPED)


def plain(chart: Chart | None) -> dict[str, Any]:
    """Return a figure as plain data, having looked at what every chart must have."""
    assert chart is not None
    assert chart.words.endswith((".", ")"))
    assert all(len(row) == len(chart.headings) for row in chart.rows)
    found: dict[str, Any] = json.loads(chart.figure.to_json())
    assert found["layout"]["height"] > 0
    assert "NaN" not in chart.figure.to_json()
    return found


def test_main_effects_are_those_of_the_analysis_on_one_scale(analysis: Analysis) -> None:
    chart = response_chart(analysis)
    figure = plain(chart)
    medians = [trace for trace in figure["data"] if trace.get("name") == "median"]
    assert len(medians) == len(analysis.effects)
    for trace, effect in zip(medians, analysis.effects, strict=True):
        assert trace["y"] == pytest.approx([level.p50 for level in effect.levels], abs=1e-5)
        assert trace["x"] == pytest.approx([level.place for level in effect.levels])
        assert [row[0] for row in trace["customdata"]] == [x.words for x in effect.levels]
    ranges = [v["range"] for k, v in figure["layout"].items() if k.startswith("yaxis")]
    assert ranges == [ranges[0]] * len(medians)
    assert [row[:2] for row in chart.rows] == [
        (e.given.label if not e.given.unit_of_measure else row_label, x.words)
        for e in analysis.effects for x in e.levels
        for row_label in [f"{e.given.label}, {e.given.unit_of_measure}"]
    ]  # fmt: skip
    assert "share of the loss" in chart.headings[2]


def test_what_was_not_laid_is_not_drawn(analysis: Analysis) -> None:
    drawn = {chart.name for draw in SWEEP_CHARTS if (chart := draw(analysis)) is not None}
    assert drawn == {"main-effects"}
    assert discovery_chart(analysis) is None


def test_one_pair_alone_has_the_colours_of_all(analysis: Analysis) -> None:
    one = analysis.maps[0]
    more = dataclasses.replace(one, median=one.median + 5.0)
    two = dataclasses.replace(analysis, maps=(one, more))
    alone, both = plain(heat_map(two, 1)), plain(heat_map(two))
    assert len(alone["data"]) == 1
    assert alone["data"][0]["zmin"] == both["data"][0]["zmin"] == pytest.approx(one.median.min())
    assert "updatemenus" not in alone["layout"]
    assert len(both["layout"]["updatemenus"][0]["buttons"]) == 2


def test_indices_are_drawn_with_their_intervals(analysis: Analysis) -> None:
    rows = (Index("coal", 0.5, 0.1, 0.7, 0.2), Index("china", 0.2, 0.05, 0.3, 0.1))
    found = dataclasses.replace(analysis, indices=Indices(8, 0, 0.0, sobol=rows))
    chart = sobol_chart(found)
    total, first = plain(chart)["data"]
    assert total["x"] == [0.7, 0.3]
    assert first["x"] == [0.5, 0.2]
    assert total["error_x"]["array"] == [0.2, 0.1]
    assert chart is not None
    assert chart.rows[0] == ("coal", "0.50", "0.10", "0.70", "0.20")
    effects = (Screened(parameter="coal", mu_star=0.4, mu_star_conf=0.1, sigma=0.3, mu=-0.4,
                        mu_error=0.1),)  # fmt: skip
    found = dataclasses.replace(analysis, indices=Indices(8, 0, 0.0, morris=effects))
    bars, marks = plain(morris_chart(found))["data"]
    assert bars["x"] == [0.4]
    assert marks["x"] == [0.3]


def test_a_tornado_grows_from_the_middle(analysis: Analysis) -> None:
    given = analysis.effects[0].given
    bar = Bar(given, "1", "3", -0.2, 0.5, -0.3, 0.5, (0.0, 0.0), (0.0, 0.0))
    low, high = plain(tornado_chart(dataclasses.replace(analysis, tornado=Tornado(0.1, (bar,)))))[
        "data"
    ]
    assert low["base"] == high["base"] == 0.1
    assert (low["x"], high["x"]) == ([pytest.approx(-0.3)], [pytest.approx(0.4)])


def test_ranks_have_the_strip_that_chance_gives(analysis: Analysis) -> None:
    given = analysis.effects[0].given
    results = dataclasses.replace(analysis.results, draws=np.arange(6))
    found = dataclasses.replace(
        analysis, results=results, correlations=(Correlation(given, -0.8, 0.01),)
    )
    figure = plain(ranks_chart(found))
    assert figure["data"][0]["x"] == [-0.8]
    strip = figure["layout"]["shapes"][-1]
    assert strip["x1"] == pytest.approx(1.96 / np.sqrt(5))


def test_a_box_is_drawn_within_the_range_of_its_inputs(analysis: Analysis) -> None:
    given = analysis.results.inputs[1]
    box = Box(0.8, 0.9, 4, 3, (Limit(given, None, 3.2, 0.01),))
    found = dataclasses.replace(analysis, discovery=Discovery(0.5, 6, 4, (box,)))
    chart = discovery_chart(found)
    whole, inside = plain(chart)["data"]
    assert whole["x"] == [1.0]
    least, most = float(given.values.min()), float(given.values.max())
    assert inside["base"] == [0.0]
    assert inside["x"] == [pytest.approx((3.2 - least) / (most - least), abs=1e-4)]
    assert chart is not None
    assert chart.rows[0][2:] == ("end of its range", "3.20", "80 %", "90 %", "4")


@pytest.mark.parametrize("through", [CHINA_MONTHS, RUSSIA_QUARTERS], ids=lambda one: one.name)
def test_forecasts_are_bars_with_the_record_as_dots(evidence: Evidence, through: Any) -> None:
    chart = holdout_chart(evidence, through)
    figure = plain(chart)
    dots = [trace for trace in figure["data"] if trace.get("mode") == "markers"]
    bands = [t for t in figure["data"] if t["type"] == "bar" and "hovertemplate" in t]
    assert chart is not None
    assert sum(len(t["x"]) for t in dots) == sum(len(t["x"]) for t in bands) == len(chart.rows)
    for trace in bands:
        for base, tall, (_, middle, low, high) in zip(
            trace["base"], trace["y"], trace["customdata"], strict=True
        ):
            assert (base, base + tall) == (low, pytest.approx(high, abs=0.011))
            assert low <= middle <= high
    outside = [row for row in chart.rows if row[8] == "no"]
    red = [trace for trace in dots if "outside" in trace["name"]]
    assert len(outside) == sum(len(trace["x"]) for trace in red)
    if through is CHINA_MONTHS:
        row = next(r for r in evidence.forecasts
                   if r.origin == "a" and r.series == "china_imports" and not r.seen)  # fmt: skip
        assert (row.first, number(row.observed), number(row.p50)) in {
            (cells[1], cells[3], cells[6]) for cells in chart.rows
        }


def test_scores_are_multiples_of_simpler_rules(evidence: Evidence) -> None:
    chart = scores_chart(evidence)
    figure = plain(chart)
    assert chart is not None
    known = [row for row in evidence.scores if row.origin in "ab" and any(ratios(row).values())]
    assert len(chart.rows) == len(known)
    for k, trace in enumerate(figure["data"]):
        wanted = [list(ratios(row).values())[k] for row in known]
        assert trace["x"] == pytest.approx([min(v, 2.0) for v in wanted if v is not None], abs=1e-3)


def test_what_the_data_said_is_on_the_scale_of_the_prior(evidence: Evidence) -> None:
    chart = prior_posterior_chart(evidence)
    before, _, after, _ = plain(chart)["data"]
    assert before["base"] == [0.0] * len(before["base"])
    assert before["x"] == [1.0] * len(before["x"])
    assert chart is not None
    assert len(after["x"]) == len(chart.rows)


def test_what_the_offset_hangs_on_is_in_percent(evidence: Evidence) -> None:
    charts = [chart for one in evidence.sensitivity for chart in sensitivity_charts(one)]
    assert len(charts) == sum(len({e.method for e in one.effects}) for one in evidence.sensitivity)
    assert len({chart.name for chart in charts}) == len(charts)
    first, one = charts[0], evidence.sensitivity[0]
    largest = max(e.mu_star or 0.0 for e in one.effects if e.method == "morris")
    assert plain(first)["data"][0]["x"][0] == pytest.approx(100.0 * largest, abs=0.006)
    assert f"{100.0 * one.run.seed_sd:.2f} points" in first.words


def test_without_evidence_there_are_no_charts(evidence: Evidence) -> None:
    empty = dataclasses.replace(evidence, forecasts=(), scores=(), posterior=())
    assert holdout_chart(empty, CHINA_MONTHS) is None
    assert scores_chart(empty) is None
    assert prior_posterior_chart(empty) is None
    one = dataclasses.replace(evidence.sensitivity[0], effects=())
    assert sensitivity_charts(one) == []
