"""From rules to law by month: what each partner's acts ban, cap and close."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.axes import CHINA, DIRECTIONS, GOODS, N_DIRECTIONS, N_GOODS, N_PARTNERS
from sim.kernels.law import Days, in_force, segment_coverage, share_of_month, telling_days
from sim.rules import DAYS_A_MONTH, NEVER, Calendar, Rule

Array = NDArray[np.float64]

AS_WRITTEN, WITHOUT_CHINA = 1, 0
"""Variants of the law: as the scenario has it, and without China's acts from the split on."""

N_VARIANTS = 2

MIDDLE_OF_MONTH = 15.0
"""Days into a month from which the months left to a date are counted."""


@dataclass(frozen=True)
class ValueCap:
    """A cap on the value of a good sold by the DPRK, one pool over the partners it binds."""

    id: str
    good: int
    total: float
    first: Array  # (member,), day
    last: Array  # (member,), first free day
    yearly: bool
    binds: NDArray[np.bool_]  # (variant, member, partner)
    national: NDArray[np.bool_]  # (partner,)


@dataclass(frozen=True)
class Schedule:
    """The law by month; variants as in `WITHOUT_CHINA`, `AS_WRITTEN`."""

    national: Array  # (month, variant, member, partner, direction, good)
    council: Array  # same, share beyond national acts, to be weighed by enforcement
    under_measures: Array  # (month, variant, member, partner, direction, good), coverage
    labour_measures: Array  # (month, variant, member, partner), any labour measure in force
    entry_closed: Array  # (month, variant, member, partner)
    permits_ended: Array  # (month, variant, member, partner)
    repatriation: Array  # (month, variant, member, partner)
    months_left: Array  # (month, member), to the repatriation date
    clearing_window: Array  # (month, variant, member, partner, good), 1 in a release window
    announced: Array  # (month, variant, member, partner, good), share about to be banned, days
    capped: Array  # (month, variant, member, partner, direction, good), share of days under a cap
    caps: tuple[ValueCap, ...]
    cap_in_force: Array  # (month, member, cap), share of days
    cap_starts: NDArray[np.bool_]  # (month, member, cap), a new period of the cap begins


Spans = dict[int, tuple[Array, Array, Array]]
"""First day, first free day and coverage of each rule by `id(rule)`, all (member,)."""

Variants = dict[int, tuple[list[Rule], Spans]]
"""The rules of each variant of the law, and their spans."""


class Looked:
    """Which days of a calendar tell its months apart where rules start and end on some days.

    Many rules share their days, which are then found once.
    """

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self._known: dict[bytes, Days] = {}

    def at(self, *edges: Array) -> Days:
        """Return the days to look at for first and first free days, each (member,)."""
        key = b"".join(edge.tobytes() for edge in edges)
        if key not in self._known:
            calendar = self.calendar
            self._known[key] = telling_days(list(edges), calendar.month_starts, calendar.days)
        return self._known[key]


class Shift:
    """By how many days a rule starts and ends later than in the registry, for each member."""

    def of(self, rule: Rule, members: int) -> tuple[Array, Array]:
        """Return days added to the start and to the end of a rule, each (member,)."""
        return np.zeros(members), np.zeros(members)


def build_schedule(
    rules: list[Rule],
    calendar: Calendar,
    parameters: dict[str, Array],
    lifted: float,
    members: int,
    shift: Shift | None = None,
) -> Schedule:
    """Return the law by month for every member.

    `parameters` holds lags in days and coverages, (member,); China's rules adopted on or after day
    `lifted` are left out of the variant without China. `shift` moves rules away from their dates
    where a Council decides them.
    """
    moved = Shift() if shift is None else shift
    looked = Looked(calendar)
    whole = {id(rule): _span(rule, parameters, members, moved) for rule in rules}
    kept_by = {id(rule): _outlives(rule, lifted, moved, members) for rule in rules}
    variants = {
        AS_WRITTEN: (rules, whole),
        WITHOUT_CHINA: (
            [rule for rule in rules if kept_by[id(rule)].any()],
            {key: (*span[:2], span[2] * kept_by[key]) for key, span in whole.items()},
        ),
    }
    national, council, capped = _goods_law(variants, looked, members)
    labour = _labour_law(variants, looked, members)
    windows, announced = _windows(variants, looked, members, moved)
    caps = _value_caps(rules, kept_by, moved, members)
    force, starts = _cap_months(caps, looked, members)
    relaxed = 1.0 - labour["relaxed"]
    return Schedule(
        national=national,
        council=council,
        under_measures=np.minimum(national + council, 1.0),
        labour_measures=labour["any"],
        entry_closed=labour["entry"] * relaxed,
        permits_ended=labour["permits"] * relaxed,
        repatriation=labour["repatriation"],
        months_left=_months_left(rules, calendar, members, moved),
        clearing_window=windows,
        announced=announced,
        capped=capped,
        caps=caps,
        cap_in_force=force,
        cap_starts=starts,
    )


