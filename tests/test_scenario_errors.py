"""Wrong scenario files and options: one sentence each, with file, line, column and key."""

import re
from pathlib import Path

import pytest

from sim.errors import DivertError
from sim.scenario_file import load_scenario


def write(folder: Path, text: str, name: str = "own.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def sentence(path: Path | str, overrides: dict[str, str] | None = None) -> str:
    with pytest.raises(DivertError) as caught:
        load_scenario(path, overrides)
    text = str(caught.value)
    assert "\n" not in text
    return text


OWN = "measures:\n  add:\n  - {id: OWN, partner: China, direction: dprk_export, good: coal"

WRONG = {
    "unknown key": (
        "membres: 8\n",
        ":1:1: membres: found an unknown key; allowed: .*did you mean 'members'",
    ),
    "unknown key below": (
        "actors:\n  Russia:\n    frction: false\n",
        ":3:5: actors.Russia.frction: found an unknown key; allowed: law, .*mean 'friction'",
    ),
    "extends in a mapping": ("actors: {extends: x}\n", ":1:10: actors.extends: found an unknown"),
    "wrong unit, percent": (
        OWN + ", coverage: 50, from: 2018-01-01}\n",
        ":3:67: measures.add\\[1\\].coverage: found 50; allowed: a share from 0 to 1",
    ),
    "wrong unit, text": (
        OWN + ", coverage: 50 %, from: 2018-01-01}\n",
        "coverage: found '50 %'; allowed: a share",
    ),
    "negative share": (
        OWN + ", coverage: -0.1, from: 2018-01-01}\n",
        "coverage: found -0.1; allowed: a share from 0 to 1",
    ),
    "steps out of order": (
        "actors: {China: {enforcement: {mode: fixed, path: [{from: 2018-06, level: 0.5}, "
        "{from: 2018-01, level: 0.1}]}}}\n",
        ":1:52: actors.China.enforcement.path\\[1\\]: found a step that a later one covers whole",
    ),
    "negative enforcement": (
        "actors: {China: {enforcement: {mode: fixed, value: -1}}}\n",
        "actors.China.enforcement.value: found -1; allowed: a share",
    ),
    "negative parameter": (
        "parameters: {set: {seizure_share: -0.2}}\n",
        "parameters.set.seizure_share: found -0.2; allowed: share, 0 to 1",
    ),
    "bad date": (OWN + ", from: 2018-02-30}\n", "found '2018-02-30'; allowed: a date YYYY-MM-DD"),
    "bad month": (
        "window: {from: 2017-13, to: 2019-12}\n",
        ":1:10: window.from: found '2017-13'; allowed: a month YYYY-MM from 2014-01 to 2025-12",
    ),
    "a year for a month": ("tightening_from: 2016\n", "found 2016; allowed: a month YYYY-MM"),
    "month before the data": ("period: {from: 2013-01, to: 2019-12}\n", "found '2013-01'"),
    "missing measure": (
        "measures: {drop: [UN2371-COL]}\n",
        ":1:19: measures.drop\\[1\\]: found 'UN2371-COL', a measure that does not exist; .*"
        "did you mean 'UN2371-COAL'",
    ),
    "measure included that does not exist": (
        "measures: {include: [nothing]}\n",
        "include\\[1\\]: found 'nothing', a measure that does not exist",
    ),
    "dropped but not included": (
        "measures: {include: [UN2371-COAL], drop: [UN2371-IRON]}\n",
        "drop\\[1\\]: found 'UN2371-IRON', which is not included",
    ),
    "own measure of a taken name": (
        "measures:\n  add:\n  - {id: UN2371-COAL, partner: China, direction: dprk_export, "
        "good: coal, from: 2018-01-01}\n",
        "found 'UN2371-COAL', which exists already",
    ),
    "own measure without a day": (OWN + "}\n", ":3:5: measures.add\\[1\\].from: the key is"),
    "good of the other direction": (
        OWN.replace("good: coal", "good: fuel") + ", from: 2018-01-01}\n",
        "good: found fuel as dprk_export; allowed: coal, minerals",
    ),
    "cap without a value": (OWN + ", kind: cap_value, from: 2018-01-01}\n", "kind: found no cap"),
    "own measure that ends first": (
        OWN + ", from: 2018-01-02, to: 2018-01-01}\n",
        "found 2018-01-01 before 2018-01-02",
    ),
    "contradictory arms": (
        "arms: [C0S0, C1S1]\n",
        ":1:1: arms: found arms without C1S0, C0S1, from which no offset follows",
    ),
    "unknown arm": ("arms: [C0S0, C2S1]\n", ":1:14: arms\\[2\\]: found 'C2S1'; allowed: C0S0"),
    "an arm twice": ("arms: [C0S0, C0S0]\n", "found 'C0S0' twice"),
    "window outside the period": (
        "period: {from: 2014-01, to: 2018-12}\n",
        "window.to: found the window 2017-01 to 2019-12; allowed: inside the period 2014-01",
    ),
    "window back to front": ("window: {from: 2019-01, to: 2018-01}\n", "found 2019-01 to 2018-01"),
    "split too early": ("tightening_from: 2014-06\n", "allowed: at least 12 months after"),
    "split after the window": (
        "window: {from: 2015-01, to: 2015-12}\n",
        "tightening_from: found 2016-03; allowed: not after the end of the window",
    ),
    "NaN": ("firms: {scale: .nan}\n", ":1:16: firms.scale: found .nan; allowed: a finite number"),
    "infinity": ("firms: {scale: -.inf}\n", "found -.inf; allowed: a finite number"),
    "a number beyond floats": ("firms: {scale: 1e999}\n", "found 1e999; allowed: a finite number"),
    "an endless number": (f"seed: {'9' * 5000}\n", "found a number of 5000 characters"),
    "members 0": ("members: 0\n", ":1:1: members: found 0; allowed: a whole number from 1 to 4096"),
    "members a fraction": ("members: 6.5\n", "found 6.5; allowed: a whole number"),
    "members true": ("members: true\n", "found true; allowed: a whole number"),
    "seed text": ("seed: abc\n", ":1:1: seed: found 'abc'; allowed: a whole number"),
    "season a word": ("season: yes\n", "found 'yes'; allowed: true or false"),
    "nothing": ("members:\n", "members: found nothing; allowed: a whole number"),
    "scale beyond": ("firms: {scale: 99}\n", "found 99; allowed: a multiple from 0.05 to 50"),
    "name with path parts": ("name: ../../etc\n", ":1:1: name: found '../../etc'; allowed: up to"),
    "name of a long line": (f"name: {'a' * 70}\n", "no path parts"),
    "a list for a mapping": ("actors: [China]\n", "actors: found a list; allowed: a mapping with"),
    "a mapping for a list": ("shocks: {name: x}\n", "shocks: found a mapping; allowed: a list"),
    "unknown parameter": (
        "parameters: {set: {sigma_cole: 3}}\n",
        "found an unknown parameter; .*did you mean 'sigma_coal'",
    ),
    "parameter by its symbol": (
        "parameters: {set: {ε: 1}}\n", "did you mean 'export_supply_elasticity'"
    ),
    "parameter by its symbol spelt out": (
        "parameters: {set: {eta: 1.2}}\n", "did you mean 'import_demand_elasticity'"
    ),
    "parameter at the top": ("sigma_coal: 4\n", "did you mean 'parameters.set.sigma_coal'"),
    "parameter beside set": (
        "parameters: {sigma_coal: 4}\n", "did you mean 'parameters.set.sigma_coal'"
    ),
    "parameter a word": ("parameters: {set: {penalty: high}}\n", "allowed: a number, or low and"),
    "range back to front": ("parameters: {set: {penalty: {low: 2, high: 1}}}\n", "found 2 to 1"),
    "range with one end": ("parameters: {set: {penalty: {low: 2}}}\n", "penalty.high: the key is"),
    "reserves twice": (
        "parameters: {set: {reserves_2014: 1}}\nactors: {DPRK: {reserves: 2}}\n",
        ":2:17: actors.DPRK.reserves: found a value beside parameters.set.reserves_2014",
    ),
    "fixed without a level": (
        "actors: {China: {enforcement: {mode: fixed}}}\n",
        "found mode: fixed without a level; allowed: with value or path",
    ),
    "level without fixed": (
        "actors: {Russia: {support: {value: 0.5}}}\n",
        "support.value: found value beside another mode",
    ),
    "a mode that is not there": (
        "actors: {UN: {mode: responsive}}\n",
        "actors.UN.mode: found 'responsive'; allowed: scheduled, reactive",
    ),
    "arms in a word that is not there": (
        "actors: {DPRK: {arms: lots}}\n",
        "actors.DPRK.arms: found 'lots'; allowed: estimated, or a list of steps",
    ),
    "a channel that is not there": (
        "actors: {Russia: {support: {channels: [goods, oils]}}}\n",
        r"channels\[2\]: found .oils.; allowed: goods, oil, .*did you mean .oil.",
    ),
    "a channel twice": (
        "actors: {Russia: {support: {channels: [oil, oil]}}}\n",
        r"channels\[2\]: found 'oil' twice; allowed: once",
    ),
    "a lifting after the arms part": (
        "lift_from: 2017-01\n",
        "lift_from: found 2017-01; allowed: a month from 2014-02 to tightening_from, 2016-03",
    ),
    "a border that is not there": (
        "actors: {DPRK: {border: shut}}\n",
        "found 'shut'; allowed: historical, decision, open",
    ),
    "a law that is not there": (
        "actors: {Russia: {law: lenient}}\n",
        "found 'lenient'; allowed: registry, endogenous, none",
    ),
    "transit elsewhere": ("actors: {China: {corridor: {transit: 2}}}\n", "found an unknown key"),
    "a path with a gap": (
        "us_pressure: {mode: path, path: [{from: 2014-01, to: 2018-01, level: 0.3}]}\n",
        "found no level for 2018-02; allowed: every month of the period",
    ),
    "arms outside their range": (
        "actors: {DPRK: {arms: [{level: 5, low: 6, high: 7}]}}\n",
        "level: found 5; allowed: a level from 6 to 7",
    ),
    "shock without a target": ("shocks: [{name: x, from: 2017-01, to: 2017-02, factor: 2}]\n",
                               "shocks\\[1\\].target: the key is missing"),
    "shock that does not fit": (
        "shocks: [{name: x, from: 2017-01, to: 2017-02, factor: 2, target: reserves, "
        "partner: China}]\n",
        "found a partner; allowed: with target corridor, potential or wage",
    ),
    "shock outside the period": (
        "shocks: [{name: x, from: 2021-01, to: 2021-02, factor: 2, target: reserves}]\n",
        "found 2021-01 to 2021-02; allowed: inside the period",
    ),
    "duplicate keys": ("seed: 1\nseed: 2\n", ":2:1: seed: found the key twice"),
    "a number as key": ("1: 2\n", ":1:1: found the key '1'; allowed: words"),
    "a merge key": ("<<: {seed: 1}\n", ":1:1: found the key '<<'; allowed: words"),
    "empty file": ("", "own.yaml: found an empty file"),
    "comments alone": ("# nothing\n", "found an empty file"),
    "list at the top": ("- members: 1\n", ":1:1: found a list at the top"),
    "text at the top": ("hello\n", "found 'hello' at the top"),
    "tab characters": ("actors:\n\tChina: {}\n", ":2:1: found a tab character; allowed: spaces"),
    "control characters": ("title: a\x07b\n", ":1:9: found a control character"),
    "dotted key": ("measures.end: []\n", "in a file `measures:`, and below it, indented, `end:`"),
    "text with a colon": ("title: Russia: what if\n", "and quotation marks around a text with a"),
    "no colon": ("title: t\nactors\n  Russia: {}\n", "allowed: a colon and a space after a key"),
    "decimal comma in a list": ("actors: {a: 0,5}\n", "a decimal has a point, as in 0.5"),
    "no YAML": ("members: [1, 2\n", "found text that is not YAML .expected"),
    "two documents": ("seed: 1\n---\nseed: 2\n", "not YAML .but found another document"),
    "another YAML": ("%YAML 1.1\n---\nseed: 1\n", "found another YAML version; allowed: 1.2"),
    "a tag": ("seed: !!python/object:os.system x\n", "found the tag .*; allowed: plain values"),
    "self-referring": ("actors: &a\n  China: *a\n", ":1:9: found the anchor or alias 'a', which"),
    "laughs": ("a: &a [x]\nb: [*a, *a]\n", "found the anchor or alias"),
    "deep nesting, flow": ("actors: " + "[" * 100_000, "more than 20 levels of nesting"),
    "deep nesting, block": (
        "".join(" " * i + "a:\n" for i in range(30)),
        ":21:21: found more than 20 levels of nesting",
    ),
    "endless list": ("sources:\n" + "- a\n" * 200_000, "found more than 20,000 values"),
    "extends a number": ("extends: 3\n", ":1:1: extends: found 3; allowed: the path or name"),
    "extends what is not there": (
        "extends: histrical\n",
        ":1:1: extends: found no scenario 'histrical'; .*did you mean 'historical'",
    ),
    "extends itself": ("extends: own.yaml\n", ":1:1: extends: .*in a circle"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_in_one_sentence(case, tmp_path):
    text, wanted = WRONG[case]
    found = sentence(write(tmp_path, text))
    assert found.startswith(str(tmp_path / "own.yaml"))
    assert re.search(wanted, found), found


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "own.yaml"
    with path.open("wb") as stream:
        stream.truncate(2**30)
    assert "found a file of 1,073,741,824 bytes; allowed: up to 1,000,000" in sentence(path)


def test_a_binary_file_is_refused(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    assert "bytes that are not text" in sentence(path)
    path.write_bytes(b"members: 1\x00\n")
    assert "found a control character" in sentence(path)


def test_a_folder_or_a_device_is_no_scenario(tmp_path):
    folder = tmp_path / "own.yaml"
    folder.mkdir()
    assert "found no regular file" in sentence(folder)
    assert "found no scenario" in sentence(tmp_path / "missing.yaml")


def test_a_file_name_that_cannot_be_a_name_asks_for_one(tmp_path):
    assert "name: found 'my own'" in sentence(write(tmp_path, "seed: 1\n", "my own.yaml"))
    path = write(tmp_path, "name: mine\n", "my own.yaml")
    assert load_scenario(path).name == "mine"


def test_extends_in_a_circle_is_refused(tmp_path):
    write(tmp_path, "extends: ./b.yaml\n", "a.yaml")
    path = write(tmp_path, "extends: ./a.yaml\n", "b.yaml")
    assert re.search(r"a\.yaml:1:1: extends: .*in a circle", sentence(path))


def test_a_mistake_in_the_extended_file_names_that_file(tmp_path):
    write(tmp_path, "seed: 1\nmembers: 0\n", "below.yaml")
    path = write(tmp_path, "extends: below.yaml\nseed: 3\n")
    assert f"{tmp_path / 'below.yaml'}:2:1: members: found 0" in sentence(path)


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("members", "0", "--set members: found 0; allowed: a whole number"),
        ("membres", "8", "--set membres: found an unknown key; .*did you mean 'members'"),
        ("seed", "abc", "--set seed: found 'abc'"),
        ("firms.scale", ".nan", "--set firms.scale: found .nan; allowed: a finite number"),
        ("arms", "[C0S0]", "--set arms: found arms without"),
        ("arms.0", "C0S0", "--set arms.0: found a list on the way"),
        ("extends", "historical", "--set extends: found extends; allowed: in a file alone"),
        ("actors..law", "none", "--set actors..law: found an empty part"),
        ("name", "../x", "--set name: found '../x'; allowed: .*no path parts"),
        ("members", "*a", "--set members: found the anchor or alias"),
        ("members", "[1", "--set members: found text that is not YAML"),
        ("members", "", "--set members: found nothing"),
        ("measures.drop", "[X]", r"--set measures.drop\[1\]: found 'X', a measure that does not"),
    ],
)
def test_a_wrong_override_names_the_option(key, value, wanted):
    assert re.match(wanted, sentence("historical", {key: value}))
