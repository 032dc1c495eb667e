"""What the data tables say on the claims of the article: each number with unit, source and mark."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sim.base_year import price_series
from sim.data import load
from sim.errors import DivertError
from sim.experiment.claim_rules import Band
from sim.parameters import all_parameters

QUARTERS = 4
MUSD, SHARE, PERCENT = "million USD", "share", "%"
TESTED = date(2016, 1, 6)
"""Day of the fourth nuclear test, from which the article counts Russia's votes."""

VOWED = date(2017, 5, 21)
YEAR_END = date(2017, 12, 31)


@dataclass(frozen=True)
class Number:
    """One number: (low, middle, high) in its unit, where it is from, its mark.

    Marks A, B, C as in the data tables; `model` for a 5-50-95 % band over members.
    """

    name: str
    words: str
    band: Band
    unit: str
    source: str
    mark: str

    @property
    def middle(self) -> float:
        """Return the middle of the band."""
        return self.band[1]


def exact(name: str, words: str, value: float, unit: str, source: str, mark: str) -> Number:
    """Return a number without a range."""
    return Number(name, words, (value, value, value), unit, source, mark)


def one(table: str, where: Callable[[Any], bool], words: str) -> Any:
    """Return the one row of a table that the claims need; raises DivertError without it."""
    rows = [row for row in load(table) if where(row)]
    if not rows:
        raise DivertError(
            f"found no row for {words}; allowed: a table that holds it", file=f"{table}.csv"
        )
    return rows[0]


def _year(year: int) -> Any:
    return one("trade_recommended", lambda r: r.year == year, str(year))


def _behaviour(name: str) -> Any:
    return one("behaviour", lambda r: r.id == name, name)


def _russia(period: str, flow: str, commodity: str = "total") -> Any:
    """Return a row of Russia's customs for a span of months."""
    return one(
        "trade_monthly",
        lambda r: (
            (r.reporter, r.period, r.flow, r.commodity) == ("Russia", period, flow, commodity)
        ),
        f"Russia's {flow} of {commodity}, {period}",
    )


def two_months() -> list[Number]:
    """Return two-way trade of January and February, the first quarter and the year, and growth."""
    now = _russia("2017-01..2017-02", "total")
    before = [_russia("2016-01..2016-02", flow) for flow in ("export", "import")]
    early = sum(row.value_musd for row in before)
    quarters = [_russia(f"{y}-01..{y}-03", "total") for y in (2016, 2017)]
    years = [_year(y).russia_total for y in (2016, 2017)]
    customs = "trade_monthly.csv: Russian customs"
    rate = lambda new, old: 100.0 * (new / old - 1.0)  # noqa: E731
    return [
        exact("growth", "Two-way trade, Jan-Feb 2017 on a year before; the earlier months are "
              "worked back from published growth of exports and imports",
              rate(now.value_musd, early), PERCENT, f"{customs} ({now.source})", "B"),
        exact("quarter", "The same for the first quarter",
              rate(quarters[1].value_musd, quarters[0].value_musd), PERCENT,
              f"{customs} ({quarters[1].source})", "B"),
        exact("year", "The same for the whole year", rate(years[1], years[0]), PERCENT,
              "trade_recommended.csv: Russian customs", "B"),
    ]  # fmt: skip


