"""What a developer meets: mistakes in rules of one's own, Mesa's ways, sweeps of a rule, help."""

from __future__ import annotations

import copy
import inspect
import pickle
from pathlib import Path
from typing import Any, ClassVar

import mesa
import numpy as np
import pytest

import sim
from sim import (
    Actor,
    Country,
    DivertError,
    Dprk,
    Model,
    Partner,
    SanctionsModel,
    SecurityCouncil,
    load,
    run,
    sweep,
)
from sim.code import own_code
from sim.experiment.ensemble import run_ensemble

Array = np.ndarray[Any, Any]

SMALL: dict[str, Any] = {"members": 2, "scale": 0.05}


# ---- what a stranger does wrong ----------------------------------------------------------------


def partner(**body: Any) -> type[SanctionsModel]:
    """Return a model whose Russia has these methods."""
    mine = type("Mine", (Partner,), body)
    return type("WithMine", (SanctionsModel,), {"partner_kinds": (Partner, mine, Partner)})


def named(**kinds: Any) -> type[SanctionsModel]:
    """Return a model that names these classes."""
    return type("Named", (SanctionsModel,), kinds)


def nothing(*_: Any, **__: Any) -> None:
    """Return nothing, as an __init__ that forgets its base does."""


def rotten(self: Any) -> None:
    """Leave NaN in the reserves."""
    self.model.state.reserves[...] = np.nan


class Few(SanctionsModel):
    """Takes other words than its base."""

    def __init__(self, inputs: Any) -> None:
        super().__init__(inputs, (0,), 1)


WRONG: tuple[tuple[type[SanctionsModel], str], ...] = (
    (partner(wish_to_enforce=lambda s, w: None), r"found nothing \(no `return`\?\) from Mine"),
    (partner(wish_to_enforce=lambda s, w: w * np.nan), "a value that is not finite from Mine"),
    (partner(wish_to_support=lambda s, w: w[..., None]), r"found an array of shape \(1, 2, 1\) fr"),
    (partner(wish_to_support=lambda s, w: np.zeros(7)), r"shape \(7,\) from Mine.* month 2014-01"),
    (partner(wish_to_enforce=lambda s, w: 5.0), "found 5 from Mine.*finite numbers from 0 to 1"),
    (partner(wish_to_enforce=lambda s, w: "high"), "found a str from Mine"),
    (partner(wish_to_enforce=lambda s: 0.5), "WithMine failed before its first month: TypeError"),
    (partner(__init__=nothing), r"found Mine without what its base sets up; allowed: an __init__"),
    (named(__init__=nothing), "found Named without what its base sets up"),
    (Few, r"Few cannot be made with what SanctionsModel takes \(TypeError"),
    (
        named(partner_kinds=(Partner, Partner)),
        "found 2 classes in Named.partner_kinds; allowed",
    ),
    (named(partner_kinds=Partner), "found the class Partner as Named.partner_kinds; allowed: a t"),
    (named(council_kind=Partner), "found the class Partner in Named.council_kind; allowed: Securi"),
    (
        named(dprk_kind=type("D", (Dprk,), {"wish_to_evade": lambda s, f: f - 9.0})),
        r"found -[89]\.?\d* from D\.wish_to_evade",
    ),
    (
        named(dprk_kind=type("D", (Dprk,), {"wish_to_evad": lambda s, f: f})),
        r"found wish_to_evad in D; allowed: wish_to_evade \(did you mean",
    ),
    (
        named(actor_kinds=(type("A", (Actor,), {"after_policy": lambda s: None}),)),
        r"found after_policy in A;.* \(did you mean 'after_policies'\?\)",
    ),
    (named(dprk_kind=None), "found nothing in Named.dprk_kind; allowed: Dprk"),
    (named(partners_kinds=(Partner,) * 3), r"found partners_kinds in Named.*'partner_kinds'\?"),
    (named(actor_kinds=(Partner,)), "found the class Partner in Named.actor_kinds; allowed: Actor"),
    (named(actor_kinds=(type("Raw", (Actor,), {"__init__": nothing}),)), "found Raw without what"),
    (named(actor_kinds=(type("Rot", (Actor,), {"step": rotten}),)), "finite in state.reserves in"),
    (
        named(actor_kinds=(type("Bad", (Actor,), {"after_firms": lambda s: np.zeros(3)[4]}),)),
        "Named failed in month 2014-01: IndexError",
    ),
    (
        named(council_kind=type("C", (SecurityCouncil,), {"announce": lambda s: 1 / 0})),
        "Named failed before its first month: ZeroDivisionError",
    ),
    (named(actor_kinds=(type("A", (Country,), {"buys": {"cole": 1.0}}),)), r"'cole' in buys of A"),
    (named(actor_kinds=(type("A", (Country,), {"sells": {"fuel": -1.0}}),)), "found -1.0 for fuel"),
    (named(actor_kinds=(type("A", (Country,), {"since": "2030-01"}),)), "'2030-01' as since of A"),
    (
        named(actor_kinds=(type("A", (Country,), {"enforces": lambda s: 2.0}),)),
        r"found 2 from A\.enforces",
    ),
)


