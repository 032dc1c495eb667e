"""The DPRK: what it sells, whom it sends, what it buys, and its hard currency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.agents.deliveries import deliver, goods_gap, held_still, offers
from sim.agents.initiative import Initiative
from sim.agents.told import told
from sim.agents.totals import over_cells, over_last
from sim.axes import (
    BOUGHT,
    CHINA,
    COAL,
    FUEL,
    INPUTS,
    MINERALS,
    N_GOODS,
    OTHER,
    REST,
    RUSSIA,
    SEAFOOD,
    SOLD,
    TEXTILES,
)
from sim.base_year import MONTHS_A_YEAR, TONNES_A_MUSD, transit_tonnes
from sim.kernels import balance, contracts, labour, lists, transit
from sim.kernels.enforcement import US_PRESSURE_BASE, move
from sim.kernels.import_market import clear_imports
from sim.kernels.markets import share

if TYPE_CHECKING:
    from sim.model import SanctionsModel

Array = NDArray[np.float64]

WORKERS_AT_HOME = 150_000.0
"""Workers the DPRK could send beyond those abroad; ample, so that hosts decide (C)."""

RAJIN_CEILING_TONNES = 5e6
"""Design capacity of the Rajin terminal, tonnes a year (B, TASS 2018; corridors.csv)."""

LEAST_INPUTS = 0.05
"""Share of base imports of inputs that is wanted however many textiles are lost (C)."""

TRANSIT_CUT_FROM = "2017-07"
"""First month in which listings of Russian suppliers and bank cut-offs stop transit (C)."""


class Dprk(mesa.Agent):
    """The DPRK state: one seller of goods and labour, one buyer, one purse."""

    model: SanctionsModel

    def __init__(self, model: SanctionsModel) -> None:
        super().__init__(model)
        self.workers_at_home = WORKERS_AT_HOME
        inputs = model.inputs
        self._export_base = over_last(inputs.base.flow[:, SOLD].T)
        self._buyer_shares = inputs.base.flow[:, SOLD] / self._export_base
        self._import_base = over_last(inputs.base.flow[:, BOUGHT].T)
        self._shares = inputs.base.flow[:, BOUGHT] / self._import_base
        self._bondable = np.zeros(N_GOODS)
        self._bondable[[COAL, MINERALS, SEAFOOD]] = 1.0
        par = inputs.par
        base_use = par["transit_base_use"]
        ceiling = RAJIN_CEILING_TONNES / MONTHS_A_YEAR * inputs.base.coal_price / TONNES_A_MUSD
        wanted = inputs.base.transit / base_use * inputs.transit_factor
        self.rajin = np.minimum(wanted, np.maximum(ceiling, inputs.base.transit / base_use))
        self._rates = {
            name: par[key][:, None]
            for name, key in (
                ("exit", "permit_exit"),
                ("hazard", "repatriation_hazard"),
                ("switch", "visa_switch"),
                ("deterrence", "visa_switch_deterrence"),
                ("visa_exit", "visa_exit"),
                ("mobility", "crew_mobility"),
                ("support_rate", "support_permit_rate"),
            )
        }
        self._output_weights = {n: par[f"output_{n}"] for n in ("exports", "inputs", "fuel")}
        self._remittance = inputs.base.remittance / inputs.base.workers
        self.initiative = Initiative(model)

    def __repr__(self) -> str:
        """Return the class."""
        return f"<{type(self).__name__}>"

    def choose(self) -> None:
        """Test or rest, and open or shut the border, before anyone else moves this month."""
        self.initiative.choose()

    def set_elasticities(self) -> None:
        """Set partners' elasticities by arm: none for Russia where it is held still."""
        inputs, free = self.model.inputs, ~held_still(self.model)
        self._buyers_elasticity = inputs.sigma[:, None, SOLD, :] * free[..., None]
        self._sellers_elasticity = inputs.par["import_supply_elasticity"][:, None] * free

    def refuse_contracted(self) -> None:
        """Let cargo under old contracts arrive, be refused, wait, be released or go back."""
        model = self.model
        par, state, now, flows = model.inputs.par, model.state, model.now, model.flows
        rise = now.ban[..., SOLD, :] - state.ban[..., SOLD, :]
        wide = lambda name: par[name][:, None, None]  # noqa: E731
        bond = contracts.refuse_contracted(
            state.pipeline,
            state.bonded,
            rise,
            state.legal_capacity,
            wide("contract_decay"),
            self._bondable,
            self._clearing_window(),
            wide("clearing_release"),
            wide("bonded_return"),
        )
        if model.held is not None:
            free = ~model.russia_held[:, None, None]
            for volume in bond:
                volume[..., RUSSIA, :] *= free
        flows.bond, flows.bonded_before = bond, state.bonded
        state.pipeline, state.bonded = bond.pipeline, bond.stock
        state.legal_capacity = now.legal_on[..., SOLD, :].copy()
        state.ban = now.ban.copy()

    def _clearing_window(self) -> Array:
        """Return where bonded stock may be cleared this month, (arm, member, partner, good).

        Where China's measures are lifted its ports let go what waits there.
        """
        model, window = self.model, self.model.now.law.clearing_window
        if not model.lifted:
            return window
        out = np.array(np.broadcast_to(window, model.state.bonded.shape))
        out[~model.china_free, :, CHINA] = 1.0
        return out

    def send_workers(self) -> None:
        """Move workers between permits, visas, home and hosts; book remittances."""
        model, t = self.model, self.model.month
        inputs, state, law = model.inputs, model.state, model.now.law
        closed, ended, repatriation = law.entry_closed, law.permits_ended, law.repatriation
        enforcement, support = state.enforcement, state.support * inputs.invites
        if model.held is not None:
            still = held_still(model)
            closed = np.where(still, 1.0, closed)
            ended, repatriation = np.where(still, 0.0, ended), np.where(still, 0.0, repatriation)
            enforcement, support = (np.where(still, 0.0, level) for level in (enforcement, support))
        before = labour.Workers(state.permits, state.visas, state.home)
        regime = labour.LabourRegime(closed, ended, repatriation, law.months_left)
        after = labour.month(
            before,
            regime,
            enforcement,
            support,
            model.now.openness,
            inputs.labour_room,
            inputs.attraction[t],
            self._rates,
        )
        total = lambda w: over_last(w.permits) + over_last(w.visas) + w.home  # noqa: E731
        model.flows.worker_residual = np.abs(total(after) - total(before)) / total(before)
        state.permits, state.visas, state.home = after
        each = self._remittance * inputs.quota[t]
        model.flows.remittance_legal = after.permits * each
        model.flows.remittance_visa = after.visas * each

    def move_transit(self) -> None:
        """Carry Russian coal through Rajin; book its value as Russian and the fee as the DPRK's."""
        model, t = self.model, self.model.month
        inputs, par, state, flows = model.inputs, model.inputs.par, model.state, model.flows
        begun = inputs.months[t] >= TRANSIT_CUT_FROM
        pressure = max(model.now.us_pressure - US_PRESSURE_BASE, 0.0) / (1.0 - US_PRESSURE_BASE)
        target = par["transit_cut"] * (pressure if begun else 0.0)
        state.transit_cut = move(
            state.transit_cut,
            target,
            par["transit_cut_up"],
            par["transit_cut_down"],
        )
        cleared = transit.volume(
            self.rajin * (1.0 + state.support[..., RUSSIA] * inputs.carries[RUSSIA]),
            par["transit_base_use"],
            par["transit_response"],
            model.now.ban[..., CHINA, SOLD, COAL],
            state.transit_cut,
        )
        if model.held is not None:
            cleared = np.where(model.russia_held[:, None], model.held.transit, cleared)
        carried = cleared * model.now.openness[..., RUSSIA] * inputs.transit_open[t]
        flows.transit_cleared, flows.transit_volume = cleared, carried
        flows.transit_value = carried * inputs.coal_world[t]
        tonnes = transit_tonnes(inputs.base, carried)
        flows.fees = tonnes * par["transit_fee"] / TONNES_A_MUSD

    def sell(self) -> None:
        """Clear the export markets and deliver what borders and inspectors let through."""
        model, t = self.model, self.model.month
        inputs, par, state = model.inputs, model.inputs.par, model.state
        now, flows = model.now, model.flows
        legal, illegal, found = offers(model, SOLD)
        # Held Russia's volumes are given: none of it is refused, and it does not hurry.
        free = ~held_still(model)[..., None]
        illegal = np.maximum(illegal - flows.bond.refused * free, 0.0)
        listed_legal = legal * lists.listed_in_lawful(now.listed, model.own_ban)
        if now.further is not None:
            now.further.add_to(legal, listed_legal)
        announced = now.law.announced * free
        hurry = par["front_loading"][:, None, None] * announced
        open_legal = (legal - listed_legal) * (1.0 + hurry)
        open_legal[..., CHINA, OTHER] *= state.lawful_growth
        supply = self._export_base * (1.0 - now.listed)
        supply[..., OTHER] *= state.lawful_growth
        # Both sides bring trade forward while a ban is announced.
        supply *= 1.0 + over_last(np.swapaxes(hurry * self._buyer_shares, -1, -2))
        sales = lists.clear_sales(
            open_legal,
            listed_legal,
            illegal,
            now.listed,
            self._buyers_elasticity,
            inputs.world[t][:, SOLD],
            supply,
            self._export_base * now.listed,
            par["export_supply_elasticity"][:, None],
            None if inputs.price_floor is None else inputs.price_floor[:, None],
        )
        listed_price = sales.listed_price[..., None, :]
        deliver(model, SOLD, (sales.legal, sales.illegal), found, (sales.legal_price, listed_price))
        flows.released_value = flows.bond.released * listed_price
        flows.legal_value[..., SOLD, :] += flows.released_value
        flows.open_price, flows.listed_price = sales.open_price, sales.listed_price
        discount = sales.listed_price - sales.open_price
        flows.export_price = sales.open_price + now.listed * discount
        flows.export_residual = sales.residual
        gap = goods_gap(model, sales.legal + sales.illegal)
        flows.goods_residual = gap / self._export_base.sum()

    def buy(self) -> None:
        """Set the import budget, clear the five import markets, deliver."""
        model, t = self.model, self.model.month
        inputs, par, state = model.inputs, model.inputs.par, model.state
        now, flows = model.now, model.flows
        self._count_receipts()
        wanted = self._wanted()
        purse = balance.import_budget(
            over_last(wanted),
            flows.receipts,
            inputs.base_receipts,
            par["plan_passthrough"],
            state.reserves,
            par["reserve_share"],
            np.full_like(state.reserves, inputs.base.crude),
        )
        legal, illegal, found = offers(model, BOUGHT)
        if now.further is not None:
            legal[..., REST, :] += now.further.capacity[..., BOUGHT, :]
        market = clear_imports(
            self._preferred(),
            wanted * state.planned_price ** -par["plan_shift"][:, None],
            legal + illegal,
            inputs.sigma[:, BOUGHT],
            self._sellers_elasticity,
            par["import_demand_elasticity"][:, None],
            inputs.world[t][:, BOUGHT],
            purse.spending,
            None if inputs.price_cap is None else inputs.price_cap[:, None],
            model.smallest_seller,
        )
        smuggled = market.volume * share(illegal, legal + illegal)
        deliver(
            model, BOUGHT, (market.volume - smuggled, smuggled), found, (market.price, market.price)
        )
        flows.purse, flows.unspent = purse, market.unspent
        flows.import_price, flows.import_residual = market.price, market.residual
        flows.scarcity = market.index / inputs.world[t][:, BOUGHT]
        flows.paid = over_cells(
            flows.legal_value[..., BOUGHT, :] + flows.illegal_value[..., BOUGHT, :]
        )

    def _count_receipts(self) -> None:
        """Add up the month's hard currency: goods, remittances, fees, arms, what no table shows."""
        model, flows = self.model, self.model.flows
        inputs, none = model.inputs, np.zeros_like(model.state.reserves)
        flows.merchandise = over_cells(
            flows.legal_value[..., SOLD, :] + flows.illegal_value[..., SOLD, :]
        )
        flows.remittance = over_last(flows.remittance_legal + flows.remittance_visa)
        arms = inputs.arms[model.month]
        flows.arms = np.where(model.russia_held[:, None], 0.0, arms) + none
        other = inputs.unrecorded + inputs.cyber[model.month]
        flows.receipts = flows.merchandise + flows.remittance + flows.fees + flows.arms + other

    def _wanted(self) -> Array:
        """Return the goods of the import plan before prices, (arm, member, good), USD million.

        Base imports by season; textiles that are not sold need no imported inputs.
        """
        model, flows = self.model, self.model.flows
        par, season = model.inputs.par, model.inputs.season[model.month]
        textile_loss = np.maximum(
            self._export_base[TEXTILES]
            - over_last(
                flows.legal_value[..., SOLD, TEXTILES] + flows.illegal_value[..., SOLD, TEXTILES]
            ),
            0.0,
        )
        wanted: Array = self._import_base * season[:, None] + np.zeros(
            (*model.state.reserves.shape, N_GOODS)
        )
        linked = par["textile_input_share"] * par["textile_input_link"] * textile_loss
        wanted[..., INPUTS] = np.maximum(
            wanted[..., INPUTS] - linked, LEAST_INPUTS * self._import_base[INPUTS]
        )
        return wanted

    def _preferred(self) -> Array:
        """Return shares of suppliers at equal prices, (arm, member, partner, good).

        Politics first, price second: a partner that helps is preferred, one that stops trade
        beyond the Council on its own is avoided; what is preferred then competes by price.
        """
        model, state, now = self.model, self.model.state, self.model.now
        weight = model.inputs.par["supplier_politics"][:, None]
        favour = np.exp(weight * (state.support - now.stopped))
        model.flows.favour = favour
        tilted = self._shares * favour[..., None]
        whole = tilted[..., 0, :] + tilted[..., 1, :] + tilted[..., 2, :]
        before = self._shares[0] + self._shares[1] + self._shares[2]
        return np.asarray(tilted / (whole / before)[..., None, :])

    def wish_to_evade(self, follows: Array) -> Array:
        """Return the effort of evasion from 0 to 1 in the months to come, (arm, member).

        `follows` is what its rule makes of its plan. A subclass overrides this to decide otherwise.
        """
        return follows

    def settle(self) -> None:
        """Close the month: reserves, evasion effort, output, expectations, lawful substitution."""
        model, t = self.model, self.model.month
        inputs, par, state, flows = model.inputs, model.inputs.par, model.state, model.flows
        before = state.reserves * inputs.reserve_shock[t]
        state.reserves = before + flows.receipts - flows.paid - flows.purse.crude
        flows.reserves_before = before
        spent = flows.purse.spending - flows.unspent
        fixed = inputs.fixed_effort[t]
        follows = balance.effort_after(state.effort, spent, flows.purse.plan, par["effort_speed"])
        wish = self.wish_to_evade(follows)
        if type(self) is not Dprk:
            who = f"{type(self).__name__}.wish_to_evade"
            wish = told(wish, follows.shape, who, inputs.months[t], 0.0, 1.0)
        state.effort = np.where(np.isnan(fixed), wish, fixed)
        volume = flows.legal + flows.illegal
        sold = over_cells(volume[..., SOLD, :]) + over_cells(flows.bond.released)
        bought = volume[..., BOUGHT, :]
        ratios = (
            sold / self._export_base.sum(),
            over_last(bought[..., INPUTS]) / self._import_base[INPUTS],
            over_last(bought[..., FUEL]) / self._import_base[FUEL],
        )
        state.trailing[:, :, t % state.trailing.shape[2]] = np.stack(ratios, axis=-1)
        year = np.minimum(state.trailing.mean(axis=2), 1.0)
        state.output = balance.output(
            year[..., 0], year[..., 1], year[..., 2], self._output_weights
        )
        state.lawful_growth = balance.lawful_growth(
            state.lawful_growth, par["processing_growth"], ratios[0]
        )
        for name, level, speed in (
            ("expected_open_price", flows.open_price, par["price_adjustment"]),
            ("expected_listed_price", flows.listed_price, par["price_adjustment"]),
            ("expected_import_price", flows.import_price, par["price_adjustment"]),
            ("expected_illegal_flow", flows.illegal, par["price_adjustment"]),
            ("planned_price", flows.scarcity, par["plan_shift_speed"]),
        ):
            old = getattr(state, name)
            weight = speed.reshape(speed.shape + (1,) * (old.ndim - 2))
            setattr(state, name, old + weight * (level - old))
        state.export_price, state.import_price = flows.export_price, flows.import_price
        self.initiative.remember()
        self._count_partners()

    def _count_partners(self) -> None:
        """Note what each partner's firms do lawfully, and the value of all its dealings."""
        model, state, flows = self.model, self.model.state, self.model.flows
        at = model.month % state.trailing_lawful.shape[-1]
        state.trailing_lawful[..., at] = over_cells(model.now.legal_on * (1.0 - model.now.ban))
        value = over_cells(flows.legal_value + flows.illegal_value)
        value = value + flows.remittance_legal + flows.remittance_visa
        value[..., RUSSIA] += flows.arms
        state.trailing_value[..., at] = value
