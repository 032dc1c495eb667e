"""An independent version of the model: one Mesa object a lot, plain floats, one member, one arm.

It imports nothing from `sim.kernels`. From the array model it takes what is drawn or given: the
lots' sizes, reservations and exposures, the inputs, and the named streams of random numbers.
"""

from __future__ import annotations

import math
from typing import Any

import mesa
import numpy as np

from sim.inputs import Inputs
from sim.model import SanctionsModel
from sim.streams import stream

CHINA, RUSSIA, REST = 0, 1, 2
COAL, MINERALS, TEXTILES, SEAFOOD, OTHER = 0, 1, 2, 3, 4
FUEL, INPUTS = 0, 2
GOODS, PARTNERS = range(5), range(3)
BONDED = (COAL, MINERALS, SEAFOOD)
BASKETS = (MINERALS, OTHER)
AS_WRITTEN = 1


def logistic(z: float) -> float:
    """Return 1 / (1 + exp(-z))."""
    return 1.0 / (1.0 + math.exp(-z)) if z >= 0 else math.exp(z) / (1.0 + math.exp(z))


class Lot(mesa.Agent):
    """One lot of one firm: two routes, a belief."""

    def __init__(
        self, model: ReferenceModel, cell: Cell, size: float, exposure: float,
        reservations: tuple[float, float], legal: bool, belief: float,
    ) -> None:  # fmt: skip
        super().__init__(model)
        self.cell, self.size, self.exposure = cell, size, exposure
        self.reservation, self.illegal_reservation = reservations
        self.legal, self.illegal, self.belief = legal, False, belief

    def step(self, reviews: bool, draw: float) -> None:
        """Review both routes, be found or not, move the belief."""
        cell = self.cell
        risk = self.exposure * self.belief
        if reviews:
            bar = self.reservation if self.legal else self.reservation + cell.entry
            self.legal = cell.legal_margin - cell.legal_risk * risk >= bar
            bar = self.illegal_reservation
            if not self.illegal:
                bar += cell.entry
            self.illegal = cell.ban > 0.0 and cell.illegal_margin - cell.illegal_risk * risk >= bar
        if self.legal:
            cell.legal_on += self.size
        self.belief += cell.speed * (cell.enforcement - self.belief)
        if self.illegal:
            cell.illegal_on += self.size
            if draw < cell.found:
                cell.found_on += self.size
                self.belief += cell.jump
        if self.belief > 1.0:
            self.belief = 1.0


class Cell:
    """What the lots of one (partner, direction, good) share in a month."""

    def __init__(self, barrier: float, potential: float, par: dict[str, float]) -> None:
        self.barrier, self.potential = barrier, potential
        self.entry, self.speed, self.jump = (
            par["entry_cost"], par["belief_speed"], par["belief_jump"],
        )  # fmt: skip
        self.ban = self.legal_margin = self.legal_risk = 0.0
        self.illegal_margin = self.illegal_risk = self.enforcement = 0.0
        self.found = np.float32(0.0)
        self.legal_on = self.illegal_on = self.found_on = 0.0
        self.expected_illegal = self.last_ban = self.last_legal_on = 0.0
        self.pipeline = self.bonded = 0.0
        self.released = self.refused = 0.0
        self.legal = self.illegal = self.seized = 0.0
        self.legal_value = self.illegal_value = 0.0


