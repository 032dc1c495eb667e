"""The searchable tables of the page Evidence: parameters with provenance, and the registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import urlsplit

from sim.app.tables import Rows, found_rows
from sim.data import load
from sim.data.tables import Measure
from sim.data.terms import MARKS
from sim.errors import DivertError, nearest
from sim.parameters import Parameter, all_parameters
from sim.view.evidence import SHIPPED
from sim.view.evidence_files import read_evidence
from sim.view.evidence_rows import Posterior
from sim.view.number_words import median_words, unit_words
from sim.view.partner_words import PARTNER_WORDS

PARAMETERS, MEASURES = "parameters", "measures"
PARAMETER_HEADINGS = (
    "parameter", "meaning", "unit", "prior: central (low to high)",
    "after the data: median (5 to 95 %)", "spread left", "mark", "group", "source",
)  # fmt: skip
PARAMETER_WORDS = (1, 2, 6, 7, 8)
MEASURE_HEADINGS = (
    "measure", "adopted", "in force", "ended", "act", "issuer", "binds", "flow", "what", "kind",
    "limit", "mark", "source", "note",
)  # fmt: skip
MEASURE_WORDS = tuple(range(1, len(MEASURE_HEADINGS)))
SOURCE = MEASURE_HEADINGS.index("source")
FLOWS = {
    "dprk_export": "what the DPRK sells", "dprk_import": "what the DPRK buys",
    "labor": "workers abroad", "finance": "money", "shipping": "ships", "border": "the border",
}  # fmt: skip
SHORT_MARKS = {"A": "A official", "B": "B estimate", "C": "C judgement"}
EVERYONE = "all"


@dataclass(frozen=True)
class Registry:
    """What the registry is searched for: words, a partner it binds and a year it was adopted in."""

    words: str = ""
    partner: str = ""
    year: str = ""


@lru_cache(maxsize=1)
def parameter_rows() -> Rows:
    """Return every parameter with prior, band after the data, mark, group and source."""
    after = {row.parameter: row for row in read_evidence(SHIPPED).posterior}
    return tuple(_parameter(row, after.get(row.name)) for row in all_parameters().values())


def _parameter(row: Parameter, after: Posterior | None) -> tuple[str, ...]:
    """Return a parameter as cells."""
    fitted = "–" if after is None else median_words(after.p05, after.p50, after.p95)
    return (
        row.name, row.sentence, unit_words(row.unit), median_words(row.low, row.central, row.high),
        fitted, "–" if after is None else f"{after.spread_ratio:.2f}", SHORT_MARKS[row.mark],
        row.group, row.source,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _bound() -> dict[str, tuple[str, ...]]:
    """Return whom each measure binds in the model, by its rules."""
    found: dict[str, list[str]] = {}
    for rule in load("rules"):
        if rule.binding != "none" and rule.partner in (*PARTNER_WORDS, EVERYONE):
            own = PARTNER_WORDS if rule.partner == EVERYONE else (rule.partner,)
            found.setdefault(rule.id, []).extend(own)
    return {name: tuple(p for p in PARTNER_WORDS if p in own) for name, own in found.items()}


def measure_rows(wanted: Registry) -> list[tuple[str, ...]]:
    """Return the measures that hold the words, bind the partner and were adopted in the year.

    Raises DivertError for a partner or a year that the registry does not have.
    """
    _allowed(wanted.partner, list(PARTNER_WORDS), "partner")
    _allowed(wanted.year, years(), "year")
    taken = [
        row for row in load("measures")
        if wanted.partner in ("", *_bound().get(row.id, ()))
        and wanted.year in ("", str(row.adopted.year))
    ]  # fmt: skip
    return found_rows([_measure(row) for row in taken], wanted.words)


def _allowed(word: str, known: Sequence[str], key: str) -> None:
    if word and word not in known:
        raise DivertError(
            f"found {word[:60]!r}; allowed: {', '.join(known)}{nearest(word[:60], known)}", key=key
        )


def _measure(row: Measure) -> tuple[str, ...]:
    """Return a measure as cells."""
    binds = ", ".join(PARTNER_WORDS[p] for p in _bound().get(row.id, ()))
    limit = f"{row.limit_value or ''} {(row.limit_unit or '').replace('_', ' ')}".strip()
    return (
        row.id, row.adopted.isoformat(), _day(row.effective), _day(row.expires), row.instrument,
        row.issuer, binds or "–", FLOWS.get(row.target_flow,
        row.target_flow), row.commodity, row.measure_type.replace("_", " "), limit or "–",
        SHORT_MARKS[row.mark], row.source, row.note or "–",
    )  # fmt: skip


def _day(day: date | None) -> str:
    return "–" if day is None else day.isoformat()


def measure_links() -> dict[tuple[str, int], str]:
    """Return the address of each measure's source, by its id and the column of sources."""
    return {
        (row.id, SOURCE): row.url
        for row in load("measures")
        if row.url and urlsplit(row.url).scheme in ("http", "https")
    }


def years() -> list[str]:
    """Return the years in which measures were adopted."""
    return sorted({str(row.adopted.year) for row in load("measures")})


def count_words(shown: int, of: int, what: str) -> str:
    """Return how many rows a search leaves, and what to do where it leaves none."""
    if shown == 0:
        return f"None of {of} {what} holds all of this: take a word out."
    return f"All {of} {what} shown." if shown == of else f"{shown} of {of} {what} shown."


def mark_words() -> str:
    """Return what the marks mean."""
    return "; ".join(f"{mark}: {text}" for mark, text in MARKS.items()) + "."
