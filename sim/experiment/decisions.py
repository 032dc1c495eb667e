"""What an actor saw in a month of a finished run, how it weighed it and what it decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.axes import CHINA, PARTNERS, RUSSIA
from sim.errors import DivertError, nearest
from sim.experiment import decision_words as words
from sim.experiment.arms import ARM_WORDS, shown_arm
from sim.experiment.decision_data import (
    Band,
    Decider,
    Explained,
    Group,
    Level,
    Measure,
    Quantity,
    Term,
    Weighing,
    band,
)
from sim.experiment.decision_notes import decider, notes_on, within_registry
from sim.experiment.stored import StoredRun
from sim.kernels.enforcement import US_PRESSURE_BASE
from sim.parameters import PARTNER_KEYS
from sim.record import (
    COUNCIL_TERMS,
    ENFORCEMENT_TERMS,
    RETURNS,
    SUPPORT_TERMS,
    TESTS,
    VETO_NAMES,
)

Array = NDArray[np.float64]

YEAR = 12
SAME = 5e-4
"""Levels nearer than this count as the same: a reader sees two digits of them."""


def explain_month(run: StoredRun, actor: str, month: str, arm: str | None = None) -> Explained:
    """Return what an actor saw, weighed and decided in a month of an arm.

    Without `arm` the one in which nobody is held still. Raises DivertError for an actor, a month
    or an arm that the run does not have.
    """
    _one_of(actor, words.ACTORS, "--actor")
    lane = shown_arm(run.arms) if arm is None else _one_of(arm, run.arms, "--arm")
    if month not in run.months:
        raise DivertError(
            f"found {month!r}; allowed: a month YYYY-MM from {run.months[0]} to {run.months[-1]}"
            f"{nearest(month, [m for m in run.months if m[:4] == month[:4]])}",
            key="--month",
        )
    view = _View(run, run.months.index(month), run.arms.index(lane))
    done = Explained(
        run.scenario.name, actor, month, lane, ARM_WORDS[lane], run.members,
        notes_on(run, actor, view.t, lane),
    )  # fmt: skip
    if actor == "UN":
        _council(view, done)
    elif actor == "DPRK":
        done.groups.extend(_dprk(view))
    else:
        _partner(view, PARTNERS.index(actor), lane, done)
    return done


def _one_of(found: str, allowed: Sequence[str], option: str) -> str:
    """Return `found`, or refuse it."""
    if found not in allowed:
        raise DivertError(
            f"found {found!r}; allowed: {', '.join(allowed)}{_hint(found, allowed)}", key=option
        )
    return found


def _hint(found: str, allowed: Sequence[str]) -> str:
    """Return the nearest allowed spelling, whatever its capitals."""
    alike = [name for name in allowed if name.lower() == found.lower()]
    return nearest(alike[0] if alike else found, allowed)


@dataclass(frozen=True)
class _View:
    """One month of one arm of a run."""

    run: StoredRun
    t: int
    arm: int

    def now(self, name: str) -> Array:
        """Return an array this month, (member, ...)."""
        return np.asarray(self.run.arrays[name][self.t, self.arm])

    def before(self, name: str) -> Array | None:
        """Return an array the month before, (member, ...), None in the first month."""
        return self.run.arrays[name][self.t - 1, self.arm] if self.t else None

    def year(self, name: str) -> Array:
        """Return the sum of an array over twelve months, or since the start, (member, ...)."""
        first = max(0, self.t + 1 - YEAR)
        return np.asarray(self.run.arrays[name][first : self.t + 1, self.arm].sum(axis=0))

    @property
    def distress(self) -> Array:
        """Return how far output was below base when the month began, (member,)."""
        output = self.before("output")
        none = np.zeros(self.run.members)
        return none if output is None else np.maximum(1.0 - output, 0.0)

    def row(self, name: str, label: str, unit: str, array: str, at: int | None = None) -> Quantity:
        """Return a recorded array as a quantity, this month and the month before."""
        pick = lambda values: values if at is None else values[..., at]  # noqa: E731
        old = self.before(array)
        before = None if old is None else band(pick(old))
        return Quantity(name, label, unit, {"before": before, "now": band(pick(self.now(array)))})


# ---- partners ----------------------------------------------------------------------------------


def _partner(view: _View, p: int, arm: str, done: Explained) -> None:
    """Fill in what a partner saw, weighed and decided."""
    done.weighings.append(_enforcement(view, p, arm))
    done.weighings.append(_support(view, p, arm))
    if view.run.scenario.actors[PARTNERS[p]].law == "endogenous":
        done.groups.append(_own_acts(view, p))
    if p == RUSSIA:
        gains = [
            Quantity(
                name, name, words.MUSD,
                {"now": band(view.now("returns")[:, i]), "year": band(view.year("returns")[:, i])},
            )
            for i, name in enumerate(RETURNS)
        ]  # fmt: skip
        done.groups.append(Group("returns", "What Russia gets from it", tuple(gains)))
    workers = [
        view.row(name, f"workers on {label}", words.WORKERS, name, p)
        for name, label in (("permits", "permits"), ("visas", "student and tourist visas"))
    ]
    done.groups.append(Group("workers", "Workers of the DPRK it hosts", tuple(workers)))


def _enforcement(view: _View, p: int, arm: str) -> Weighing:
    """Return how a partner weighed enforcement."""
    seen = {
        "un": view.now("under_measures")[:, p],
        "us": view.now("us_pressure"),
        "provocation": view.now("provocation"),
        "diplomacy": view.now("thaw")[:, p],
        "stability": view.distress,
        "need": view.now("need")[:, p],
        "rivalry": view.now("influence_lost")[:, p],
        "losses": view.now("trade_lost")[:, p],
    }
    signed = view.now("enforcement_terms")[:, p]
    par, key = view.run.parameters, PARTNER_KEYS[p]
    speeds = (par[f"{key}_enforcement_up"], par[f"{key}_enforcement_down"])
    return Weighing(
        "enforcement",
        "How strictly to enforce",
        words.LOGITS,
        _terms(ENFORCEMENT_TERMS, words.ENFORCEMENT_WORDS, signed, seen),
        band(signed.sum(axis=-1)),
        {"wish": band(view.now("enforcement_target")[:, p])},
        _level(view, "enforcement", p, speeds, decider(view.run, "enforcement", p, view.t, arm)),
    )


def _support(view: _View, p: int, arm: str) -> Weighing:
    """Return how a partner weighed support."""
    run = view.run
    split = run.months.index(run.scenario.tightening_from)
    path = run.arrays["need"][:, view.arm, :, p]
    need = path[view.t] - path[: split + 1].min(axis=0)
    commerce = view.now("commerce")[:, p]
    pressure = np.maximum(view.now("us_pressure") - US_PRESSURE_BASE, 0.0)
    seen = {"need": need, "commerce": commerce, "both": need * commerce, "us": pressure}
    signed = view.now("support_terms")[:, p]
    speeds = (run.parameters["support_up"], run.parameters["support_down"])
    return Weighing(
        "support",
        "How far to help around it",
        words.LOGITS,
        _terms(SUPPORT_TERMS, words.SUPPORT_WORDS, signed, seen),
        band(signed.sum(axis=-1)),
        {"wish": band(view.now("support_target")[:, p])},
        _level(view, "support", p, speeds, decider(run, "support", p, view.t, arm)),
    )


def _terms(
    names: Sequence[str],
    labels: Mapping[str, tuple[str, str | None]],
    signed: Array,
    seen: Mapping[str, Array],
) -> tuple[Term, ...]:
    """Return the terms of a wish; `signed` (member, term), each of `seen` (member,)."""
    return tuple(
        Term(
            name, labels[name][0], band(seen[name]) if name in seen else None, labels[name][1],
            band(signed[:, i]),
        )
        for i, name in enumerate(names)
    )  # fmt: skip


def _level(
    view: _View, name: str, p: int, speeds: tuple[Array, Array], decided_by: Decider
) -> Level:
    """Return a partner's level before and after the month."""
    after, old = view.now(name)[:, p], view.before(name)
    before = after if old is None else old[:, p]
    return Level(
        None if old is None else band(before),
        band(after),
        float((after > before + SAME).mean()),
        float((after < before - SAME).mean()),
        band(speeds[0]),
        band(speeds[1]),
        decided_by,
    )


