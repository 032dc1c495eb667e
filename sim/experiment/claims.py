"""The claims of the news article of 2017, one by one, against the data and a run of the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sim.experiment import claim_facts as facts
from sim.experiment import claim_rules as rules
from sim.experiment.claim_facts import Number
from sim.experiment.claim_model import Told, told
from sim.experiment.claim_rules import Verdict
from sim.experiment.claim_words import WHY
from sim.experiment.stored import StoredRun


@dataclass(frozen=True)
class Claim:
    """A claim, what the data and the model say on it, the verdict, why, and the sources.

    `opinion` marks a claim on motives, which no number settles.
    """

    id: str
    claim: str
    figure: float | None
    unit: str | None
    period: str
    said_by: str
    data: tuple[Number, ...]
    model: tuple[Number, ...]
    verdict: Verdict
    why: str
    opinion: bool
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Tested:
    """What a test found before it is put beside the claim's row."""

    data: list[Number]
    model: list[Number]
    verdict: Verdict
    opinion: bool = False


Test = Callable[[Told], Tested]


def claims(run: StoredRun) -> list[Claim]:
    """Return an entry for every row of `article_claims.csv`, in its order.

    Raises DivertError for a run that does not cover 2015-01 to 2017-12 or misses an arm.
    """
    found = told(run)
    return [_entry(row_id, TESTS[row_id](found)) for row_id in facts.claimed()]


def _entry(row_id: str, tested: Tested) -> Claim:
    """Return the entry of a row from what its test found."""
    row = facts.claimed()[row_id]
    used = (row.source, *(n.source for n in (*tested.data, *tested.model)))
    return Claim(
        row.id, row.claim, row.figure, row.unit, row.period, row.source, tuple(tested.data),
        tuple(tested.model), tested.verdict, WHY[row_id], tested.opinion,
        tuple(dict.fromkeys(used)),
    )  # fmt: skip


def _named(numbers: Iterable[Number]) -> dict[str, Number]:
    return {n.name: n for n in numbers}


def _of(found: Told, *names: str) -> list[Number]:
    """Return the model's numbers of these names, those that the run gives."""
    return [found.numbers[name] for name in names if name in found.numbers]


def _figure(row_id: str) -> float:
    return float(facts.claimed()[row_id].figure)


def _china_stop(found: Told) -> Tested:
    data = facts.china_stop()
    at = _named(data)
    verdict = rules.stopped(at["fall"].middle, int(at["steps"].middle))
    return Tested(data, _of(found, "fall", "coal_lost"), verdict)


def _growth(found: Told) -> Tested:
    data = facts.two_months()
    model = _of(found, "growth", "by_price", "by_volume", "by_sold", "by_bought")
    return Tested(data, model, rules.figure(_figure("A2"), _named(data)["growth"].band))


def _coal(found: Told) -> Tested:
    data = facts.coal_rise()
    at = _named(data)
    verdict = rules.mostly(at["coal_share"].middle, at["kept"].middle)
    model = _of(found, "coal_share", "by_price", "by_volume", "transit_value", "transit_fees")
    return Tested(data, model, verdict)


def _workers(found: Told) -> Tested:
    data = facts.workers()
    verdict = rules.figure(_figure("A4"), _named(data)["workers_2017"].band)
    return Tested(data, _of(found, "permits"), verdict)


def _labour(found: Told) -> Tested:
    data = [*facts.labour_money(), facts.coal_lost()]
    data += _over_loss(data, "labour", "Money from workers in Russia", found)
    model = _of(found, "labour", "labour_share", "loss_2017")
    shares = [n.band for n in (*data, *model) if n.name == "labour_share"]
    return Tested(data, model, rules.major(shares))


def _over_loss(data: list[Number], name: str, words: str, found: Told) -> list[Number]:
    """Return an amount over the model's median loss of 2017, nothing where there is no loss."""
    loss = found.numbers.get("loss_2017")
    if loss is None or found.ratios.get("2017") is None:
        return []
    part = _named(data)[name]
    low, mid, high = (x / loss.middle for x in part.band)
    return [
        Number("over_loss", f"{words} over the model's median loss of 2017", (low, mid, high),
               facts.SHARE, f"{part.source}; {loss.source}", part.mark)
    ]  # fmt: skip


UNTESTED_OF_FERRY = 2
"""Parts of the claim no table speaks of: no state subsidy, and that it was meant for tourists."""


def _ferry(found: Told) -> Tested:
    data = facts.ferry()
    verdict = rules.opened(int(_named(data)["ferry_ran"].middle), UNTESTED_OF_FERRY)
    return Tested(
        [*data, *_over_loss(data, "ferry", "The ferry at most", found)],
        _of(found, "loss_2017"),
        verdict,
    )


def _votes(found: Told) -> Tested:
    data = facts.votes()
    at = _named(data)
    verdict = rules.supported(int(at["resolutions"].middle), int(at["vetoes"].middle))
    return Tested(data, _of(found, "enforcement"), verdict)


def _vow(found: Told) -> Tested:
    data = facts.vow()
    at = _named(data)
    days = int(at["days_to_ban"].middle) if "days_to_ban" in at else None
    return Tested(data, [], rules.kept_vow(days))


def _china(found: Told) -> Tested:
    data = facts.china_trade()
    at = _named(data)
    verdict = rules.figure(_figure("A9"), at["china"].band, at["china_with_crude"].band)
    return Tested(data, _of(found, "loss_2017"), verdict)


def _russia(found: Told) -> Tested:
    data = facts.russia_trade()
    at = _named(data)
    verdict = rules.figure(_figure("A10"), at["russia"].band, at["russia_with_oil"].band)
    return Tested(data, [], verdict)


def _negates(found: Told) -> Tested:
    windows = ("2017", "2017-19")
    names = [f"{part}_{w}" for w in windows for part in ("loss", "offset", "answer")]
    verdict = rules.negates(found.ratios.values())
    return Tested(facts.recorded_change(), _of(found, *names), verdict)


def _sympathy(found: Told) -> Tested:
    model = _of(found, "support", "enforcement")
    return Tested(facts.votes(), model, rules.UNKNOWN, opinion=True)


def _influence(found: Told) -> Tested:
    model = _of(found, "support", "support_rise", "sold_more")
    verdict = rules.for_influence(found.numbers["support_rise"].band)
    return Tested([facts.russia_sold(), *facts.two_months()], model, verdict, opinion=True)


TESTS: dict[str, Test] = {
    "A1": _china_stop, "A2": _growth, "A3": _coal, "A4": _workers, "A5": _labour, "A6": _ferry,
    "A7": _votes, "A8": _vow, "A9": _china, "A10": _russia, "A11": _negates, "A12": _sympathy,
    "A13": _influence,
}  # fmt: skip
"""The test of every claim by the id of its row."""
