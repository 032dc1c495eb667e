"""The manifest of a sweep's folder: what its parts belong to."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from sim.errors import DivertError
from sim.json_text import json_of
from sim.sweep.file import Sweep
from sim.sweep.terms import MOST_POINTS

MANIFEST, COPY = "manifest.json", "manifest-copy.json"

NEEDED = {"digest", "sweep", "scenario", "points", "runs"}
"""Keys that a manifest must have to be read."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what a sweep's folder belongs to, from the copy where the manifest is broken.

    Raises DivertError where there is no sweep, or neither of them can be read.
    """
    path = folder / MANIFEST
    found = manifest_in(folder) or copy_in(folder)
    if found is not None:
        return found
    try:
        path.read_bytes()
    except OSError as error:
        raise DivertError(
            f"found no sweep here ({error.strerror or error}); allowed: a folder that `divert "
            "sweep` wrote",
            file=folder,
        ) from None
    raise DivertError(
        "found what is no manifest of a sweep; allowed: a folder that `divert sweep` wrote, or "
        f"another --out; where a sweep's manifest was broken, {AGAIN}",
        file=path,
    )


AGAIN = "the same `divert sweep` writes it again if the parts prove to be its own"


def manifest_in(folder: Path) -> dict[str, Any] | None:
    """Return the manifest itself, None where it is missing or is none of a sweep."""
    return _good(_json_in(folder / MANIFEST))


def copy_in(folder: Path) -> dict[str, Any] | None:
    """Return the manifest that the copy holds, None where it is missing or not whole."""
    copy = _json_in(folder / COPY)
    if not isinstance(copy, dict) or copy.get("sha256") != _sum_of(copy.get("manifest")):
        return None
    return _good(copy["manifest"])


def copy_of(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return what the copy of a manifest holds: itself, and the digest that proves it whole."""
    return {"manifest": manifest, "sha256": _sum_of(manifest)}


def _sum_of(manifest: object) -> str:
    text = json.dumps(manifest, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _json_in(path: Path) -> object:
    """Return what a file of JSON holds, None where it cannot be read."""
    try:
        return json_of(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _good(found: object) -> dict[str, Any] | None:
    """Return what was found, None where it is no manifest of a sweep."""
    if not isinstance(found, dict) or not set(found) >= NEEDED or not _fits(found):
        return None
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
