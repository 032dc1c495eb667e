"""The house: which room may import which, and what Mesa 4 removes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SIM = Path(__file__).parents[1] / "sim"
FILES = sorted(SIM.rglob("*.py"))

FLOORS = (
    {"errors", "axes"},
    {
        "parameter_table",
        "streams",
        "data",
        "meant",
        "yaml_text",
        "json_text",
        "csv_text",
        "plain_file",
        "workers",
        "code",
    },
    {"parameters"},
    {
        "measure_kinds",
        "scenario_terms",
        "scenario_actors",
        "scenario_law",
        "scenario",
        "scenario_file",
        "schema",
    },
    {"kernels"},
    {"rules", "registry", "law_month", "state", "base_year", "paths", "ladder"},
    {"politics", "inputs"},
    {"record"},
    {"agents"},
    {"model"},
    {"experiment"},
    {"calibration", "sweep"},
    {"view"},
    {"app"},
    {
        "python",
        "mesa_model",
        "screen",
        "screen_accounts",
        "screen_analysis",
        "screen_break_even",
        "screen_claims",
        "screen_comparators",
        "screen_compare",
        "screen_decisions",
        "screen_evidence",
        "screen_game",
        "screen_measures",
        "screen_sweep",
    },
    {"solara_page"},
    {
        "cli",
        "cli_accounts",
        "cli_break_even",
        "cli_claims",
        "cli_compare",
        "cli_evidence",
        "cli_export",
        "cli_options",
        "cli_publish",
        "cli_report",
        "cli_sweep",
        "solara_view",
        "cli_view",
        "__main__",
        "__init__",
    },
)
"""Rooms from the ground up; a file imports from its own floor and from those below."""

ROOM_OF_KERNELS = {"kernels", "axes", "errors"}


def room(path: Path) -> str:
    """Return the room of a file: its folder below `sim`, or its own name."""
    parts = path.relative_to(SIM).parts
    return parts[0] if len(parts) > 1 else path.stem


def imports(path: Path, everywhere: bool = True) -> list[str]:
    """Return the modules a file imports, those for type checking apart."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            typing_only |= {id(inner) for inner in ast.walk(node)}
    found = []
    for node in ast.walk(tree) if everywhere else tree.body:
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SIM)))
def test_arrows_point_down(path: Path) -> None:
    """A room imports only rooms of its own floor or below."""
    floor = {name: i for i, names in enumerate(FLOORS) for name in names}
    here = room(path)
    assert here in floor, f"{here} has no floor"
    lazily_above = {("experiment", "view")}  # a finished run asks for its figures
    for module in imports(path):
        if module.startswith("sim.") and (here, module.split(".")[1]) not in lazily_above:
            assert floor[module.split(".")[1]] <= floor[here], f"{path.name} imports {module}"


@pytest.mark.parametrize("path", sorted((SIM / "kernels").glob("*.py")), ids=lambda p: p.stem)
def test_kernels_see_arrays_alone(path: Path) -> None:
    """A kernel imports neither Mesa nor model, scenario, data, clock, files or random numbers."""
    for module in imports(path):
        if module.startswith("sim."):
            assert module.split(".")[1] in ROOM_OF_KERNELS
        else:
            assert module.split(".")[0] in {"__future__", "typing", "numpy", "dataclasses", "math"}
    assert "random" not in path.read_text(encoding="utf-8").replace("random order", "")


def test_only_the_model_its_agents_and_mesas_viewer_import_mesa() -> None:
    """Mesa is imported in model.py, agents/ and the page for Mesa's own viewer alone."""
    users = {room(path) for path in FILES if "mesa" in {m.split(".")[0] for m in imports(path)}}
    assert users == {"model", "agents", "mesa_model", "solara_page"}


VERBS = tuple(sorted(name for name in FLOORS[-1] if name.startswith("cli_")))


@pytest.mark.parametrize("name", ["cli", "solara_view", *VERBS])
def test_the_command_line_imports_nothing_heavy_at_once(name: str) -> None:
    """`divert --help` loads neither NumPy nor Mesa, pydantic or Matplotlib."""
    top = imports(SIM / f"{name}.py", everywhere=False)
    assert {m.split(".")[0] for m in top} <= {
        "__future__", "click", "collections", "contextlib", "ipaddress", "socket", "typing", "sim",
    }  # fmt: skip
    light = {"sim.errors", *(f"sim.{verb}" for verb in VERBS)}
    assert {m for m in top if m.startswith("sim.")} <= light


GONE_IN_MESA_4 = ("batch_run", "mesa.space", "mesa.experimental", "mesa.time", "seed=seed")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SIM)))
def test_nothing_that_mesa_4_removes_is_used(path: Path) -> None:
    """No removed module, no `model.steps`, no `self.random`, no seed for Mesa's own generator."""
    text = path.read_text(encoding="utf-8")
    if "import mesa" not in text:
        return
    for word in GONE_IN_MESA_4:
        assert word not in text
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute):
            assert ast.unparse(node) not in {"self.random", "model.random", "model.steps"}
            assert node.attr not in {"steps", "select_random"}, ast.unparse(node)


def test_no_measure_id_stands_in_code() -> None:
    """Measures act through their typed columns: no id of the registry is in the package."""
    from sim.data import load

    text = "".join(path.read_text(encoding="utf-8") for path in FILES)
    assert [row.id for row in load("measures") if f'"{row.id}"' in text] == []
