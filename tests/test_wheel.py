"""The wheel: a stranger who has it alone has the data, the scenarios and the sweeps."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

HERE = (
    "import sim, sim.scenario_file as f; from sim.sweep.file import load_sweep; "
    "from sim.cli import main; from click.testing import CliRunner; "
    "print(sim.__file__, f.SHIPPED, len(f.shipped_names()), load_sweep('quick').name); "
    "print(CliRunner().invoke(main, "
    "'run historical --members 2 --scale 0.05 --quiet'.split(), catch_exceptions=False).exit_code)"
)
"""Python that runs the shipped scenario and says where everything came from."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built offline."""
    pytest.importorskip("hatchling", reason="needs hatchling, of the extra dev")
    from hatchling.builders.wheel import WheelBuilder

    folder = tmp_path_factory.mktemp("wheel")
    return Path(next(WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])))


def wanted() -> set[str]:
    """Return what must be inside: every file of the package, scenarios, sweeps, answers."""
    within = {p.relative_to(ROOT).as_posix() for p in (ROOT / "sim").rglob("*") if p.is_file()}
    shipped = {p.relative_to(ROOT).as_posix() for p in (ROOT / "scenarios").rglob("*.*")}
    published = ROOT / "results" / "published"
    answers = {
        f"sim/data/published/{p.relative_to(published).as_posix()}"
        for p in published.rglob("*")
        if p.is_file()
    }
    package = {n for n in within if "__pycache__" not in n}
    return package | {f"sim/{name}" for name in shipped} | answers


def test_what_is_inside(wheel: Path) -> None:
    """Data, scenarios, sweeps and the published answer are inside, tests are not."""
    names = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    assert names == wanted()
    assert {"sim/scenarios/historical.yaml", "sim/scenarios/sweeps/quick.yaml"} <= names


def test_it_runs_away_from_the_repository(wheel: Path, tmp_path: Path) -> None:
    """Unpacked, as an installer does, it runs its own scenario in a folder of its own."""
    place = tmp_path / "place"
    zipfile.ZipFile(wheel).extractall(place)
    work = tmp_path / "work"
    work.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-c", HERE],
        cwd=work,
        env=kept | {"PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    where, code = done.stdout.splitlines()
    assert where.split()[:2] == [str(place / "sim/__init__.py"), str(place / "sim/scenarios")]
    assert int(where.split()[2]) >= 12
    assert where.split()[3] == "quick"
    assert code == "0"
    assert (work / "results/historical/answer.json").is_file()
