"""What the game check found, in sentences and in plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.experiment.decision_words import ACTOR_WORDS
from sim.experiment.game import EFFORT, SHIFT, Regret
from sim.experiment.game_council import CouncilRegret
from sim.experiment.game_settle import (
    CYCLES,
    DRIFTS,
    LAST_MONTHS,
    SETTLES,
    VERDICTS,
    YEARS_AFTER,
    Ending,
    Settling,
)

SMALL = 0.01
"""Regret below this share of what is at stake is not worth a sentence."""

DIGITS = 9
"""Digits of a mean level: a mean of equal levels is the level."""


def name_of(regret: Regret) -> str:
    """Return whose decision it is and which."""
    who = ACTOR_WORDS[regret.decision.actor].removeprefix("the ")
    return f"{who[0].upper()}{who[1:]}, {regret.decision.what}"


def played_by(regret: Regret) -> str:
    """Return who decided what was played."""
    return "the rule" if regret.by_rule else "the scenario"


def best_words(regret: Regret) -> str:
    """Return the best reply on the grid, short; where none beats what was played, that."""
    policy = regret.policies[regret.best]
    if regret.regret == 0.0:
        return "as played"
    if policy.kind == SHIFT:
        return f"{policy.value:+g} logits ({regret.levels[regret.best]:.2f})"
    return f"{policy.value:.1f}"


def regret_sentence(regret: Regret) -> str:
    """Return how far a decision is from the best reply, in a sentence."""
    name, by = name_of(regret), played_by(regret)
    if regret.regret == 0.0:
        return f"{name}: no reply on the grid beats what {by} did, {regret.level:.2f} on average."
    policy, level = regret.policies[regret.best], regret.levels[regret.best]
    letter = {"enforcement": "e", "support": "o", EFFORT: "effort"}[regret.decision.what]
    reply = f"{letter} = {policy.value:.1f}"
    if policy.kind == SHIFT:
        way = "up" if policy.value > 0.0 else "down"
        reply = f"the same path moved {way} by {abs(policy.value):g} logits, {level:.2f} on average"
    return (
        f"{name}: regret is {100.0 * regret.share:.1f} % of what is at stake; best reply on the "
        f"grid is {reply} against {regret.level:.2f} on average by {by}."
    )


def regret_sentences(regrets: list[Regret]) -> list[str]:
    """Return a sentence for each regret worth one, and one for the others."""
    large = [row for row in regrets if row.share >= SMALL]
    out = [regret_sentence(row) for row in large]
    if len(large) < len(regrets):
        which = "Every other decision" if large else "Every decision"
        out.append(f"{which} has a regret below {100.0 * SMALL:.0f} % of what is at stake.")
    return out


def council_sentences(found: CouncilRegret | None) -> list[str]:
    """Return what proposer and veto players could have done better."""
    if found is None:
        return ["The Council goes by the dates of the registry: it has nothing to regret."]
    votes, passed = found.resolution.size, int(found.resolution.sum())
    if votes == 0:
        return ["The Council never votes."]
    means = (100.0 * float(x.mean()) for x in (found.asked, found.feasible, found.adopted))
    asked, feasible, adopted = means
    out = [
        f"The Council votes {votes} times in all members ({passed} resolutions, {votes - passed} "
        f"vetoes). Drafts ask on average for {asked:.1f} % of base trade, both veto players would "
        f"accept {feasible:.1f} %, {adopted:.1f} % is adopted: the proposer's regret is "
        f"{100.0 * float(found.proposer.mean()):.1f} % of base trade."
    ]
    for name, regret in found.players.items():
        at = regret > 0.0
        if not at.any():
            out.append(f"{name}, veto player: no regret at any vote.")
            continue
        out.append(
            f"{name}, veto player: at {int(at.sum())} votes the other choice lay "
            f"{100.0 * float(regret[at].mean()):.1f} % of base trade nearer to its ideal."
        )
    return out


def settle_sentences(found: list[Settling]) -> list[str]:
    """Return whether each frozen world settles, cycles or still drifts."""
    out = []
    for row in found:
        held = row.like if row.like == row.last else f"{row.like} (from {row.last} on)"
        out.append(
            f"With {row.words} and everything from outside held as in {held} for {YEARS_AFTER} "
            f"years, decisions {_ending_words(row.decisions)}; prices of goods sold "
            f"{_ending_words(row.prices)}."
        )
    if any(row.prices.share(SETTLES) < 1.0 for row in found):
        out.append(
            "Prices go on moving where a large lot of cargo is found by chance, or leaves a route "
            "and comes back to it at a chance review; where decisions have settled, it is firms "
            "that move them, not states."
        )
    return out


def _ending_words(row: Ending) -> str:
    """Return how members end in some series, and what cycles or moves."""
    shares = {verdict: 100.0 * row.share(verdict) for verdict in VERDICTS}
    text = (
        f"settle in {shares[SETTLES]:.0f} % of members, cycle in {shares[CYCLES]:.0f} % and still "
        f"drift in {shares[DRIFTS]:.0f} %"
    )
    if row.cycles:
        parts = (f"{name} in {100.0 * share:.0f} %" for name, share in row.cycles.items())
        return f"{text} (what cycles: {', '.join(parts)})"
    name, swing = row.most
    return f"{text} (largest swing in {LAST_MONTHS} months: {name}, {swing:.3f})"


# ---- plain data ----------------------------------------------------------------------------------


def regret_data(row: Regret) -> dict[str, Any]:
    """Return a decision as plain data, its grid included."""
    return {
        "actor": row.decision.actor,
        "decision": row.decision.what,
        "decided_by": "rule" if row.by_rule else "scenario",
        "unit": row.decision.unit,
        "mean_level": row.level,
        "objective": float(row.own.mean()),
        "best": {
            "policy": row.policies[row.best].kind,
            "value": row.policies[row.best].value,
            "mean_level": round(float(row.levels[row.best]), DIGITS),
            "objective": float(row.mean_values[row.best]),
        },
        "regret": row.regret,
        "at_stake": row.stake,
        "regret_of_stake": row.share,
        "regret_each_member_its_own_best": row.each_regret,
        "gain_without_inertia": row.inertia,
        "grid": [
            {
                "policy": policy.kind,
                "value": policy.value,
                "mean_level": round(float(level), DIGITS),
                "objective": float(value),
            }
            for policy, level, value in zip(row.policies, row.levels, row.mean_values, strict=True)
        ],
    }


def council_data(found: CouncilRegret | None) -> dict[str, Any] | None:
    """Return regret at votes as plain data, shares of base trade; None without votes."""
    if found is None or found.resolution.size == 0:
        return None
    means = {name: float(getattr(found, name).mean()) for name in ("asked", "feasible", "adopted")}
    return {
        **means,
        "votes": found.resolution.size,
        "resolutions": int(found.resolution.sum()),
        "proposer_regret": {
            "mean": float(found.proposer.mean()),
            "max": float(found.proposer.max()),
        },
        "veto_player_regret": {
            name: {"mean": float(x.mean()), "max": float(x.max()), "votes": int((x > 0.0).sum())}
            for name, x in found.players.items()
        },
    }


def settle_data(row: Settling) -> dict[str, Any]:
    """Return how a frozen world ends as plain data."""
    return {
        "world": row.words,
        "frozen_after": row.last,
        "held_as_in": row.like,
        "years": YEARS_AFTER,
        "decisions": _ending_data(row.decisions),
        "prices": _ending_data(row.prices),
    }


def _ending_data(row: Ending) -> dict[str, Any]:
    """Return verdicts and swings as plain data."""
    middle, largest = np.median(row.swings, axis=0), row.swings.max(axis=0)
    return {
        "shares": {verdict: row.share(verdict) for verdict in VERDICTS},
        "cycling": row.cycles,
        "swing_median": dict(zip(row.series, middle.tolist(), strict=True)),
        "swing_max": dict(zip(row.series, largest.tolist(), strict=True)),
    }
