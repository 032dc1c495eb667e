"""The page of evidence: what it reads, draws and says."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

import sim.view.evidence_figures as figures_of_holdout
from sim.data import load
from sim.errors import DivertError
from sim.parameters import all_parameters
from sim.view.evidence import FIGURES as FIGURE
from sim.view.evidence import _put, figures, read_evidence, write_evidence
from sim.view.evidence_figures_fit import in_prior, moved_most, strongest
from sim.view.evidence_page import SECTIONS, page
from sim.view.evidence_rows import Evidence
from sim.view.evidence_words import answer, moved, russia_could
from sim.view.number_words import number

WORDS = {
    "china_imports": ("China's imports from the DPRK", "M USD a month"),
    "china_exports": ("China's exports to the DPRK, crude apart", "M USD a month"),
    "china_coal": ("China's imports of DPRK coal", "M USD a month"),
    "illicit_coal": ("Illicit coal", "M USD a year"),
    "illicit_exports": ("Coal and ores sold in breach of bans", "M USD"),
    "russia_trade_growth": ("Two-way trade of Russia on a year before", "ratio"),
    "russia_exports": ("Russia's exports to the DPRK", "M USD a quarter"),
    "russia_imports": ("Russia's imports from the DPRK", "M USD a quarter"),
    "russia_permits": ("Workers on permits in Russia", "workers"),
    "russia_visas": ("Student and tourist visas issued by Russia", "visas a year"),
    "russia_fuel": ("Russian fuel moved, recorded or not", "M USD"),
    "coal_price": ("Price of coal, later over earlier", "ratio"),
    "seafood_price": ("Price of seafood, later over earlier", "ratio"),
}
UNTIL = {"a": ("2017-08", "2018-12"), "b": ("2018-12", "2019-12"), "all": ("2018-12", "2019-12")}
SPREAD = ("2019-01", "2019-02", "2019-07", "2019-08", "2019-11")
Rows = list[dict[str, Any]]


def put(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{v:.5g}" if isinstance(v, float) else v for k, v in row.items()})


def outcomes() -> dict[tuple[str, str, str], tuple[float, str]]:
    """Return the last vintage of each figure; months spread evenly as one mean a month."""
    found = {(r.series, r.start, r.end): (r.value, r.mark) for r in load("observations")}
    spread = [found.pop(("china_imports", month, month)) for month in SPREAD]
    mean = float(np.mean([value for value, _ in spread]))
    return {**found, ("china_imports", SPREAD[0], SPREAD[-1]): (mean, "B")}


def forecast_rows(random: np.random.Generator) -> Rows:
    rows: Rows = []
    for origin, (until, last) in UNTIL.items():
        for (series, start, end), (value, mark) in sorted(outcomes().items()):
            if end > last or start < "2016-01":
                continue
            seen = end <= until
            spread = (0.08 if seen else 0.16) * (2.5 if series.startswith("russia_i") else 1.0)
            middle = value * float(np.exp(spread * random.standard_normal()))
            low, high = middle * np.exp(-1.65 * spread), middle * np.exp(1.65 * spread) + 0.1
            naive: dict[str, Any] = {"last_value": "", "same_month": "", "static": ""}
            if series.startswith(("china", "russia_exports", "russia_imports")):
                if not seen:
                    base = {"china_imports": 180.0, "china_exports": 270.0, "china_coal": 90.0}
                    flat = base.get(series, 14.0) * (1.0 if origin == "a" else 0.12)
                    naive["last_value"] = flat
                    naive["same_month"] = flat * float(random.uniform(0.7, 1.2))
                naive["static"] = value * 1.8
            rows.append({
                "origin": origin, "series": series, "from": start, "to": end,
                "unit": WORDS[series][1], "observed": float(value), "mark": mark,
                "p05": float(low), "p50": float(middle), "p95": float(high), **naive,
                "inside": "yes" if low <= value <= high else "no",
                "seen": "yes" if seen else "no",
            })  # fmt: skip
    return rows


def score_rows(forecasts: Rows) -> Rows:
    rows: Rows = []
    for origin in UNTIL:
        unseen = [row for row in forecasts if row["origin"] == origin and row["seen"] == "no"]
        both = ("china_imports", "china_exports")
        for series in (*WORDS, "+".join(both)):
            wanted = both if series not in WORDS else (series,)
            own = [row for row in unseen if row["series"] in wanted]
            if own:
                rows.append(score_row(origin, series, own))
    return rows


def score_row(origin: str, series: str, own: Rows) -> dict[str, Any]:
    truth = np.array([row["observed"] for row in own])
    gaps = np.abs(np.array([row["p50"] for row in own]) - truth)
    covered = sum(row["inside"] == "yes" for row in own)
    rules: dict[str, Any] = {}
    for name in ("last_value", "same_month", "static"):
        known = all(row[name] != "" for row in own) and series in WORDS
        rules[name] = float(np.mean([abs(r[name] - r["observed"]) for r in own])) if known else ""
    crps: Any = 0.7 * float(gaps.mean()) if series in WORDS else ""
    better = [rules[name] for name in ("last_value", "same_month") if rules[name] != ""]
    words, unit = WORDS.get(series, ("China's imports and exports together", ""))
    known = truth > 0
    return {
        "origin": origin, "series": series, "words": words, "unit": unit, "figures": len(own),
        "crps": crps, "crps_last": rules["last_value"], "crps_same": rules["same_month"],
        "crps_static": rules["static"], "skill": 1 - crps / min(better) if better else "",
        "median_error_pct": float(100 * np.median(gaps[known] / truth[known])) if known.any()
        else "",
        "covered": covered, "coverage": covered / len(own),
    }  # fmt: skip


def posterior_rows(random: np.random.Generator) -> Rows:
    rows: Rows = []
    for i, one in enumerate(all_parameters().values()):
        told = random.beta(1.2, 5) if one.group not in ("potentials", "balance") else 0.02
        ratio, shift = (1.0, 0.02) if one.name == "cyber_income_late" else (1 - told, 2 * told)
        width = one.high - one.low
        prior = [one.low + 0.1 * width, one.central, one.high - 0.1 * width]
        middle = one.central + 0.2 * shift * (one.high - one.central) * (1 if i % 2 else -1)
        rows.append({
            "parameter": one.name, "unit": one.unit, "group": one.group, "mark": one.mark,
            "prior_p05": prior[0], "prior_p50": prior[1], "prior_p95": prior[2],
            "p05": middle - 0.4 * ratio * width, "p50": middle, "p95": middle + 0.4 * ratio * width,
            "spread_ratio": float(ratio), "shift": float(shift),
            "moved": "yes" if ratio < 0.8 or shift > 0.4 else "no",
        })  # fmt: skip
    return rows


def sensitivity_files(folder: Path, name: str, over: str, random: np.random.Generator) -> None:
    rows: Rows = []
    blank = dict.fromkeys(("mu_star", "mu_star_conf", "sigma", "first", "first_conf", "total",
                           "total_conf"), "")  # fmt: skip
    for method in ("morris", "sobol"):
        for parameter in list(all_parameters())[:: 1 if method == "morris" else 9]:
            size = float(0.05 * random.beta(0.4, 3))
            values: dict[str, Any] = (
                {"mu_star": size, "mu_star_conf": size / 5, "sigma": size * 0.8}
                if method == "morris"
                else {"first": size * 7, "first_conf": 0.03, "total": size * 9, "total_conf": 0.04}
            )
            rows.append({"method": method, "over": over, "parameter": parameter, **blank, **values})
    put(folder / f"{name}.csv", rows)
    run = {
        "over": over, "runs": 6144, "points_without_loss": 3, "seed_sd": 0.002,
        "parameter_sd": 0.04, "seed_share_of_variance": 0.0025,
        "offset": {"p05": -0.09, "p50": -0.04, "p95": 0.05} if over == "prior" else None,
        "trajectories": 20,
        "sobol_base": 256, "seed": 2017,
    }  # fmt: skip
    (folder / f"{name}.json").write_text(json.dumps(run), encoding="utf-8")


def write_files(folder: Path, optional: bool = True) -> Path:
    """Write a whole set of plausible files."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(7)
    forecasts = forecast_rows(random)
    put(folder / "forecasts.csv", forecasts)
    put(folder / "scores.csv", score_rows(forecasts))
    put(folder / "goals.csv", [
        {"origin": origin, "goal": words, "reached": reached, "met": met}
        for origin, words, reached, met in (
            ("a", f"{WORDS['china_imports'][0]}: CRPS at least 90 % better", "96 %", "yes"),
            ("b", f"{WORDS['china_exports'][0]}: CRPS better than both", "31 against 35", "yes"),
            ("a", "Russia's exports of 2017 by quarter in the 90 % band", "2 of 4", "no"),
        )
    ])  # fmt: skip
    put(folder / "posterior.csv", posterior_rows(random))
    names = list(all_parameters())
    put(folder / "pairs.csv", [
        {"first": names[i], "second": names[i + 40],
         "correlation": float((-1) ** i * (0.62 - 0.03 * i))} for i in range(12)
    ])  # fmt: skip
    put(folder / "patterns.csv", [
        {"pattern": f"P{i}", "words": words, "figures": 20 - i, "distance_p50": 0.4 + 0.25 * i,
         "share_reproduced": 1.0 - 0.08 * i}
        for i, (words, _) in enumerate(list(WORDS.values())[:9], start=1)
    ])  # fmt: skip
    steps: Sequence[float] = (0.001, 0.01, 0.08, 0.35, 1.0)
    (folder / "calibration.json").write_text(json.dumps({
        "particles": 512, "runs": 48_000, "seed": 2017, "firms_scale": 0.25, "until": "2018-12",
        "as_of": "9999-12-31", "runs_per_second": 21.5, "directions_identified": 17,
        "parameters": len(names),
        "control": {"parameter": "cyber_income_late", "spread_ratio": 1.0, "shift": 0.02},
        "steps": [{"power": p, "acceptance": 0.25, "log_kernel": [-900 * (1 - p) - 90, -70, -60],
                   "runs": int(9000 * (i + 1))} for i, p in enumerate(steps)],
    }), encoding="utf-8")  # fmt: skip
    if optional:
        sensitivity_files(folder, "sensitivity", "prior", random)
        sensitivity_files(folder, "sensitivity-calibrated", "calibrated", random)
        put(folder / "stability.csv", [
            {"draws": n, "offset_p05": -0.06 - 0.02 / n, "offset_p50": -0.044 + 0.05 / n,
             "offset_p95": 0.02 + 0.1 / n, "offset_p50_se": 0.03 / n**0.5,
             "loss_p50": 4300.0 + 300 / n} for n in (8, 16, 32, 64, 128, 256, 512)
        ])  # fmt: skip
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_files(tmp_path / "in")


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return read_evidence(write_files(tmp_path_factory.mktemp("evidence")))


