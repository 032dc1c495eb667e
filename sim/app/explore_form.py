"""The form of Explore: scenario and levers of both worlds side by side, measures, size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from sim.app.explore_address import SIDES, Pair
from sim.app.explore_control import choice, entry
from sim.app.levers import (
    BY_NAME,
    DRAWS,
    GROUPS,
    LEVERS,
    SIZE,
    Lever,
    Value,
    standing,
    value_in,
    value_text,
)
from sim.app.marks import marks
from sim.app.world import World
from sim.scenario import Scenario

AS_IT_IS = "="
"""What a list holds where a lever stands as the scenario has it."""

LEVELS = tuple(round(0.1 * i, 1) for i in range(11))
LETTERS = {"a": "A", "b": "B"}
OPEN_AT_FIRST = ("Russia",)
BASE, BOTH = "base", "both"
"""Name of the control of the scenario, and the side of what both worlds share."""


def form(pair: Pair, bases: Mapping[str, Scenario], names: Sequence[str]) -> Component:
    """Return the form of two worlds; `bases` are their scenarios, `names` all there are."""
    groups = [_group(title, pair, bases) for title in GROUPS]
    return html.Div(
        [_scenarios(pair, bases, names), *groups, _size(pair, bases)],
        className="levers",
        role="group",
        **marks(aria_label="Levers of world A and world B"),
    )


def _scenarios(pair: Pair, bases: Mapping[str, Scenario], names: Sequence[str]) -> Component:
    """Return the choice of a scenario for each world."""
    picks = [
        choice(BASE, side, f"Scenario of {LETTERS[side]}", [(name, name) for name in names],
               pair[side].base)
        for side in SIDES
    ]  # fmt: skip
    titles = [
        html.P(f"{LETTERS[side]}: {bases[side].title or bases[side].name}", className="about")
        for side in SIDES
    ]
    return html.Fieldset([html.Legend("Scenario"), html.Div(picks, className="pair"), *titles])


def _group(title: str, pair: Pair, bases: Mapping[str, Scenario]) -> Component:
    """Return the levers of one group, folded away but for the first."""
    levers = [one for one in LEVERS if one.group == title]
    moved = any(one.name in pair[side].at for one in levers for side in SIDES)
    heads = html.Div(
        [html.Span(""), html.Span("A", className="head-a"), html.Span("B", className="head-b")],
        className="lever heads", **marks(aria_hidden="true"),
    )  # fmt: skip
    return html.Details(
        [
            html.Summary(title),
            html.Fieldset(
                [html.Legend(f"Levers: {title}", className="unseen"), heads,
                 *(_lever(one, pair, bases) for one in levers)]
            ),
        ],
        open=moved or title in OPEN_AT_FIRST,
        id=f"explore-group-{title.lower().replace(' ', '-')}",
    )  # fmt: skip


def _lever(one: Lever, pair: Pair, bases: Mapping[str, Scenario]) -> Component:
    """Return one lever with a control for each world."""
    return html.Div(
        [
            html.Div([html.Span(_name(one), className="name"), html.Span(one.about)],
                     className="about"),
            *(control(one, side, pair[side], bases[side]) for side in SIDES),
        ],
        className="lever",
    )  # fmt: skip


def _name(one: Lever) -> str:
    unit = f", {one.unit}" if one.kind in ("number", "whole") and one.unit != "a share" else ""
    mark = " (C)" if one.judged else ""
    return f"{one.label}{unit}{mark}"


def control(one: Lever, side: str, world: World, base: Scenario) -> Component:
    """Return the control of a lever in one world, `side` both where the worlds share it."""
    value = world.at.get(one.name)
    where = f"world {LETTERS[side]}" if side in LETTERS else "both worlds"
    label, hidden = f"{one.label}, {where}", side in LETTERS
    if one.kind in ("word", "level", "month"):
        at = AS_IT_IS if value is None else str(value)
        return choice(one.name, side, label, options(one, value, base), at, hidden)
    stands = value_in(one, base)
    before = "" if stands is None else value_text(stands)
    text = before if value is None else value_text(value)
    return entry(one.name, side, label, text, standing(one, base), hidden, before)


def options(one: Lever, value: Value | None, base: Scenario) -> list[tuple[str, str]]:
    """Return what a list offers: as the scenario has it, then words, then levels."""
    found = [(AS_IT_IS, standing(one, base))]
    stands = value_in(one, base)
    found += [(word, label) for word, label in one.words if word != stands]
    if one.kind == "level":
        levels = {*LEVELS, *([float(value)] if isinstance(value, float | int) else [])}
        found += [(str(x), f"held at {x:g}") for x in sorted(levels) if x != stands]
    return found


def _size(pair: Pair, bases: Mapping[str, Scenario]) -> Component:
    """Return members, scale and seed, which both worlds share."""
    return html.Fieldset(
        [
            html.Legend(f"{DRAWS}, the same for both"),
            html.P("Used by “run in full”; a preview takes fewer members and firms.",
                   className="about"),
            html.Div([control(one, BOTH, pair.a, bases["a"]) for one in SIZE],
                     className="triple"),
        ]
    )  # fmt: skip


def read_form(
    pair: Pair, said: Mapping[tuple[str, str], str], bases: Mapping[str, Scenario]
) -> Pair:
    """Return the pair that controls stand for, by name and side; measures and views stay.

    Raises DivertError for a value that a lever does not take.
    """
    for (name, side), value in said.items():
        if name not in BY_NAME or side not in (*SIDES, BOTH):
            continue
        one = BY_NAME[name]
        for letter in SIDES if side == BOTH else (side,):
            world, base = pair[letter], bases[letter]
            new = world.moved(one.name, _given(one, value, base))
            if new != world:
                pair = pair.with_world(letter, new)
    return pair


def _given(one: Lever, value: str, base: Scenario) -> Value | None:
    """Return what a control says, None where it leaves the lever as the scenario has it."""
    text = value.strip()
    if text in ("", AS_IT_IS):
        return None
    read = one.read(text.replace("\N{MINUS SIGN}", "-"))
    return None if read == value_in(one, base) else read