def _goods_law(variants: Variants, looked: Looked, members: int) -> tuple[Array, Array, Array]:
    """Return coverage by national acts, by UN measures beyond them, and days under a cap."""
    shape = (len(looked.calendar.months), N_VARIANTS, members, N_PARTNERS, N_DIRECTIONS, N_GOODS)
    national, council, capped = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for partner in range(N_PARTNERS):
        for direction, name in enumerate(DIRECTIONS):
            for good, word in enumerate(GOODS[direction]):
                for variant, (kept, spans) in variants.items():
                    if partner != CHINA and variant == WITHOUT_CHINA:
                        continue
                    of_cell = [
                        r for r in kept if (r.partner, r.direction, r.good) == (partner, name, word)
                    ]
                    if not of_cell:
                        continue
                    own, beyond = _cell_coverage(of_cell, spans, looked, members)
                    for target in (variant,) if partner == CHINA else (AS_WRITTEN, WITHOUT_CHINA):
                        at = np.s_[:, target, :, partner, direction, good]
                        national[at], council[at] = own.T, beyond.T
                        if any(r.acts_on == "cap" for r in of_cell):
                            capped[at] = _capped(of_cell, spans, looked, members).T
    return national, council, capped


_LABOUR_EFFECT = {
    "freeze": ("entry", "any"),
    "permits": ("entry", "permits", "any"),
    "repatriation": ("entry", "permits", "repatriation", "any"),
    "ban": ("entry", "permits", "repatriation", "any"),
    "relaxation": ("relaxed",),
}
"""What a rule on labour does, by its kind."""


def _labour_law(variants: Variants, looked: Looked, members: int) -> dict[str, Array]:
    """Return by effect the share of labour under it, (month, variant, member, partner)."""
    shape = (len(looked.calendar.months), N_VARIANTS, members, N_PARTNERS)
    effects = {effect for effects in _LABOUR_EFFECT.values() for effect in effects}
    labour = {effect: np.zeros(shape) for effect in effects}
    for variant, (kept, spans) in variants.items():
        for rule in kept:
            if rule.direction != "labour":
                continue
            first, last, share = spans[id(rule)]
            path = share_of_month(first, last, share, looked.at(first, last))
            for effect in _LABOUR_EFFECT.get(rule.kind, ()):
                held = labour[effect][:, variant, :, rule.partner]
                np.maximum(held, path, out=held)
    return labour


def _months_left(rules: list[Rule], calendar: Calendar, members: int, shift: Shift) -> Array:
    """Return the months left to the date by which workers are to be home, (month, member)."""
    # Nobody hurries home to the day a measure is lifted: the date of the measure itself counts.
    ends = [
        r.last + shift.of(r, members)[1]
        for r in rules
        if r.kind == "repatriation" and not r.open_end
    ]
    latest = np.max(ends, axis=0) if ends else np.full(members, NEVER)
    middle = calendar.month_starts + MIDDLE_OF_MONTH
    return np.asarray(np.maximum(latest - middle[:, None], 0.0) / DAYS_A_MONTH)


def _windows(
    variants: Variants,
    looked: Looked,
    members: int,
    shift: Shift,
) -> tuple[Array, Array]:
    """Return windows that clear bonded stock, and shares of goods whose ban is announced."""
    shape = (len(looked.calendar.months), N_VARIANTS, members, N_PARTNERS, N_GOODS)
    clearing, announced = np.zeros(shape), np.zeros(shape)
    for variant, (kept, spans) in variants.items():
        for rule in kept:
            if rule.window is None or rule.direction != "dprk_export":
                continue
            later, _ = shift.of(rule, members)
            first, last = (np.minimum(edge + later, rule.ended) for edge in rule.window)
            days = share_of_month(first, last, 1.0, looked.at(first, last))
            good = GOODS[0].index(rule.good)
            if rule.window_kind == "release":
                open_months = clearing[:, variant, :, rule.partner, good]
                in_law = (days > 0.0) & (spans[id(rule)][2] > 0.0)
                np.maximum(open_months, in_law, out=open_months)
            else:
                announced[:, variant, :, rule.partner, good] += days * spans[id(rule)][2]
    return clearing, np.minimum(announced, 1.0)


def _outlives(rule: Rule, lifted: float, shift: Shift, members: int) -> NDArray[np.bool_]:
    """Return in which members a rule stays where China's acts from day `lifted` on are lifted."""
    if rule.partner != CHINA:
        return np.ones(members, dtype=bool)
    return np.asarray(rule.adopted + shift.of(rule, members)[0] < lifted)