@pytest.fixture(scope="module")
def written(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_evidence(evidence, tmp_path_factory.mktemp("page") / "new")


@pytest.fixture(scope="module")
def text(written: Path) -> str:
    return written.read_text(encoding="utf-8")


def change(path: Path, row: int, **cells: str) -> None:
    """Change cells of one row of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[row] |= cells
    put(path, rows)


def bars(axis: Axes) -> list[tuple[float, float]]:
    """Return bottom and top of every upright bar of a panel."""
    return sorted((p.get_y(), p.get_y() + p.get_height()) for p in axis.patches)


def close(left: Sequence[tuple[float, float]], right: Sequence[tuple[float, float]]) -> bool:
    return len(left) == len(right) and bool(np.allclose(left, right))


FIGURES = (
    "holdout_china", "holdout_scores", "russia_quarters", "prior_posterior", "identifiability",
    "trade_offs", "patterns", "sensitivity", "stability",
)  # fmt: skip


def test_bands_drawn_are_those_of_the_file(evidence: Evidence) -> None:
    figure = figures_of_holdout.holdout_china(evidence)
    assert figure is not None
    for axis, series in zip(figure.axes, ("china_imports", "china_exports"), strict=True):
        rows = [r for r in evidence.forecasts if r.series == series and r.origin != "all"]
        told = [r for r in rows if r.seen and r.origin == "a"]
        unseen = [r for r in rows if not r.seen]
        assert close(bars(axis), sorted((r.p05, r.p95) for r in told + unseen))
        dots = sorted(
            float(line.get_ydata()[0]) for line in axis.lines
            if str(line.get_label()).startswith("observed")
        )  # fmt: skip
        assert np.allclose(dots, sorted(r.observed for r in told + unseen))


def test_half_years_are_drawn_as_the_mean_of_their_quarters(evidence: Evidence) -> None:
    figure = figures_of_holdout.russia_quarters(evidence)
    assert figure is not None
    half = next(r for r in evidence.forecasts
                if (r.series, r.first, r.origin) == ("russia_exports", "2018-07", "a"))  # fmt: skip
    assert figures_of_holdout.quarters(half) == 2
    drawn = bars(figure.axes[0])
    assert any(np.allclose(bar, (half.p05 / 2, half.p95 / 2)) for bar in drawn)
    quarter = next(r for r in evidence.forecasts
                   if (r.series, r.first) == ("russia_exports", "2017-10"))  # fmt: skip
    assert any(np.allclose(bar, (quarter.p05, quarter.p95)) for bar in drawn)


def test_score_bars_are_ratios_of_the_file(evidence: Evidence) -> None:
    figure = figures_of_holdout.holdout_scores(evidence)
    assert figure is not None
    for axis, origin in zip(figure.axes, ("a", "b"), strict=True):
        wanted = [
            s.crps / rule
            for s in evidence.scores
            if s.origin == origin and s.crps is not None
            for rule in (s.crps_last, s.crps_same, s.crps_static)
            if rule
        ]
        end = axis.get_xlim()[1]
        drawn = sorted(p.get_width() for p in axis.patches)
        assert np.allclose(drawn, sorted(min(value, end) for value in wanted))


def test_figures_of_the_fit_draw_the_numbers_of_the_file(evidence: Evidence) -> None:
    drawn = {name: FIGURE[name](evidence) for name in FIGURE if name != "sensitivity"}
    (axis,) = drawn["identifiability"].axes
    spread = np.concatenate([np.asarray(c.get_offsets())[:, 1] for c in axis.collections])
    assert np.allclose(sorted(spread), sorted(r.spread_ratio for r in evidence.posterior))
    (axis,) = drawn["trade_offs"].axes
    assert [p.get_width() for p in axis.patches] == [p.correlation for p in evidence.pairs]
    miss, share = drawn["patterns"].axes
    assert [p.get_width() for p in miss.patches] == [p.distance_p50 for p in evidence.patterns]
    assert np.allclose([p.get_width() for p in share.patches],
                       [100 * p.share_reproduced for p in evidence.patterns])  # fmt: skip
    (axis,) = drawn["prior_posterior"].axes
    first = moved_most(evidence.posterior)[0]
    after = axis.patches[1]
    ends = (after.get_x(), after.get_x() + after.get_width())
    assert np.allclose(ends, (in_prior(first, first.p05), in_prior(first, first.p95)))
    offset, loss = drawn["stability"].axes
    assert np.allclose(
        offset.lines[0].get_ydata(), [100 * s.offset_p50 for s in evidence.stability]
    )
    assert np.allclose(loss.lines[0].get_ydata(), [s.loss_p50 for s in evidence.stability])


def test_sensitivity_shows_both_analyses_and_seed_noise(evidence: Evidence) -> None:
    figure = FIGURE["sensitivity"](evidence)
    assert len(figure.axes) == 4
    assert [axis.get_title(loc="left") for axis in figure.axes[:2]] == [
        "over the whole prior", "over the calibrated draws",
    ]  # fmt: skip
    ranked = strongest(evidence.sensitivity[0].effects, "morris")
    width = figure.axes[0].patches[0].get_width()
    assert width == pytest.approx(100 * (ranked[0].mu_star or 0.0))
    lines = [line for line in figure.axes[0].lines if "seed noise" in str(line.get_label())]
    assert lines[0].get_xdata()[0] == pytest.approx(0.2)


def test_the_folder_holds_page_and_figures(written: Path) -> None:
    names = {path.name for path in written.parent.iterdir()}
    assert names == {"evidence.html", *(f"{name}.png" for name in FIGURES)}
    assert written.stat().st_size < 4_000_000


def test_the_page_has_every_section_in_order_under_one_title(text: str) -> None:
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", text)
    assert headings == list(SECTIONS.values())
    assert text.count("<h1>") == 1
    assert re.findall(r'href="#([^"]+)"', text) == ["main", *SECTIONS]
    assert '<html lang="en">' in text


class Tags(HTMLParser):
    """Checks that tags close in order and counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_reads_without_eyes_or_mouse(text: str) -> None:
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    count = lambda name: sum(tag == name for tag, _ in tags.seen)  # noqa: E731
    assert count("table") == count("caption") > 8
    assert all("scope" in attributes for tag, attributes in tags.seen if tag == "th")
    images = [attributes for tag, attributes in tags.seen if tag == "img"]
    assert len(images) == len(FIGURES)
    assert all(len(str(image["alt"])) > 40 for image in images)
    regions = [a for tag, a in tags.seen if tag == "div"]
    assert all(a["tabindex"] == "0" and a["aria-label"] for a in regions)


def test_nothing_is_asked_from_outside_and_nothing_runs(text: str) -> None:
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert f'content="{policy}"' in text
    assert re.findall(r'(?:src|href)="(?!#|data:image/png;base64,)', text) == []
    assert "<script" not in text
    assert re.search(r"<[^>]*\son\w+=", text) is None
    assert "url(" not in text
    assert "@import" not in text


def test_words_are_explained_and_numbers_are_those_of_the_files(
    text: str, evidence: Evidence
) -> None:
    for word in ("Band:", "Coverage:", "CRPS", "Prior:", "Posterior:", "Offset:", "Morris:"):
        assert f"<dfn>{word}</dfn>" in text
    narrowed = sum(row.spread_ratio < 0.8 for row in evidence.posterior)
    assert f"Of {len(evidence.posterior)} parameters the data narrowed {narrowed} by" in text
    assert "The data say nothing of the most that Russia could trade, so what the offset" in text
    assert "Broda &amp; Weinstein 2006" in text
    assert "0.2 % of the variance is seed noise" in text
    assert text.count("<summary>") == 4
    assert "The offset is -4.0 % (-9.0 to 5.0 %) of the loss." in text
    assert "The offset has no value." in text
    captions = re.findall(r"<caption><span>Scores, origin (\w+)", text)
    assert captions == ["a", "b", "all"]


HOSTILE = "<script>alert(\"1\")</script> & 'x' $\\frac{$ </td>"


def test_hostile_text_is_shown_and_not_obeyed(folder: Path, tmp_path: Path) -> None:
    for row in range(3):
        change(folder / "scores.csv", row, words=HOSTILE, unit=HOSTILE)
        change(folder / "posterior.csv", row, parameter=HOSTILE, unit=HOSTILE, group=HOSTILE,
               spread_ratio="0.1")  # fmt: skip
        change(folder / "goals.csv", row, goal=HOSTILE, reached=HOSTILE, met="no")
        change(folder / "pairs.csv", row, first=HOSTILE, second=HOSTILE)
        change(folder / "patterns.csv", row, pattern=HOSTILE, words=HOSTILE)
        change(folder / "sensitivity.csv", row, parameter=HOSTILE, mu_star="0.9")
    text = write_evidence(read_evidence(folder), tmp_path / "out").read_text(encoding="utf-8")
    assert "<script" not in text
    assert text.count("&lt;script&gt;") > 10
    tags = Tags()
    tags.feed(text)
    assert tags.open == []


def test_optional_files_may_be_absent(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "in", optional=False)
    (folder / "sensitivity.png").write_bytes(b"of an earlier page")
    found = read_evidence(folder)
    assert (found.sensitivity, found.stability) == ((), ())
    page = write_evidence(found, folder)
    text = page.read_text(encoding="utf-8")
    assert "Not made yet: `divert sensitivity` writes sensitivity.csv" in text
    assert "Not made yet: `divert sensitivity` writes stability.csv" in text
    assert not (folder / "sensitivity.png").exists()
    assert (folder / "scores.csv").exists()
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
    first = page.read_bytes()
    assert write_evidence(found, folder).read_bytes() == first


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("scores.csv", "divert validate"), ("forecasts.csv", "divert validate"),
        ("goals.csv", "divert validate"),
        ("posterior.csv", "divert calibrate"), ("pairs.csv", "divert calibrate"),
        ("patterns.csv", "divert calibrate"), ("calibration.json", "divert calibrate"),
        ("sensitivity.json", "divert sensitivity"),
    ],
)  # fmt: skip
def test_a_missing_file_is_named_with_its_verb(folder: Path, name: str, verb: str) -> None:
    (folder / name).unlink()
    with pytest.raises(DivertError, match=f"{re.escape(name)}: there is no such file; `{verb}`"):
        read_evidence(folder)


