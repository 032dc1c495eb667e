"""What actors saw, weighed and decided: terms that add up, `divert explain-run`, who moved whom."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.testing import assert_allclose

from sim.axes import CHINA, PARTNERS, RUSSIA
from sim.cli import main
from sim.experiment.decision_data import Band, Level
from sim.experiment.decision_notes import within_registry
from sim.experiment.decision_text import band_words, level_words, number
from sim.experiment.decisions import explain_month
from sim.experiment.ensemble import Ensemble
from sim.experiment.movers import MOVERS, Decision, changes_of_limit, decisions
from sim.experiment.stored import DECISIONS, StoredRun, read_run
from sim.kernels.enforcement import SupportTerms
from sim.record import COUNCIL_TERMS, ENFORCEMENT_TERMS, SUPPORT_TERMS, VETO_NAMES
from sim.view.decision_figures import PANELS, cell_words, who_moved_whom, who_moved_whom_matrix

from worlds import run as run_world
from worlds import scenario

VOTING = {"actors.UN.mode": "reactive", "actors.China.law": "endogenous"}
LOOSE = {"parameters.source": "prior", "members": 4}
ACTORS = ("China", "Russia", "RestOfWorld", "DPRK", "UN")
SMALL = [
    "--members", "4", "--scale", "0.05", "--quiet",
    "--set", "firms.Russia=2200", "--set", "firms.RestOfWorld=2200",
    "--set", "parameters.source=prior",
]  # fmt: skip


def call(*words: str) -> tuple[int, str, str]:
    """Return exit code, output as one line and errors of a command."""
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, " ".join(result.stdout.split()), result.stderr


@pytest.fixture(scope="module")
def scheduled() -> Ensemble:
    """A run in memory whose Council follows the registry."""
    return run_world(scenario(LOOSE))


@pytest.fixture(scope="module")
def voting() -> Ensemble:
    """A run in memory whose Council votes."""
    return run_world(scenario(LOOSE, VOTING))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of a scheduled run."""
    out = tmp_path_factory.mktemp("scheduled")
    code, _, errors = call("run", "historical", *SMALL, "--out", str(out))
    assert code == 0, errors
    return out / "historical"


@pytest.fixture(scope="module")
def voted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of a run whose Council votes."""
    out = tmp_path_factory.mktemp("voted")
    settings = [word for key, value in VOTING.items() for word in ("--set", f"{key}={value}")]
    code, _, errors = call("run", "historical", *SMALL, *settings, "--out", str(out))
    assert code == 0, errors
    return out / "historical"


def explained(folder: Path, actor: str, month: str, *more: str) -> dict[str, Any]:
    """Return what `explain-run --json` prints."""
    words = ("explain-run", str(folder), "--actor", actor, "--month", month, "--json", *more)
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def setting(run: StoredRun, **keys: Any) -> StoredRun:
    """Return a stored run as if its scenario had had other keys."""
    return dataclasses.replace(run, scenario=scenario(LOOSE, **keys))


# ---- terms add up --------------------------------------------------------------------------------


def test_enforcement_terms_add_up_to_the_wish(scheduled: Ensemble) -> None:
    """The recorded terms of enforcement add up to the logit of the recorded wish."""
    record = scheduled.record
    wish = record["enforcement_target"]
    assert 0.0 < wish.min() < 0.2
    assert 0.9 < wish.max() < 1.0
    logit = np.log(wish / (1.0 - wish))
    assert_allclose(record["enforcement_terms"].sum(axis=-1), logit, atol=1e-9)


def test_support_terms_make_the_wish(scheduled: Ensemble) -> None:
    """The recorded terms of support give the recorded wish by the rule's own formula."""
    world = scenario(LOOSE, actors__Russia__need=[{"from": "2014-01", "to": "2019-12", "level": 0}])
    needy = scenario(
        LOOSE,
        actors__Russia__need=[
            {"from": "2014-01", "to": "2016-12", "level": 0.0},
            {"from": "2017-01", "to": "2019-12", "level": 1.0},
        ],
    )
    for ensemble in (scheduled, run_world(world), run_world(needy)):
        record = ensemble.record
        signed = np.moveaxis(record["support_terms"], -1, 0)
        terms = SupportTerms(*signed[:-1], us=-signed[-1])
        assert SUPPORT_TERMS[-1] == "us"
        assert_allclose(record["support_target"], terms.target, atol=1e-9)
    assert record["support_target"][-1, ..., RUSSIA].max() > 0.3
    assert record["support_target"][0].max() == 0.0