def _span(
    rule: Rule, parameters: dict[str, Array], members: int, shift: Shift
) -> tuple[Array, Array, Array]:
    """Return first day, first free day and coverage of a rule, (member,)."""
    lag = parameters[rule.lag_parameter] if rule.lag_parameter else np.zeros(members)
    later, longer = shift.of(rule, members)
    first = np.maximum(rule.first + lag, rule.not_before) + later
    # A rule that another replaces ends with the same lag; a repatriation date is a date.
    dated = rule.open_end or rule.direction == "labour"
    last = (np.full(members, rule.last) if dated else rule.last + lag) + longer
    last = np.minimum(last, rule.ended)
    if rule.coverage_parameter:
        share = parameters[rule.coverage_parameter] * rule.coverage_scale
    else:
        share = np.full(members, rule.coverage)
    if rule.kind == "cap_quantity" and rule.base_volume > 0.0:
        usual = rule.base_volume * rule.years
        share = np.full(members, max(0.0, 1.0 - rule.cap_value / usual))
    return np.broadcast_to(first, (members,)), np.broadcast_to(last, (members,)), share


def _cell_coverage(
    rules: list[Rule],
    spans: Spans,
    looked: Looked,
    members: int,
) -> tuple[Array, Array]:
    """Return coverage by national acts and by UN measures beyond them, (member, month).

    Bans add over segments; a cap on barrels covers the whole good, so the larger of the two holds.
    """
    months = len(looked.calendar.months)
    bans = (np.zeros((members, months)), np.zeros((members, months)))
    caps = (np.zeros((members, months)), np.zeros((members, months)))
    binding = [r for r in rules if r.acts_on == "ban" or (r.acts_on == "cap" and r.base_volume > 0)]
    for segment in sorted({(r.acts_on, r.segment) for r in binding}):
        group = [r for r in binding if (r.acts_on, r.segment) == segment]
        cover = segment_coverage(
            [spans[id(r)] for r in group if r.national],
            [spans[id(r)] for r in group if not r.national],
            looked.at(*(edge for r in group for edge in spans[id(r)][:2])),
            members,
        )
        if segment[0] == "ban":
            bans = (bans[0] + cover.national, bans[1] + cover.council)
        else:
            caps = (np.maximum(caps[0], cover.national), np.maximum(caps[1], cover.council))
    own = np.minimum(np.maximum(bans[0], caps[0]), 1.0)
    asked = np.minimum(np.maximum(bans[0] + bans[1], caps[0] + caps[1]), 1.0)
    return own, np.maximum(asked - own, 0.0)


def _capped(
    rules: list[Rule],
    spans: Spans,
    looked: Looked,
    members: int,
) -> Array:
    """Return the share of each month's days on which a cap is in force, (member, month)."""
    held = [spans[id(rule)][:2] for rule in rules if rule.acts_on == "cap"]
    looked_at = looked.at(*(edge for span in held for edge in span))
    days = np.zeros((members, looked_at.numbers.size))
    for first, last in held:
        np.maximum(days, in_force(first, last, looked_at.numbers), out=days)
    return looked_at.monthly_mean(days)


def _value_caps(
    rules: list[Rule],
    kept_by: dict[int, NDArray[np.bool_]],
    shift: Shift,
    members: int,
) -> tuple[ValueCap, ...]:
    """Return the value caps, each once, with the partners it binds."""
    caps: list[ValueCap] = []
    of_kind = [r for r in rules if r.kind == "cap_value" and r.direction == "dprk_export"]
    pools = sorted({(r.good, r.cap_value) for r in of_kind})
    for good, total in pools:
        members_of = [r for r in of_kind if (r.good, r.cap_value) == (good, total)]
        binds = np.zeros((N_VARIANTS, members, N_PARTNERS), dtype=bool)
        own = np.zeros(N_PARTNERS, dtype=bool)
        for rule in members_of:
            binds[AS_WRITTEN, :, rule.partner] = True
            binds[WITHOUT_CHINA, :, rule.partner] |= kept_by[id(rule)]
            own[rule.partner] |= rule.national
        # The pool opens with its first rule and closes with its last, lags apart.
        first = np.min([r.first + shift.of(r, members)[0] for r in members_of], axis=0)
        ends = [np.minimum(r.last + shift.of(r, members)[1], r.ended) for r in members_of]
        last = np.max(ends, axis=0)
        caps.append(
            ValueCap(
                "+".join(sorted({r.id for r in members_of})),
                GOODS[0].index(good),
                total,
                first,
                last,
                members_of[0].cap_unit == "musd_per_year",
                binds,
                own,
            )
        )
    return tuple(caps)


def _cap_months(
    caps: tuple[ValueCap, ...], looked: Looked, members: int
) -> tuple[Array, NDArray[np.bool_]]:
    """Return the share of each month a cap is in force, and where its period begins."""
    months = len(looked.calendar.months)
    force = np.zeros((months, members, len(caps)))
    starts = np.zeros((months, members, len(caps)), dtype=bool)
    for k, cap in enumerate(caps):
        force[..., k] = share_of_month(cap.first, cap.last, 1.0, looked.at(cap.first, cap.last))
        for t, month in enumerate(looked.calendar.months):
            new_year = cap.yearly and month.endswith("-01")
            starts[t, :, k] = new_year or (t > 0 and force[t - 1, :, k] == 0.0)
    return force, starts