@pytest.mark.parametrize(
    ("name", "column", "value", "wanted"),
    [
        ("scores.csv", "origin", "c", "a, b, all or 'a, at the notice'"),
        ("scores.csv", "figures", "1.5", "a whole number"),
        ("goals.csv", "met", "perhaps", "yes or no"),
        ("forecasts.csv", "from", "2017-13", "a month such as 2017-09"),
        ("forecasts.csv", "p95", "inf", "a number"),
        ("forecasts.csv", "inside", "maybe", "yes or no"),
        ("posterior.csv", "spread_ratio", "", "a number"),
        ("pairs.csv", "correlation", "nan", "a number"),
        ("sensitivity.csv", "method", "pawn", "morris or sobol"),
        ("sensitivity.csv", "mu_star", "much", "a number or empty"),
        ("stability.csv", "draws", "many", "a whole number"),
    ],
)
def test_a_bad_cell_is_named(folder: Path, name: str, column: str, value: str, wanted: str) -> None:
    change(folder / name, 1, **{column: value})
    with pytest.raises(DivertError) as error:
        read_evidence(folder)
    assert (error.value.line, error.value.key) == (3, column)
    assert f"{name}:3: {column}: {value!r} is not {wanted}; `divert" in str(error.value)


def test_a_missing_column_is_named(folder: Path) -> None:
    path = folder / "posterior.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("shift,", "shifted,", 1))
    with pytest.raises(DivertError, match=r"posterior.csv:1: shift: the column is missing"):
        read_evidence(folder)


