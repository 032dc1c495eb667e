"""The report as text: what it says, what its tables hold, and bad input."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import shutil
from html import unescape
from pathlib import Path

import pytest
from sweep_worlds import call, sentence, swept, tiny

from sim.experiment.answer import money_words, words
from sim.parameters import all_parameters
from sim.view.report_page import data_block, policy

SMALL = ("--members", "4", "--scale", "0.1", "--quiet")
MOST_BYTES = 8_000_000


def refused(*words: object) -> str:
    """Return the one sentence that a report of bad input gets."""
    return sentence(call("report", *words))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scenarios run on the same draws."""
    out = tmp_path_factory.mktemp("report")
    for scenario in ("historical", "reactive"):
        done = call("run", scenario, *SMALL, "--out", out)
        assert done.exit_code == 0, done.output
    return out


@pytest.fixture(scope="module")
def page(place: Path) -> str:
    """The report of both."""
    out = place / "report.html"
    done = call("report", place / "historical", place / "reactive", "--out", out)
    assert done.exit_code == 0, done.output
    assert str(out) in done.stdout
    return out.read_text(encoding="utf-8")


@pytest.fixture
def copy(place: Path, tmp_path: Path) -> Path:
    """A run that a test may break."""
    return Path(shutil.copytree(place / "historical", tmp_path / "historical"))


