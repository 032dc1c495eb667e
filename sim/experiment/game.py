"""The game check: each actor's rule against the best reply on a grid of its own objective.

One decision of one actor deviates at a time. All other decisions (enforcement and support of the
partners, the DPRK's effort) are fixed at the paths they took when everyone played by the rules;
firms, markets, law, votes and own acts answer freely. What the deviator weighs is read from the
world that results, so a rule can lose by its inertia and by what it does not foresee: how its own
decision comes back to it through distress, losses and rivals. The objectives are those that the
rules maximise month by month; that actors have them is judgement (C).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr, expit, logit

from sim.axes import N_PARTNERS, PARTNERS
from sim.experiment.arms import AS_IT_HAPPENS
from sim.experiment.ensemble import member_parameters
from sim.inputs import Inputs, build_inputs
from sim.model import SanctionsModel
from sim.record import Record
from sim.scenario import Scenario
from sim.workers import Workers

Array = NDArray[np.float64]
Progress = Callable[[float], None] | None

ARM = (AS_IT_HAPPENS,)
"""The arm in which all are free to act."""

ENFORCEMENT, SUPPORT, EFFORT = "enforcement", "support", "effort"
LEVEL, SHIFT, WISH = "level", "shift", "wish"
LOGITS, SHARES = "logits a month", "share of the plan a month"

LEVELS = tuple(round(0.1 * k, 1) for k in range(11))
SHIFTS = (-2.0, -1.0, -0.5, 0.5, 1.0, 2.0)
"""Logits by which the path of the rule is moved."""

COPIES_AT_ONCE = 6
"""Policies of the grid that run side by side as members of one block; changes no number."""


class Levels(NamedTuple):
    """Levels that are set, NaN where a rule decides."""

    enforcement: Array  # (month, member, partner)
    support: Array  # (month, member, partner)
    effort: Array  # (month, member)


@dataclass(frozen=True)
class Decision:
    """One decision of one actor; `partner` is its place on the partner axis, unused by the DPRK."""

    actor: str
    what: str
    partner: int = 0

    @property
    def unit(self) -> str:
        """Return the unit of its objective."""
        return SHARES if self.what == EFFORT else LOGITS

    def of(self, values: Array) -> Array:
        """Return its own part of an array that ends in partners, or of one without them."""
        return values if self.what == EFFORT else values[..., self.partner]


DECISIONS = (
    *(Decision(name, ENFORCEMENT, p) for p, name in enumerate(PARTNERS)),
    *(Decision(name, SUPPORT, p) for p, name in enumerate(PARTNERS)),
    Decision("DPRK", EFFORT),
)


class Policy(NamedTuple):
    """What a deviator does from the split on.

    A `level` held for ever, the rule's path moved by a `shift` in logits, or, apart from the grid,
    at once whatever the rule had wished for (`wish`), without its inertia.
    """

    kind: str
    value: float


@dataclass(frozen=True)
class World:
    """A scenario with the parameters of its members, (member,)."""

    scenario: Scenario
    parameters: dict[str, Array]

    @classmethod
    def of(cls, scenario: Scenario) -> World:
        """Return a scenario's world with the parameters it draws."""
        return cls(scenario, member_parameters(scenario))

    def judged(self) -> World:
        """Return the same world ending with the window: no later month is looked at."""
        period, window = self.scenario.period, self.scenario.window
        short = period.model_copy(update={"last": window.last})
        scenario = self.scenario.model_copy(update={"period": short})
        return dataclasses.replace(self, scenario=scenario)

    def play(self, levels: Levels | None = None, copies: int = 1) -> Record:
        """Run every member `copies` times side by side, on the same draws, with levels set.

        `levels` have a member axis of copies times members, copy by copy.
        """
        inputs = self.inputs(copies)
        if levels is not None:
            inputs = dataclasses.replace(
                inputs,
                fixed_enforcement=levels.enforcement,
                fixed_support=levels.support,
                fixed_effort=levels.effort,
            )
        return self.run(inputs, copies)

    def inputs(self, copies: int = 1) -> Inputs:
        """Return the inputs of every member, `copies` times."""
        parameters = {name: np.tile(values, copies) for name, values in self.parameters.items()}
        return build_inputs(self.scenario, parameters)

    def run(self, inputs: Inputs, copies: int = 1) -> Record:
        """Run inputs of the members, repeated `copies` times, in the one arm all are free in."""
        firms, ids = self.scenario.firms, tuple(range(inputs.members // copies)) * copies
        model = SanctionsModel(inputs, ids, self.scenario.seed, ARM, firms.counts(), firms.pareto)
        return model.run()


@dataclass(frozen=True)
class Regret:
    """A decision's value as played and on the grid, and what a better reply would have gained."""

    decision: Decision
    by_rule: bool  # else the scenario sets it
    level: float  # mean level as played
    own: Array  # (member,), objective as played
    policies: tuple[Policy, ...]
    levels: Array  # (policy,), mean level of each
    values: Array  # (policy, member), objective
    at_once: Array  # (member,), objective where the wish is followed at once

    @property
    def mean_values(self) -> Array:
        """Return the objective of each policy, mean of the members, (policy,)."""
        return np.asarray(self.values.mean(axis=1))

    @property
    def best(self) -> int:
        """Return the place of the best policy on the grid."""
        return int(self.mean_values.argmax())

    @property
    def regret(self) -> float:
        """Return by how much the best policy on the grid beats what was played, at least 0."""
        return max(0.0, float(self.mean_values[self.best] - self.own.mean()))

    @property
    def each_regret(self) -> float:
        """Return the mean regret where each member may choose a best policy of its own."""
        return float(np.maximum(self.values.max(axis=0) - self.own, 0.0).mean())

    @property
    def inertia(self) -> float:
        """Return the gain from following the wish at once; below 0 where haste comes back."""
        return float((self.at_once - self.own).mean())

    @property
    def stake(self) -> float:
        """Return what the decision is about: the best policy on the grid less the worst."""
        return float(np.ptp(self.mean_values))

    @property
    def share(self) -> float:
        """Return regret as a share of what is at stake, 0 where nothing is."""
        return self.regret / self.stake if self.stake > 0.0 else 0.0


@dataclass(frozen=True)
class Played:
    """A run in which everyone played by the rules: its record, its levels, the months judged."""

    record: Record
    levels: Levels
    months: slice

    @classmethod
    def of(cls, world: World) -> Played:
        """Run a world once; months judged go from the split to the end of the window."""
        record = world.play()
        inputs = record.inputs
        last = inputs.months.index(world.scenario.window.last)
        return cls(record, _levels(record), slice(inputs.split, last + 1))


def _levels(record: Record) -> Levels:
    """Return the levels everyone took from the split on; before it the rules decide again."""
    inputs = record.inputs
    lead = (len(inputs.months), inputs.members)
    out = []
    for name, given, axes in (
        (ENFORCEMENT, inputs.fixed_enforcement, (N_PARTNERS,)),
        (SUPPORT, inputs.fixed_support, (N_PARTNERS,)),
        (EFFORT, inputs.fixed_effort, ()),
    ):
        # A level the scenario sets for all members has no axis for them.
        wide = given if given.ndim == 2 + len(axes) else given[:, None]
        path = np.broadcast_to(wide, (*lead, *axes)).copy()
        path[inputs.split :] = record[name][inputs.split :, 0]
        out.append(path)
    return Levels(*out)


# ---- objectives ----------------------------------------------------------------------------------


def choice_value(share: Array, advantage: Array) -> Array:
    """Return x u + H(x), H(x) = -x ln x - (1 - x) ln(1 - x), in logits.

    `advantage` u is what the share x gains over its opposite, H the ease of not telling the two
    well apart; the maximiser is L(u), L the logistic function. Sources: control costs of Mattsson
    and Weibull (2002); the equilibrium of such players is that of McKelvey and Palfrey (1995).
    """
    return np.asarray(share * advantage + entr(share) + entr(1.0 - share))


def objective(decision: Decision, record: Record, months: slice) -> Array:
    """Return the mean over months of what an actor wants in the world of a record, (member,).

    Enforcement: e u + H(e), u the sum of its terms as they are in that world. Support: x y + H(x),
    y the sum of its terms, x = c + o (1 - c) and c = L(intercept), so that o* is the maximiser on
    x >= c. Both in logits. Effort: -(unmet + effort^2 / 2), shares of the import plan: what is not
    bought hurts, and so does hiding, ever more; effort works from the month after. Judgement (C).
    """
    if decision.what == EFFORT:
        unmet, effort = (record[name][months, 0] for name in ("unmet", EFFORT))
        return np.asarray(-(unmet + 0.5 * effort**2).mean(axis=0))
    share = record[decision.what][months, 0][..., decision.partner]
    terms = record[f"{decision.what}_terms"][months, 0][..., decision.partner, :]
    if decision.what == SUPPORT:
        closed = expit(terms[..., 0])
        share = closed + share * (1.0 - closed)
    return np.asarray(choice_value(share, terms.sum(axis=-1)).mean(axis=0))


# ---- deviations ----------------------------------------------------------------------------------


def grid(decision: Decision) -> tuple[Policy, ...]:
    """Return the policies a decision is compared with."""
    shifts = SHIFTS if decision.what == ENFORCEMENT else ()
    return (*(Policy(LEVEL, x) for x in LEVELS), *(Policy(SHIFT, x) for x in shifts))


def path_of(policy: Policy, decision: Decision, played: Played) -> Array:
    """Return the deviator's level under a policy, (month, member); before the split as played."""
    own = decision.of(getattr(played.levels, decision.what))
    out, after = own.copy(), slice(played.record.inputs.split, None)
    if policy.kind == LEVEL:
        out[after] = policy.value
    elif policy.kind == SHIFT:
        out[after] = expit(logit(own[after]) + policy.value)
    else:
        name = "unmet" if decision.what == EFFORT else f"{decision.what}_target"
        wish = decision.of(played.record[name][after, 0])
        out[after] = np.clip(wish, 0.0, 1.0)
    return out


@dataclass(frozen=True)
class Deviation:
    """Paths a deviator takes, (policy, month, member), while all others keep to `levels`."""

    world: World
    decision: Decision
    paths: Array
    levels: Levels
    months: slice


def deviate(job: Deviation) -> Array:
    """Return the deviator's objective under each path, (policy, member)."""
    return objective(job.decision, play(job), job.months).reshape(len(job.paths), -1)


def play(job: Deviation) -> Record:
    """Run the deviations side by side, members policy by policy."""
    copies = len(job.paths)
    wide = [np.concatenate([values] * copies, axis=1) for values in job.levels]
    levels = Levels(*wide)
    own = job.decision.of(getattr(levels, job.decision.what))
    own[...] = np.concatenate(list(job.paths), axis=1)
    return job.world.play(levels, copies)


def _jobs(world: World, played: Played, decision: Decision) -> list[Deviation]:
    """Return the work of one decision, a few policies at a time; the wish comes last."""
    policies = (*grid(decision), Policy(WISH, 0.0))
    until = played.months.stop
    paths = np.stack([path_of(policy, decision, played)[:until] for policy in policies])
    levels = Levels(*(values[:until] for values in played.levels))
    return [
        Deviation(
            world.judged(), decision, paths[first : first + COPIES_AT_ONCE], levels, played.months
        )
        for first in range(0, len(paths), COPIES_AT_ONCE)
    ]


def regrets(
    world: World,
    played: Played,
    workers: Workers,
    decisions: tuple[Decision, ...] = DECISIONS,
    report: Progress = None,
) -> list[Regret]:
    """Return the regret of each decision; `report` receives the share done."""
    work = [_jobs(world, played, decision) for decision in decisions]
    jobs = [job for part in work for job in part]
    values: list[Array] = []
    for found in workers.map(deviate, jobs):
        values.append(found)
        if report is not None:
            report(len(values) / len(jobs))
    done = iter(values)
    return [
        _regret(played, decision, part, np.concatenate([next(done) for _ in part]))
        for decision, part in zip(decisions, work, strict=True)
    ]


def _regret(played: Played, decision: Decision, work: list[Deviation], values: Array) -> Regret:
    """Return a decision's regret from the objectives of its policies, (policy, member)."""
    months, record = played.months, played.record
    given = getattr(record.inputs, f"fixed_{decision.what}")[months]
    paths = np.concatenate([job.paths for job in work])[:-1, months]
    return Regret(
        decision,
        by_rule=bool(np.isnan(decision.of(given)).all()),
        level=float(decision.of(record[decision.what][months, 0]).mean()),
        own=objective(decision, record, months),
        policies=grid(decision),
        levels=np.asarray(paths.mean(axis=(1, 2))),
        values=values[:-1],
        at_once=values[-1],
    )