def test_a_broken_file_is_named(folder: Path) -> None:
    path = folder / "pairs.csv"
    path.write_text("first,second,correlation\na,b\n", encoding="utf-8")
    with pytest.raises(DivertError, match=r"pairs.csv:2: 2 cells where the header has 3"):
        read_evidence(folder)
    path.write_bytes(b"first,second,correlation\n\xff,b,0.5\n")
    with pytest.raises(DivertError, match=r"pairs.csv: the file cannot be read"):
        read_evidence(folder)
    path.write_text("first,second,correlation\n", encoding="utf-8")
    (folder / "scores.csv").write_text(
        (folder / "scores.csv").read_text(encoding="utf-8").splitlines()[0] + "\n"
    )
    with pytest.raises(DivertError, match=r"scores.csv: the file has no rows; `divert validate`"):
        read_evidence(folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "this is not JSON"),
        ("[]", "particles: the key is missing"),
        ('{"particles": "many"}', "particles: 'many' is not what belongs here"),
        ('{"particles": Infinity}', "particles: inf is not what belongs here"),
    ],
)
def test_broken_json_is_named(folder: Path, text: str, said: str) -> None:
    (folder / "calibration.json").write_text(text, encoding="utf-8")
    with pytest.raises(DivertError, match=f"calibration.json: {re.escape(said)}"):
        read_evidence(folder)