class ReferenceModel(mesa.Model):
    """The month of `sim.model.SanctionsModel` again, for member 0 of `twin` in arm C1S1."""

    lot_kind = Lot

    def __init__(self, twin: SanctionsModel, member_id: int) -> None:
        super().__init__(rng=twin.seed_number)
        inputs = twin.inputs
        self.inputs: Inputs = inputs
        self.par = {name: float(v[0]) for name, v in inputs.par.items()}
        self.month = 0
        base = inputs.base.flow
        self.base = [[[float(base[p, d, g]) for g in GOODS] for d in (0, 1)] for p in PARTNERS]
        self.sold = [sum(self.base[p][0][g] for p in PARTNERS) for g in GOODS]
        self.bought = [sum(self.base[p][1][g] for p in PARTNERS) for g in GOODS]
        self.sigma = [[float(inputs.sigma[0, d, g]) for g in GOODS] for d in (0, 1)]
        self.enforcement = [float(twin.state.enforcement[0, 0, p]) for p in PARTNERS]
        self.support = [0.0, 0.0, 0.0]
        self.export_price, self.open_price, self.listed_price = [1.0] * 5, [1.0] * 5, [1.0] * 5
        self.expected_open, self.expected_listed = [1.0] * 5, [1.0] * 5
        self.planned, self.listed = [1.0] * 5, [0.0] * 5
        self.import_price = [[1.0] * 5 for _ in PARTNERS]
        self.expected_import = [[1.0] * 5 for _ in PARTNERS]
        self.permits = [float(w) for w in inputs.base.workers]
        self.visas = [0.0, 0.0, 0.0]
        self.home = float(twin.state.home[0, 0])
        self.transit_cut, self.growth, self.effort, self.output = 0.0, 1.0, 0.0, 1.0
        self.reserves = self.par["reserves_2014"]
        self.trailing = [(1.0, 1.0, 1.0)] * 12
        trade = [sum(map(sum, self.base[p])) for p in PARTNERS]
        dealings = [trade[p] + float(inputs.base.remittance[p]) for p in PARTNERS]
        self.base_trade, self.base_weight = trade, [d / sum(dealings) for d in dealings]
        self.lawful_year = [[trade[p]] * 12 for p in PARTNERS]
        self.value_year = [[dealings[p]] * 12 for p in PARTNERS]
        self.cap_used = [0.0] * len(inputs.schedule.caps)
        self.history: list[dict[str, Any]] = []
        self.cells: list[list[list[Cell]]] = []
        self.lots: list[list[Lot]] = []
        self.streams: list[list[np.random.Generator]] = []
        self.smallest: list[list[float]] = []
        for p in PARTNERS:
            self._populate(twin, p, member_id)

    def _populate(self, twin: SanctionsModel, p: int, member_id: int) -> None:
        """Make one object for each lot of a partner's population."""
        firms, potential = twin.firms[p], self.inputs.potential[0, p]
        barrier = firms.inversion.barrier[0].reshape(2, 5)
        cells = [
            [Cell(float(barrier[d, g]), float(potential[d, g]), self.par) for g in GOODS]
            for d in (0, 1)
        ]
        self.cells.append(cells)
        self.smallest.append(firms.smallest[0, 1].tolist())
        lots = []
        for i in range(firms.lots):
            d, g = divmod(int(firms.cell_of_lot[i]), 5)
            reservations = (float(firms.reservation[0, i]), float(firms.lot_reservation[0, i]))
            lots.append(
                self.lot_kind(
                    self,
                    cells[d][g],
                    float(firms.size[0, i]),
                    float(firms.exposure[0, i]),
                    reservations,
                    bool(firms.legal[0, 0, i]),
                    self.enforcement[p],
                )
            )
        self.lots.append(lots)
        for g in GOODS:
            on = [lot.size for lot in lots if lot.legal and lot.cell is cells[0][g]]
            cells[0][g].last_legal_on = math.fsum(on)
        self.streams.append(
            [
                stream(twin.seed_number, member_id, firms.name, word)
                for word in ("review", "detection")
            ]
        )

    def step(self) -> None:
        """Run one month."""
        self._states()
        self._caps()
        self._firms()
        self._contracts()
        workers = self._workers()
        fees, transit_value = self._transit()
        self._sell()
        self._buy(fees, workers)
        self._settle()
        self._note(workers, fees, transit_value)
        self.month += 1

    # 1-3: what states do

    def _states(self) -> None:
        t, inputs, par = self.month, self.inputs, self.par
        schedule = inputs.schedule
        pressure, tests = float(inputs.us_pressure[t]), float(inputs.provocation[t])
        distress = max(0.0, 1.0 - self.output)
        cheaper = [max(0.0, 1.0 - self.export_price[g]) * self.sold[g] for g in GOODS]
        friction = []
        dealt = [sum(year) for year in self.value_year]
        for p in PARTNERS:
            key = ("china", "russia", "rest")[p]
            trade = sum(map(sum, self.base[p])) + float(inputs.base.remittance[p])
            under = float(schedule.labour_measures[t, AS_WRITTEN, 0, p]) * float(
                inputs.base.remittance[p]
            )
            for d in (0, 1):
                for g in GOODS:
                    law = schedule.national[t, AS_WRITTEN, 0, p, d, g]
                    beyond = schedule.council[t, AS_WRITTEN, 0, p, d, g]
                    under += min(1.0, float(law + beyond)) * self.base[p][d][g]
            z = (
                par[f"{key}_enforcement_intercept"]
                + par[f"{key}_enforcement_un"] * under / trade
                + par[f"{key}_enforcement_us"] * pressure
                + par[f"{key}_enforcement_provocation"] * tests
                - par[f"{key}_enforcement_diplomacy"] * float(inputs.thaw[t, p])
                - par[f"{key}_enforcement_stability"] * distress
            )
            need = float(inputs.need[t, 0, p])
            if p == RUSSIA:
                z -= par["russia_enforcement_need"] * need
            if p != REST:
                influence = max(0.0, self.base_weight[p] - dealt[p] / sum(dealt))
                gone = max(0.0, 1.0 - sum(self.lawful_year[p]) / 12.0 / self.base_trade[p])
                z -= par[f"{key}_enforcement_rivalry"] * influence
                z -= par[f"{key}_enforcement_losses"] * gone
            gap = logistic(z) - self.enforcement[p]
            self.enforcement[p] += par[f"{key}_enforcement_{'up' if gap > 0 else 'down'}"] * gap
            rival = par["coal_competition"] * cheaper[COAL] if p == RUSSIA else 0.0
            commerce = (sum(cheaper) - rival) / sum(self.sold)
            above = need - min(float(n) for n in inputs.need[: inputs.split + 1, 0, p])
            us = max(0.0, pressure - 0.1)
            z = (
                par["support_need"] * above
                + par["support_commerce"] * commerce
                + par["support_need_commerce"] * above * commerce
                - par["support_us"] * (1.0 - float(inputs.decoupling[t, 0, p])) * us
            )
            shut = logistic(par["support_intercept"])
            target = max(0.0, (logistic(par["support_intercept"] + z) - shut) / (1.0 - shut))
            gap = target - self.support[p]
            self.support[p] += par["support_up" if gap > 0 else "support_down"] * gap
            weight = float(inputs.friction_weight[t, 0, p])
            friction.append(weight * us * us * (1.0 - self.support[p]))
            for d in (0, 1):
                for g in GOODS:
                    law = float(schedule.national[t, AS_WRITTEN, 0, p, d, g])
                    beyond = float(schedule.council[t, AS_WRITTEN, 0, p, d, g])
                    self.cells[p][d][g].ban = min(1.0, law + beyond * self.enforcement[p])
        for g in BASKETS:
            self.listed[g] = max(self.cells[p][0][g].ban for p in PARTNERS)
        for p in PARTNERS:
            self._margins(p, friction[p])

    def _listed_in_lawful(self, p: int, g: int) -> float:
        """Return the share of listed items in what a partner may lawfully buy."""
        ban = self.cells[p][0][g].ban
        return max(0.0, self.listed[g] - ban) / (1.0 - ban) if ban < 1.0 else 0.0

    def _margins(self, p: int, friction: float) -> None:
        t, inputs, par = self.month, self.inputs, self.par
        watch = 1.0 + par["monitoring_weight"] * float(inputs.monitoring[t, 0])
        found = 1.0 - math.exp(-par["detection_scale"] * watch * self.enforcement[p])
        evasion = par["evasion_cost"] * (1.0 - par["evasion_effort_gain"] * self.effort)
        for d in (0, 1):
            for g in GOODS:
                cell = self.cells[p][d][g]
                world = float(inputs.world[t, 0, d, g])
                cheaper = 0.0
                if d == 0:
                    usual, listed = (
                        math.log(level[g]) for level in (self.expected_open, self.expected_listed)
                    )
                    paid = usual + self._listed_in_lawful(p, g) * (listed - usual)
                    price, cheaper = math.log(world) - paid, paid - listed
                else:
                    price = math.log(self.expected_import[p][g]) - math.log(world)
                barrier = cell.barrier * (1.0 - self.support[p])
                cell.legal_margin = par["base_margin"] + price - barrier - friction
                crowding = par["congestion"] * math.log1p(
                    cell.expected_illegal / (0.05 * cell.potential)
                )
                cell.illegal_margin = cell.legal_margin + cheaper - evasion - crowding
                cell.illegal_risk = par["risk_weight"] * watch * par["penalty"]
                cell.enforcement, cell.found = self.enforcement[p], np.float32(found)

    def _caps(self) -> None:
        t, schedule = self.month, self.inputs.schedule
        for k, cap in enumerate(schedule.caps):
            if schedule.cap_starts[t, 0, k]:
                self.cap_used[k] = 0.0
            force, g = float(schedule.cap_in_force[t, 0, k]), cap.good
            if force == 0.0:
                continue
            bound = [p for p in PARTNERS if cap.binds[AS_WRITTEN, 0, p]]
            lawful = sum(
                self.cells[p][0][g].last_legal_on * (1.0 - self.cells[p][0][g].ban) for p in bound
            )
            expected = lawful * self.export_price[g] * force
            share = 0.0
            if expected > 0.0:
                over = max(0.0, expected + self.cap_used[k] - cap.total)
                share = min(1.0, over / expected) * force
            for p in bound:
                cell = self.cells[p][0][g]
                strength = 1.0 if cap.national[p] else self.enforcement[p]
                cell.ban += (1.0 - cell.ban) * share * strength
        for p in PARTNERS:
            for d in (0, 1):
                for g in GOODS:
                    cell = self.cells[p][d][g]
                    weight = self.par["over_compliance"] * self.par["penalty"]
                    cell.legal_risk = weight * cell.ban

    # 4: firms

    def _firms(self) -> None:
        rate = np.float32(self.par["review_rate"])
        for p in PARTNERS:
            for row in self.cells[p]:
                for cell in row:
                    cell.legal_on = cell.illegal_on = cell.found_on = 0.0
            lots = self.lots[p]
            review, detection = (rng.random(len(lots), dtype=np.float32) for rng in self.streams[p])
            reviews, draws = (review < rate).tolist(), detection.tolist()
            for lot, reviewed, draw in zip(lots, reviews, draws, strict=True):
                lot.step(reviewed, draw)

    # 5: contracts, workers, transit

    def _contracts(self) -> None:
        par, window = self.par, self.inputs.schedule.clearing_window[self.month, AS_WRITTEN, 0]
        for p in PARTNERS:
            for g in GOODS:
                cell = self.cells[p][0][g]
                rise = max(0.0, cell.ban - cell.last_ban)
                cell.pipeline = (
                    (1.0 - par["contract_decay"]) * cell.pipeline + rise * cell.last_legal_on
                )  # fmt: skip
                cell.refused = cell.pipeline
                waiting = cell.bonded + (cell.pipeline if g in BONDED else 0.0)
                cell.released = waiting * float(window[p, g]) * par["clearing_release"]
                left = waiting - cell.released
                cell.bonded = left * (1.0 - par["bonded_return"])
                cell.last_legal_on, cell.last_ban = cell.legal_on, cell.ban

    def _workers(self) -> float:
        t, inputs, par, law = self.month, self.inputs, self.par, self.inputs.schedule
        at = (t, AS_WRITTEN, 0)
        months_left = max(float(law.months_left[t, 0]), 3.0)
        free, open_stock, pull = [], [], []
        for p in PARTNERS:
            e, openness = self.enforcement[p], float(inputs.openness[t, 0, p])
            hazard = par["permit_exit"] * e * float(law.permits_ended[at][p])
            returning = float(law.repatriation[at][p]) * par["repatriation_hazard"] * e
            leaving = self.permits[p] * min(1.0, hazard + returning / months_left)
            deterred = 1.0 - par["visa_switch_deterrence"] * e
            switched = leaving * par["visa_switch"] * deterred
            home = (leaving - switched) * openness
            visa_home = self.visas[p] * par["visa_exit"] * e * openness
            self.permits[p] -= switched + home
            self.visas[p] += switched - visa_home
            self.home += home + visa_home
            free.append(1.0 - float(law.entry_closed[at][p]))
            open_stock.append(self.permits[p] * free[p])
            pull.append(float(inputs.attraction[t, 0, p]) * free[p])
        if sum(pull) > 0.0:
            for p in PARTNERS:
                wanted = sum(open_stock) * pull[p] / sum(pull)
                self.permits[p] += par["crew_mobility"] * (wanted - open_stock[p])
        invited = []
        for p in PARTNERS:
            room = max(0.0, float(inputs.labour_room[0, p]) - self.permits[p] - self.visas[p])
            openness = float(inputs.openness[t, 0, p])
            invited.append(par["support_permit_rate"] * self.support[p] * room * openness)
        asked = sum(invited)
        scale = min(asked, max(0.0, self.home)) / asked if asked > 0.0 else 0.0
        for p in PARTNERS:
            self.permits[p] += invited[p] * scale * free[p]
            self.visas[p] += invited[p] * scale * (1.0 - free[p])
        self.home -= asked * scale
        each = [float(r / w) for r, w in zip(inputs.base.remittance, inputs.base.workers,
                                             strict=True)]  # fmt: skip
        return sum((self.permits[p] + self.visas[p]) * each[p] for p in PARTNERS)

    def _transit(self) -> tuple[float, float]:
        t, inputs, par = self.month, self.inputs, self.par
        target = 0.0
        if inputs.months[t] >= "2017-07":
            target = par["transit_cut"] * max(0.0, float(inputs.us_pressure[t]) - 0.1) / 0.9
        gap = target - self.transit_cut
        self.transit_cut += par["transit_cut_up" if gap > 0 else "transit_cut_down"] * gap
        base, price = inputs.base.transit, inputs.base.coal_price
        ceiling = max(5e6 / 12.0 * price / 1e6, base / par["transit_base_use"])
        capacity = min(base / par["transit_base_use"] * float(inputs.transit_factor[0]), ceiling)
        refused = self.cells[CHINA][0][COAL].ban
        use = min(1.0, par["transit_base_use"] + par["transit_response"] * refused)
        volume = capacity * (1.0 + self.support[RUSSIA]) * use * (1.0 - self.transit_cut)
        volume *= float(inputs.openness[t, 0, RUSSIA]) * float(inputs.transit_open[t])
        return volume / price * par["transit_fee"], volume * float(inputs.coal_world[t])

    # 6: markets

    def _sell(self) -> None:
        t, inputs, par = self.month, self.inputs, self.par
        for g in GOODS:
            world = float(inputs.world[t, 0, 0, g])
            hurry = [
                par["front_loading"] * float(inputs.schedule.announced[t, AS_WRITTEN, 0, p, g])
                for p in PARTNERS
            ]
            usual, listed, illegal = [], [], []
            for p in PARTNERS:
                cell = self.cells[p][0][g]
                legal = cell.legal_on * (1.0 - cell.ban)
                among = self._listed_in_lawful(p, g)
                listed.append(legal * among)
                growth = self.growth if p == CHINA and g == OTHER else 1.0
                usual.append(legal * (1.0 - among) * growth * (1.0 + hurry[p]))
                illegal.append(max(0.0, cell.illegal_on * cell.ban - cell.refused))
            supply = self.sold[g] * (1.0 - self.listed[g])
            if g == OTHER:
                supply *= self.growth
            supply *= 1.0 + sum(hurry[p] * self.base[p][0][g] / self.sold[g] for p in PARTNERS)
            apart = g in BASKETS and self.listed[g] > 0.0
            open_bids = sum(usual) + (0.0 if g in BASKETS else sum(illegal))
            price = self._fob(g, open_bids, supply)
            below = price
            if apart:
                below = self._fob(g, sum(listed) + sum(illegal), self.sold[g] * self.listed[g])
            self.open_price[g], self.listed_price[g] = price, below
            self.export_price[g] = price + self.listed[g] * (below - price)
            sigma = self.sigma[0][g]
            first, second = (world / price) ** sigma, (world / below) ** sigma
            for p in PARTNERS:
                cell = self.cells[p][0][g]
                self._deliver(p, 0, g, (usual[p] * first, listed[p] * second, illegal[p] * second),
                              (price, below, below))  # fmt: skip
                cell.legal_value += cell.released * below

    def _fob(self, g: int, bids: float, supply: float) -> float:
        """Return the price at which capacity `bids` buys `supply`, or the floor."""
        sigma, world = self.sigma[0][g], float(self.inputs.world[self.month, 0, 0, g])
        price: float = self.par["price_floor"]
        if bids > 0.0:
            power = 1.0 / (sigma + self.par["export_supply_elasticity"])
            price = max(price, (bids * world**sigma / supply) ** power)
        return price

    def _deliver(
        self, p: int, d: int, g: int, cleared: tuple[float, float, float],
        prices: tuple[float, float, float],
    ) -> None:  # fmt: skip
        """Ration what cleared: lawful, lawful but on another's list, illegal."""
        cell, par = self.cells[p][d][g], self.par
        openness = float(self.inputs.openness[self.month, 0, p])
        usual, listed, illegal = (volume * openness for volume in cleared)
        found = cell.found_on / cell.illegal_on if cell.illegal_on > 0.0 else 0.0
        cell.seized = illegal * found * par["seizure_share"]
        cell.legal, cell.illegal = usual + listed, illegal - cell.seized
        cell.legal_value = usual * prices[0] + listed * prices[1]
        cell.illegal_value = cell.illegal * prices[2]

    def _buy(self, fees: float, remittance: float) -> None:
        t, inputs, par = self.month, self.inputs, self.par
        goods = sum(
            self.cells[p][0][g].legal_value + self.cells[p][0][g].illegal_value
            for p in PARTNERS for g in GOODS
        )  # fmt: skip
        other = float(inputs.unrecorded[0]) + float(inputs.cyber[t, 0])
        self.receipts = goods + remittance + fees + float(inputs.arms[t, 0]) + other
        sold = sum(
            self.cells[p][0][TEXTILES].legal_value + self.cells[p][0][TEXTILES].illegal_value
            for p in PARTNERS
        )
        loss = max(0.0, self.sold[TEXTILES] - sold)
        wanted = [self.bought[g] * float(inputs.season[t, 0]) for g in GOODS]
        linked = par["textile_input_share"] * par["textile_input_link"] * loss
        wanted[INPUTS] = max(wanted[INPUTS] - linked, 0.05 * self.bought[INPUTS])
        planned = [w * self.planned[g] ** -par["plan_shift"] for g, w in enumerate(wanted)]
        self.crude = min(inputs.base.crude, self.receipts + self.reserves)
        above = max(0.0, self.receipts - float(inputs.base_receipts[0]))
        self.plan = sum(wanted) + par["plan_passthrough"] * above
        budget = self.receipts - self.crude + par["reserve_share"] * self.reserves
        self.spending = min(self.plan, max(0.0, budget))
        offers = [
            [
                (
                    self.cells[p][1][g].legal_on * (1.0 - self.cells[p][1][g].ban),
                    self.cells[p][1][g].illegal_on * self.cells[p][1][g].ban,
                )
                for g in GOODS
            ]
            for p in PARTNERS
        ]
        market = Imports(self, planned, offers, self.spending)
        self.scarcity = [index / world for index, world in zip(market.index, market.world,
                                                               strict=True)]  # fmt: skip
        paid = 0.0
        for p in PARTNERS:
            for g in GOODS:
                price = market.price[p][g]
                self.import_price[p][g] = price
                factor = (price / market.world[g]) ** market.epsilon
                legal, illegal = offers[p][g]
                self._deliver(p, 1, g, (legal * factor, 0.0, illegal * factor), (price,) * 3)
                paid += self.cells[p][1][g].legal_value + self.cells[p][1][g].illegal_value
        self.paid, self.unspent = paid, market.unspent

    # 7: balances

    def _settle(self) -> None:
        t, inputs, par = self.month, self.inputs, self.par
        schedule = inputs.schedule
        for k, cap in enumerate(schedule.caps):
            force = float(schedule.cap_in_force[t, 0, k])
            for p in PARTNERS:
                if force > 0.0 and cap.binds[AS_WRITTEN, 0, p]:
                    cell = self.cells[p][0][cap.good]
                    booked = cell.legal_value - cell.released * self.export_price[cap.good]
                    self.cap_used[k] += force * booked
        self.reserves += self.receipts - self.paid - self.crude
        unmet = 1.0 - (self.spending - self.unspent) / self.plan
        self.effort += par["effort_speed"] * (unmet - self.effort)
        self.effort = min(1.0, max(0.0, self.effort))
        cells = self.cells
        exports = sum(
            cells[p][0][g].legal + cells[p][0][g].illegal + cells[p][0][g].released
            for p in PARTNERS for g in GOODS
        ) / sum(self.sold)  # fmt: skip
        volume = [
            sum(cells[p][1][g].legal + cells[p][1][g].illegal for p in PARTNERS) / self.bought[g]
            for g in GOODS
        ]
        self.trailing[t % 12] = (exports, volume[INPUTS], volume[FUEL])
        for p in PARTNERS:
            every = [cells[p][d][g] for d in (0, 1) for g in GOODS]
            at_work = sum(cell.legal_on * (1.0 - cell.ban) for cell in every)
            self.lawful_year[p][t % 12] = at_work
            value = sum(cell.legal_value + cell.illegal_value for cell in every)
            each = float(inputs.base.remittance[p] / inputs.base.workers[p])
            value += (self.permits[p] + self.visas[p]) * each
            value += float(inputs.arms[t, 0]) if p == RUSSIA else 0.0
            self.value_year[p][t % 12] = value
        year = [min(1.0, sum(row[i] for row in self.trailing) / 12.0) for i in range(3)]
        weights = (par["output_exports"], par["output_inputs"], par["output_fuel"])
        self.output = 1.0 - sum(w * (1.0 - x) for w, x in zip(weights, year, strict=True))
        self.growth += par["processing_growth"] * (
            1.0 + 3.0 * max(0.0, 1.0 - exports) - self.growth
        )
        self.growth = min(4.0, max(1.0, self.growth))
        speed = par["price_adjustment"]
        for g in GOODS:
            self.expected_open[g] += speed * (self.open_price[g] - self.expected_open[g])
            self.expected_listed[g] += speed * (self.listed_price[g] - self.expected_listed[g])
            self.planned[g] += par["plan_shift_speed"] * (self.scarcity[g] - self.planned[g])
            for p in PARTNERS:
                gap = self.import_price[p][g] - self.expected_import[p][g]
                self.expected_import[p][g] += speed * gap
                for d in (0, 1):
                    cell = cells[p][d][g]
                    cell.expected_illegal += speed * (cell.illegal - cell.expected_illegal)

    def _note(self, remittance: float, fees: float, transit: float) -> None:
        cells = self.cells
        grid = lambda name: [[[getattr(cells[p][d][g], name) for g in GOODS] for d in (0, 1)]  # noqa: E731
                             for p in PARTNERS]  # fmt: skip
        names = ("legal", "illegal", "seized", "legal_value", "illegal_value", "ban")
        self.history.append(
            {
                **{name: grid(name) for name in names},
                "enforcement": list(self.enforcement), "support": list(self.support),
                "permits": list(self.permits), "visas": list(self.visas),
                "export_price": list(self.export_price), "open_price": list(self.open_price),
                "listed_price": list(self.listed_price),
                "import_price": [list(row) for row in self.import_price],
                "bonded": [[cells[p][0][g].bonded for g in GOODS] for p in PARTNERS],
                "reserves": self.reserves, "effort": self.effort, "output": self.output,
                "lawful_growth": self.growth, "receipts": self.receipts, "paid": self.paid,
                "plan": self.plan, "fees": fees, "transit_value": transit,
                "unspent": self.unspent, "remittance": remittance,
            }
        )  # fmt: skip


