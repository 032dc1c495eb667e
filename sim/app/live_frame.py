"""One lived month in a few kilobytes: what a page draws while months play."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.app.live_month import events, month_words
from sim.app.live_purse import purse
from sim.app.live_session import Session
from sim.experiment import decision_words as words
from sim.experiment.decision_data import Band, Explained, Quantity, Weighing
from sim.experiment.decision_text import band_words, level_words, number
from sim.view.chart_swarm import swarm_words
from sim.view.chart_terms import pulls

ACTORS = ("China", "Russia", "DPRK", "UN")
"""Actors that decide; pressure of the United States is given to them all."""

LEVELS = {"enforcement": "Enforcement", "support": "Support"}

Frame = dict[str, Any]


def frame(session: Session, t: int) -> Frame:
    """Return a month that has been lived as plain data.

    `arms` has for each arm the routes of the firms drawn (`routes`, one digit a dot) and what is
    said of them (`words`), the bars of each weighing (`terms`), the sentences of each actor
    (`heads`) and the `events` of the month; `lines` the running lines of the month by arm.
    """
    lines = session.lines(t, t + 1)
    return {
        "t": t,
        "month": session.months[t],
        "said": month_words(session.months[t]),
        "lines": {name: np.round(values[:, 0], 2).tolist() for name, values in lines.items()},
        "arms": [_arm(session, t, a) for a in range(len(session.arms))],
    }  # fmt: skip


def _arm(session: Session, t: int, arm: int) -> dict[str, Any]:
    """Return what one arm shows of a month."""
    found = {actor: session.explain(actor, t, arm) for actor in ACTORS}
    firms = session.firms[t]
    return {
        "routes": "".join(map(str, firms.route[arm].tolist())),
        "words": swarm_words(session.watch.sample, firms.counts[arm], session.months[t]),
        "terms": {
            **{
                f"{actor}-{weighing.name}": bars(weighing)
                for actor, explained in found.items()
                for weighing in explained.weighings
            },
            "DPRK-purse": bars(purse(session, t, arm)),
        },
        "heads": {
            **{actor: head(explained) for actor, explained in found.items()},
            "US": pressure_words(session, t),
        },
        "events": events(session, t, arm),
    }


def bars(weighing: Weighing) -> list[list[float]]:
    """Return means and 5 to 95 % of the terms and of their sum, three lists."""
    bands = [*(term.adds for term in weighing.terms), weighing.sum]
    return [
        [round(getattr(band, edge), 3) + 0.0 for band in bands] for edge in ("mean", "p05", "p95")
    ]


# ---- a sentence for each actor -----------------------------------------------------------------


def head(found: Explained) -> list[str]:
    """Return an actor's month in a few sentences."""
    if found.actor == "DPRK":
        return _dprk(found)
    if found.actor == "UN":
        return _council(found)
    said = []
    for weighing in found.weighings:
        if weighing.level is not None:
            said.append(_moves(LEVELS[weighing.name], level_words(weighing.level)))
        said.append(pulls(weighing))
    return said


def _moves(name: str, text: str) -> str:
    """Return how a level moved, by its name."""
    bare = text.replace("->", "→")
    if bare.startswith("The level"):
        return bare.replace("The level", name, 1)
    return f"{name}: {bare[0].lower()}{bare[1:]}"


def _rows(found: Explained) -> dict[tuple[str, str], Quantity]:
    """Return the quantities of a month by group and name."""
    return {(group.name, row.name): row for group in found.groups for row in group.rows}


def _dprk(found: Explained) -> list[str]:
    """Return what the DPRK did with its purse, and why."""
    rows = _rows(found)

    def now(name: str, column: str = "now") -> str:
        row = rows["purse", name]
        return band_words(row.values.get(column), row.unit)

    plan, budget = (_mean(rows["purse", name].values["now"]) for name in ("plan", "budget"))
    binds = "it buys what it planned" if plan <= budget else "money sets the limit"
    effort = " → ".join(filter(None, (now("effort", "before"), now("effort"))))
    return [
        f"It takes in {now('receipts')} million USD, plans imports of {now('plan')} and may spend "
        f"{now('budget')}: {binds}. Of the plan {now('unmet')} found no money or goods.",
        f"Its effort to evade, from 0 to 1, follows that unmet part: {effort}.",
        f"Reserves are {now('reserves')} million USD, output is {now('output')} times its base.",
    ]


def _council(found: Explained) -> list[str]:
    """Return what the Council did."""
    rows = _rows(found)
    under = ", ".join(
        f"{name} {number(_mean(rows['under_measures', name].values['now']), words.SHARE)}"
        for name in ("China", "Russia")
    )
    watch = band_words(rows["monitoring", "monitoring"].values["now"], words.INDEX)
    last = f"Base trade under measures: {under}; monitoring {watch} of its full strength."
    if not found.weighings:
        count = len(found.measures)
        what = f"It adopts {count} measures on their dates" if count else "It adopts nothing"
        return [f"{what}: the registry decides, nobody votes.", last]
    return [*(pulls(weighing) for weighing in found.weighings), last]


def pressure_words(session: Session, t: int) -> list[str]:
    """Return the pressure of the United States, as the scenario gives it."""
    level = float(session.inputs.us_pressure[t])
    before = float(session.inputs.us_pressure[t - 1]) if t else level
    path = f"{level:.2f}" if np.isclose(level, before) else f"{before:.2f} → {level:.2f}"
    return [
        f"Pressure {path}, from 0 to 1, as the scenario gives it (judgement, mark C): no rule "
        "decides it."
    ]


def _mean(value: Band | float | None) -> float:
    return value.mean if isinstance(value, Band) else float(value or 0.0)