def test_keys_inside_objects_are_named(folder: Path) -> None:
    path = folder / "calibration.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    del found["control"]["shift"]
    path.write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(DivertError, match=r"control\.shift: the key is missing"):
        read_evidence(folder)
    found["control"]["shift"] = 0.0
    found["steps"][2]["log_kernel"] = [1, 2]
    path.write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(DivertError, match=r"steps\[2\]\.log_kernel: \[1, 2\] is not"):
        read_evidence(folder)


def test_the_first_folder_that_has_a_table_counts(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    put(own / "stability.csv", [
        {"draws": 3, "offset_p05": -0.1, "offset_p50": 0.0, "offset_p95": 0.1, "offset_p50_se": "",
         "loss_p50": 1.0}
    ])  # fmt: skip
    found = read_evidence(own, folder)
    assert [row.draws for row in found.stability] == [3]
    assert found.scores == read_evidence(folder).scores


def test_no_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(DivertError, match=r"there is no such folder; `divert calibrate`"):
        read_evidence(tmp_path / "none")


def test_a_page_that_cannot_be_written_is_said(evidence: Evidence, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DivertError, match="the page cannot be written"):
        _put(tmp_path / "file", {"evidence.html": b""})


def test_the_answer_follows_the_goals(evidence: Evidence) -> None:
    met = [replace(goal, met=True) for goal in evidence.goals]
    lead, *rest = answer(evidence, met)
    assert lead.startswith(
        "What the model says of trade under China's restrictions can be believed to"
    )
    assert rest == []
    lead, *rest = answer(evidence, [replace(met[0], met=False), *met[1:]])
    assert "in good part, not in all: it missed 1 goal, named below" in lead
    assert rest[0].startswith("Not reached: China's imports from the DPRK: CRPS at least 90 %")
    lead = answer(evidence, [replace(goal, met=False) for goal in met])[0]
    assert lead.startswith("The model has not earned belief")
    assert "no goal has a value" in answer(evidence, [])[0]


def test_what_the_data_say_of_russia_is_named(evidence: Evidence) -> None:
    told = [
        replace(r, spread_ratio=0.6) if r.parameter == "potential_russia_fuel" else r
        for r in evidence.posterior
    ]
    (line,) = russia_could(told)
    assert "say something for 1 of 11 goods (fuel); for the others what the offset" in line
    assert russia_could([]) == []


def test_a_control_that_moved_is_said(evidence: Evidence) -> None:
    run = evidence.calibration
    moved_control = replace(run, control=replace(run.control, spread_ratio=0.6))
    assert "this one did (" in moved(evidence)[-1]
    assert "did not: read the rest with care" in moved(
        replace(evidence, calibration=moved_control)
    )[-1]  # fmt: skip


def test_too_little_to_draw_gives_no_figure(evidence: Evidence) -> None:
    few = replace(evidence, forecasts=evidence.forecasts[:1], scores=(), pairs=(), patterns=(),
                  sensitivity=(), stability=())  # fmt: skip
    few = replace(few, forecasts=(replace(few.forecasts[0], series="china_coal"),))
    assert sorted(figures(few)) == ["identifiability", "prior_posterior"]
    text = page(few, few.goals, {})
    assert "No pair of parameters stands out from noise." in text
    assert "<img" not in text


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (0.0, "0"), (1234.4, "1,234"), (12.34, "12.3"), (1.234, "1.23"),
     (0.1234, "0.123"), (0.00123, "0.0012"), (-4.42, "-4.42")],
)  # fmt: skip
def test_numbers_in_words(value: float | None, words: str) -> None:
    assert number(value) == words