def _own_acts(view: _View, p: int) -> Group:
    """Return in how many members a partner goes beyond the Council on its own."""
    old = view.before("own_acts")
    before = None if old is None else float(old[:, p].mean())
    acts: dict[str, Band | float | None] = {
        "before": before,
        "now": float(view.now("own_acts")[:, p].mean()),
    }
    bar = band(view.run.parameters["own_act_threshold"])
    rows = (
        Quantity("own_acts", "stops itself what the Council caps", words.OF_MEMBERS, acts),
        Quantity("threshold", "wish for enforcement that brings it", words.INDEX, {"now": bar}),
    )
    return Group("own_acts", "Beyond the Council", rows)


# ---- the DPRK ----------------------------------------------------------------------------------


def _dprk(view: _View) -> list[Group]:
    """Return what the DPRK did, what it had and what became of it."""
    purse = [view.row(name, *label, name) for name, label in words.PURSE_WORDS.items()]
    return [
        Group("tests", "Tests", _tests(view)),
        Group("purse", "Purse, evasion and output", tuple(purse)),
        _by_partner(view, "favour", "Preference for a supplier, before price", words.MULTIPLE),
        Group("workers", "Workers abroad, on permits and visas", tuple(_workers(view))),
        _by_partner(view, "openness", "Borders: the share that is open", words.SHARE),
    ]