@pytest.mark.parametrize(("model", "sentence"), WRONG)
def test_a_rule_that_is_wrong_is_said(model: type[SanctionsModel], sentence: str) -> None:
    """One sentence with class, method and month, never a traceback of NumPy's."""
    with pytest.raises(DivertError, match=sentence):
        run("historical", model=model, **SMALL)


class Sly(Dprk):
    """A DPRK that spares no effort to evade."""

    def wish_to_evade(self, follows: Array) -> Array:
        return np.ones_like(follows)


def test_the_dprk_evades_as_its_rule_says() -> None:
    """Its effort is what the rule wishes, in every arm, and more is smuggled for it."""
    sly, plain = (
        run("historical", model=named(dprk_kind=kind), **SMALL).arrays for kind in (Sly, Dprk)
    )
    assert (sly.effort == 1.0).all()
    assert plain.effort.max() < 1.0
    assert sly.illegal_value.sum() > plain.illegal_value.sum()


class Trader(Country):
    """Buys two goods and sells one."""

    buys: ClassVar = {"coal": 2.0, "other": 1.0}
    sells: ClassVar = {"fuel": 1.0}


def test_what_is_added_follows_the_law_and_no_block() -> None:
    """Blocks change no byte; a measure that is ended, or whose partner has no law, is none."""
    duty = {
        "id": "OWN-D", "partner": "Russia", "direction": "dprk_import", "good": "machinery",
        "kind": "tariff", "size": 0.5, "from": "2016-06-01", "binding": "un",
    }  # fmt: skip
    trading = named(actor_kinds=(Trader,))
    for scenario in ("historical", "reactive"):
        world = load(scenario, members=3, scale=0.05, **{"measures.add": [duty]})
        whole, blocks = (run_ensemble(world, world.arms, kind=trading, block=n) for n in (3, 2))
        for name in whole.record.names():
            assert whole.record[name].tobytes() == blocks.record[name].tobytes(), name
    ended = [{"day": "2016-06-01", "ids": ["OWN-D"]}]
    for add, without in (
        ({"measures.end": ended}, {}),
        ({"actors.Russia.law": "none"}, {"actors.Russia.law": "none"}),
    ):
        with_duty = run("historical", **SMALL, **{"measures.add": [duty], **add})
        plain = run("historical", **SMALL, **without)
        assert with_duty.answer == plain.answer


# ---- Mesa's ways -------------------------------------------------------------------------------


def test_a_model_is_made_stepped_copied_and_collected_as_mesas() -> None:
    """From a name; `running` ends with the period; copies go the same way."""
    world = {**SMALL, "period.to": "2016-12", "window.from": "2016-03", "window.to": "2016-12"}
    model = Model("historical", rng=7, **world)
    model.step()
    assert repr(model) == "<Model after 2014-01: 2 members, arms C1S1>"
    assert repr(list(model.agents_by_type[Partner])) == (
        "[<Partner China>, <Partner Russia>, <Partner RestOfWorld>]"
    )
    assert {repr(a) for a in model.agents} >= {
        "<SecurityCouncil>",
        "<Dprk>",
        "<FirmPopulation China>",
    }
    twins = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    for each in (model, *twins):
        each.run_model()
        assert (each.running, each.steps, each.month) == (False, 36, 36)
        np.testing.assert_array_equal(each.state.reserves, model.state.reserves)
    table = twins[1].datacollector.get_model_vars_dataframe()
    assert list(table.month) == list(model.inputs.months)
    assert table.reserves.iloc[-1] == np.median(model.state.reserves)
    with pytest.raises(DivertError, match="found a step after 2016-12, the last month"):
        model.step()
    assert Model("historical", seed=None, **world).scenario.seed == load("historical").seed
    assert repr(load("historical")) == "<Scenario historical: 2014-01 to 2019-12, 64 members>"


