"""Chart of hard currency: into the DPRK by good and partner, out by imports, month by month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from sim.axes import BOUGHT, CHINA, EXPORT_GOODS, IMPORT_GOODS, PARTNERS, RUSSIA, SOLD
from sim.experiment.answer import BAND, counted
from sim.experiment.arms import ARM_WORDS, shown_arm
from sim.experiment.stored import StoredRun
from sim.view.chart import BAND_WORDS, Chart, blank, brief, faint, needs, spread_words
from sim.view.chart_months import ROOM, last_of_window, month_controls, whole_years
from sim.view.colours import GREY, ORANGE, PARTNER_COLOURS, PURPLE, SKY, YELLOW
from sim.view.partner_words import PARTNER_LABELS

Array = NDArray[np.float64]

DPRK, CRUDE, LABOUR, ARMS = "DPRK", "crude oil", "workers", "arms, fees"
OTHER, DRAWN, SAVED = "other income", "from reserves", "into reserves"
PARTNER_NODES = tuple(PARTNER_LABELS.values())
NODES = (
    *EXPORT_GOODS, LABOUR, ARMS, OTHER, DRAWN, *PARTNER_NODES, DPRK, *IMPORT_GOODS, CRUDE, SAVED,
)  # fmt: skip
SHOWN_WORDS = {"other": "other goods", "rest of world": "others"}
GOOD_COLOUR = "#bbbbbb"
HEIGHT, SHADE = 650, 0.45

USED = (
    "legal_value", "illegal_value", "fees", "arms", "receipts", "paid", "crude",
    "remittance_legal", "remittance_visa",
)  # fmt: skip


@dataclass(frozen=True)
class Flows:
    """Links of the chart: ends as places in `NODES`, and values (month, link), USD million."""

    source: tuple[int, ...]
    target: tuple[int, ...]
    values: Array

    def through(self, node: str, into: bool) -> Array:
        """Return what goes into a node, or out of it, by month."""
        ends = self.target if into else self.source
        picked = [i for i, end in enumerate(ends) if end == NODES.index(node)]
        return np.asarray(self.values[:, picked].sum(axis=1))


def middle_members(run: StoredRun) -> NDArray[np.int64]:
    """Return the half of the members whose receipts over the run lie nearest the median."""
    total = run.arrays["receipts"][:, run.arms.index(shown_arm(run.arms))].sum(axis=0)
    order = np.argsort(np.abs(total - np.median(total)), kind="stable")
    return np.sort(order[: max(1, -(-run.members // 2))])


def flows(run: StoredRun) -> Flows:
    """Return hard currency in and out by month, the mean of the middle members, USD million.

    Medians of parts do not add up to the median of the whole; means of the same members do. What
    is neither goods, workers, arms nor fees is other income: unrecorded trade and cyber.
    """
    arm, members = run.arms.index(shown_arm(run.arms)), middle_members(run)
    at = {name: run.arrays[name][:, arm][:, members].mean(axis=1) for name in USED}
    goods = at["legal_value"] + at["illegal_value"]
    labour = at["remittance_legal"] + at["remittance_visa"]
    links: list[tuple[str, str, Array]] = []
    for p, partner in enumerate(PARTNER_NODES):
        links += [(good, partner, goods[:, p, SOLD, g]) for g, good in enumerate(EXPORT_GOODS)]
        links.append((LABOUR, partner, labour[:, p]))
    links.append((ARMS, PARTNER_NODES[RUSSIA], at["arms"] + at["fees"]))
    for partner in PARTNER_NODES:
        into = sum(value for _, end, value in links if end == partner)
        links.append((partner, DPRK, np.asarray(into)))
    known = goods[:, :, SOLD].sum(axis=(1, 2)) + labour.sum(axis=1) + at["arms"] + at["fees"]
    change = at["receipts"] - at["paid"] - at["crude"]
    links.append((OTHER, DPRK, at["receipts"] - known))
    links.append((DRAWN, DPRK, np.maximum(-change, 0.0)))
    for p in range(len(PARTNERS)):
        links += [(DPRK, good, goods[:, p, BOUGHT, g]) for g, good in enumerate(IMPORT_GOODS)]
    links += [(DPRK, CRUDE, at["crude"]), (DPRK, SAVED, np.maximum(change, 0.0))]
    values = np.stack([np.maximum(value, 0.0) for *_, value in links], axis=1)
    source, target = (tuple(NODES.index(link[end]) for link in links) for end in (0, 1))
    return Flows(source, target, values)


def flows_sankey(run: StoredRun) -> Chart:
    """Return hard currency into the DPRK by good and partner and out by imports, month by month.

    The mean of the half of the members in the middle, USD million a month; a menu gives whole
    years. Raises DivertError for a run read without the arrays it needs.
    """
    needs(run, *USED)
    found, shown = flows(run), shown_arm(run.arms)
    years = whole_years(run.months)
    periods = [(month, found.values[t]) for t, month in enumerate(run.months)]
    sums = [(year, found.values[at].sum(axis=0)) for year, at in years.items()]
    start = last_of_window(run)
    figure = blank(
        HEIGHT, margin={"l": 8, "r": 8, "t": 10, "b": ROOM},
        **month_controls(run.months, list(years), start),
    )  # fmt: skip
    figure.add_trace(_sankey(found, *periods[start]))
    figure.frames = [
        go.Frame(
            name=name,
            data=[{"type": "sankey", "link": {"value": _rounded(values)},
                   "node": {"label": _labels(found, name, values)}}],
        )
        for name, values in (*periods, *sums)
    ]  # fmt: skip
    headings, rows = _table(run, found)
    words = (
        "Hard currency of the DPRK by month as flows from goods through partners into the DPRK and "
        f"out to imports ({ARM_WORDS[shown]}): means of the {middle_members(run).size} of "
        f"{counted(run.members, 'member')} whose receipts lie in the middle, so that parts add up; "
        "move the month with the slider or pick a whole year."
    )
    return Chart(
        "hard-currency-flows", "Where hard currency comes from and where it goes", figure,
        headings, rows, words,
    )  # fmt: skip


def _sankey(found: Flows, name: str, values: Array) -> go.Sankey:
    """Return the flows of one period, links of a partner in its colour."""
    colours = dict(zip(PARTNER_NODES, PARTNER_COLOURS.values(), strict=True))
    own = {**colours, DPRK: "#333333", LABOUR: ORANGE, ARMS: PURPLE, OTHER: SKY, DRAWN: GREY,
           CRUDE: YELLOW, SAVED: GREY}  # fmt: skip
    partners = [
        *(p for p in PARTNER_NODES for _ in (*EXPORT_GOODS, LABOUR)), PARTNER_NODES[RUSSIA],
        *PARTNER_NODES, OTHER, DRAWN, *(p for p in PARTNER_NODES for _ in IMPORT_GOODS),
        PARTNER_NODES[CHINA], SAVED,
    ]  # fmt: skip
    return go.Sankey(
        arrangement="snap", valueformat=",.1f", valuesuffix=" million USD",
        textfont={"size": 11, "color": "#111111"},
        node={
            "label": _labels(found, name, values), "pad": 9, "thickness": 12,
            "color": [own.get(node, GOOD_COLOUR) for node in NODES],
            "line": {"width": 0}, "hovertemplate": "%{label}<extra></extra>",
        },
        link={
            "source": found.source, "target": found.target, "value": _rounded(values),
            "label": partners, "color": [faint(own[p], SHADE) for p in partners],
            "hovertemplate": "%{label}: %{value} million USD<extra></extra>",
        },
    )  # fmt: skip


def _labels(found: Flows, name: str, values: Array) -> list[str]:
    """Return the name of every node with what passes through it in a period, USD million."""
    into, out = np.zeros(len(NODES)), np.zeros(len(NODES))
    np.add.at(into, list(found.target), values)
    np.add.at(out, list(found.source), values)
    passed = np.maximum(into, out)
    labels = [
        f"{SHOWN_WORDS.get(node, node)} {brief(value)}"
        for node, value in zip(NODES, passed, strict=True)
    ]
    labels[NODES.index(DPRK)] = f"DPRK {brief(passed[NODES.index(DPRK)])}<br>{name}"
    return labels


def _rounded(values: Array) -> list[float]:
    return [round(float(value), 2) for value in values]


def _table(run: StoredRun, found: Flows) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return a row a month: money in by partner and kind, money out, and receipts as a band."""
    columns = (
        *(f"through {partner}" for partner in PARTNER_NODES), OTHER, DRAWN, "imports of goods",
        CRUDE, SAVED,
    )  # fmt: skip
    goods = np.asarray(sum(found.through(good, True) for good in IMPORT_GOODS))
    values = [*(found.through(p, True) for p in PARTNER_NODES), found.through(OTHER, False),
              found.through(DRAWN, False), goods, found.through(CRUDE, True),
              found.through(SAVED, True)]  # fmt: skip
    arm = run.arms.index(shown_arm(run.arms))
    bands = np.quantile(run.arrays["receipts"][:, arm], BAND, axis=1).T
    headings = (
        "month", *(f"{name}, million USD" for name in columns),
        f"receipts of all members, million USD, {BAND_WORDS}",
    )  # fmt: skip
    rows = tuple(
        (month, *(f"{value[t]:,.1f}" for value in values), spread_words(bands[t], 1))
        for t, month in enumerate(run.months)
    )
    return headings, rows