def _tests(view: _View) -> tuple[Quantity, ...]:
    """Return the tests of the month by kind."""
    return tuple(
        view.row(kind, words.TEST_WORDS[kind], words.COUNT, "tests", i)
        for i, kind in enumerate(TESTS)
    )


def _by_partner(view: _View, name: str, title: str, unit: str) -> Group:
    """Return one array by partner."""
    rows = [view.row(n, words.ACTOR_WORDS[n], unit, name, p) for p, n in enumerate(PARTNERS)]
    return Group(name, title, tuple(rows))


def _workers(view: _View) -> list[Quantity]:
    """Return workers by host, and how their number has changed in a month."""
    rows = []
    now = view.now("permits") + view.now("visas")
    permits, visas = view.before("permits"), view.before("visas")
    for p, name in enumerate(PARTNERS):
        values: dict[str, Band | float | None] = {"before": None, "now": band(now[:, p])}
        if permits is not None and visas is not None:
            before = permits[:, p] + visas[:, p]
            values |= {"before": band(before), "change": band(now[:, p] - before)}
        rows.append(Quantity(name, words.ACTOR_WORDS[name], words.WORKERS, values))
    return rows


# ---- the Security Council ----------------------------------------------------------------------


def _council(view: _View, done: Explained) -> None:
    """Fill in what the Council saw, weighed and did, or the measures that came on their dates."""
    if view.run.scenario.actors.UN.mode == "reactive":
        done.weighings.extend(_ideal(view, k) for k in range(len(VETO_NAMES)))
        done.groups.extend(_vote(view))
    else:
        done.measures.extend(
            Measure(
                row.id, row.instrument, f"{row.adopted}", row.target_flow, row.commodity,
                row.measure_type, acts,
            )
            for row, acts in within_registry(view.run.scenario, done.month)
        )  # fmt: skip
    done.groups.append(
        _by_partner(view, "under_measures", "Base trade under measures", words.SHARE)
    )
    watch = view.row("monitoring", "strength of monitoring, 0 to 1", words.INDEX, "monitoring")
    done.groups.append(Group("monitoring", "Monitors", (watch,)))


def _ideal(view: _View, player: int) -> Weighing:
    """Return how a veto player weighed how strict the Council should be."""
    p = (CHINA, RUSSIA)[player]
    seen = {
        "provocation": view.now("provocation"),
        "stability": view.distress,
        "need": view.now("need")[:, p],
        "diplomacy": view.now("thaw")[:, p],
    }
    signed, limit = view.now("council_terms")[:, player], view.now("council_limit")[:, player]
    ideal = signed.sum(axis=-1)
    name = VETO_NAMES[player]
    return Weighing(
        f"ideal_{name}",
        f"How strict {name} wants the Council to be",
        words.OF_TRADE,
        _terms(COUNCIL_TERMS, words.IDEAL_WORDS, signed, seen),
        band(ideal),
        {"concession": band(limit - ideal), "limit": band(limit)},
    )


def _alone(view: _View, player: int, name: str) -> Quantity:
    """Return what the United States would do alone, as it bites on a veto player."""
    now, old = view.now("council_outside"), view.before("council_outside")
    label = f"what the United States would do alone, as it bites on {name}"
    return Quantity(
        f"council_outside_{name}", label, words.OF_TRADE,
        {
            "before": None if old is None else band(old[:, player]),
            "now": band(now[:, player]),
        },
    )  # fmt: skip


def _vote(view: _View) -> list[Group]:
    """Return what lay on the Council's table and what it did."""
    seen = [
        *_tests(view),
        view.row(
            "us_pressure", "pressure of the United States, 0 to 1", words.INDEX, "us_pressure"
        ),
        *(_alone(view, k, name) for k, name in enumerate(VETO_NAMES)),
    ]
    table = []
    for name, label in words.COUNCIL_WORDS.items():
        if name == "threshold":
            bar = band(view.run.parameters["council_threshold"])
            table.append(Quantity(name, *label, {"now": bar}))
        else:
            table.append(view.row(name, *label, name))
    event, old = view.now("council_event"), view.before("council_event")
    done = [
        Quantity(
            name, label, words.OF_MEMBERS,
            {
                "before": None if old is None else float((old == code).mean()),
                "now": float((event == code).mean()),
            },
        )
        for code, (name, label) in enumerate(words.EVENTS.items())
    ]  # fmt: skip
    return [
        Group("seen", "What it saw", tuple(seen)),
        Group("table", "On the table", tuple(table)),
        Group("event", "What the Council did", tuple(done)),
    ]