class Imports:
    """Five import markets under one budget, in plain floats."""

    def __init__(
        self, model: ReferenceModel, wanted: list[float],
        offers: list[list[tuple[float, float]]], spending: float,
    ) -> None:  # fmt: skip
        par = model.par
        self.sigma, self.epsilon = model.sigma[1], par["import_supply_elasticity"]
        self.eta, self.cap = par["import_demand_elasticity"], par["price_cap"]
        self.world = [float(model.inputs.world[model.month, 0, 1, g]) for g in GOODS]
        self.wanted, self.spending, self.unspent = wanted, spending, 0.0
        self.share = [[0.0] * 5 for _ in PARTNERS]
        liked = [math.exp(par["supplier_politics"] * s) for s in model.support]
        for g in GOODS:
            tilted = [model.base[p][1][g] * liked[p] for p in PARTNERS]
            for p in PARTNERS:
                self.share[p][g] = tilted[p] / sum(tilted)
        shift = [w**-self.epsilon for w in self.world]
        self.capacity = [[sum(offers[p][g]) * shift[g] for g in GOODS] for p in PARTNERS]
        self.quote = [
            [self.capacity[p][g] or model.smallest[p][g] * shift[g] for g in GOODS]
            for p in PARTNERS
        ]
        self.price = [[1.0] * 5 for _ in PARTNERS]
        self.index = [1.0] * 5
        if spending > 0.0:
            self._clear()

    def _clear(self) -> None:
        power = (1.0 + self.epsilon) / (self.epsilon + self.eta)
        free = self._total(0.0, math.inf)
        log_factor = math.log(self.spending / free) / power if free > 0.0 else 0.0
        self._total(log_factor, math.inf)
        capped = any(
            self.capacity[p][g] > 0.0 and self.price[p][g] >= self.cap
            for p in PARTNERS for g in GOODS
        )  # fmt: skip
        if not capped:
            self._total(log_factor, self.cap)
            return
        most = sum(c * self.cap ** (1.0 + self.epsilon) for row in self.capacity for c in row)
        if most <= self.spending:
            self.unspent = self.spending - most
            self.price = [[self.cap] * 5 for _ in PARTNERS]
            self.index = [self.cap * (sum(row[g] for row in self.share)) for g in GOODS]
            return
        low, high = log_factor, log_factor + 30.0  # a cap only ever asks for more demand
        for _ in range(54):
            middle = 0.5 * (low + high)
            if self._total(middle, self.cap) < self.spending:
                low = middle
            else:
                high = middle
        self._total(0.5 * (low + high), self.cap)

    def _total(self, log_factor: float, cap: float) -> float:
        """Set every price at a demand factor and return what is spent."""
        spent = 0.0
        for g in GOODS:
            index = self.index[g] = self._index(g, log_factor, cap)
            for p in PARTNERS:
                self.price[p][g] = min(cap, self._price(p, g, log_factor, index))
                spent += self.capacity[p][g] * self.price[p][g] ** (1.0 + self.epsilon)
        return spent

    def _price(self, p: int, g: int, log_factor: float, index: float) -> float:
        h = math.exp(log_factor) * self.wanted[g] * self.share[p][g] / self.quote[p][g]
        return (h * index ** (self.sigma[g] - self.eta)) ** (1.0 / (self.epsilon + self.sigma[g]))

    def _index(self, g: int, log_factor: float, cap: float) -> float:
        """Return the price index of a good: closed form, or by halving where a cap binds."""
        sigma, epsilon = self.sigma[g], self.epsilon
        sellers = [p for p in PARTNERS if self.capacity[p][g] > 0.0]
        if not sellers:
            return 1.0
        total = 0.0
        for p in sellers:
            h = math.exp(log_factor) * self.wanted[g] * self.share[p][g] / self.capacity[p][g]
            total += self.share[p][g] * h ** ((1.0 - sigma) / (epsilon + sigma))
        index = total ** ((epsilon + sigma) / ((1.0 - sigma) * (epsilon + self.eta)))
        if all(self._price(p, g, log_factor, index) <= cap for p in sellers):
            return index
        low, high = -20.0, math.log(cap)
        for _ in range(54):
            middle = 0.5 * (low + high)
            implied = sum(
                self.share[p][g]
                * min(cap, self._price(p, g, log_factor, math.exp(middle))) ** (1.0 - sigma)
                for p in sellers
            )
            if middle < math.log(implied) / (1.0 - sigma):
                low = middle
            else:
                high = middle
        return math.exp(0.5 * (low + high))