def test_council_terms_add_up_to_the_strictest_draft(voting: Ensemble) -> None:
    """Ideal, status quo and what the United States would do alone give the recorded limit."""
    record, inputs = voting.record, voting.inputs
    for k, player in enumerate(VETO_NAMES):
        ideal = record["council_terms"][..., k, :].sum(axis=-1)
        bites = 1.0 - inputs.decoupling[..., PARTNERS.index(player)]
        outside = inputs.par["council_outside"] * bites * inputs.us_threat[:, None]
        assert outside.max() > 0.2
        without = record["council_status_quo"] + outside[:, None]
        assert_allclose(record["council_limit"][..., k], ideal + abs(ideal - without), atol=1e-12)
        assert record["council_terms"][..., k, COUNCIL_TERMS.index("provocation")].max() > 0.05
        assert record["council_terms"][..., k, COUNCIL_TERMS.index("stability")].min() < 0.0


# ---- the verb ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "wanted"),
    [
        ("China", ("How strictly to enforce", "measures: share of its base trade under them",
                   "The level moves up at its speed", "How far to help around it",
                   "beyond the Council come on the dates of the registry")),
        ("Russia", ("What Russia gets from it", "coal sold to China instead, million USD",
                    "last 12 months", "workers on student and tourist visas")),
        ("RestOfWorld", ("The rest of the world in 2017-09", "summits with the DPRK")),
        ("DPRK", ("nuclear tests", "reserves at the end of the month, million USD",
                  "effort to evade", "Preference for a supplier", "Workers abroad", "change",
                  "Borders", "output, on base", "the DPRK did not weigh them")),
        ("UN", ("follows the registry", "Measures the Council adopted in 2017-09",
                "UN2375-TEXT: textiles", "strength of monitoring")),
    ],
)  # fmt: skip
def test_the_verb_says_what_each_actor_decided(
    folder: Path, actor: str, wanted: tuple[str, ...]
) -> None:
    """In words the verb shows what each actor saw, weighed and did."""
    code, text, errors = call("explain-run", str(folder), "--actor", actor, "--month", "2017-09")
    assert (code, errors) == (0, "")
    assert "arm C1S1 (China restricts, Russia free), 4 members" in text
    for words in wanted:
        assert words in text, words


def test_the_verb_says_how_the_council_voted(voted: Path) -> None:
    """In words the verb shows the bargaining of a Council that votes, and acts beyond it."""
    code, text, _ = call("explain-run", str(voted), "--actor", "UN", "--month", "2016-03")
    assert code == 0
    for words in ("The Council votes", "How strict Russia wants the Council to be",
                  "ideal strictness", "the strictest draft it accepts", "a resolution",
                  "tests that no resolution has answered"):  # fmt: skip
        assert words in text, words
    assert "Measures the Council adopted" not in text
    _, text, _ = call("explain-run", str(voted), "--actor", "China", "--month", "2017-03")
    assert "stops itself what the Council caps" in text


@pytest.mark.parametrize("actor", ACTORS)
def test_json_holds_numbers(folder: Path, voted: Path, actor: str) -> None:
    """--json prints the same content with every band as finite numbers in order."""
    for place in (folder, voted):
        found = explained(place, actor, "2017-09")
        assert (found["actor"], found["month"], found["arm"]) == (actor, "2017-09", "C1S1")
        bands = [*_bands(found["weighings"]), *_bands(found["groups"])]
        assert len(bands) >= 8
        for band in bands:
            assert all(isinstance(x, float) for x in band.values())
            assert band["p05"] <= band["p95"]


def _bands(node: Any) -> list[dict[str, float]]:
    """Return every band below a node of JSON."""
    if isinstance(node, dict):
        own = [node] if set(node) == {"mean", "p05", "p95"} else []
        return own + [band for value in node.values() for band in _bands(value)]
    return [band for value in node for band in _bands(value)] if isinstance(node, list) else []