def coal_rise() -> list[Number]:
    """Return coal's part in the rise of the first quarter, price against volume, and transit."""
    before, now = (_russia(f"{y}-01..{y}-03", "total").value_musd for y in (2016, 2017))
    exports = _russia("2016-01..2016-03", "export").value_musd
    share = (
        _russia("2016-01..2016-09", "export", "coal").value_musd
        / _russia("2016-01..2016-09", "export").value_musd
    )
    coal = _russia("2017-01..2017-03", "export", "coal")
    late = coal.value_musd + _russia("2017-01..2017-03", "export", "lignite").value_musd
    early = share * exports
    prices = price_series("coal_australia")
    mean = lambda y: sum(prices[f"{y}-{m:02d}"] for m in (1, 2, 3)) / 3.0  # noqa: E731
    price = mean(2017) / mean(2016)
    transit = one(
        "trade_annual",
        lambda r: r.year == 2017 and r.commodity == "coal_transit_rajin",
        "transit through Rajin in 2017",
    )
    passed = 1000.0 * transit.quantity / QUARTERS
    customs = "trade_monthly.csv: Russian customs"
    return [
        exact("coal_share", "Coal in the rise of two-way trade, first quarter 2017 on 2016 (coal "
              "of 2016 by its share in January to September)", (late - early) / (now - before),
              SHARE, f"{customs} ({coal.source})", "B"),
        exact("price_rise", "World coal price, first quarter 2017 on 2016", 100.0 * (price - 1.0),
              PERCENT, "world_prices.csv: World Bank, Australia", "B"),
        exact("price_part", "Part of the rise of coal's value that is its price, in logarithms",
              math.log(price) / math.log(late / early), SHARE,
              "world_prices.csv; trade_monthly.csv", "B"),
        exact("kept", "Part of the coal booked as sold to the DPRK that transit to China through "
              f"Rajin leaves ({coal.quantity / 1000.0:.0f} kt booked, {passed / 1000.0:.0f} kt of "
              "transit a quarter)", max(0.0, 1.0 - passed / coal.quantity), SHARE,
              f"trade_annual.csv: {transit.source}", "B"),
        transit_fees(transit.quantity),
    ]  # fmt: skip


def transit_fees(kilotonnes: float) -> Number:
    """Return what the DPRK earns of transit coal in a year at the judged port fee."""
    fee = all_parameters()["transit_fee"]
    low, mid, high = (kilotonnes * level / 1000.0 for level in (fee.low, fee.central, fee.high))
    return Number("transit_fees", f"Port fees for {kilotonnes:,.0f} kt of transit coal in 2017 at "
                  f"{fee.low:g} to {fee.high:g} USD a tonne", (low, mid, high), MUSD,
                  "trade_annual.csv; prior of transit_fee, judged", "C")  # fmt: skip


def workers() -> list[Number]:
    """Return workers in Russia in 2016 and 2017 and on permits a year later."""
    rows = {r.year: r for r in load("labour") if r.host == "Russia"}
    made = []
    for year in (2016, 2017, 2018):
        row = rows[year]
        band = (row.workers_low, (row.workers_low + row.workers_high) / 2.0, row.workers_high)
        made.append(Number(f"workers_{year}", f"Workers in Russia, {year}: from valid permits to "
                           "the highest count (middle: mean)", band, "workers",
                           f"labour.csv: {row.source}", row.mark))  # fmt: skip
    return made


def labour_money() -> list[Number]:
    """Return what workers in Russia bring in a year, its share of exports, and per worker."""
    row = one("labour", lambda r: r.host == "Russia" and r.year == 2017, "workers in Russia")
    low, high = row.remit_musd_low, row.remit_musd_high
    money = (low, (low + high) / 2.0, high)
    sold = _year(2017).kotra_dprk_exports
    share = tuple(m / (sold + m) for m in money)
    return [
        Number("labour", "Money from workers in Russia, 2017 (State Department; middle: mean)",
               money, MUSD, f"labour.csv: {row.source}", "B"),
        Number("labour_share", "Its share in exports of goods (KOTRA) and itself, 2017",
               (share[0], share[1], share[2]), SHARE, "labour.csv; trade_recommended.csv", "B"),
        Number("labour_to_coal", "The whole of it over the coal money lost to China in 2017",
               _over(money, coal_lost().middle), "ratio", "labour.csv; trade_recommended.csv",
               "B"),
    ]  # fmt: skip


def _over(band: Band, divisor: float) -> Band:
    return (band[0] / divisor, band[1] / divisor, band[2] / divisor)


