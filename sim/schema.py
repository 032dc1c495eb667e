"""The JSON Schema of a scenario file, for editors."""

from __future__ import annotations

import json
from typing import Any

from sim.parameters import all_parameters
from sim.scenario import Scenario

EXTENDS = {
    "type": "string",
    "description": "Another scenario, by path relative to this file or by shipped name; "
    "this file says only what differs.",
}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file."""
    out = Scenario.model_json_schema(by_alias=True, mode="validation")
    out["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    out["title"] = "A scenario of divert"
    out["properties"] = {"extends": EXTENDS, **out["properties"]}
    out.pop("required", None)
    names = out["$defs"]["ParameterSettings"]["properties"]["set"]
    names["propertyNames"] = {"enum": sorted(all_parameters())}
    return out


def schema_text() -> str:
    """Return the JSON Schema as text, the same bytes every time."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
