"""The small verbs: check, explain, schema, new; exit codes and sentences."""

import json
import re
import signal
import subprocess
import sys
import time
import weakref

import pytest
from click.testing import CliRunner

from sim import cli
from sim.cli import main
from sim.cli_options import interrupts_heard
from sim.data import load
from sim.errors import DivertError
from sim.parameters import all_parameters
from sim.scenario_file import load_scenario
from sim.schema import schema_text


def call(*words: str):
    return CliRunner().invoke(main, list(words))


def test_check_says_what_is_good():
    result = call("check", "historical")
    assert result.exit_code == 0
    assert result.stdout.startswith("historical: good (historical, 2014-01 to 2019-12, 64 members")


def test_check_goes_on_after_a_wrong_file_and_ends_with_2(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("members: 0\n", encoding="utf-8")
    result = call("check", str(path), "historical")
    assert result.exit_code == 2
    assert result.stderr == (
        f"divert: {path}:1:1: members: found 0; allowed: a whole number from 1 to 4096\n"
    )
    assert "historical: good" in result.stdout


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("check", "histrical"), "did you mean 'historical'"),
        (("check", "historical", "--set", "members"), "--set: found 'members'; allowed: dotted.k"),
        (("check", "historical", "--set", "seed=1", "--set", "seed=2"), "--set seed: found the k"),
        (("explain", "historical", "--set", "seed=x"), "--set seed: found 'x'"),
        (("explain", "--group", "fims"), "--group: found 'fims'; allowed: .*did you mean 'firms'"),
        (("new", "a/b", "--from", "historical"), "NAME: found 'a/b'; allowed: .*no path parts"),
        (("new", "..", "--from", "historical"), "NAME: found '..'; allowed: .*no path parts"),
        (("new", "x", "--from", "nothing"), "found no scenario 'nothing'"),
        (("run", "historical", "--members", "0"), "--set members: found 0"),
        (("run", "historical", "historical"), "found two scenarios named 'historical'"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(words, wanted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = call(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith("divert: ")
    assert result.stderr.count("\n") == 1
    assert re.search(wanted, result.stderr), result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("chekc",), ("check",), ("schema", "--nothing"), ("new", "x")])
def test_wrong_usage_ends_with_2(words):
    assert call(*words).exit_code == 2


def test_explain_lists_every_parameter_with_its_mark_and_source():
    result = call("explain")
    assert result.exit_code == 0
    for name in all_parameters():
        assert name in result.stdout
    assert "C judgement" in result.stdout


def test_explain_lists_the_measures_that_a_scenario_can_name():
    result = call("explain", "--measures")
    assert result.exit_code == 0
    listed = [line.split()[0] for line in result.stdout.splitlines() if line.strip()]
    assert {row.id for row in load("measures")} <= set(listed)
    coal = next(line for line in result.stdout.splitlines() if line.startswith("UN2371-COAL "))
    assert re.search(r"2017-09-05 +UN +sold by the DPRK +ban +yes +coal", coal)
    assert call("explain", "historical", "--measures").exit_code == 2


def test_explain_prints_one_group_or_json():
    shown = json.loads(call("explain", "--group", "law", "--json").stdout)
    assert {row["group"] for row in shown} == {"law"}
    assert "sigma_coal" not in call("explain", "--group", "law").stdout
    assert len(json.loads(call("explain", "--json").stdout)) == len(all_parameters())


def test_explain_prints_a_scenario_resolved(tmp_path):
    text = call("explain", "historical", "--set", "seed=3").stdout
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_scenario(path) == load_scenario("historical", {"seed": "3"})
    assert json.loads(call("explain", "historical", "--json").stdout)["members"] == 64


def test_schema_prints_the_schema():
    assert call("schema").stdout == schema_text()


def test_new_writes_a_scenario_that_extends_another(tmp_path):
    result = call("new", "mine", "--from", "historical", "--folder", str(tmp_path))
    assert result.exit_code == 0
    lines = (tmp_path / "mine.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# yaml-language-server: $schema=")
    mine = load_scenario(tmp_path / "mine.yaml")
    assert mine.name == "mine"
    assert mine.period == load_scenario("historical").period


def test_new_extends_a_file_by_its_path(tmp_path):
    (tmp_path / "below.yaml").write_text("seed: 9\n", encoding="utf-8")
    inner = tmp_path / "inner"
    inner.mkdir()
    below = str(tmp_path / "below.yaml")
    assert call("new", "mine", "--from", below, "--folder", str(inner)).exit_code == 0
    assert 'extends: "../below.yaml"' in (inner / "mine.yaml").read_text(encoding="utf-8")
    assert load_scenario(inner / "mine.yaml").seed == 9


def test_new_overwrites_nothing_and_needs_its_folder(tmp_path):
    (tmp_path / "mine.yaml").write_text("seed: 9\n", encoding="utf-8")
    result = call("new", "mine", "--from", "historical", "--folder", str(tmp_path))
    assert result.exit_code == 2
    assert "found a file of that name" in result.stderr
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == "seed: 9\n"
    result = call("new", "mine", "--from", "historical", "--folder", str(tmp_path / "none"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_what_goes_wrong_inside_is_a_sentence_and_exit_code_1(monkeypatch):
    def fail(group):
        raise RuntimeError("a pipe\nburst")

    monkeypatch.setattr(cli, "_parameters", fail)
    result = call("explain")
    assert result.exit_code == 1
    assert result.stderr == (
        "Something went wrong inside divert: a pipe burst (run again with --debug for the trace)\n"
    )
    assert isinstance(call("--debug", "explain").exception, RuntimeError)


def test_an_interrupt_ends_with_130(monkeypatch):
    def stop(group):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_parameters", stop)
    assert call("explain").exit_code == 130


def test_debug_shows_the_trace_of_bad_input():
    assert isinstance(call("--debug", "explain", "nothing").exception, DivertError)


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom sim.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "heavy = {'numpy', 'pydantic', 'mesa', 'rich', 'matplotlib', 'scipy', 'ruamel'}\n"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Commands:" in done.stdout


def test_an_interrupt_that_python_would_ignore_is_heard(capfd: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C within a weakref's callback, where nothing can be raised, still ends the verb."""

    class Gone:
        pass

    def press(_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    def work() -> None:
        thing = Gone()
        _kept = weakref.ref(thing, press)
        del thing
        time.sleep(5.0)

    with pytest.raises(KeyboardInterrupt), interrupts_heard():
        work()
    assert "ignored" not in capfd.readouterr().err