def coal_lost() -> Number:
    """Return how much less China paid for DPRK coal in 2017 than in 2016."""
    lost = _year(2016).china_coal_imports_musd - _year(2017).china_coal_imports_musd
    return exact("coal_lost", "Coal money from China, 2017 less than 2016", lost, MUSD,
                 "trade_recommended.csv: China's customs", "B")  # fmt: skip


def china_stop() -> list[Number]:
    """Return the fall of China's coal imports after February 2017 and other steps of that year."""
    rows = {(r.year, r.month): r for r in load("trade_china_monthly")}
    spring = {y: sum(rows[y, m].coal_import_musd for m in range(3, 8)) for y in (2016, 2017)}
    later = sum(rows[2017, m].coal_import_musd for m in range(8, 13))
    steps = [
        r for r in load("measures")
        if r.issuer == "China" and r.adopted.year == 2017
        and not (r.target_flow == "dprk_export" and r.commodity == "coal")
    ]  # fmt: skip
    month = "trade_china_monthly.csv: China's customs"
    return [
        exact("fall", "Fall of China's coal imports, Mar-Jul 2017 on a year before",
              1.0 - spring[2017] / spring[2016], SHARE, month, "B"),
        exact("released", "Coal China cleared again in August to December 2017, held in its ports "
              "until the window of resolution 2371", later, MUSD, month, "A"),
        exact("steps", "Other Chinese measures adopted in 2017", float(len(steps)), "measures",
              "measures.csv", "B"),
        coal_lost(),
    ]  # fmt: skip


def ferry() -> list[Number]:
    """Return what the ferry could bring at most, full both ways, and with those it carried."""
    b = {n: _behaviour(f"ferry_{n}") for n in
         ("trips", "passengers", "cargo", "fare", "freight", "spending", "carried")}  # fmt: skip

    def most(at: str) -> float:
        v = {name: getattr(row, at) for name, row in b.items()}
        trip = (
            2.0 * v["passengers"] * v["fare"]
            + 2.0 * v["cargo"] * v["freight"]
            + v["passengers"] * v["spending"]
        )
        return float(v["trips"] * trip / 1e6)

    def seen(at: str) -> float:
        fare, spent = getattr(b["fare"], at), getattr(b["spending"], at)
        return float(b["carried"].central * (fare + spent) / 1e6)

    bound, carried = (tuple(f(at) for at in ("low", "central", "high")) for f in (most, seen))
    source = "behaviour.csv: planned trips and loads quoted, fares, freight and spending judged"
    first, last = ferry_days()
    return [
        exact("ferry_ran", "Days from the first call to the halt of the ferry in 2017",
              float((last - first).days), "days", "events.csv: PortNews; KBS", "B"),
        Number("ferry", "The ferry at most, a year: every trip full both ways, fares, freight and "
               "tourists' spending all the DPRK's", (bound[0], bound[1], bound[2]), MUSD, source,
               "C"),
        Number("ferry_carried", "The same for the 370 passengers it carried in 2017",
               (carried[0], carried[1], carried[2]), MUSD, source, "C"),
    ]  # fmt: skip


def ferry_days() -> tuple[date, date]:
    """Return the days of the first call and of the halt in 2017; raises DivertError without."""
    days = [r.date for r in load("events") if "ferry" in r.description and r.date.year == 2017]
    if len(days) < 2:
        raise DivertError(
            "found no first call and halt of the ferry in 2017; allowed: a table that holds them",
            file="events.csv",
        )
    return min(days), max(days)


def votes() -> list[Number]:
    """Return resolutions adopted from the test of January 2016 to the end of 2017, and vetoes."""
    acts = {(r.instrument, r.adopted) for r in load("measures") if r.issuer == "UN"}
    inside = sorted(name for name, day in acts if TESTED <= day <= YEAR_END)
    vetoes = [
        r for r in load("events")
        if "veto" in r.description.lower() and TESTED <= r.date <= YEAR_END
    ]  # fmt: skip
    return [
        exact("resolutions", f"Resolutions from the January 2016 test to the end of 2017 "
              f"({', '.join(inside)})", float(len(inside)), "resolutions", "measures.csv", "B"),
        exact("vetoes", "Russian vetoes in these months; each resolution needed Russia not to "
              "vote against", float(len(vetoes)), "vetoes", "events.csv", "B"),
    ]  # fmt: skip