def test_mesas_batch_runner_takes_the_model() -> None:
    """Keys of a scenario are its parameters; one seed gives one world."""
    world = {"members": 1, "scale": 0.05, "period.to": "2016-06", "window.to": "2016-06",
             "window.from": "2016-03", "answer": False}  # fmt: skip
    runner = mesa.batch_run
    rows = runner(Model, {**world, "seed": [1, 2]}, iterations=2, display_progress=False)
    assert [row["month"] for row in rows] == ["2016-06"] * 4
    assert rows[0]["reserves"] == rows[2]["reserves"] != rows[1]["reserves"]


@pytest.mark.parametrize(
    ("words", "options", "sentence"),
    [
        (("historicl",), {}, "did you mean 'historical'"),
        (("historical", 3), {}, "found 3 after the scenario; allowed: key=value"),
        ((), {"rng": 1, "seed": 1}, "found rng and seed; allowed: one of them"),
        ((), {"rng": 1.5}, "seed: found 1.5; allowed: a whole number"),
        ((), {"arms": "C1S2"}, r"arms: found 'C1S2'; allowed: C0S0, .*did you mean"),
        ((), {"arms": ()}, "arms: found no arm, or one twice"),
    ],
)
def test_a_model_that_cannot_be_made_is_said(
    words: tuple[Any, ...], options: dict[str, Any], sentence: str
) -> None:
    """Sentences of `load`, and of what Mesa's users try."""
    with pytest.raises(DivertError, match=sentence):
        Model(*words, **options)


# ---- sweeps ------------------------------------------------------------------------------------


class Half(Partner):
    """Enforces half of what its terms give."""

    def wish_to_enforce(self, weighed: Array) -> Array:
        return 0.5 * weighed


class WithHalf(SanctionsModel):
    """Russia is half-hearted."""

    partner_kinds = (Partner, Half, Partner)


TINY = """
scenario: historical
set: {firms.scale: 0.05, period.to: 2017-12, window.to: 2017-12}
factors: [{key: parameters.set.penalty, name: penalty, values: [1.0, 4.0]}]
members: 2
"""


def test_a_sweep_takes_a_model_of_ones_own(tmp_path: Path) -> None:
    """Its runs are those of `run`, lie apart, and go on only under the same rules."""
    file = tmp_path / "tiny.yaml"
    file.write_text(TINY, encoding="utf-8")
    rows = sweep(file, out=tmp_path, model=WithHalf, workers=2)
    assert (tmp_path / "tiny-WithHalf" / "manifest.json").is_file()
    set_as = {"firms.scale": 0.05, "period.to": "2017-12", "window.to": "2017-12"}
    alone = run(
        "historical", model=WithHalf, members=2, **set_as, **{"parameters.set.penalty": 4.0}
    )
    high = rows.offset[rows.penalty == 4.0]
    np.testing.assert_allclose(high, alone.members.offset, rtol=1e-12)
    local = type("WithHalf", (WithHalf,), {"__qualname__": "<locals>.WithHalf"})
    with pytest.raises(DivertError, match="found 2 workers for WithHalf, which other processes"):
        sweep(file, out=tmp_path, model=local, workers=2)
    with pytest.raises(DivertError, match="found the class Partner as model; allowed: a subclass"):
        sweep(file, model=Partner)  # type: ignore[arg-type]


def rule(share: float, added: float = 0.0) -> type[Partner]:
    """Return a rule that takes a number from outside."""

    def further(weighed: Array) -> Array:
        return weighed + added

    class Mine(Partner):
        def wish_to_enforce(self, weighed: Array) -> Array:
            return share * further(weighed)

    return Mine


def test_rules_are_told_apart_by_what_they_do() -> None:
    """The digest follows code and numbers, one's own functions too, and not the place in memory."""
    assert own_code(SanctionsModel, Partner) == ""
    assert own_code(rule(0.5)) == own_code(rule(0.5)) != own_code(rule(0.25))
    assert own_code(rule(0.5, 0.1)) != own_code(rule(0.5))
    assert own_code(WithHalf, Half) != own_code(WithHalf)


# ---- the package -------------------------------------------------------------------------------


def test_every_public_name_says_what_it_is() -> None:
    """`help` has a sentence for each name and for each public method of its own."""
    assert sim.__doc__
    for name in sim.__all__:
        assert name in sim.__doc__ or name in ("Comparison", "Result")
        found = getattr(sim, name)
        assert inspect.getdoc(found), name
        for method, value in vars(found).items() if inspect.isclass(found) else ():
            if not method.startswith("_") and callable(value):
                assert inspect.getdoc(value), f"{name}.{method}"
