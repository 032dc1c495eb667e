"""What the terms of the rules and the quantities of a month are called, and in which unit."""

from __future__ import annotations

ACTORS = ("China", "Russia", "RestOfWorld", "DPRK", "UN")
ACTOR_WORDS = {
    "China": "China",
    "Russia": "Russia",
    "RestOfWorld": "the rest of the world",
    "DPRK": "the DPRK",
    "UN": "the Security Council",
}

OWNERS = {"China": "China's", "Russia": "Russia's", "RestOfWorld": "the rest of the world's"}

SHARE, INDEX, LOGITS, MUSD, WORKERS, COUNT, MULTIPLE, OF_MEMBERS, OF_TRADE = (
    "share", "index", "logits", "million USD", "workers", "count", "multiple", "share of members",
    "share of base trade",
)  # fmt: skip

ENFORCEMENT_WORDS: dict[str, tuple[str, str | None]] = {
    "intercept": ("what it would do anyway", None),
    "un": ("measures: share of its base trade under them", SHARE),
    "us": ("pressure of the United States, 0 to 1", INDEX),
    "provocation": ("tests of the DPRK, fading over six months", INDEX),
    "diplomacy": ("summits with the DPRK, fading over a year", INDEX),
    "stability": ("distress: output of the DPRK short of its base", SHARE),
    "need": ("political need for the DPRK", SHARE),
    "rivalry": ("influence: its weight in the DPRK's dealings lost", SHARE),
    "losses": ("lawful trade with the DPRK its firms gave up", SHARE),
}
"""Each term of the wish for enforcement: what was seen, in words, and the unit of that."""

SUPPORT_WORDS: dict[str, tuple[str, str | None]] = {
    "intercept": ("what it would do anyway", None),
    "need": ("political need for the DPRK above its usual level", SHARE),
    "commerce": ("discount on what the DPRK sells, as it sees it", SHARE),
    "both": ("need and discount together, their product", SHARE),
    "us": ("pressure of the United States above its base", INDEX),
}
"""The same of the wish to support."""

IDEAL_WORDS: dict[str, tuple[str, str | None]] = {
    "intercept": ("what it wants without any test", None),
    "provocation": ("tests of the DPRK, fading over six months", INDEX),
    "stability": ("distress: output of the DPRK short of its base", SHARE),
    "need": ("political need for the DPRK", SHARE),
    "diplomacy": ("summits with the DPRK, fading over a year", INDEX),
}
"""The same of a veto player's ideal strictness."""

TEST_WORDS = {
    "nuclear": "nuclear tests",
    "intercontinental": "intercontinental launches",
    "other": "days with other launches",
}

PURSE_WORDS = {
    "receipts": ("receipts of hard currency", MUSD),
    "budget": ("budget for imports", MUSD),
    "plan": ("import plan", MUSD),
    "unmet": ("plan that found no money or goods", SHARE),
    "reserves": ("reserves at the end of the month", MUSD),
    "effort": ("effort to evade, 0 to 1", INDEX),
    "lawful_growth": ("lawful part of other goods, on base", MULTIPLE),
    "output": ("output, on base", MULTIPLE),
}
"""Recorded arrays of the DPRK's month: in words, and their unit."""

COUNCIL_WORDS = {
    "council_tension": ("tests that no resolution has answered, by weight", INDEX),
    "threshold": ("tension that brings a draft", INDEX),
    "council_status_quo": ("strictness in force before the vote", OF_TRADE),
    "council_asked": ("what the next draft would add", OF_TRADE),
    "council_accepted": ("what of it both veto players would let pass", OF_TRADE),
}

EVENTS = {
    "none": "no draft",
    "draft": "a draft under talks",
    "resolution": "a resolution",
    "veto": "a veto",
}
"""What the Council did, in the order of the codes of `council_event`."""

COLUMNS = {
    "before": "month before",
    "now": "this month",
    "change": "change",
    "year": "last 12 months",
}

FLOWS = {
    "dprk_export": "sold by the DPRK",
    "dprk_import": "bought by the DPRK",
    "labor": "labour",
}