def vow() -> list[Number]:
    """Return days from the statement of May 2017 to the next resolution and to the next ban."""
    later = [r for r in load("measures") if r.issuer == "UN" and r.adopted > VOWED]
    bans = [r for r in later if r.target_flow in ("dprk_export", "dprk_import")]
    made = []
    for name, words, rows in (
        ("days", "Days to the next resolution", later),
        ("days_to_ban", "Days to the next one that bans or caps trade", bans),
    ):
        if rows:
            days = float((min(r.adopted for r in rows) - VOWED).days)
            made.append(exact(name, words, days, "days", "measures.csv", "B"))
    return made


def china_trade() -> list[Number]:
    """Return China's trade by customs and with KOTRA's crude, and KOTRA's total of all partners."""
    rows = [_year(y) for y in (2016, 2017)]
    customs = sorted(r.china_total_ex_crude for r in rows)
    crude = sorted(r.china_total_ex_crude + r.crude_est_kotra for r in rows)
    table = "trade_recommended.csv"
    return [
        _span("china", "China's trade, 2017 and 2016, crude apart", customs,
              f"{table}: China's customs", "A"),
        _span("china_with_crude", "The same with KOTRA's estimate of crude", crude,
              f"{table}: China's customs, KOTRA", "B"),
        exact("all_partners", "KOTRA's total of all partners, 2016", rows[0].kotra_total, MUSD,
              f"{table}: KOTRA", "B"),
    ]  # fmt: skip


def russia_trade() -> list[Number]:
    """Return Russia's trade by customs, with unrecorded oil, and China's over Russia's."""
    rows = [_year(y) for y in (2016, 2017)]
    customs = sorted(r.russia_total for r in rows)
    oil = _behaviour("russian_oil_unrecorded")
    low, high = customs[0] + oil.low, customs[-1] + oil.high
    ratios = sorted(r.china_total_ex_crude / r.russia_total for r in rows)
    table = "trade_recommended.csv"
    return [
        _span("russia", "Russia's trade, 2016 and 2017", customs, f"{table}: Russian customs", "A"),
        Number("russia_with_oil", "The same with unrecorded oil (Asan)",
               (low, customs[0] + oil.central, high), MUSD, f"{table}; behaviour.csv", "B"),
        Number("times", "China's trade over Russia's by customs (article: 51)",
               (ratios[0], sum(ratios) / 2.0, ratios[-1]), "ratio", table, "B"),
    ]  # fmt: skip


def _span(name: str, words: str, values: list[float], source: str, mark: str) -> Number:
    """Return the range of two years' figures."""
    return Number(name, words, (values[0], sum(values) / len(values), values[-1]), MUSD, source,
                  mark)  # fmt: skip


def russia_sold() -> Number:
    """Return Russia's recorded exports to the DPRK in 2017."""
    return exact("russia_sold", "Russia's recorded exports to the DPRK, 2017",
                 _year(2017).russia_exports_to_dprk, MUSD,
                 "trade_recommended.csv: Russian customs", "A")  # fmt: skip


def recorded_change() -> list[Number]:
    """Return how customs of both changed from 2016 to 2017: what China and Russia bought."""
    early, late = _year(2016), _year(2017)
    return [
        exact("china_less", "China bought less of the DPRK, 2017 on 2016",
              early.china_imports_from_dprk - late.china_imports_from_dprk, MUSD,
              "trade_recommended.csv: China's customs", "B"),
        exact("russia_more", "Russia bought more of the DPRK, 2017 on 2016",
              late.russia_imports_from_dprk - early.russia_imports_from_dprk, MUSD,
              "trade_recommended.csv: Russian customs", "B"),
    ]  # fmt: skip


@cache
def claimed() -> dict[str, Any]:
    """Return the rows of the claims table by id."""
    return {row.id: row for row in load("article_claims")}
