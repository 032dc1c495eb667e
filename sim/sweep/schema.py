"""The JSON Schema of a sweep file, for editors."""

from __future__ import annotations

import json
from typing import Any

from sim.sweep.file import Sweep
from sim.sweep.outputs import OUTPUTS, SERIES


def sweep_schema() -> dict[str, Any]:
    """Return the JSON Schema of a sweep file."""
    out = Sweep.model_json_schema(mode="validation")
    out["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    out["title"] = "A sweep of divert"
    # A file without a name takes its own.
    out.pop("required", None)
    for key, names in (("outputs", OUTPUTS), ("monthly", SERIES)):
        out["properties"][key]["items"] = {"enum": list(names)}
    return out


def sweep_schema_text() -> str:
    """Return the JSON Schema as text, the same bytes every time."""
    return json.dumps(sweep_schema(), indent=2, ensure_ascii=False) + "\n"
