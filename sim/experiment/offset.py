"""The answer: how much of the DPRK's loss from China's restrictions Russia makes good.

Four arms on common draws: China restricts (C1) or not (C0), Russia free (S1) or held still (S0).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.axes import BOUGHT, CHINA, EXPORT_GOODS, N_GOODS, RUSSIA, SOLD, TEXTILES
from sim.record import Record

Array = NDArray[np.float64]

SIGNIFICANT = 3.0
"""A loss smaller than this many standard errors is no loss to offset (ODD section 8)."""

IMMATERIAL = 1e-4
"""A loss smaller than this share of receipts is none, however small the seed noise (C)."""

CHANNELS = ("same_good", "other_goods", "labour", "arms_and_fees")


@dataclass(frozen=True)
class Receipts:
    """Hard currency the DPRK received over a window, USD million, (arm, member, ...)."""

    goods: Array  # (arm, member, partner, good)
    labour: Array  # (arm, member, partner)
    arms_and_fees: Array  # (arm, member)
    arms: Array  # (arm, member)
    textile_inputs: Array  # (arm, member), imported inputs in textiles sold
    imports_received: Array  # (arm, member), volume at base prices

    @property
    def total(self) -> Array:
        """Return Y, (arm, member): goods delivered, remittances, arms and fees, recorded or not."""
        goods, labour = self.goods.sum(axis=(-2, -1)), self.labour.sum(axis=-1)
        return np.asarray(goods + labour + self.arms_and_fees)


def over_months(values: Array) -> Array:
    """Return the sum over months of (month, ...)."""
    # Added month by month: a reduction changes its order where there is a single lane.
    total = np.zeros(values.shape[1:])
    for month in values:
        total = total + month
    return total


def receipts(record: Record, window: slice) -> Receipts:
    """Return what the DPRK received in the months of `window`."""
    return received(record, record.inputs.par["textile_input_share"], window)


class Recorded(Protocol):
    """Recorded arrays by name, (month, arm, member, ...), in memory or read back."""

    def __getitem__(self, name: str, /) -> Array:
        """Return one array."""
        ...


RECEIVED = (
    "legal_value", "illegal_value", "legal", "illegal", "remittance_legal", "remittance_visa",
    "arms", "fees", "crude",
)  # fmt: skip
"""Recorded arrays that receipts are made of."""


def received(arrays: Recorded, textile_input_share: Array, window: slice) -> Receipts:
    """Return what the DPRK received in the months of `window`; the share is (member,)."""
    total = lambda name: over_months(arrays[name][window])  # noqa: E731
    value = total("legal_value") + total("illegal_value")
    volume = total("legal") + total("illegal")
    return Receipts(
        goods=value[..., SOLD, :],
        labour=total("remittance_legal") + total("remittance_visa"),
        arms_and_fees=total("arms") + total("fees"),
        arms=total("arms"),
        textile_inputs=textile_input_share * value[..., SOLD, TEXTILES].sum(axis=-1),
        imports_received=volume[..., BOUGHT, :].sum(axis=(-2, -1)) + total("crude"),
    )


@dataclass(frozen=True)
class Offset:
    """Loss, offset and its parts by member; money in USD million, ratios NaN without a loss."""

    loss: Array
    ratio: Array
    autonomous: Array
    interaction: Array
    channels: dict[str, Array]  # USD million, adding up to Y(C1S1) - Y(C1S0)
    by_good: dict[str, Array]  # USD million, Y_g(C1S1) - Y_g(C1S0)
    gross: Array
    welfare_loss: Array
    welfare: Array
    without_arms: Array
    net_of_inputs: Array
    shapley_china: Array
    shapley_russia: Array
    seed_noise_se: float | None
    significant: bool
    ratio_of_means: float | None


def offset_arithmetic(y: dict[str, Array]) -> tuple[Array, Array, Array, Array]:
    """Return loss, offset ratio, autonomous part and interaction, each of the shape of Y.

    `y` maps the four arms to what the DPRK received, USD million.

    Loss = Y(C0S0) - Y(C1S0); ratio = (Y(C1S1) - Y(C1S0)) / loss; autonomous =
    (Y(C0S1) - Y(C0S0)) / loss; interaction is the rest. NaN where there is no loss.
    """
    loss = y["C0S0"] - y["C1S0"]
    safe = np.where(loss > 0.0, loss, np.nan)
    ratio = (y["C1S1"] - y["C1S0"]) / safe
    autonomous = (y["C0S1"] - y["C0S0"]) / safe
    return loss, ratio, autonomous, ratio - autonomous


def seed_noise(values: Array, seeds_per_draw: int) -> float | None:
    """Return the standard error of the mean that seeds alone cause, from the spread within draws.

    `values` (member,), members of one draw side by side. None with a single seed per draw.
    """
    draws = values.size // seeds_per_draw
    if seeds_per_draw < 2 or draws < 1:
        return None
    grouped = values[: draws * seeds_per_draw].reshape(draws, seeds_per_draw)
    variance = grouped.var(axis=1, ddof=1).mean()
    return float(np.sqrt(variance / values.size))


def offset(got: Receipts, arms: tuple[str, ...], seeds_per_draw: int) -> Offset:
    """Return the offset of every member, its split, its channels and what stands beside it."""
    at = {name: arms.index(name) for name in arms}
    y = {name: got.total[i] for name, i in at.items()}
    loss, ratio, autonomous, interaction = offset_arithmetic(y)
    se = seed_noise(loss, seeds_per_draw)
    floor = IMMATERIAL * np.abs(y["C0S0"]).mean()
    significant = bool(loss.mean() > max(floor, SIGNIFICANT * (se or 0.0)))

    goods = got.goods.sum(axis=-2)
    lost = goods[at["C0S0"]] > goods[at["C1S0"]]
    gain = goods[at["C1S1"]] - goods[at["C1S0"]]
    labour = got.labour.sum(axis=-1)
    channels = {
        "same_good": np.where(lost, gain, 0.0).sum(axis=-1),
        "other_goods": np.where(lost, 0.0, gain).sum(axis=-1),
        "labour": labour[at["C1S1"]] - labour[at["C1S0"]],
        "arms_and_fees": got.arms_and_fees[at["C1S1"]] - got.arms_and_fees[at["C1S0"]],
    }
    bought = got.goods.sum(axis=-1)
    china_less = bought[at["C0S1"], :, CHINA] - bought[at["C1S1"], :, CHINA]
    russia_more = bought[at["C1S1"], :, RUSSIA] - bought[at["C0S1"], :, RUSSIA]
    gross = russia_more / np.where(china_less > 0.0, china_less, np.nan)

    imports = {name: got.imports_received[i] for name, i in at.items()}
    welfare_loss, welfare, _, _ = offset_arithmetic(imports)
    without = offset_arithmetic({n: got.total[i] - got.arms[i] for n, i in at.items()})[1]
    net = offset_arithmetic({n: got.total[i] - got.textile_inputs[i] for n, i in at.items()})[1]
    china = 0.5 * (y["C1S0"] - y["C0S0"] + y["C1S1"] - y["C0S1"])
    russia = 0.5 * (y["C0S1"] - y["C0S0"] + y["C1S1"] - y["C1S0"])
    mean_loss = float(loss.mean())
    return Offset(
        loss=loss,
        ratio=ratio,
        autonomous=autonomous,
        interaction=interaction,
        channels=channels,
        by_good={g: gain[:, i] for i, g in enumerate(EXPORT_GOODS[:N_GOODS])},
        gross=gross,
        welfare_loss=welfare_loss,
        welfare=welfare,
        without_arms=without,
        net_of_inputs=net,
        shapley_china=china,
        shapley_russia=russia,
        seed_noise_se=se,
        significant=significant,
        ratio_of_means=float((y["C1S1"] - y["C1S0"]).mean()) / mean_loss if significant else None,
    )
