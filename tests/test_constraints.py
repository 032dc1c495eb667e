"""The constraints: one tested version of everything that an install of `.[dev]` brings."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
APART = {"solara"}
"""Extras that `pyproject.toml` pins itself."""


def pinned() -> dict[str, str]:
    """The version of each distribution that the file names."""
    text = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pairs = [line.split("==") for line in lines]
    versions = {canonicalize_name(name): version for name, version in pairs}
    assert len(versions) == len(lines), "a distribution stands twice"
    return versions


def direct() -> list[Requirement]:
    """What the project itself asks for, extras but those apart."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].items()
    rows = [row for name, rows in extras if name not in APART for row in rows]
    return [Requirement(row) for row in (*project["dependencies"], *rows)]


def brought(requirement: Requirement, version: str) -> list[Requirement]:
    """What a distribution asks for in its turn, where it is installed in the version pinned."""
    try:
        found = distribution(requirement.name)
    except PackageNotFoundError:
        return []
    rows = found.requires or [] if found.version == version else []
    extras = requirement.extras or {""}
    return [
        one for one in map(Requirement, rows)
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras)
    ]  # fmt: skip


def test_every_dependency_has_one_tested_version() -> None:
    """All that an install brings is named, and what the project asks for in its own bounds."""
    versions, waiting, seen = pinned(), direct(), set()
    for one in waiting:
        assert one.specifier.contains(versions[canonicalize_name(one.name)]), str(one)
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        if name not in seen:
            seen.add(name)
            assert name in versions, f"{one} has no line in the constraints"
            waiting += brought(one, versions[name])
