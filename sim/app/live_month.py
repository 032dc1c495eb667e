"""What happens in a month that is being lived: votes, measures, law, tests, border, prices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from sim.app.live_session import Session
from sim.axes import CHINA, DIRECTIONS, GOODS, N_PARTNERS, PARTNERS, RUSSIA, VETO_PLAYERS
from sim.data import load
from sim.experiment import decision_words as words
from sim.experiment.decision_notes import within_registry
from sim.experiment.decision_text import number

CHANGED = 0.005
"""Shares of goods nearer than this are the same to a reader."""

LABOUR = (
    "workers may come again",
    "no further workers may come",
    "permits of workers are not renewed",
    "workers have to go home",
)
"""What the law on labour says, by `Law.labour`."""

MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

Event = tuple[str, str]
"""A kind, one of `KINDS`, and a sentence."""

KINDS = ("Council", "In force", "Law", "Tests", "Summit", "Border", "Coal")


def month_words(month: str) -> str:
    """Return a month `YYYY-MM` in words."""
    return f"{MONTH_NAMES[int(month[5:]) - 1]} {month[:4]}"


def events(session: Session, t: int, arm: int) -> list[Event]:
    """Return what happens in a month that has been lived, in an arm."""
    found: list[Event] = []
    if session.scenario.actors.UN.mode == "reactive":
        found += [("Council", text) for text in _votes(session, t, arm)]
    else:
        found += [("Council", text) for text in adopted(session, t)]
        found += [("In force", text) for text in _begins(session, t, arm)]
    found += [("Law", text) for text in law_changes(session, t, arm)]
    found += [("Tests", text) for text in _tests(session, t, arm)]
    found += [("Summit", text) for text in summits(session.months[t])]
    found.append(("Border", _border(session, t, arm)))
    coal = float(session.inputs.coal_world[t])
    found.append(
        ("Coal", f"The world price of coal was {coal:.2f} times that of the base year a month ago.")
    )
    return found


# ---- the Council -------------------------------------------------------------------------------


def adopted(session: Session, t: int) -> list[str]:
    """Return the measures of the registry that the Council adopts in a month, by instrument."""
    by_instrument: dict[str, list[str]] = {}
    for row, _ in within_registry(session.scenario, session.months[t]):
        by_instrument.setdefault(row.instrument, []).append(row.commodity)
    return [
        f"It adopts {name} on its date: {_some(list(dict.fromkeys(goods)))}."
        for name, goods in by_instrument.items()
    ]


def _votes(session: Session, t: int, arm: int) -> list[str]:
    """Return what lies before the Council and what it does with it."""
    record, said = session.record, []
    event = record["council_event"][t, arm]
    for code, (_, label) in enumerate(words.EVENTS.items()):
        share = float((event == code).mean())
        if code and share > 0.0:
            said.append(f"{label[0].upper()}{label[1:]}{_among(session, share)}.")
    asked = float(record["council_asked"][t, arm].mean())
    limits = record["council_limit"][t, arm].mean(axis=0)
    status_quo = float(record["council_status_quo"][t, arm].mean())
    of_trade = lambda x: number(float(x), words.OF_TRADE)  # noqa: E731
    accept = ", ".join(f"{PARTNERS[p]} {of_trade(limits[k])}" for k, p in enumerate(VETO_PLAYERS))
    said.append(
        f"{of_trade(status_quo)} of the DPRK's base trade is under measures and the next draft "
        f"would add {of_trade(asked)}. The most that would be let pass: {accept}."
    )
    return said


def _among(session: Session, share: float) -> str:
    """Return in which share of members something holds, nothing where it holds in all."""
    return "" if share > 1.0 - 1e-9 else f" in {number(share, words.OF_MEMBERS)} of members"


# ---- the law -----------------------------------------------------------------------------------


def _begins(session: Session, t: int, arm: int) -> list[str]:
    """Return the instruments that begin to act on a partner's flows, with its lag."""
    by_name: dict[str, dict[int, list[str]]] = {}
    for name, partner, good in session.first_acts[t]:
        if partner == CHINA and name in _not_for_china(session) and not _restricts(session, arm):
            continue
        by_name.setdefault(name, {}).setdefault(partner, []).append(good)
    out = []
    for name, whom in by_name.items():
        parts = [
            f"{words.ACTOR_WORDS[PARTNERS[p]]} ({_some(list(dict.fromkeys(goods)))})"
            for p, goods in sorted(whom.items())
        ]
        out.append(f"{name} begins to bind {', '.join(parts)}.")
    return out


def _restricts(session: Session, arm: int) -> bool:
    return session.arms[arm].startswith("C1")


def _not_for_china(session: Session) -> frozenset[str]:
    """Return the instruments that the arms without China's restrictions do not apply to China."""
    lifted = session.scenario.lift_from or session.scenario.tightening_from
    return frozenset(row.instrument for row in load("measures") if f"{row.adopted:%Y-%m}" >= lifted)


def law_changes(session: Session, t: int, arm: int) -> list[str]:
    """Return the shares of goods whose ban has changed since the month before, by partner."""
    now = session.laws[t]
    before = session.laws[t - 1] if t else None
    out = []
    for p in range(N_PARTNERS):
        changed = []
        for d in range(len(DIRECTIONS)):
            for g, good in enumerate(GOODS[d]):
                new = float(now.banned[arm, p, d, g])
                old = float(before.banned[arm, p, d, g]) if before else new
                if abs(new - old) > CHANGED and f"{100 * old:.0f}" != f"{100 * new:.0f}":
                    side = "sold by the DPRK" if d == 0 else "bought by it"
                    changed.append(f"{good} {side} {100 * old:.0f} → {100 * new:.0f} %")
        who = words.ACTOR_WORDS[PARTNERS[p]]
        who = f"{who[0].upper()}{who[1:]}"
        if changed:
            out.append(f"{who}, share under a ban: {'; '.join(changed)}.")
        labour = int(now.labour[arm, p])
        if before and labour != int(before.labour[arm, p]):
            out.append(f"{who}: {LABOUR[labour]}.")
    return out


# ---- tests, summits, border --------------------------------------------------------------------


def _tests(session: Session, t: int, arm: int) -> list[str]:
    """Return the tests of a month, means over members."""
    counts = session.record["tests"][t, arm].mean(axis=0)
    parts = [
        f"{label}: {number(float(n), words.COUNT)}"
        for n, label in zip(counts, words.TEST_WORDS.values(), strict=True)
        if n > 0.0
    ]
    return [f"{', '.join(parts)}."] if parts else []


@lru_cache(maxsize=1)
def _summits() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in load("summits"):
        day: date = row.date
        found.setdefault(f"{day:%Y-%m}", []).append(str(row.description))
    return found


def summits(month: str) -> list[str]:
    """Return the meetings of leaders with the DPRK's in a month, as the registry has them."""
    return [f"{text[0].upper()}{text[1:]}." for text in dict.fromkeys(_summits().get(month, []))]


def _border(session: Session, t: int, arm: int) -> str:
    """Return how far the borders with China and Russia are open."""
    open_share = session.record["openness"][t, arm].mean(axis=0)
    parts = [f"with {PARTNERS[p]} {100 * open_share[p]:.0f} %" for p in (CHINA, RUSSIA)]
    return f"Borders open: {', '.join(parts)}."


def _some(names: Sequence[str], most: int = 4) -> str:
    """Return names in a row, the first few of many."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
