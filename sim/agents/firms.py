"""Trading firms: one population a partner, an agent that holds arrays with the lot axis last."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.axes import N_DIRECTIONS, N_GOODS
from sim.kernels import lists, population, routes
from sim.streams import stream

if TYPE_CHECKING:
    from sim.model import SanctionsModel

Array = NDArray[np.float64]

SMALLEST_CELL = 10
"""Firms in a cell, at least (C)."""

LANE_ELEMENTS = 40_000
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
        self._streams = [
            [
                stream(model.seed_number, m, self.name, purpose)
                for purpose in ("review", "detection")
            ]
            for m in model.member_ids
        ]
        members = len(model.member_ids)
        self.draws = np.empty((2, members, self.lots), dtype=np.float32)
        self._work: routes.Workspace | None = None

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
        self.size = (size / self.lots_of_firm)[:, of_lot]
        self.exposure = exposure[:, of_lot]
        entry = par["entry_cost"][:, None]
        self.reservation = reservation[:, of_lot]
        self.entry_reservation = self.reservation + entry
        cells = self.cell_of_lot
        self.lot_reservation = self.inversion.centre[:, cells] + self.inversion.spread[
            :, cells
        ] * population.logit(np.clip(uniform, 1e-12, 1.0 - 1e-12))
        self.lot_entry_reservation = self.lot_reservation + entry
        self.legal = active[:, of_lot][None].copy()
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

    def draw(self) -> None:
        """Draw this month's reviews and detections for every member, shared by the arms."""
        for m, (review, detection) in enumerate(self._streams):
            review.random(dtype=np.float32, out=self.draws[0, m])
            detection.random(dtype=np.float32, out=self.draws[1, m])

    def review(self) -> None:
        """Choose routes, find illegal lots, move beliefs; sum capacity by cell into the month."""
        model, p = self.model, self.number
        par, now, state = model.inputs.par, model.now, model.state
        self.draw()
        arms, members = self.legal.shape[:2]
        shape = (arms, members, N_POPULATION_CELLS)
        assert now.margins is not None
        legal_margin, risk = now.margins.legal[:, :, p], now.margins.legal_risk[:, :, p]
        illegal_margin, illegal_risk = now.margins.illegal[:, :, p], now.margins.illegal_risk
        found_share = now.margins.found[:, :, p]
        legal_sum, illegal_sum, found_sum = (np.zeros(shape) for _ in range(3))
        banned = bool((now.ban[..., p, :, :] > 0.0).any() or self.illegal.any())
        chunk = max(1, LANE_ELEMENTS // max(1, arms * self.lots))
        for first in range(0, members, chunk):
            part = slice(first, min(first + chunk, members))
            work = self._workspace(arms, part.stop - first)
            belief = self.belief[:, part]
            legal, illegal = self.legal[:, part], self.illegal[:, part]
            reviews = self.draws[0, part] < par["review_rate"][part, None].astype(np.float32)
            size, lots = self.size[part], self.cell_lots
            np.multiply(belief, self.exposure[part], out=work.product)
            margin = np.repeat(legal_margin[:, part], lots, axis=-1)
            if banned:
                weight = np.repeat(risk[:, part], lots, axis=-1)
                weight *= work.product
                margin -= weight
            routes.reconsider(
                legal,
                margin,
                self.reservation[part],
                self.entry_reservation[part],
                reviews,
                work,
            )
            if banned:
                margin = np.repeat(illegal_margin[:, part], lots, axis=-1)
                np.multiply(work.product, illegal_risk[..., part, :], out=work.product)
                margin -= work.product
                routes.reconsider(
                    illegal,
                    margin,
                    self.lot_reservation[part],
                    self.lot_entry_reservation[part],
                    reviews,
                    work,
                )
                illegal_sum[:, part] = routes.capacity(illegal, size, self.starts, work)
                chance = found_share[:, part, None].astype(np.float32)
                found = np.less(self.draws[1, part], chance, out=work.entry)
                found &= illegal
                found_sum[:, part] = routes.capacity(found, size, self.starts, work)
            legal_sum[:, part] = routes.capacity(legal, size, self.starts, work)
            routes.believe(
                belief,
                work.entry if banned else None,
                state.enforcement[:, part, p, None],
                par["belief_speed"][part, None],
                par["belief_jump"][part, None],
                work,
            )
        shock = model.inputs.capacity_shock[model.month, p]
        cells_shape = (arms, members, N_DIRECTIONS, N_GOODS)
        now.legal_on[..., p, :, :] = legal_sum.reshape(cells_shape) * shock
        now.illegal_on[..., p, :, :] = illegal_sum.reshape(cells_shape) * shock
        now.found_on[..., p, :, :] = found_sum.reshape(cells_shape) * shock

    def _workspace(self, arms: int, members: int) -> routes.Workspace:
        """Return scratch arrays of the right shape, kept from month to month."""
        work = self._work
        if work is None or work.scratch.shape != (arms, members, self.lots):
            work = self._work = routes.Workspace.of(arms, members, self.lots)
        return work


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
