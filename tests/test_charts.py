"""The interactive charts as plain data: numbers, bands, balances, sliders, widths and tables."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from click.testing import CliRunner

from sim.axes import BOUGHT, CHINA, COAL, GOODS, PARTNERS, RUSSIA, SOLD
from sim.base_year import base_year
from sim.cli import main
from sim.data.outlines import outlines, routes
from sim.errors import DivertError
from sim.experiment.claim_model import NEEDED as FOR_CLAIMS
from sim.experiment.claims import claims
from sim.experiment.stored import StoredRun, read_run
from sim.sweep.analysis import Analysis
from sim.sweep.analysis_effects import Map
from sim.sweep.analysis_table import Input
from sim.view.chart import NEEDED, Chart
from sim.view.chart_answer import claims_chart, waterfall
from sim.view.chart_bands import enforcement_bands, flow_bands, receipts_bands
from sim.view.chart_beside import Answered, comparators_chart, scenarios_chart
from sim.view.chart_grids import break_even_chart, heat_map
from sim.view.chart_map import corridor_flows, corridor_map, line_width
from sim.view.chart_sankey import DPRK, NODES, flows, flows_sankey, middle_members

SMALL = (
    "--set", "members=6", "--set", "firms.scale=0.05", "--set", "firms.Russia=2200",
    "--set", "firms.RestOfWorld=2200",
)  # fmt: skip
LARGEST = 1_200_000
ROUNDED = 0.051


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a small run of `historical`."""
    out = tmp_path_factory.mktemp("results")
    done = CliRunner().invoke(main, ["run", "historical", *SMALL, "--out", str(out)])
    assert done.exit_code == 0, done.output
    return out / "historical"


@pytest.fixture(scope="module")
def run(folder: Path) -> StoredRun:
    """The small run with all that the charts and the claims need."""
    return read_run(folder, (*NEEDED, *FOR_CLAIMS))