def test_terms_of_a_month_add_up_and_are_those_of_the_arrays(folder: Path) -> None:
    """Means of terms add up to the mean sum, and all come from the month and arm asked for."""
    found = explained(folder, "Russia", "2017-09", "--arm", "C0S1")
    with np.load(folder / "arrays.npz") as arrays:
        t, a = list(arrays["months"]).index("2017-09"), list(arrays["arm_names"]).index("C0S1")
        terms = arrays["enforcement_terms"][t, a, :, RUSSIA].mean(axis=0)
        level = arrays["enforcement"][t - 1 : t + 1, a, :, RUSSIA].mean(axis=1)
        coal = arrays["returns"][t - 11 : t + 1, a, :, 1].sum(axis=0).mean()
        distress = 1.0 - arrays["output"][t - 1, a].mean()
    enforcement, support = found["weighings"]
    assert [term["name"] for term in enforcement["terms"]] == list(ENFORCEMENT_TERMS)
    assert_allclose([term["adds"]["mean"] for term in enforcement["terms"]], terms, rtol=1e-5)
    for weighing in (enforcement, support):
        total = sum(term["adds"]["mean"] for term in weighing["terms"])
        assert_allclose(total, weighing["sum"]["mean"], atol=1e-12)
    assert_allclose(enforcement["level"]["before"]["mean"], level[0], rtol=1e-6)
    assert_allclose(enforcement["level"]["after"]["mean"], level[1], rtol=1e-6)
    seen = {term["name"]: term["seen"] for term in enforcement["terms"]}
    assert seen["intercept"] is None
    assert_allclose(seen["stability"]["mean"], distress, rtol=1e-5)
    returns = {row["name"]: row for row in found["groups"][0]["rows"]}
    year = returns["coal sold to China instead"]["values"]["year"]["mean"]
    assert_allclose(year, coal, rtol=1e-5, atol=1e-9)


def test_a_vote_adds_up_in_json(voted: Path) -> None:
    """Terms, ideal, concession and limit of each veto player add up; events cover all members."""
    found = explained(voted, "UN", "2016-03")
    assert found["measures"] == []
    for weighing in found["weighings"]:
        total = sum(term["adds"]["mean"] for term in weighing["terms"])
        assert_allclose(total, weighing["sum"]["mean"], atol=1e-12)
        results = weighing["results"]
        assert_allclose(total + results["concession"]["mean"], results["limit"]["mean"], atol=1e-9)
    event = next(group for group in found["groups"] if group["name"] == "event")
    assert_allclose(sum(row["values"]["now"] for row in event["rows"]), 1.0)


# ---- what was not decided by a rule --------------------------------------------------------------


def test_what_an_arm_holds_still_is_said(folder: Path) -> None:
    """Where an arm holds China or Russia still a sentence and a flag say so, and not before."""
    run = read_run(folder)
    china = explain_month(run, "China", "2017-09", "C0S1")
    assert any("holds China still from 2016-03" in note for note in china.notes)
    assert [w.level.decided_by for w in china.weighings if w.level] == ["arm", "arm"]
    russia = explain_month(run, "Russia", "2017-09", "C1S0")
    assert any("holds Russia still" in note for note in russia.notes)
    assert [w.level.decided_by for w in russia.weighings if w.level] == ["rule", "arm"]
    council = explain_month(run, "UN", "2017-09", "C0S1")
    assert any("do not bind China" in note for note in council.notes)
    before = explain_month(run, "China", "2016-02", "C0S1")
    assert any("All arms are the same" in note for note in before.notes)
    assert [w.level.decided_by for w in before.weighings if w.level] == ["rule", "rule"]


def test_what_a_scenario_sets_is_said(folder: Path) -> None:
    """Fixed and historical levels, and law that does not bind, are said in sentences."""
    run = read_run(folder)
    path = [{"from": "2017-01", "to": "2017-12", "level": 0.5}]
    fixed = setting(
        run,
        actors__China__enforcement={"mode": "historical"},
        actors__Russia__support={"mode": "fixed", "path": path},
        actors__RestOfWorld__law="none",
        actors__DPRK__provocations="hazard",
        actors__DPRK__border="open",
        actors__DPRK__evasion={"mode": "fixed", "value": 0.2},
    )
    china = explain_month(fixed, "China", "2017-09")
    assert "sets China's enforcement (mode historical)" in " ".join(china.notes)
    for month, by in (("2017-09", "scenario"), ("2018-01", "rule")):
        russia = explain_month(fixed, "Russia", month)
        assert [w.level.decided_by for w in russia.weighings if w.level] == ["rule", by]
    assert "No measure binds" in " ".join(explain_month(fixed, "RestOfWorld", "2017-09").notes)
    notes = " ".join(explain_month(fixed, "DPRK", "2017-09").notes)
    for words in ("Tests are drawn", "never shut", "sets the effort to evade"):
        assert words in notes


