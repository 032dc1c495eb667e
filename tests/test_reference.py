"""The array model against an independent one-object-per-lot Mesa version on the same draws."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from reference import ReferenceModel
from worlds import inputs_of, model, scenario

COMPARED = (
    "legal", "illegal", "seized", "legal_value", "illegal_value", "ban", "enforcement", "support",
    "permits", "visas", "export_price", "open_price", "listed_price", "import_price", "bonded",
    "reserves", "effort", "output",
    "lawful_growth", "receipts", "paid", "plan", "fees", "transit_value", "unspent",
)  # fmt: skip


@pytest.mark.parametrize(
    ("source", "seed"), [("prior", 2017), ("prior", 5), ("prior", 11), ("prior", 23)]
)
def test_the_reference_agrees_to_nine_digits(source: str, seed: int) -> None:
    """Every recorded array of a member equals the plain version's to 1e-9 in every month."""
    world = scenario(
        {"parameters.source": source, "seed": seed, "members": 1, "seeds_per_draw": 1,
         "period.to": "2025-12", "window.to": "2025-12", "firms.scale": 0.08,
         "actors.DPRK.arms": "estimated"}
    )  # fmt: skip
    inputs = inputs_of(world)
    twin = model(world, inputs)
    plain = ReferenceModel(twin, 0)
    record = twin.run()
    for _ in inputs.months:
        plain.step()
    for name in COMPARED:
        ours = record[name][:, 0, 0]
        theirs = np.array([month[name] for month in plain.history])
        scale = max(1.0, float(np.abs(theirs).max()))
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * scale, err_msg=name)
    assert record["illegal"].max() > 0.0
    assert record["support"].max() > 0.01
    assert record["seized"].max() > 0.0


def test_the_reference_shares_no_kernel() -> None:
    """The reference imports nothing from the kernels it checks."""
    tree = ast.parse((Path(__file__).parent / "reference.py").read_text(encoding="utf-8"))
    modules = [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module]
    modules += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    assert not [m for m in modules if m.startswith("sim.kernels")]
