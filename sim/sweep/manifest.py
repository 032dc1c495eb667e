"""The manifest of a sweep's folder: what its parts belong to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.errors import DivertError
from sim.json_text import json_of
from sim.sweep.file import Sweep
from sim.sweep.terms import MOST_POINTS

MANIFEST = "manifest.json"

NEEDED = {"digest", "sweep", "scenario", "points", "runs"}
"""Keys that a manifest must have to be read."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a sweep's folder belongs to; raises DivertError where it is none."""
    path = folder / MANIFEST
    try:
        found = json_of(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DivertError(
            f"found no sweep here ({error.strerror or error}); allowed: a folder that `divert "
            "sweep` wrote",
            file=folder,
        ) from None
    except ValueError:
        found = None
    if not isinstance(found, dict) or not set(found) >= NEEDED or not _fits(found):
        raise DivertError(
            "found what is no manifest of a sweep; allowed: a folder that `divert sweep` wrote, or "
            "another --out",
            file=path,
        )
    return dict(found)


def _fits(manifest: dict[str, Any]) -> bool:
    """Return whether the values of a manifest are of the kinds that `divert sweep` writes."""
    try:
        sweep = sweep_of(manifest)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return False
    points, runs, units = (manifest.get(key) for key in ("points", "runs", "units"))
    return (
        type(points) is int
        and 1 <= points <= MOST_POINTS
        and type(runs) is int
        and 1 <= runs <= MOST_POINTS * sweep.members
        and isinstance(units, dict)
        and all(isinstance(units.get(name), str) for name in sweep.outputs)
        and isinstance(manifest["scenario"], dict)
        and isinstance(manifest["digest"], str)
    )


def sweep_of(manifest: dict[str, Any]) -> Sweep:
    """Return the sweep of a manifest."""
    return Sweep.model_validate(_plain(manifest["sweep"]))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return a stored sweep as a file would give it, empty keys left out."""
    out: dict[str, Any] = {}
    for name, value in values.items():
        if value is None:
            continue
        out[name] = _plain(value) if isinstance(value, dict) and name != "set" else value
        if name == "factors":
            out[name] = [{k: v for k, v in f.items() if v is not None} for f in value]
    return out
