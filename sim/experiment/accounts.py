"""Whether the markets of a finished run clear and its accounts balance, from what it stored.

Every identity is worked out again from the recorded arrays, and the residuals that the model took
itself, in double precision, stand beside.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.code import code_digest
from sim.errors import DivertError
from sim.experiment.account_identities import RECORDED, Sides, identities
from sim.experiment.answer import BAND_NAMES, quantiles, window_of
from sim.experiment.offset import CHANNELS, offset, received
from sim.experiment.stored import (
    AGAIN,
    ARRAYS,
    StoredRun,
    check_whole,
    read_manifest,
    read_run,
)
from sim.inputs import build_inputs
from sim.json_text import json_of
from sim.parameters import all_parameters
from sim.record import AXES, LEAD

Array = NDArray[np.float64]

PRECISION = 1e-6
"""Share of an amount that an identity may miss: arrays are stored in single precision.

Times the elasticity where it rests on a price to the power of one.
"""

ROUNDING = 1e-9
"""The same of residuals taken in double precision, before anything was stored."""

ANSWER = "answer.json"

MEASURED = {
    "clearing_residual": "Ten markets: demand = supply",
    "goods_residual": "Made = delivered, seized, in bond, back",
    "balance_residual": "Hard currency: in - out = saved",
    "worker_residual": "Workers abroad and at home = before",
}
"""Residuals that the model takes of itself every month, as shares."""


@dataclass(frozen=True)
class Account:
    """An identity of a run: its largest gap in USD million (None for a bare share), and where.

    `share` is the gap over the amount at that place, `at` names month, arm, member and market.
    """

    name: str
    words: str
    gap_musd: float | None
    share: float
    at: dict[str, str]
    holds: bool


@dataclass(frozen=True)
class Accounts:
    """The accounts of a finished run; `other_code` says that another divert wrote it."""

    folder: Path
    rows: list[Account]
    other_code: bool

    @property
    def hold(self) -> bool:
        """Return whether every identity holds."""
        return all(row.holds for row in self.rows)

    def content(self) -> list[dict[str, Any]]:
        """Return the rows as JSON can hold them: a gap or share that is no number is None."""
        rows = [asdict(row) for row in self.rows]
        for row in rows:
            for name in ("gap_musd", "share"):
                if row[name] is not None and not np.isfinite(row[name]):
                    row[name] = None
        return rows


def accounts_of(folder: Path) -> Accounts:
    """Return the accounts of the run in `folder`.

    Raises DivertError for a folder that is not a result, whose files are not those of its
    manifest, or that a version of divert with other parameters or answers wrote.
    """
    run = read_run(folder, (*RECORDED, *MEASURED))
    content = read_manifest(folder)
    check_whole(folder, content, (ARRAYS, ANSWER))
    missing = [name for name in all_parameters() if name not in run.parameters]
    if missing:
        raise DivertError(f"found no parameter {missing[0]}; {AGAIN}", file=folder / ARRAYS)
    # Arrays may hold anything: what is no number breaks its account, below.
    with np.errstate(all="ignore"):
        inputs = build_inputs(run.scenario, run.parameters)
        rows = [_account(name, words, sides, run) for name, words, sides in identities(run, inputs)]
    try:
        rows += _of_the_answer(run, json_of((folder / ANSWER).read_text(encoding="utf-8")))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DivertError(
            f"found an answer of other keys; {AGAIN}", file=folder / ANSWER
        ) from error
    rows += [_measured(name, words, run) for name, words in MEASURED.items()]
    return Accounts(folder, rows, content["code"] != code_digest())


def _account(name: str, words: str, sides: Sides, run: StoredRun) -> Account:
    """Return the largest gap of an identity, of those that are too large where some are."""
    allowed = PRECISION * np.maximum(sides.power, 1.0) * sides.amount
    too_large = ~((sides.gap <= allowed) & np.isfinite(allowed))
    at = np.unravel_index(_largest(sides.gap, too_large), sides.gap.shape)
    gap, amount = float(sides.gap[at]), float(sides.amount[at])
    share = gap / amount if amount > 0.0 else gap
    return Account(name, words, gap, share, _place(at, sides.axes, run), not too_large.any())


def _measured(name: str, words: str, run: StoredRun) -> Account:
    """Return the largest residual of a kind that the model took of itself."""
    found = run.arrays[name]
    too_large = ~(found <= ROUNDING)
    at = np.unravel_index(_largest(found, too_large), found.shape)
    share = float(found[at])
    return Account(name, words, None, share, _place(at, (), run), not too_large.any())


def _largest(gap: Array, too_large: NDArray[np.bool_]) -> np.intp:
    """Return the flat place of the largest gap; a gap that is no number is larger than all."""
    size = np.where(np.isnan(gap), np.inf, gap)
    return np.argmax(np.where(too_large, size, -1.0) if too_large.any() else size)


def _place(at: tuple[Any, ...], axes: tuple[str, ...], run: StoredRun) -> dict[str, str]:
    """Return month, arm, member and market by name."""
    first = (run.months, run.arms, range(run.members))
    found = {axis: str(labels[i]) for axis, labels, i in zip(LEAD, first, at[:3], strict=True)}
    for axis, i in zip(axes, at[3:], strict=True):
        label = AXES[axis][i]
        if axis == "good":
            label = label.split(" / ")[AXES["direction"].index(found["direction"])]
        found[axis] = label
    return found


# ---- the answer --------------------------------------------------------------------------------


def _of_the_answer(run: StoredRun, answer: dict[str, Any]) -> list[Account]:
    """Return whether the numbers of `answer.json` are those of the arrays, where it has any."""
    if answer.get("loss_musd") is None:
        return []
    window = window_of(run.scenario, run.months)
    got = received(run.arrays, run.parameters["textile_input_share"], window)
    found = offset(got, run.arms, run.scenario.seeds_per_draw)
    receipts = [(arm, answer["receipts_musd"][arm], got.total[i]) for i, arm in enumerate(run.arms)]
    money = [*receipts, ("loss", answer["loss_musd"], found.loss)]
    rows = [_stated("receipts and loss", "Answer: receipts, loss = sums of arrays",
                    money, float(got.total.max()))]  # fmt: skip
    if answer["offset_ratio"] is None:
        return rows
    kept = found.loss > 0.0
    parts = [found.channels[name][kept] / found.loss[kept] for name in CHANNELS]
    ratios = [
        ("offset", answer["offset_ratio"], found.ratio),
        ("autonomous + interaction", answer["offset_ratio"], found.autonomous + found.interaction),
        ("channels", answer["offset_ratio"], np.sum(parts, axis=0)),
    ]
    words = "Answer: offset = its parts = channels"
    return [*rows, _stated("offset", words, ratios, None)]


def _stated(
    name: str, words: str, pairs: list[tuple[str, Any, Array]], amount: float | None
) -> Account:
    """Return the largest gap between stated bands and those of values, money over `amount`."""
    gaps: dict[tuple[str, str], float] = {}
    for label, stated, values in pairs:
        band = quantiles(values)
        for level in BAND_NAMES:
            gaps[label, level] = abs(stated[level] - band[level]) if stated and band else np.inf
    (label, level), gap = max(gaps.items(), key=lambda one: one[1])
    share = gap if amount is None else gap / amount
    at = {"number": label, "level": level}
    return Account(name, words, None if amount is None else gap, share, at, share <= PRECISION)
