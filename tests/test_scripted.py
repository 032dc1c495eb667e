"""Where politics is scripted nothing that answers back may leave a trace, not in one byte."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from sim.axes import ARMS, PARTNERS

from worlds import run, scenario

ORACLE = json.loads(
    (Path(__file__).parent / "oracles" / "scripted_2014_2025.json").read_text(encoding="utf-8")
)
"""Digests and sums of every array of a scripted run, taken before states could answer back."""


def digest(*arrays: np.ndarray) -> str:
    """Return the SHA-256 of the bytes of arrays."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()


def same_arithmetic() -> bool:
    """Return whether this machine's exp, log and power give the bytes of the oracle's machine."""
    grid = np.linspace(0.05, 20, 4001)
    found = digest(np.exp(-grid), np.log(grid), grid**1.37, np.log1p(grid))
    return bool(found == ORACLE["canary"])


def test_a_scripted_world_is_unchanged_byte_for_byte() -> None:
    """Scheduled Council, judged enforcement, no support: every array as before, in four arms."""
    keys = {"parameters.source": "central", "period.to": "2025-12"}
    for name in PARTNERS:
        keys[f"actors.{name}.enforcement.mode"] = "historical"
        keys[f"actors.{name}.support.mode"] = "fixed"
        keys[f"actors.{name}.support.value"] = 0.0
    record = run(scenario(keys), ARMS).record
    exact = same_arithmetic()
    for name, kept in ORACLE["arrays"].items():
        if exact:
            assert digest(record[name]) == kept["sha256"], name
        total = float(np.abs(record[name]).sum())
        assert total == pytest.approx(float(kept["sum"]), rel=1e-9, abs=1e-6), name
