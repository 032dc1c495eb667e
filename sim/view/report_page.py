"""The frame of a report: style, policy, scripts with their digests, and charts as HTML."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from typing import Any

from plotly.graph_objects import Figure
from plotly.offline import get_plotlyjs

from sim.view.chart import Chart
from sim.view.page_html import STYLE, details, document, section, table

MORE_STYLE = """
.chart { min-height: 26rem; margin: 0.75rem 0; }
.chart .wait { color: #444; }
.player { display: flex; flex-wrap: wrap; gap: 0.6rem 1rem; align-items: center; margin: 0.5rem 0; }
.player[hidden], .filter[hidden] { display: none; }
.player label { display: flex; flex: 1 1 16rem; gap: 0.6rem; align-items: center; }
.player input { flex: 1; min-width: 10rem; accent-color: #0072b2; min-height: 2rem; }
.player .years { flex: 0 1 auto; }
select { font: inherit; min-height: 2.5rem; }
.player output { min-width: 5rem; font-variant-numeric: tabular-nums; font-weight: 700; }
.player button { font: inherit; min-width: 5.5rem; min-height: 2.5rem; padding: 0.3rem 0.9rem;
  background: #fff; color: #00508a; border: 2px solid #00508a; border-radius: 0.25rem;
  cursor: pointer; }
.filter input { font: inherit; padding: 0.4rem; min-width: 16rem; max-width: 100%;
  border: 1px solid #555; }
.filter output { margin-left: 0.75rem; }
.tall .scroll { max-height: 34rem; overflow: auto; }
.tall tbody th { min-width: 5rem; }
#parameters table { font-size: 0.8rem; }
#parameters tbody th { overflow-wrap: anywhere; max-width: 11rem; }
#parameters td { min-width: 0; max-width: 16rem; }
.tall thead th { position: sticky; top: 0; background: #fff; }
pre { font-size: 0.85rem; white-space: pre-wrap; overflow-wrap: anywhere; }
tr[hidden] { display: none; }
.paper { display: none; }
@media print {
  .player, .filter, noscript, details:not([open]) { display: none; }
  .chart { min-height: 0; break-inside: avoid; }
  .modebar { display: none !important; }
  .tall .scroll { max-height: none; }
  #parameters td { min-width: 0; white-space: normal; }
  #parameters table { font-size: 6.5pt; }
  #parameters tbody th { overflow-wrap: anywhere; max-width: 9rem; }
  .paper { display: block; }
  @page { size: A4; margin: 14mm; }
}
"""

BELOW = 16
"""Pixels under a chart whose own month player has gone."""

LINE_ENDS = ("\u2028", "\u2029")
"""Ends of lines for JavaScript alone, which no JSON needs."""


def policy(scripts: Sequence[str]) -> str:
    """Return what a browser may do with the page: run these scripts, load nothing."""
    digests = (base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def own_script() -> str:
    """Return the script of the page itself."""
    return (resources.files("sim.view") / "report.js").read_text(encoding="utf-8")


def data_of(figure: Figure) -> dict[str, Any]:
    """Return a figure as plain data; its own slider and menus go, the page has native ones."""
    found: dict[str, Any] = json.loads(figure.to_json())
    layout = found["layout"]
    menus = layout.pop("updatemenus", [])
    if found.get("frames"):
        layout["sliders"] = []
        free = layout["margin"]["b"] - BELOW
        layout["margin"]["b"], layout["height"] = BELOW, layout["height"] - free
    elif menus:
        found["menu"] = [button["args"] for button in menus[0]["buttons"]]
    return found


def data_block(name: str, content: Any) -> str:
    """Return data in a script element that no browser runs, nor takes for an end of it."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    text = text.replace("<", "\\u003c")
    for end in LINE_ENDS:
        text = text.replace(end, f"\\u{ord(end):04x}")
    return f'<script type="application/json" id="{escape(name)}">{text}</script>'


def chart_block(chart: Chart) -> str:
    """Return a chart with its words above, the month player where it has one, its table under."""
    name = f"chart-{chart.name}"
    content = data_of(chart.figure)
    height = content["layout"].get("height")
    room = f' style="min-height:{int(height)}px"' if height else ""
    return (
        f'<figure aria-labelledby="{name}-title">'
        f'<h3 id="{name}-title">{escape(chart.title)}</h3>'
        f'<p id="{name}-words">{escape(chart.words)}</p>'
        f"{player(name, chart)}"
        f'<div class="chart" id="{name}" role="group" aria-labelledby="{name}-title" '
        f'aria-describedby="{name}-words" '
        f'data-chart="{name}-data"{room}><p class="wait">The chart is drawn here; the table under '
        "it holds its numbers.</p></div>"
        f"{data_block(f'{name}-data', content)}"
        f"{details(f'Table: {chart.title}', data_table(chart))}</figure>"
    )


def player(name: str, chart: Chart) -> str:
    """Return native controls for a chart with frames, nothing for another.

    A frame that no step of the figure's own slider names is a whole year.
    """
    sliders = chart.figure.layout.sliders
    if not chart.figure.frames or not sliders:
        return menu(name, chart)
    months = [str(step.label) for step in sliders[0].steps]
    start = int(sliders[0].active or 0)
    years = [str(f.name) for f in chart.figure.frames if str(f.name) not in months]
    picks = "".join(f'<option value="{escape(y)}">whole of {escape(y)}</option>' for y in years)
    select = (
        f'<label class="years">or <select><option value="">a whole year</option>{picks}</select>'
        "</label>"
    )
    return (
        f'<div class="player" data-player="{name}" data-months="{escape(json.dumps(months))}" '
        f'role="group" aria-label="Month of: {escape(chart.title)}" hidden>'
        '<button type="button">Play</button>'
        f'<label>Month <input type="range" min="0" max="{len(months) - 1}" step="1" '
        f'value="{start}" aria-valuetext="{escape(months[start])}"></label>'
        f"<output>{escape(months[start])}</output>{select if years else ''}</div>"
    )


def menu(name: str, chart: Chart) -> str:
    """Return a native list for the first menu of a chart, nothing for one without."""
    menus = chart.figure.layout.updatemenus
    if not menus:
        return ""
    picks = "".join(
        f'<option value="{i}">{escape(_bare(button.label))}</option>'
        for i, button in enumerate(menus[0].buttons)
    )
    return (
        f'<div class="player" data-menu="{name}" role="group" '
        f'aria-label="Shown: {escape(chart.title)}" hidden><label>Show <select>{picks}</select>'
        "</label></div>"
    )


def _bare(label: str) -> str:
    """Return a label without the tags that plotly reads."""
    return re.sub(r"<[^>]*>", " ", label)


def data_table(chart: Chart) -> str:
    """Return the table of a chart; a column whose every cell is a number stands to the right."""
    text = [
        i for i in range(1, len(chart.headings)) if not all(_is_number(r[i]) for r in chart.rows)
    ]
    return f'<div class="tall">{table(chart.title, chart.headings, chart.rows, text)}</div>'


def _is_number(cell: str) -> bool:
    bare = cell.strip().removesuffix("%").replace(",", "").replace("–", "").strip()
    try:
        float(bare or "0")
    except ValueError:
        return False
    return True


def page(title: str, lead: str, sections: Mapping[str, tuple[str, str]]) -> str:
    """Return the whole page; `sections` give heading and content by id, empty ones left out."""
    kept = {name: both for name, both in sections.items() if both[1]}
    scripts = (get_plotlyjs(), own_script())
    end = (
        '<p class="paper">Charts open on the last month of the answer; their tables, and what is '
        "folded, stand in the HTML file.</p>"
        "<noscript><p>Without scripts the charts are not drawn; their tables hold every number."
        f"</p></noscript>{''.join(f'<script>{script}</script>' for script in scripts)}"
    )
    return document(
        title,
        lead,
        {name: heading for name, (heading, _) in kept.items()},
        "".join(section(name, *both) for name, both in kept.items()),
        policy(scripts),
        STYLE + MORE_STYLE,
        end,
    )
