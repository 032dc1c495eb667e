"""Trading firms: one population a partner, an agent that holds arrays with the lot axis last."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.axes import N_DIRECTIONS, N_GOODS
from sim.kernels import lists, population, routes
from sim.streams import Draws, steps_below, stream

if TYPE_CHECKING:
    from sim.model import SanctionsModel

Array = NDArray[np.float64]

SMALLEST_CELL = 10
"""Firms in a cell, at least (C)."""

LANE_ELEMENTS = 80_000
"""Lots of all arms and members worked on at once; their arrays then stay in the cache."""

N_POPULATION_CELLS = N_DIRECTIONS * N_GOODS


def firms_per_cell(base: Array, labour: float, total: int) -> NDArray[np.int64]:
    """Return firms in each of a partner's ten cells and, last, employers of labour.

    In proportion to the root of the base flow, at least ten; `base` (direction, good) and
    `labour` in USD million a month.
    """
    root = np.sqrt(np.append(base.ravel(), labour))
    share = root / root.sum() * total
    counts = np.maximum(SMALLEST_CELL, np.floor(share)).astype(np.int64)
    return np.where(root > 0.0, counts, 0)


def whole_cells(lots: NDArray[np.int64], most: int) -> list[slice]:
    """Return runs of cells with at most `most` lots, or one larger cell alone, in order.

    A cell is never cut: the order in which its lots are added up is part of the result.
    """
    ends, held = [0], 0
    for cell, count in enumerate(lots.tolist()):
        if held and held + count > most:
            ends.append(cell)
            held = 0
        held += count
    return [slice(*pair) for pair in pairwise([*ends, lots.size])]


class FirmPopulation(mesa.Agent):
    """The trading firms of one partner in every member, in lots of at most a fiftieth of a cell.

    Lots are sorted by cell (direction, good), firms by falling size within a cell. A lot is the
    unit that reviews its routes, is found and holds a belief; exposure to penalties and the
    reservation on the legal route belong to the firm.
    """

    model: SanctionsModel

    def __init__(
        self, model: SanctionsModel, number: int, total: int, exponent: float, label: str
    ) -> None:
        super().__init__(model)
        self.number = number
        self.name = label
        inputs = model.inputs
        base = inputs.base.flow[number]
        counts = firms_per_cell(base, inputs.base.remittance[number], total)
        self.employers = int(counts[-1])
        self.employer_shares = population.pareto_shares(self.employers, exponent)
        self.cell_counts = counts[:-1]
        shares = [population.pareto_shares(int(n), exponent) for n in self.cell_counts]
        lots = [population.lots_per_firm(s) for s in shares]
        self.firms = int(self.cell_counts.sum())
        self.lots_of_firm = np.concatenate(lots)
        self.firm_of_lot = np.repeat(np.arange(self.firms), self.lots_of_firm)
        self.cell_lots = np.array([int(n.sum()) for n in lots])
        self.cell_of_lot = np.repeat(np.arange(N_POPULATION_CELLS), self.cell_lots)
        self.starts = np.concatenate([[0], np.cumsum(self.cell_lots)[:-1]]).astype(np.int64)
        self.lots = int(self.cell_lots.sum())
        self._build(shares)
        self._reviews, self._detections = (
            Draws(
                [stream(model.seed_number, m, self.name, purpose) for m in model.member_ids],
                self.lots,
            )
            for purpose in ("review", "detection")
        )
        self._reviewing = steps_below(inputs.par["review_rate"])[:, None]
        self._work: routes.Workspace | None = None
        self.ever_banned = np.zeros(N_POPULATION_CELLS, dtype=bool)

    def __repr__(self) -> str:
        """Return the class and whose it is."""
        return f"<{type(self).__name__} {self.name}>"

    def _build(self, shares: list[Array]) -> None:
        """Draw the order, exposure and lots' reservations and build every cell."""
        model, p = self.model, self.number
        inputs, par = model.inputs, model.inputs.par
        ids = model.member_ids
        draw = lambda purpose: [stream(model.seed_number, m, self.name, purpose) for m in ids]  # noqa: E731
        order = np.stack([rng.random(self.firms) for rng in draw("order")])
        normal = np.stack([rng.standard_normal(self.firms) for rng in draw("exposure")])
        spread = par["exposure_spread"][:, None]
        exposure = np.exp(spread * normal - 0.5 * spread * spread)
        uniform = np.stack([rng.random(self.lots) for rng in draw("lot_reservation")])

        base = inputs.base.flow[p].reshape(N_POPULATION_CELLS)
        potential = inputs.potential[:, p].reshape(len(ids), N_POPULATION_CELLS)
        self.inversion = population.invert(
            base,
            potential,
            par["base_margin"][:, None],
            par["reservation_spread"][:, None],
            par["barrier_spread"][:, None],
        )
        size = np.zeros((len(ids), self.firms))
        reservation = np.zeros_like(size)
        active = np.zeros(size.shape, dtype=bool)
        first = np.concatenate([[0], np.cumsum(self.cell_counts)])
        for c in range(N_POPULATION_CELLS):
            at = slice(first[c], first[c + 1])
            built = population.build_cell(
                shares[c],
                order[:, at],
                np.full(len(ids), base[c]),
                potential[:, c],
                self.inversion.centre[:, c],
                self.inversion.spread[:, c],
            )
            size[:, at], reservation[:, at], active[:, at] = built
        # The potential lever widens idle firms alone; a larger potential in the inversion would
        # raise the barrier with it.
        size *= np.where(active, 1.0, inputs.potential_multiple[:, p, None])
        of_lot = self.firm_of_lot
        # `take` keeps the lots of a member side by side in memory; an index would not.
        self.size = (size / self.lots_of_firm).take(of_lot, axis=1)
        self.exposure = exposure.take(of_lot, axis=1)
        entry = par["entry_cost"][:, None]
        self.reservation = reservation.take(of_lot, axis=1)
        self.entry_reservation = self.reservation + entry
        cells = self.cell_of_lot
        self.lot_reservation = self.inversion.centre[:, cells] + self.inversion.spread[
            :, cells
        ] * population.logit(np.clip(uniform, 1e-12, 1.0 - 1e-12))
        self.lot_entry_reservation = self.lot_reservation + entry
        self.legal = active.take(of_lot, axis=1)[None]
        self.illegal = np.zeros_like(self.legal)
        self.belief = np.zeros(self.legal.shape)
        self.base_legal_capacity = self._sums(self.legal[0])
        smallest = np.minimum.reduceat(self.size, self.starts, axis=-1)
        self.smallest = smallest.reshape(-1, N_DIRECTIONS, N_GOODS)

    def _sums(self, on: NDArray[np.bool_]) -> Array:
        """Return capacity by cell, (member, direction, good), of the lots that are on."""
        total = np.add.reduceat(on * self.size, self.starts, axis=-1)
        return total.reshape(-1, N_DIRECTIONS, N_GOODS)

    def employed(self) -> Array:
        """Return the workers of each employer, (arm, member, employer): permits and visas."""
        state, p = self.model.state, self.number
        stock = state.permits[..., p] + state.visas[..., p]
        return np.asarray(stock[..., None] * self.employer_shares)

    def start(self, enforcement: Array) -> None:
        """Set beliefs to enforcement at the start, (member,)."""
        self.belief[:] = enforcement[:, None]

    def fork(self, arms: int) -> None:
        """Copy the single arm of a common past into `arms` arms."""
        self.legal = np.repeat(self.legal, arms, axis=0)
        self.illegal = np.repeat(self.illegal, arms, axis=0)
        self.belief = np.repeat(self.belief, arms, axis=0)

    def draw(self, who: slice) -> None:
        """Draw this month's reviews and detections for some members, shared by the arms."""
        month = self.model.month
        self.draws = self._reviews.take(who, month), self._detections.take(who, month)

    def review(self) -> None:
        """Choose routes, find illegal lots, move beliefs; sum capacity by cell into the month."""
        model, p, now = self.model, self.number, self.model.now
        arms, members = self.legal.shape[:2]
        self.ever_banned |= (now.ban[..., p, :, :] > 0.0).any(axis=(0, 1)).ravel()
        sums = np.zeros((3, arms, members, N_POPULATION_CELLS))
        for who, cells in self._parts(arms, members):
            if cells.start == 0:
                self.draw(who)
            self._review(who, cells, sums[:, :, who, cells])
        shape = (arms, members, N_DIRECTIONS, N_GOODS)
        shock = model.inputs.capacity_shock[model.month, p]
        month = (now.legal_on, now.illegal_on, now.found_on)
        for on, total in zip(month, sums, strict=True):
            on[..., p, :, :] = total.reshape(shape) * shock

    def _parts(self, arms: int, members: int) -> Iterator[tuple[slice, slice]]:
        """Give slices of members and of cells whose lots are worked on at once."""
        most = LANE_ELEMENTS // arms
        chunk = max(1, most // max(1, self.lots))
        for first in range(0, members, chunk):
            for cells in whole_cells(self.cell_lots, most // chunk):
                yield slice(first, min(first + chunk, members)), cells

    def _review(self, who: slice, cells: slice, sums: Array) -> None:
        """Review the lots of some members and cells; `sums` (route, arm, member, cell) in place."""
        model, p, counts = self.model, self.number, self.cell_lots[cells]
        par, margins = model.inputs.par, model.now.margins
        assert margins is not None
        first = int(self.starts[cells.start])
        lots, starts = slice(first, first + int(counts.sum())), self.starts[cells] - first
        belief, legal = self.belief[:, who, lots], self.legal[:, who, lots]
        flat = self._scratch(belief.size)
        work = flat.shaped(belief.shape)
        reviews = self.draws[0][:, lots] < self._reviewing[who]
        margin = np.repeat(margins.legal[:, who, p, cells], counts, axis=-1)
        # Past the last cell that was ever banned there is neither a risk nor an illegal lot.
        banned = int((np.flatnonzero(self.ever_banned[cells]) + 1).max(initial=0))
        near = int(counts[:banned].sum())
        reach = slice(first, first + near)
        exposed = flat.shaped((*belief.shape[:2], near))
        np.multiply(belief[..., :near], self.exposure[who, reach], out=exposed.product)
        risk = margins.legal_risk[:, who, p, cells][..., :banned]
        weight = np.repeat(risk, counts[:banned], axis=-1)
        weight *= exposed.product
        margin[..., :near] -= weight
        bars = self.reservation[who, lots], self.entry_reservation[who, lots]
        routes.reconsider(legal, margin, *bars, reviews, work)
        sums[0] = routes.capacity(legal, self.size[who, lots], starts, work)
        speed = par["belief_speed"][who, None]
        routes.believe(belief, model.state.enforcement[:, who, p, None], speed)
        if banned:
            part = slice(cells.start, cells.start + banned)
            self._smuggle(who, part, reach, reviews[:, :near], exposed, sums[1:, ..., :banned])

    def _smuggle(
        self, who: slice, cells: slice, lots: slice, reviews: NDArray[np.bool_],
        work: routes.Workspace, sums: Array,
    ) -> None:  # fmt: skip
        """Review the illegal route, find lots on it and alarm them; `work.product` is the risk.

        `sums` (illegal and found, arm, member, cell) in place.
        """
        model, p, counts = self.model, self.number, self.cell_lots[cells]
        margins = model.now.margins
        assert margins is not None
        illegal, size = self.illegal[:, who, lots], self.size[who, lots]
        margin = np.repeat(margins.illegal[:, who, p, cells], counts, axis=-1)
        np.multiply(work.product, margins.illegal_risk[..., who, :], out=work.product)
        margin -= work.product
        bars = self.lot_reservation[who, lots], self.lot_entry_reservation[who, lots]
        routes.reconsider(illegal, margin, *bars, reviews, work)
        starts = self.starts[cells] - lots.start
        sums[0] = routes.capacity(illegal, size, starts, work)
        chance = steps_below(margins.found[:, who, p, None])
        found = np.less(self.draws[1][:, lots], chance, out=work.entry)
        found &= illegal
        at = np.unravel_index(np.flatnonzero(found), found.shape)
        sums[1] = routes.capacity_of_few(at, size, starts, work)
        jump = model.inputs.par["belief_jump"][who]
        routes.alarm(self.belief[:, who, lots], at, jump)

    def _scratch(self, lots: int) -> routes.Workspace:
        """Return scratch arrays for so many lots at least, kept from month to month."""
        if self._work is None or self._work.product.size < lots:
            self._work = routes.Workspace.of(lots)
        return self._work


class Margins(NamedTuple):
    """What firms weigh this month, by (arm, member, partner, cell) or (arm, member, ...)."""

    legal: Array  # log points before risk
    legal_risk: Array  # weight of exposure times belief
    illegal: Array  # log points before risk; `NEVER` where nothing is banned
    illegal_risk: Array  # (member, 1) or (arm, member, 1), weight of exposure times belief
    found: Array  # (arm, member, partner), chance that an illegal lot is found


def set_margins(model: SanctionsModel) -> Margins:
    """Return the margins of all cells at expected prices, and the weights of risk."""
    t, inputs, now, state = model.month, model.inputs, model.now, model.state
    par = inputs.par
    shape = (*now.ban.shape[:3], N_POPULATION_CELLS)
    wide = lambda name: par[name][:, None, None]  # noqa: E731
    log_world = inputs.log_world[t]
    price = np.empty(now.ban.shape)
    # Legal buyers pay the price of open items, and of listed items as far as their own law lets
    # them; cargo on the illegal route is listed.
    open_price, listed_price = (
        np.log(level) for level in (state.expected_open_price, state.expected_listed_price)
    )
    among = lists.listed_in_lawful(now.listed, model.own_ban)
    paid = open_price[..., None, :] + among * (listed_price - open_price)[..., None, :]
    price[..., 0, :] = log_world[:, 0][:, None, :] - paid
    np.subtract(
        np.log(state.expected_import_price), log_world[:, 1][:, None, :], out=price[..., 1, :]
    )
    cheaper = np.zeros(now.ban.shape)
    cheaper[..., 0, :] = paid - listed_price[..., None, :]
    barrier = model.barrier * (1.0 - state.support[..., None] * inputs.opens)
    margin = wide("base_margin") + price.reshape(shape) - barrier - now.friction[..., None]
    ban = now.ban.reshape(shape)
    legal_risk = (par["over_compliance"] * par["penalty"])[:, None, None] * ban
    watch = 1.0 + par["monitoring_weight"] * now.monitoring  # (member,), or with arms
    flow = state.expected_illegal_flow.reshape(shape)
    crowding = wide("congestion") * np.log1p(flow / model.illegal_room)
    effort = 1.0 - par["evasion_effort_gain"] * state.effort
    evasion = (par["evasion_cost"] * effort)[..., None, None]
    banned_margin = margin + cheaper.reshape(shape)
    illegal = np.where(ban > 0.0, banned_margin - evasion - crowding, routes.NEVER)
    illegal_risk = (par["risk_weight"] * watch * par["penalty"])[..., None]
    rate = (par["detection_scale"] * watch)[..., None]
    found = 1.0 - np.exp(-rate * state.enforcement)
    return Margins(margin, legal_risk, illegal, illegal_risk, found)
