"""Whose parts lie in a folder: those of the sweep at hand, or of another one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from sim.errors import DivertError
from sim.sweep.manifest import MANIFEST, copy_in, manifest_in, read_manifest
from sim.sweep.plan import Plan

ANOTHER = (
    "found the parts of another sweep, or of this one before its file, its scenario, the data or "
    "divert itself changed; allowed: another --out, or another `name` in the sweep file"
)


def must_be_own(folder: Path, plan: Plan, schema: pa.Schema, parts: Iterable[pa.Table]) -> None:
    """Raise DivertError where a folder's parts, those that can be read, are not a plan's own.

    The manifest says so, or its copy; without either the parts prove it themselves.
    """
    manifest, copy = manifest_in(folder), copy_in(folder)
    if manifest is not None and manifest["digest"] == plan.digest:
        return
    own, some = _own(plan, schema, parts)
    if not some and manifest is None and copy is None:
        if (folder / MANIFEST).exists():
            read_manifest(folder)
        return
    if copy is not None and copy["digest"] == plan.digest and own:
        return
    if manifest is not None or copy is not None or not own:
        raise DivertError(ANOTHER, file=folder)
    if plan.own_draws:
        raise DivertError(
            "found parts without a manifest that can be read, and nothing else says which content "
            "of the scenario's file of draws they were made with; allowed: another --out",
            file=folder,
        )


def _own(plan: Plan, schema: pa.Schema, parts: Iterable[pa.Table]) -> tuple[bool, bool]:
    """Return whether all rows are a plan's runs, and whether there are any parts.

    A run's key is the digest of all that determines it but the content of a file of draws.
    """
    some = False
    for part in parts:
        some = True
        if not part.schema.equals(schema):
            return False, True
        keys, points, members = (part.column(n).to_pylist() for n in ("key", "point", "member"))
        if any(not 0 <= point < len(plan.points) for point in points):
            return False, True
        known = {point: plan.keys(point) for point in set(points)}
        for key, point, member in zip(keys, points, members, strict=True):
            if key not in known[point][member : member + 1]:
                return False, True
    return True, some