@pytest.fixture(scope="module")
def answer(folder: Path) -> dict[str, Any]:
    """The answer of the small run."""
    return cast(dict[str, Any], json.loads((folder / "answer.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def charts(run: StoredRun, answer: dict[str, Any]) -> dict[str, Chart]:
    """Every chart of a run by name."""
    made = [
        *(flow_bands(run, p, d) for p in PARTNERS for d in ("dprk_export", "dprk_import")),
        receipts_bands(run), enforcement_bands(run), waterfall(answer), comparators_chart(answer),
        claims_chart(claims(run)), flows_sankey(run), corridor_map(run),
    ]  # fmt: skip
    return {chart.name: chart for chart in made}


def plain(chart: Chart) -> dict[str, Any]:
    """Return a chart's figure as the page gets it."""
    return cast(dict[str, Any], json.loads(chart.figure.to_json()))


def trace(chart: Chart, name: str) -> dict[str, Any]:
    """Return one trace by name."""
    return next(t for t in plain(chart)["data"] if t.get("name") == name)


def first_number(cell: str) -> float:
    """Return the first number of a cell."""
    found = re.search(r"-?[\d,]+(\.\d+)?", cell)
    assert found, cell
    return float(found.group().replace(",", ""))


# ---- what all charts keep ----------------------------------------------------------------------


def test_every_chart_has_its_table_and_words(charts: dict[str, Chart]) -> None:
    """Slugs differ, rows fit their headings, and words are sentences; nothing is fetched."""
    assert len(charts) == 13
    for name, chart in charts.items():
        assert re.fullmatch(r"[a-z0-9-]+", name)
        assert chart.rows
        assert all(len(row) == len(chart.headings) for row in chart.rows)
        assert chart.words.endswith(".")
        assert "http" not in chart.figure.to_json()


def test_the_figures_are_small(charts: dict[str, Chart]) -> None:
    """All charts of 72 months stay below 1.2 MB, and frames hold data alone."""
    assert sum(len(chart.figure.to_json()) for chart in charts.values()) < LARGEST
    for chart in charts.values():
        assert all("layout" not in frame for frame in plain(chart).get("frames", []))


# ---- bands -------------------------------------------------------------------------------------


def test_bands_are_the_quantiles_of_members(run: StoredRun, charts: dict[str, Chart]) -> None:
    """Lines of an arm are p05, p50 and p95 of goods moved, in order; the table says the same."""
    chart = charts["flow-china-sold"]
    value = run.arrays["legal_value"] + run.arrays["illegal_value"]
    moved = value[:, run.arms.index("C0S1"), :, CHINA, SOLD].sum(axis=-1)
    label = "China does not restrict, Russia free"
    names = (f"{label}, 5 %", label, f"{label}, 95 %")
    low, mid, high = (np.array(trace(chart, name)["y"]) for name in names)
    for drawn, level in zip((low, mid, high), (0.05, 0.5, 0.95), strict=True):
        assert drawn == pytest.approx(np.quantile(moved, level, axis=1), abs=ROUNDED)
    assert (low <= mid).all()
    assert (mid <= high).all()
    column = next(i for i, h in enumerate(chart.headings) if h.startswith(label))
    assert [first_number(row[column]) for row in chart.rows] == pytest.approx(mid.tolist())


def test_all_four_worlds_can_be_picked(run: StoredRun, charts: dict[str, Chart]) -> None:
    """Two worlds are shown at first, the others wait in the legend with their bands."""
    data = [t for t in plain(charts["receipts"])["data"] if t.get("legendgroup")]
    shown = {t["legendgroup"] for t in data if t["visible"] is True}
    assert len({t["legendgroup"] for t in data}) == len(run.arms) == 4
    assert shown == {
        "China restricts, Russia free",
        "China does not restrict, Russia free",
    }


def test_recorded_trade_stands_beside_the_model(charts: dict[str, Chart]) -> None:
    """China's customs by month; Russia's quarter as a third a month; none for the others."""
    china = trace(charts["flow-china-sold"], "customs, as recorded")
    assert china["y"][china["x"].index("2016-01")] == pytest.approx(176.3, abs=ROUNDED)
    russia = trace(charts["flow-russia-bought"], "customs, mean of the quarter")
    assert russia["y"][russia["x"].index("2016-02")] == pytest.approx(13.3 / 3, abs=ROUNDED)
    names = {t.get("name") for t in plain(charts["flow-restofworld-sold"])["data"]}
    assert not {name for name in names if name and name.startswith("customs")}


def test_transit_coal_is_in_what_russia_sells(run: StoredRun, charts: dict[str, Chart]) -> None:
    """Russia's sales hold transit coal, as its customs do."""
    arm = run.arms.index("C1S1")
    value = (run.arrays["legal_value"] + run.arrays["illegal_value"])[:, arm, :, RUSSIA, BOUGHT]
    moved = value.sum(axis=-1) + run.arrays["transit_value"][:, arm]
    drawn = trace(charts["flow-russia-bought"], "China restricts, Russia free")["y"]
    assert drawn == pytest.approx(np.median(moved, axis=1), abs=ROUNDED)


def test_enforcement_is_the_median_of_members(run: StoredRun, charts: dict[str, Chart]) -> None:
    """The line of a partner is its median enforcement."""
    drawn = trace(charts["enforcement"], "Russia")["y"]
    values = run.arrays["enforcement"][:, run.arms.index("C1S1"), :, RUSSIA]
    assert drawn == pytest.approx(np.median(values, axis=1), abs=6e-4)


# ---- hard currency -----------------------------------------------------------------------------


def test_money_in_equals_receipts_and_money_out(run: StoredRun) -> None:
    """Into the DPRK go receipts and what is drawn; out go imports, crude and what is saved."""
    found, members = flows(run), middle_members(run)
    mean = {
        name: run.arrays[name][:, run.arms.index("C1S1")][:, members].mean(axis=1)
        for name in ("receipts", "paid", "crude")
    }
    change = mean["receipts"] - mean["paid"] - mean["crude"]
    into, out = found.through(DPRK, True), found.through(DPRK, False)
    assert into - found.through("from reserves", False) == pytest.approx(mean["receipts"], rel=1e-5)
    assert out - found.through("into reserves", True) == pytest.approx(
        mean["paid"] + mean["crude"], rel=1e-5
    )
    assert into == pytest.approx(out, rel=1e-5)
    saved = found.through("into reserves", True) - found.through("from reserves", False)
    assert saved == pytest.approx(change, abs=1e-3)
    for partner in ("China", "Russia", "rest of world"):
        assert found.through(partner, True) == pytest.approx(found.through(partner, False))


def test_the_slider_has_every_month_and_the_menu_every_year(
    run: StoredRun, charts: dict[str, Chart]
) -> None:
    """Each step and entry names a frame; a year's frame is the sum of its months."""
    figure = plain(charts["hard-currency-flows"])
    frames = {frame["name"]: frame["data"][0] for frame in figure["frames"]}
    steps = figure["layout"]["sliders"][0]["steps"]
    assert [step["args"][0][0] for step in steps] == list(run.months)
    years = [b["args"][0][0] for b in figure["layout"]["updatemenus"][1]["buttons"][1:]]
    assert years == ["2014", "2015", "2016", "2017", "2018", "2019"]
    assert set(frames) == {*run.months, *years}
    months = [frames[f"2016-{m:02d}"]["link"]["value"] for m in range(1, 13)]
    assert frames["2016"]["link"]["value"] == pytest.approx(np.sum(months, axis=0), abs=0.07)
    assert figure["data"][0]["link"]["value"] == frames[run.scenario.window.last]["link"]["value"]
    assert all(len(f["node"]["label"]) == len(NODES) for f in frames.values())


def test_the_middle_members_are_half_and_near_the_median(run: StoredRun) -> None:
    """No member left out lies nearer the median of receipts than one that is in."""
    total = run.arrays["receipts"][:, run.arms.index("C1S1")].sum(axis=0)
    far = np.abs(total - np.median(total))
    inside = middle_members(run)
    outside = np.setdiff1d(np.arange(run.members), inside)
    assert inside.size == -(-run.members // 2)
    assert far[inside].max() <= far[outside].min()


# ---- the map -----------------------------------------------------------------------------------


def test_routes_of_a_partner_carry_all_its_trade(run: StoredRun) -> None:
    """What the routes carry adds up to goods both ways, with transit coal and arms of Russia."""
    arm, carried = run.arms.index("C1S1"), corridor_flows(run)
    goods = (run.arrays["legal_value"] + run.arrays["illegal_value"])[:, arm].sum(axis=(-2, -1))
    goods[..., RUSSIA] += run.arrays["transit_value"][:, arm] + run.arrays["arms"][:, arm]
    for p, partner in enumerate(PARTNERS):
        own = [i for i, route in enumerate(routes()) if route.partner == partner]
        assert carried[..., own].sum(axis=-1) == pytest.approx(goods[..., p], rel=1e-9)


def test_the_ferry_runs_in_its_months_alone(run: StoredRun) -> None:
    """The ferry carries goods from May to August 2017 and never else."""
    ferry = next(i for i, r in enumerate(routes()) if "ferry" in r.name)
    carried = np.median(corridor_flows(run)[..., ferry], axis=1)
    sailed = [month for month, value in zip(run.months, carried, strict=True) if value > 0.0]
    assert sailed == ["2017-05", "2017-06", "2017-07", "2017-08"]


def test_widths_and_numbers_follow_the_flow(run: StoredRun, charts: dict[str, Chart]) -> None:
    """In every month a line is as wide as its median flow says, and the table says it too."""
    chart = charts["corridors"]
    figure = plain(chart)
    middle = np.median(corridor_flows(run), axis=1)
    assert [frame["name"] for frame in figure["frames"]] == list(run.months)
    assert [s["label"] for s in figure["layout"]["sliders"][0]["steps"]] == list(run.months)
    for t, frame in enumerate(figure["frames"]):
        *lines, labels = frame["data"]
        names = [figure["data"][k]["name"] for k in frame["traces"][:-1]]
        assert [name[2:] for name in names] == [route.name for route in routes()]
        assert [line["line"]["width"] for line in lines] == [
            line_width(value, middle.max()) for value in middle[t]
        ]
        assert len(labels["text"]) == len(routes()) + 1
        assert labels["text"][-1] == f"<b>{run.months[t]}</b>"
        shown = [first_number(cell) for cell in chart.rows[t][1:]]
        assert shown == pytest.approx(middle[t], abs=ROUNDED)
    widths = [line_width(flow, 100.0) for flow in (0.0, 1.0, 25.0, 100.0)]
    assert widths == sorted(set(widths))
    assert widths[2] - widths[0] == pytest.approx(0.5 * (widths[3] - widths[0]))


def test_the_shipped_map_holds_together() -> None:
    """Rings close inside the box, shares add up to no more than one, marks and sources stand."""
    west, south, east, north = outlines().box
    for _, ring in outlines().rings:
        assert ring[0] == ring[-1]
        assert all(west <= x <= east and south <= y <= north for x, y in ring)
    assert "Natural Earth" in outlines().attribution
    goods = {*GOODS[SOLD], *GOODS[BOUGHT], "transit", "arms"}
    for partner in PARTNERS:
        own = [route for route in routes() if route.partner == partner]
        for good in goods:
            assert sum(route.shares.get(good, 0.0) for route in own) <= 1.0 + 1e-12
    for route in routes():
        assert set(route.shares) <= goods
        assert route.mark in "BC"
        assert route.source


def test_dandong_carries_what_its_source_says() -> None:
    """At base flows the bridge has about seventy percent of China's trade, as corridors.csv."""
    flow = base_year().flow[CHINA]
    others = sum(
        route.shares.get(good, 0.0) * flow[d, g]
        for route in routes()
        if route.partner == "China"
        for d in (SOLD, BOUGHT)
        for g, good in enumerate(GOODS[d])
    )
    assert GOODS[SOLD][COAL] == "coal"
    assert 1.0 - others / flow.sum() == pytest.approx(0.7, abs=0.02)


# ---- the answer, claims ------------------------------------------------------------------------


def test_the_waterfall_shows_the_answer(answer: dict[str, Any]) -> None:
    """Bars and whiskers are the bands of the answer in percent; the offset starts at the loss."""
    chart = waterfall(answer)
    top, parts = plain(chart)["data"]
    assert top["x"][0] == -100.0
    assert top["base"][1] == -100.0
    assert top["base"][2] == pytest.approx(-100.0 + top["x"][1])
    assert top["x"][3] == pytest.approx(100.0 * answer["offset_ratio"]["p50"] - 100.0, abs=0.01)
    shown = ["autonomous", "interaction"]
    bands = [*(answer[k] for k in shown), *answer["by_channel"].values(), answer["offset_ratio"]]
    low = np.array(parts["x"]) - parts["error_x"]["arrayminus"]
    assert sorted(parts["x"]) == pytest.approx(sorted(100.0 * b["p50"] for b in bands), abs=0.01)
    assert sorted(low) == pytest.approx(sorted(100.0 * b["p05"] for b in bands), abs=0.02)
    assert len(chart.rows) == len(parts["x"]) + 1


def test_without_a_loss_the_waterfall_says_so(answer: dict[str, Any]) -> None:
    """No bar is drawn where there is no loss to offset."""
    parts = ("offset_ratio", "autonomous", "interaction")
    nothing = {
        **answer, "loss_significant": False, **dict.fromkeys(parts),
        "by_channel": dict.fromkeys(answer["by_channel"]),
    }  # fmt: skip
    chart = waterfall(nothing)
    assert not chart.figure.data
    assert "no loss to offset" in chart.words
    assert chart.rows[-1][1] == "no value"


def test_simpler_answers_stand_beside_the_model(answer: dict[str, Any]) -> None:
    """Both panels show the model first, then each comparator, as in the answer."""
    chart = comparators_chart(answer)
    loss, ratio = plain(chart)["data"]
    asked = [answer, *answer["comparators"]]
    assert loss["x"][0] == pytest.approx(answer["loss_musd"]["p50"], abs=ROUNDED)
    assert chart.rows[0][0] == plain(chart)["layout"]["yaxis"]["ticktext"][0] == "This model"
    assert loss["y"][0] == ratio["y"][0] == 0
    assert len(chart.rows) == len(asked) + sum(bool(r.get("record")) for r in asked[1:])
    static = next(r for r in asked[1:] if r["name"] == "static_ces")
    assert ratio["x"][1] == pytest.approx(100.0 * static["offset_ratio"]["p50"], abs=ROUNDED)


def test_a_scenario_without_a_loss_has_no_dot_but_says_so() -> None:
    """Rows without a value keep their place in both panels, in words."""
    band = {"p05": 1.0, "p50": 2.0, "p95": 4.0}
    share = {"p05": -0.05, "p50": 0.2, "p95": 0.3}
    lines = [Answered("one", band, None), Answered("two", band, share)]
    chart = scenarios_chart(lines)
    figure = plain(chart)
    loss, offset = figure["data"]
    assert (loss["x"], loss["y"]) == ([2.0, 2.0], [0, 1])
    assert (offset["x"], offset["y"]) == ([20.0], [1])
    assert offset["error_x"]["arrayminus"] == [25.0]
    assert offset["error_x"]["array"] == [10.0]
    (note,) = figure["layout"]["annotations"]
    assert (note["y"], note["yref"], note["text"]) == (0, "y2", "no loss to offset")
    assert chart.rows == (("one", "2 (1 to 4) million USD", "no value"),
                          ("two", "2 (1 to 4) million USD", "20.0 % (-5.0 to 30.0 %)"))  # fmt: skip
    assert len(chart.figure.to_json()) < 4_000


def test_claims_stand_on_a_log_axis(run: StoredRun, charts: dict[str, Chart]) -> None:
    """Every line is in the table once, the largest first, and the axis is logarithmic."""
    figure = plain(charts["claims"])
    assert figure["layout"]["xaxis"]["type"] == "log"
    points = sorted((y, x) for t in figure["data"] for x, y in zip(t["x"], t["y"], strict=True))
    assert [y for y, _ in points] == list(range(len(charts["claims"].rows)))
    values = [x for _, x in points]
    assert values == sorted(values, reverse=True)


# ---- grids -------------------------------------------------------------------------------------


def surface() -> list[dict[str, str]]:
    """Return rows as `surface.csv` has them: three multiples by two levels of openness, one law."""
    return [
        {
            "lever": lever, "law": "none", "openness": openness, "value": str(2**k),
            "offset_p05": str(0.1 * k), "offset_p50": str(0.5 * k + float(openness or 0)),
            "offset_p95": "3", "purchases_musd_a_year_p50": "7",
        }
        for lever in ("potential", "labour") for openness in ("", "0", "1") for k in range(3)
    ]  # fmt: skip


def test_break_even_shows_the_surface() -> None:
    """Cells are the median offset in percent by openness and multiple, of the one lever."""
    chart = break_even_chart(surface())
    cells = plain(chart)["data"][0]
    assert cells["z"] == [[0.0, 50.0, 100.0], [100.0, 150.0, 200.0]]
    assert cells["x"] == [0.0, 1.0, 2.0]
    assert len(chart.rows) == 6
    assert "1 times the potential with openness 1" in chart.words


def test_break_even_refuses_other_rows() -> None:
    """Rows of another table, or without the surface, are refused with what is allowed."""
    with pytest.raises(DivertError, match=r"without lever.*surface\.csv"):
        break_even_chart([{"good": "coal"}])
    with pytest.raises(DivertError, match="no rows of the lever potential"):
        break_even_chart([row for row in surface() if row["lever"] == "labour"])


def made_analysis(*maps: Map) -> Analysis:
    """Return what the chart reads of an analysis with these pairs."""
    results = SimpleNamespace(output="offset", unit="share of the loss")
    return cast(Analysis, SimpleNamespace(maps=maps, results=results))


def test_the_heat_map_shows_each_pair() -> None:
    """Cells are medians, a gap where there is none; the menu shows one pair and names its axes."""
    one, two = (Input(name, name, "", np.zeros(2)) for name in ("row", "column"))
    median = np.array([[0.1, 0.2, np.nan], [0.3, 0.4, 0.5]])
    found = Map(one, two, ("a", "b"), ("x", "y", "z"), median, 0.5)
    turned = dataclasses.replace(
        found, row=two, column=one, row_words=("x", "y", "z"), column_words=("a", "b"),
        median=median.T,
    )  # fmt: skip
    chart = heat_map(made_analysis(found, turned))
    assert chart is not None
    figure = plain(chart)
    assert figure["data"][0]["z"] == [[0.1, 0.2, None], [0.3, 0.4, 0.5]]
    second = figure["layout"]["updatemenus"][0]["buttons"][1]["args"]
    assert second[0] == {"visible": [False, True]}
    assert second[1]["xaxis.title.text"] == "row"
    assert len(chart.rows) == 12
    assert chart.rows[2][-1] == "–"
    assert heat_map(made_analysis()) is None


# ---- bad input ---------------------------------------------------------------------------------


def test_an_unknown_partner_is_refused(run: StoredRun) -> None:
    """A name or place that is none is refused with those that are."""
    with pytest.raises(DivertError, match=r"found 'Chinna'.*did you mean 'China'"):
        flow_bands(run, "Chinna", "dprk_export")
    with pytest.raises(DivertError, match="found 7; allowed: dprk_export, dprk_import"):
        flow_bands(run, CHINA, 7)


def test_a_run_read_without_its_arrays_is_refused(folder: Path) -> None:
    """Charts say which arrays read_run must be asked for."""
    bare = read_run(folder)
    for draw in (flows_sankey, corridor_map):
        with pytest.raises(DivertError, match="read without legal_value"):
            draw(bare)