def plain(text: str) -> str:
    """Return the text of HTML without its scripts, white space made even."""
    text = re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def table_of(page: str, caption: str) -> list[list[str]]:
    """Return the rows of a table, its headings first."""
    found = re.search(
        rf"<caption><span>{re.escape(caption)}</span></caption>(.*?)</table>", page, re.DOTALL
    )
    assert found, caption
    return [
        [plain(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", found[1])
    ]


def test_sections_stand_in_order_with_the_answer_first(page: str, place: Path) -> None:
    ids = re.findall(r'<section id="([^"]+)"', page)
    assert ids == ["answer", "rests", "charts", "claims", "scenarios", "evidence", "assumptions",
                   "again"]  # fmt: skip
    assert ids == re.findall(r'<li><a href="#([^"]+)"', page)
    answer = json.loads((place / "historical" / "answer.json").read_text(encoding="utf-8"))
    first = re.search(r'<section id="answer".*?<p class="lead">(.*?)</p>', page, re.DOTALL)
    assert first
    assert plain(first[1]) == " ".join(words(answer)[:2])
    for said in words(answer)[4:]:
        assert said in plain(page)


def test_no_script_but_those_whose_digest_the_policy_names(page: str) -> None:
    allowed = re.findall(r"'sha256-([^']+)'", page)
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    made = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    assert made == allowed
    assert len(scripts) == 2
    assert page.startswith("<!DOCTYPE html>")
    head = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert head
    assert head[1] == policy(scripts)
    assert "unsafe-eval" not in head[1]
    assert re.search(r"script-src [^;]*unsafe", head[1]) is None
    assert len(page.encode()) < MOST_BYTES
    own = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert re.search(r'(src|href)="(?!#)', own) is None
    assert " on" + "click=" not in own


def test_the_table_under_a_chart_holds_the_numbers_of_the_csv(page: str, place: Path) -> None:
    with (place / "historical" / "bands.csv").open(encoding="utf-8") as file:
        bands = {
            (r["arm"], r["month"]): [float(r[n]) for n in ("p50", "p05", "p95")]
            for r in csv.DictReader(file)
            if (r["partner"], r["direction"], r["good"], r["route"], r["recorded"])
            == ("China", "dprk_export", "total_goods", "all", "false")
        }  # fmt: skip
    headings, *rows = table_of(page, "What China buys from the DPRK")
    at = next(i for i, h in enumerate(headings) if h.startswith("China restricts, Russia free"))
    assert len(rows) == 72
    for row in rows:
        shown = [float(x.replace(",", "")) for x in re.findall(r"-?[\d.,]*\d", row[at])]
        assert shown == pytest.approx(bands["C1S1", row[0]], abs=0.051)


def test_every_parameter_stands_with_mark_and_source(page: str) -> None:
    rows = {row[0]: row for row in table_of(page, "Parameters")[1:]}
    assert set(rows) == set(all_parameters())
    for name, parameter in all_parameters().items():
        assert rows[name][-2:] == [parameter.mark, " ".join(parameter.source.split())]


def test_the_page_says_what_makes_it_again(page: str, place: Path) -> None:
    said = json.loads((place / "historical" / "manifest.json").read_text(encoding="utf-8"))
    facts = dict(table_of(page, "What determines this run"))
    assert facts["digest of the code"] == said["code"]
    assert facts["digest of the scenario"] == said["scenario_digest"]
    assert facts["seed"] == "2017"
    assert "divert run historical --members 4 --seed 2017 --scale 0.1 --out" in unescape(page)
    assert "period:" in page


def test_scenarios_stand_side_by_side(page: str, place: Path) -> None:
    done = call("compare", place / "historical", place / "reactive", "--json", "--out",
                place / "compared")  # fmt: skip
    found = json.loads(done.stdout)
    rows = table_of(page, "The answer")
    wanted = next(
        r for r in found["rows"] if (r["quantity"], r["scenario"]) == ("loss", "reactive")
    )
    shown = next(row for row in rows if row[:2] == ["loss", "reactive"])
    numbers = [float(x.replace(",", "")) for x in shown[3:9]]
    bands = [wanted[part][n] for part in ("band", "difference") for n in ("p05", "p50", "p95")]
    assert numbers == pytest.approx(bands, abs=0.051)
    loss, offset = (dots(page, "chart-scenarios", i) for i in (0, 1))
    answers = [json.loads((place / name / "answer.json").read_text(encoding="utf-8"))
               for name in ("historical", "reactive")]  # fmt: skip
    for i, answer in enumerate(answers):
        assert loss[i] == pytest.approx(list(answer["loss_musd"].values()), abs=0.051)
        share = [100.0 * value for value in answer["offset_ratio"].values()]
        assert offset[i] == pytest.approx(share, abs=0.0051)
    most = max(answers, key=lambda answer: answer["loss_musd"]["p50"])
    assert f"that of {most['scenario']}, {money_words(most['loss_musd'])}" in plain(page)


def dots(page: str, name: str, panel: int) -> list[list[float]]:
    """Return 5 %, median and 95 % of each dot in a panel of a chart, from top to bottom."""
    found = re.search(rf'id="{name}-data">(.*?)</script>', page, re.DOTALL)
    assert found
    trace = json.loads(found[1])["data"][panel]
    ends = [trace["error_x"][key] for key in ("arrayminus", "array")]
    return [[x - low, x, x + high] for x, low, high in zip(trace["x"], *ends, strict=True)]


def test_runs_over_other_months_stand_apart(place: Path, copy: Path) -> None:
    said = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    said["scenario"]["window"]["to"] = "2018-12"
    (copy / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    out = copy.parent / "apart.html"
    assert call("report", place / "historical", copy, "--out", out).exit_code == 0
    page = out.read_text(encoding="utf-8")
    rows = table_of(page, "The answer of each")[1:]
    assert [row[1] for row in rows] == ["2017-01 to 2019-12", "2017-01 to 2018-12"]
    assert "members are not paired" in page
    # A manifest alone was changed: both still have the same answer.
    first, second = dots(page, "chart-scenarios", 0)
    assert first == second


def test_what_lies_beside_the_run_has_a_section_of_its_own(place: Path, tmp_path: Path) -> None:
    few = ("--members", "2", "--scale", "0.1", "--most", "2", "--workers", "1")
    done = call("break-even", "historical", *few, "--out", tmp_path, "--quiet")
    assert done.exit_code == 0, done.output
    swept(tiny(), tmp_path)
    out = tmp_path / "all.html"
    beside = tmp_path / "break-even" / "historical"
    done = call("report", tmp_path / "tiny", place / "historical", beside, "--out", out)
    assert done.exit_code == 0, done.output
    page = out.read_text(encoding="utf-8")
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {"break-even", "sweep", "chart-break-even", "chart-heat-map"} <= set(ids)
    data = json.loads((beside / "break_even.json").read_text(encoding="utf-8"))
    for said in data["sentences"]:
        assert " ".join(said.split()) in plain(page)
    rows = table_of(page, "What each lever takes")
    assert len(rows) - 1 == len(data["answers"])


def test_a_run_without_an_answer_says_so(tmp_path: Path) -> None:
    words = ("--set", "arms=[C1S1]", "--set", "answer=false", "--set", "period.to=2016-12",
             "--set", "window.from=2016-01",
             "--set", "window.to=2016-12")  # fmt: skip
    done = call("run", "historical", *SMALL, *words, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    done = call("report", tmp_path / "historical", "--out", tmp_path / "x.html")
    assert done.exit_code == 0, done.output
    page = plain((tmp_path / "x.html").read_text(encoding="utf-8"))
    assert "This run was not asked for an answer" in page
    assert "The claims were not tested on this run. divert found a run from" in page


def test_a_run_of_older_code_says_what_is_missing(copy: Path) -> None:
    answer = json.loads((copy / "answer.json").read_text(encoding="utf-8"))
    del answer["comparators"]
    text = json.dumps(answer)
    (copy / "answer.json").write_text(text, encoding="utf-8")
    said = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    del said["code"]
    said["sha256"]["answer.json"] = hashlib.sha256(text.encode()).hexdigest()
    (copy / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    out = copy.parent / "old.html"
    assert call("report", copy, "--out", out).exit_code == 0
    page = plain(out.read_text(encoding="utf-8"))
    assert "divert worked them out; run the scenario again" in page
    assert "not said by this run's manifest: run the scenario again" in page


def test_data_in_the_page_cannot_end_its_element() -> None:
    block = data_block("x", {"a": "</script><!--\u2028"})
    assert block.count("</script>") == 1
    assert "<!--" not in block
    inside = re.sub(r"</?script[^>]*>", "", block)
    assert json.loads(inside) == {"a": "</script><!--\u2028"}


@pytest.mark.parametrize("name", ["answer.json", "arrays.npz", "patterns.csv"])
def test_a_file_cut_short_is_refused(copy: Path, name: str) -> None:
    whole = (copy / name).read_bytes()
    (copy / name).write_bytes(whole[: len(whole) // 2])
    said = refused(copy, "--out", copy.parent / "x.html")
    assert f"{name}: found a file that is not the one its run wrote, cut short or changed" in said
    assert not (copy.parent / "x.html").exists()


def test_a_manifest_cut_short_is_refused(copy: Path) -> None:
    text = (copy / "manifest.json").read_text(encoding="utf-8")
    (copy / "manifest.json").write_text(text[:200], encoding="utf-8")
    assert "manifest.json: the file cannot be read; run the scenario again" in refused(copy)


def test_what_is_no_result_is_refused(place: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    assert "no such folder" in refused(place / "historcal")
    assert "did you mean 'historical'" in refused(place / "historcal")
    assert "found a folder of another kind; allowed: one that `divert run`" in refused(
        tmp_path / "empty"
    )
    assert "found a file" in refused(tmp_path / "file")
    assert "found the same result twice" in refused(place / "historical", place / "historical")


def test_a_report_needs_a_run_and_at_most_one_folder_beside_of_a_kind(
    place: Path, tmp_path: Path
) -> None:
    out = tmp_path / "beside"
    assert call("claims", place / "historical", "--out", out, "--quiet").exit_code == 0
    claims = out / "claims"
    assert "found no run among the folders" in refused(claims)
    assert "found 2 folders that `divert claims` wrote" in refused(
        place / "historical", claims, claims
    )
    (claims / "claims.json").write_text('{"claims": [{}]}', encoding="utf-8")
    assert "`divert claims` writes this file" in refused(place / "historical", claims)


def test_a_broken_break_even_is_refused(place: Path, tmp_path: Path) -> None:
    (tmp_path / "break_even.json").write_text("{}", encoding="utf-8")
    said = refused(place / "historical", tmp_path)
    assert "found no scenario, answers, sentences" in said
    assert "`divert break-even` writes this file" in said


def test_a_file_that_cannot_be_written_is_refused(place: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    said = refused(place / "historical", "--out", tmp_path / "file" / "x.html")
    assert "could not be written" in said
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
    assert "found a folder; name a file with --out" in refused(
        place / "historical", "--out", tmp_path
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file"]