def test_the_first_month_has_no_month_before(folder: Path) -> None:
    """In the first month nothing is said of a month before, in words or in numbers."""
    _, text, _ = call("explain-run", str(folder), "--actor", "Russia", "--month", "2014-01")
    assert "there is no month before" in text
    assert "The level is 0" in text
    assert explained(folder, "Russia", "2014-01")["weighings"][0]["level"]["before"] is None


def test_measures_are_those_of_the_scenario() -> None:
    """UN measures of the month that the scenario includes are listed, with whether they act."""
    every = dict((row.id, acts) for row, acts in within_registry(scenario(), "2017-09"))
    assert every["UN2375-TEXT"] is True
    assert every["UN2375-SHIP"] is False
    assert all(name.startswith("UN2375") for name in every)
    dropped = scenario(measures__drop=["UN2375-TEXT"])
    assert {row.id for row, _ in within_registry(dropped, "2017-09")} == set(every) - {
        "UN2375-TEXT"
    }
    alone = scenario(measures__include=["UN2375-TEXT"])
    assert [row.id for row, _ in within_registry(alone, "2017-09")] == ["UN2375-TEXT"]
    assert within_registry(scenario(), "2017-10") == []


def test_levels_are_put_in_words() -> None:
    """A level's sentence says which way it moved, how fast, and in how many members."""
    band, slow, fast = Band(0.5, 0.4, 0.6), Band(0.1, 0.1, 0.1), Band(0.3, 0.3, 0.3)
    say = lambda *ends: level_words(Level(band, band, *ends, slow, fast, "rule"))  # noqa: E731
    assert say(1.0, 0.0).startswith("The level moves up at its speed, 0.10 of the gap a month: 0.5")
    assert say(0.0, 1.0).startswith("The level moves down at its speed, 0.30 of the gap a month:")
    assert say(0.0, 0.0) == "The level stays: 0.50 (0.40 to 0.60) -> 0.50 (0.40 to 0.60)."
    assert "a month, in 75 % of members and moves down" in say(0.75, 0.25)
    held = Level(band, band, 0.0, 0.0, slow, fast, "arm")
    assert level_words(held).startswith("The arm sets the level: ")


def test_numbers_follow_their_units() -> None:
    """Shares are percent, money has few digits, nothing is a negative zero."""
    assert number(0.1234, "share") == "12.3 %"
    assert number(-0.0001, "logits") == "0.00"
    assert number(1234.5, "million USD") == "1,234"
    assert number(3.21, "million USD") == "3.2"
    assert band_words(Band(28.0, 9.84, 58.0), "million USD") == "28 (10 to 58)"
    assert band_words(Band(0.5, 0.25, 0.75), "share of members") == "50 % (25 to 75 %)"
    assert band_words(Band(0.5, 0.5, 0.5), "index") == "0.50"
    assert band_words(0.25, "share of members") == "25 %"
    assert band_words(None, "index") == ""


# ---- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (("Rusia", "2017-09"), "--actor: found 'Rusia'; allowed: China, .* mean 'Russia'"),
        (("Russia", "2021-09"), "--month: found '2021-09'; allowed: .* 2014-01 to 2019-12"),
        (("Russia", "2017-9"), "--month: found '2017-9'; allowed: a month YYYY-MM"),
        (("Russia", "2017-09", "--arm", "C1S2"), "--arm: found 'C1S2'; .*did you mean"),
    ],
)
def test_what_a_run_does_not_have_is_refused(
    folder: Path, options: tuple[str, ...], wanted: str
) -> None:
    """An unknown actor, month or arm ends with one sentence and exit code 2."""
    actor, month, *more = options
    _refused(folder, wanted, actor, month, *more)


def _refused(place: Path, wanted: str, actor: str = "UN", month: str = "2017-09", *more: str):
    """Assert that the verb ends with one sentence that matches `wanted`, and exit code 2."""
    code, text, errors = call("explain-run", str(place), "--actor", actor, "--month", month, *more)
    assert (code, text) == (2, "")
    assert errors.startswith("divert: ")
    assert errors.count("\n") == 1
    assert re.search(wanted, errors), errors


