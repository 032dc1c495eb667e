"""What a reader must know of a month: who was held still, what the scenario set, what is law."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.axes import CHINA, PARTNERS, RUSSIA
from sim.data import load
from sim.experiment import decision_words as words
from sim.experiment.arms import AS_IT_HAPPENS
from sim.experiment.decision_data import Decider
from sim.experiment.stored import StoredRun
from sim.paths import fixed_level
from sim.scenario import Scenario

ACTING = ("ban", "cap", "permits")
"""What a rule of the registry must act on to change a flow of the model."""


def decider(run: StoredRun, rule: str, partner: int, t: int, arm: str) -> Decider:
    """Return who decided a partner's enforcement or support in month number `t` of an arm."""
    if t >= run.months.index(run.scenario.tightening_from):
        russia_held = partner == RUSSIA and rule == "support" and arm.endswith("S0")
        if russia_held or (partner == CHINA and arm.startswith("C0")):
            return "arm"
    name = PARTNERS[partner]
    setting = getattr(run.scenario.actors[name], rule)
    return "rule" if np.isnan(fixed_level(setting, name, run.months)[t]) else "scenario"


def notes_on(run: StoredRun, actor: str, t: int, arm: str) -> list[str]:
    """Return the sentences that go before an actor's month."""
    scenario = run.scenario
    notes = [f"The run begins in {run.months[0]}: there is no month before."] if t == 0 else []
    split = scenario.tightening_from
    if run.months[t] < split and arm != AS_IT_HAPPENS:
        notes.append(f"All arms are the same before {split}.")
    if actor in PARTNERS:
        return notes + _on_partner(run, PARTNERS.index(actor), t, arm)
    if actor == "DPRK":
        return notes + _on_dprk(scenario)
    return notes + _on_council(run, t, arm)


def _on_partner(run: StoredRun, p: int, t: int, arm: str) -> list[str]:
    """Return what was not decided by a partner's rule, and what it lacks."""
    name, scenario, notes = PARTNERS[p], run.scenario, []
    who, owner = words.ACTOR_WORDS[name], words.OWNERS[name]
    partner, split = scenario.actors[name], scenario.tightening_from
    levels = {rule: decider(run, rule, p, t, arm) for rule in ("enforcement", "support")}
    if p == CHINA and levels["enforcement"] == "arm":
        notes.append(
            f"Arm {arm} holds China still from {split}: enforcement and support stay at their "
            f"level before {scenario.lift_from or split}, and its terms are what its rules would "
            "have weighed."
        )
    if p == RUSSIA and levels["support"] == "arm":
        notes.append(
            f"Arm {arm} holds Russia still from {split}: support is 0, trade, workers and transit "
            "stay at their means of the twelve months before, no arms are bought; enforcement "
            "follows its rule and has no effect on trade."
        )
    for rule, by in levels.items():
        if by == "scenario":
            mode = getattr(partner, rule).mode
            notes.append(
                f"The scenario sets {owner} {rule} (mode {mode}): the terms are what its rule "
                "would have weighed."
            )
    if partner.law == "none":
        notes.append(f"No measure binds {who} in this scenario, so enforcement has no effect.")
    if partner.law == "registry":
        notes.append(f"Acts of {who} beyond the Council come on the dates of the registry.")
    return notes


def _on_dprk(scenario: Scenario) -> list[str]:
    """Return what the DPRK did not decide."""
    dprk, notes = scenario.actors.DPRK, []
    if dprk.provocations == "historical":
        notes.append("Tests are as recorded: the DPRK did not weigh them.")
    else:
        notes.append(
            "Tests are drawn: more of them under pressure, fewer while summits are recent."
        )
    borders = {
        "historical": "Borders are as recorded: the DPRK did not weigh them.",
        "decision": "The DPRK weighs danger of infection against distress at its borders.",
        "open": "Borders are never shut in this scenario.",
    }
    notes.append(borders[dprk.border])
    if dprk.evasion.mode == "fixed":
        notes.append("The scenario sets the effort to evade.")
    return notes


def _on_council(run: StoredRun, t: int, arm: str) -> list[str]:
    """Return how the Council decides, and what an arm does not apply."""
    scenario, notes = run.scenario, []
    if scenario.actors.UN.mode == "scheduled":
        notes.append(
            "The Council follows the registry: its measures come on their dates, nobody votes."
        )
    else:
        notes.append(
            "The Council votes. Without agreement the status quo stays, and the United States do "
            "alone what they can."
        )
    lifted = scenario.lift_from or scenario.tightening_from
    if arm.startswith("C0") and run.months[t] >= scenario.tightening_from:
        notes.append(f"In arm {arm} measures adopted from {lifted} on do not bind China.")
    return notes


def within_registry(scenario: Scenario, month: str) -> list[tuple[Any, bool]]:
    """Return the Council's measures of a month that a scenario includes, and whether each acts.

    One without effect on a flow of the model (finance, shipping, lists of persons) does not act.
    """
    chosen = scenario.measures
    acting = {r.id for r in load("rules") if r.acts_on in ACTING and r.start is not None}
    return [
        (row, row.id in acting)
        for row in load("measures")
        if row.issuer == "UN"
        and f"{row.adopted:%Y-%m}" == month
        and (chosen.include == "all" or row.id in chosen.include)
        and row.id not in chosen.drop
    ]