def test_a_place_without_results_is_refused(folder: Path, tmp_path: Path) -> None:
    """A missing folder, a folder above or beside, a file and half a folder are named."""
    missing = folder.parent / "historicl"
    _refused(missing, "historicl: found no such folder; .* mean 'historical'")
    _refused(folder.parent, "without arrays.npz and manifest.json; .*did you mean '.*historical'")
    _refused(folder / "answer.json", "answer.json: found a file; allowed: a folder")
    shutil.copy(folder / "arrays.npz", tmp_path)
    _refused(tmp_path, "found a folder without manifest.json")


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    """A copy of what the verb reads, to be spoilt."""
    for name in ("arrays.npz", "manifest.json"):
        shutil.copy(folder / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize("left", [0, 100, 100_000])
def test_arrays_that_cannot_be_read_are_refused(copied: Path, left: int) -> None:
    """An arrays.npz that is empty, cut or overwritten is named."""
    path = copied / "arrays.npz"
    path.write_bytes(path.read_bytes()[:left])
    _refused(copied, "arrays.npz: the file cannot be read; run the scenario again")


def test_arrays_spoilt_inside_are_refused(copied: Path) -> None:
    """An arrays.npz whose directory is whole and whose content is not is named."""
    path = copied / "arrays.npz"
    content = bytearray(path.read_bytes())
    middle = content.find(b"enforcement_terms.npy") + 200
    content[middle : middle + 2000] = bytes(2000)
    path.write_bytes(bytes(content))
    _refused(copied, "arrays.npz: the file cannot be read; run the scenario again")


def test_arrays_of_another_version_are_refused(copied: Path) -> None:
    """Arrays without the terms, or with other axes, ask for another run."""
    path = copied / "arrays.npz"
    with np.load(path) as stored:
        arrays = dict(stored)
    flat = {**arrays, "commerce": arrays["commerce"][..., 0]}
    np.savez(path, **flat)
    _refused(
        copied, "found commerce with axes of 72, 4, 4, as another version .*; run the scenario"
    )
    del arrays["enforcement_terms"]
    np.savez(path, **arrays)
    _refused(
        copied, "found no enforcement_terms, which an older version .*; run the scenario again"
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{", "manifest.json: the file cannot be read; run the scenario again"),
        ("{}", "manifest.json: found no scenario, as another version"),
        ('{"scenario": {"name": "x", "strength": 2}}', "found a scenario as another version"),
    ],
)
def test_a_manifest_of_another_version_is_refused(copied: Path, text: str, wanted: str) -> None:
    """A manifest that is no JSON, or holds another scenario, asks for another run."""
    (copied / "manifest.json").write_text(text, encoding="utf-8")
    _refused(copied, wanted)


def test_every_array_that_is_read_is_recorded(scheduled: Ensemble) -> None:
    """The verb asks for no array that a run does not write."""
    assert set(DECISIONS) <= set(scheduled.record.names())


# ---- who moved whom ------------------------------------------------------------------------------


def test_movers_add_up_to_the_change_of_the_decision(voting: Ensemble) -> None:
    """By member and month, what the movers changed adds up to the change of the decision."""
    record = voting.record
    found = {decision.name: decision for decision in decisions(voting, "C1S1")}
    for p, partner in enumerate(PARTNERS):
        logit = record["enforcement_terms"][:, 0, :, p].sum(axis=-1)
        parts = sum(found[f"{partner}.enforcement"].parts.values())
        assert_allclose(parts, logit - logit[0], atol=1e-9)
    for p in (CHINA, RUSSIA):
        logit = record["support_terms"][:, 0, :, p].sum(axis=-1)
        parts = sum(found[f"{PARTNERS[p]}.support"].parts.values())
        assert_allclose(parts, logit - logit[0], atol=1e-9)
    for k, player in enumerate(VETO_NAMES):
        limit = record["council_limit"][:, 0, :, k]
        parts = sum(found[f"{player}.limit"].parts.values())
        assert_allclose(parts, limit - limit[0], atol=1e-12)
        assert np.ptp(limit) > 0.1


def test_a_decision_is_measured_from_its_first_month() -> None:
    """Changes are means over members; sizes do not cancel where members or months differ."""
    part = np.array([[0.0, 0.0], [1.0, -1.0], [3.0, 1.0]])
    decision = Decision("x", "X", "logits", "x", np.zeros((3, 2)), {"un": part, "us": -2.0 * part})
    assert_allclose(decision.moved()["un"], [0.0, 0.0, 2.0])
    months = slice(1, 3)
    assert decision.sizes(months) == {"un": 1.5, "us": 3.0}
    assert decision.means(months) == {"un": 1.0, "us": -2.0}


def test_the_change_of_a_limit_is_shared_out() -> None:
    """Ideal counts twice above the status quo, not at all below it, by halves where it crosses."""

    def parts(ideal: list[float], status_quo: list[float], outside: list[float]) -> list[float]:
        terms = np.zeros((2, 1, len(COUNCIL_TERMS)))
        terms[:, 0, COUNCIL_TERMS.index("provocation")] = ideal
        found = changes_of_limit(terms, *(np.array(x)[:, None] for x in (status_quo, outside)))
        return [float(found[name][1, 0]) for name in ("provocation", "un", "us")]

    assert_allclose(parts([0.2, 0.5], [0.1, 0.1], [0.0, 0.0]), [0.6, 0.0, 0.0], atol=1e-12)
    assert_allclose(parts([0.2, 0.2], [0.1, 0.1], [0.0, 0.1]), [0.0, 0.0, -0.1], atol=1e-12)
    assert_allclose(parts([0.1, 0.3], [0.4, 0.4], [0.1, 0.3]), [0.0, 0.0, 0.2], atol=1e-12)
    assert_allclose(parts([0.3, 0.3], [0.1, 0.5], [0.0, 0.0]), [0.0, 0.0, 0.0], atol=1e-12)
    assert_allclose(parts([0.2, 0.2], [0.1, 0.6], [0.0, 0.0]), [0.0, 0.3, 0.0], atol=1e-12)


def test_cells_of_the_matrix_say_which_way() -> None:
    """A cell holds size and direction, nothing where nothing moved, a dash without a mover."""
    assert cell_words(2.33, 2.2) == "2.33 ↑"
    assert cell_words(0.92, -0.92) == "0.92 ↓"
    assert cell_words(0.5, 0.1) == "0.50 ↕"
    assert cell_words(0.001, 0.001) == "0"
    assert cell_words(float("nan"), float("nan")) == "–"


def test_the_figure_shows_every_decision_and_names_every_mover_that_moved_one(
    scheduled: Ensemble, voting: Ensemble
) -> None:
    """Three panels, five where the Council votes, 11 x 8 inches, and no idle mover named."""
    for ensemble, panels in ((scheduled, 3), (voting, 5)):
        figure = who_moved_whom(ensemble)
        assert tuple(figure.get_size_inches()) == (11.0, 8.0)
        titles = [axis.get_title(loc="left") for axis in figure.axes]
        assert len([title for title in titles if title]) == panels
        legends = [axis.get_legend() for axis in figure.axes if axis.get_legend()]
        names = [text.get_text() for text in legends[0].get_texts()]
        found = [d.moved() for d in decisions(ensemble, "C1S1") if d.name in PANELS]
        movers = [key for key in MOVERS if any(key in d and d[key].any() for d in found)]
        assert 0 < len(movers) < len(MOVERS)
        assert names == [*(MOVERS[key] for key in movers), "the level (scale on the right)"]
        assert all(axis.lines for axis in figure.axes if axis.get_title(loc="left"))


def test_the_matrix_has_a_row_for_each_decision(voting: Ensemble) -> None:
    """Rows are decisions, columns movers, and a cell holds the size over the window."""
    figure = who_moved_whom_matrix(voting)
    axis = figure.axes[0]
    rows = decisions(voting, "C1S1")
    assert len(axis.get_yticklabels()) == len(rows)
    assert len(axis.get_xticklabels()) == len(MOVERS)
    cells = {text.get_position(): text.get_text() for text in axis.texts}
    window = slice(36, 72)
    assert (voting.inputs.months[36], voting.inputs.months[71]) == ("2017-01", "2019-12")
    first = cells[(list(MOVERS).index("un"), 0)]
    assert first.startswith(f"{rows[0].sizes(window)['un']:.2f} ")


def test_a_run_without_the_free_arm_shows_its_first(tmp_path: Path) -> None:
    """Where C1S1 was not run figures and verb take the first arm."""
    settings = ("--set", "arms=[C0S0]", "--set", "answer=false", "--out", str(tmp_path))
    code, _, errors = call("run", "historical", *SMALL, *settings)
    assert (code, errors) == (0, "")
    assert explained(tmp_path / "historical", "China", "2017-09")["arm"] == "C0S0"
    ensemble = run_world(scenario(LOOSE, members=2), ("C0S1",))
    assert "China does not restrict, Russia free" in who_moved_whom(ensemble).get_suptitle()


def test_a_run_writes_the_figures(folder: Path) -> None:
    """Every run leaves both figures, listed in its manifest."""
    listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["sha256"]
    for name in ("who_moved_whom.png", "who_moved_whom_matrix.png"):
        assert (folder / name).stat().st_size > 20_000
        assert name in listed
