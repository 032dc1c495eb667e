"""What is added from outside: kinds of measures, and actors."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from click.testing import CliRunner

import sim
from sim import (
    Actor,
    Country,
    DivertError,
    MeasureKind,
    Model,
    SanctionsModel,
    add_measure_kind,
    load,
    measure_kinds,
    run,
)
from sim.axes import BOUGHT, CHINA, COAL, FUEL, N_GOODS, REST, SOLD
from sim.cli import main
from sim.python import Result

Array = np.ndarray[Any, Any]

SMALL: dict[str, Any] = {"members": 2, "scale": 0.05}
DUTY: dict[str, Any] = {
    "id": "OWN-DUTY", "partner": "China", "direction": "dprk_export", "good": "coal",
    "kind": "tariff", "size": 0.25, "from": "2015-01-16", "to": "2016-05-31",
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> Result:
    """The shipped world."""
    return run("historical", **SMALL)


def same_bytes(one: Result, other: Result) -> None:
    """Compare every recorded array."""
    for name in one.answered.ensemble.record.names():
        mine, theirs = (r.answered.ensemble.record[name] for r in (one, other))
        assert mine.tobytes() == theirs.tobytes(), name


# ---- kinds of measures -------------------------------------------------------------------------


class Watcher(Actor):
    """Keeps margins as firms see them, by month."""

    def __init__(self, model: SanctionsModel) -> None:
        super().__init__(model)
        self.seen: list[Any] = []

    def after_margins(self) -> None:
        margins = self.model.now.margins
        assert margins is not None
        self.seen.append((margins.legal.copy(), margins.illegal.copy()))


class Watched(Model):
    """A model that is watched."""

    actor_kinds = (Watcher,)


def margins(months: int, **measure: Any) -> list[Any]:
    """Return margins of the first months in a world with and without a measure."""
    kept = []
    for add in ([], [{**DUTY, **measure}]):
        model = Watched("historical", **SMALL, **{"measures.add": add})
        for _ in range(months):
            model.step()
        kept.append(model.actors[0].seen)
    return [(b[0] - a[0], b[1] - a[1]) for a, b in zip(*kept, strict=True)]


def test_a_tariff_lowers_one_margin_by_its_days() -> None:
    """Half of January 2015, then whole; the other cells and the illegal route keep theirs."""
    changes = margins(13)
    coal = (..., CHINA, SOLD * N_GOODS + COAL)
    assert all(not legal.any() for legal, _ in changes[:12])
    legal, illegal = changes[12]
    np.testing.assert_allclose(legal[coal], -np.log(1.25) * 16 / 31, rtol=1e-10)
    legal[coal] = 0.0
    assert not legal.any()
    assert not illegal.any()


def test_a_tariff_of_the_council_binds_by_enforcement() -> None:
    """It counts by the enforcement of the partner it binds."""
    model = Watched("historical", **SMALL, **{"measures.add": [{**DUTY, "from": "2014-01-01"}]})
    bound = {**DUTY, "from": "2014-01-01", "binding": "un"}
    other = Watched("historical", **SMALL, **{"measures.add": [bound]})
    for each in (model, other):
        each.step()
    plain = Watched("historical", **SMALL)
    plain.step()
    coal = (0, slice(None), CHINA, COAL)
    base, whole, part = (m.actors[0].seen[0][0][coal] for m in (plain, model, other))
    np.testing.assert_allclose(
        part - base, (whole - base) * other.state.enforcement[0, :, CHINA], rtol=1e-9
    )


def test_a_measure_of_size_zero_is_none(shipped: Result) -> None:
    """The same bytes in every array and arm."""
    same_bytes(shipped, run("historical", **SMALL, **{"measures.add": [{**DUTY, "size": 0.0}]}))


def test_a_tariff_acts_in_the_arms_where_china_restricts() -> None:
    """Older than the split it acts in all arms, younger in none where China's acts are lifted."""
    sold = {"partner": "China", "direction": "dprk_export"}
    found = {}
    for first in (None, "2015-01-01", "2016-06-01"):
        add = [] if first is None else [{**DUTY, "from": first, "to": "2016-12-31", "size": 2.0}]
        arrays = run("historical", **SMALL, **{"measures.add": add}).arrays
        found[first] = arrays.cleared_legal.sel(sold).sel(month="2016-12").isel(good=0)
    for arm in ("C0S0", "C0S1"):
        alike = found[None].sel(arm=arm).values
        np.testing.assert_array_equal(found["2016-06-01"].sel(arm=arm).values, alike)
        assert (found["2015-01-01"].sel(arm=arm).values < alike).all()
    for arm in ("C1S0", "C1S1"):
        assert (found["2016-06-01"].sel(arm=arm) < found[None].sel(arm=arm)).all()


class Insurance(MeasureKind):
    """Ships sail uninsured, lawful or not."""

    word = "insurance"
    size = "cost of sailing uninsured, share of the cargo's value"

    def legal(self, size: float, seen: sim.Seen) -> float:
        return -size

    def illegal(self, size: float, seen: sim.Seen) -> Array:
        return -size * np.ones_like(seen.price)


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kinds of a test are known to it alone."""
    monkeypatch.setattr(measure_kinds, "_own", {})


@pytest.mark.usefixtures("own")
def test_a_kind_of_ones_own_is_named_by_a_scenario(tmp_path: Path) -> None:
    """A file names it once it is known; on both routes it costs what it says; it is not saved."""
    file = tmp_path / "mine.yaml"
    file.write_text(
        "extends: historical\nname: mine\nmembers: 2\nfirms: {scale: 0.05}\nmeasures:\n  add:\n  - "
        "{id: OWN-INS, partner: all, direction: dprk_export, good: coal, kind: insurance, "
        "size: 0.1, from: 2014-01-01}\n",
        encoding="utf-8",
    )
    with pytest.raises(DivertError, match=r"kind: found 'insurance'; allowed: ban, cap_value, tar"):
        load(file)
    assert add_measure_kind(Insurance) is Insurance
    assert load(file).measures.add[0].kind == "insurance"
    (legal, illegal), *_ = margins(1, **{"kind": "insurance", "size": 0.1, "from": "2014-01-01"})
    assert legal[..., CHINA, COAL] == pytest.approx(-0.1)
    assert not illegal.any()  # nothing is banned yet
    legal, illegal = margins(48, **{"kind": "insurance", "size": 0.1, "from": "2014-01-01",
                                    "to": "2019-12-31"})[-1]  # fmt: skip
    assert (illegal[..., CHINA, COAL] != 0.0).all()
    done = run(file)
    with pytest.raises(DivertError, match="insurance, which this process alone knows; allowed"):
        done.save(tmp_path / "out")


class PriceCap(MeasureKind):
    """Lawful buyers may pay at most so many times the price of the base year."""

    word = "price_cap"
    size = "highest price, times that of the base year"
    most = 10.0

    def legal(self, size: float, seen: sim.Seen) -> Array:
        return np.where(seen.price > size, -100.0, 0.0)


@pytest.mark.usefixtures("own")
def test_a_kind_sees_the_price_that_firms_expect() -> None:
    """Above the cap the margin falls, below it nothing changes, member by member."""
    add_measure_kind(PriceCap)
    cap = {**DUTY, "kind": "price_cap", "size": 1.02, "from": "2014-12-01", "to": "2019-12-31"}
    model = Watched("historical", members=8, scale=0.05, **{"measures.add": [cap]})
    for _ in range(12):
        prices = model.state.expected_open_price[0, :, COAL].copy()
        model.step()
    margin = model.actors[0].seen[-1][0][0, :, CHINA, COAL]
    above = prices > 1.02
    assert 0 < above.sum() < 8
    np.testing.assert_array_equal(margin < -50.0, above)


@pytest.mark.usefixtures("own")
def test_an_installed_package_names_kinds_for_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its entry point; the manifest says of which code the kind was; one that fails is said."""
    about = tmp_path / "own_duties.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: own-duties\nVersion: 1\n")
    (about / "entry_points.txt").write_text(
        "[divert.measure_kinds]\nfee = own_duties:Fee\nbroken = not_there:Kind\n"
        "other = own_duties:Fee\n"
    )
    (tmp_path / "own_duties.py").write_text(
        "from sim import MeasureKind\n\n\nclass Fee(MeasureKind):\n    word = 'fee'\n\n"
        "    def legal(self, size, seen):\n        return -size\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    add = lambda word: {"measures.add": [{**DUTY, "kind": word}]}  # noqa: E731
    done = run("historical", **SMALL, **add("fee"))
    written = done.save(tmp_path / "out")
    assert '"fee"' in (written / "manifest.json").read_text(encoding="utf-8")
    for word, sentence in (
        ("broken", "the kind 'broken' of an installed package cannot be loaded"),
        ("other", "found the kind 'fee' under the entry point 'other'"),
        ("fees", r"allowed: ban, cap_value, tariff, fee, broken, other.*did you mean 'fee'\?"),
    ):
        with pytest.raises(DivertError, match=sentence):
            load("historical", **add(word))


@pytest.mark.parametrize(
    ("measure", "sentence"),
    [
        ({"kind": "tarif"}, r"measures.add\[1\].kind: found 'tarif'.*did you mean 'tariff'\?"),
        ({"kind": 3}, "kind: found 3; allowed: ban, cap_value, tariff"),
        ({"size": 11}, "size: found 11; allowed: duty as a share of the price, 0.2 for 20 %, from"),
        ({"size": -0.1}, "size: found -0.1; allowed: a number from 0"),
        ({"size": None}, "kind: found a tariff without size; allowed: duty as a share"),
        ({"coverage": 0.5}, "coverage: found coverage in a tariff; allowed: size"),
        ({"kind": "ban"}, "size: found a size in a ban; allowed: coverage"),
    ],
)
def test_a_measure_on_margins_that_is_wrong_is_said(measure: dict[str, Any], sentence: str) -> None:
    """One sentence each, with the place in the file."""
    with pytest.raises(DivertError, match=sentence):
        load("historical", **{"measures.add": [{**DUTY, **measure}]})


@pytest.mark.usefixtures("own")
def test_a_kind_that_is_wrong_is_said() -> None:
    """The class when it is added, what it returns when it is asked."""

    def kind(**body: Any) -> type[MeasureKind]:
        return type("Mine", (MeasureKind,), {"word": "mine", **body})

    for wrong, sentence in (
        (int, "as a kind of measure; allowed: a subclass of MeasureKind"),
        (kind(word="ban"), "found 'ban' as the word of Mine"),
        (kind(word="two words"), "found 'two words' as the word of Mine"),
        (kind(most=0.0), "found 0.0 as the most of Mine; allowed: above 0"),
    ):
        with pytest.raises(DivertError, match=sentence):
            add_measure_kind(wrong)
    for legal, sentence in (
        (lambda *_: None, r"found nothing \(no `return`\?\) from Mine.legal in month 2015-01"),
        (lambda *_: np.nan, "found a value that is not finite from Mine.legal"),
        (lambda *_: np.zeros(7), r"array of shape \(7,\) from Mine.legal.* = \(1, 2\)"),
        (lambda *_: "dear", "found a str from Mine.legal"),
        (lambda *_: [[1], [1, 2]], "found rows of unlike length from Mine.legal"),
        (lambda *_: 1 / 0, "SanctionsModel failed in month 2015-01: ZeroDivisionError"),
    ):
        add_measure_kind(kind(legal=legal))
        with pytest.raises(DivertError, match=sentence):
            run("historical", **SMALL, **{"measures.add": [{**DUTY, "kind": "mine"}]})


def test_a_scenario_with_a_tariff_goes_through_every_command(tmp_path: Path) -> None:
    """Check, run and explain-run know the kind."""
    file = tmp_path / "duty.yaml"
    file.write_text(
        "extends: historical\nname: duty\nmembers: 2\nfirms: {scale: 0.05}\nmeasures:\n  add:\n  - "
        "{id: OWN-D, partner: China, direction: dprk_export, good: coal, kind: tariff, size: 0.3, "
        "from: 2016-06-01}\n",
        encoding="utf-8",
    )
    for words in (
        ("check", file),
        ("run", file, "--out", tmp_path, "--quiet"),
        ("explain-run", tmp_path / "duty", "--actor", "China", "--month", "2016-07"),
    ):
        done = CliRunner().invoke(main, [str(word) for word in words])
        assert done.exit_code == 0, done.output


# ---- actors ------------------------------------------------------------------------------------


class Vietnam(Country):
    """Buys coal and sells fuel from 2015 on, whatever the Council asks."""

    buys: ClassVar = {"coal": 20.0}
    sells: ClassVar = {"fuel": 5.0}
    since = "2015-01"

    def enforces(self) -> float:
        return 0.0


class Obedient(Country):
    """Buys coal, and keeps every measure."""

    buys: ClassVar = {"coal": 20.0}

    def enforces(self) -> float:
        return 1.0


def with_actors(*kinds: type[Actor]) -> type[Model]:
    """Return a model with actors."""
    return type("With", (Model,), {"actor_kinds": kinds})


def test_a_country_trades_in_the_same_markets(shipped: Result) -> None:
    """What it buys is part of the rest of the world's, more than before; one without trade is
    none."""
    model = with_actors(Vietnam)("historical", arms=("C0S1", "C1S1"), **SMALL)
    model.run_model()
    (own,) = model.actors
    record = model.record
    bought, sold = own.bought[-1], own.sold[-1]
    assert bought.shape == (2, 2, N_GOODS)
    assert not own.bought[11].any()
    rest = record["legal_value"][-1, :, :, REST]
    assert (bought[..., COAL] > 5.0).all()
    assert (bought <= rest[..., SOLD, :] + 1e-12).all()
    assert (sold <= rest[..., BOUGHT, :] + 1e-12).all()
    assert (sold[..., FUEL] > 0.0).all()
    before = shipped.answered.ensemble.record["legal_value"][-1, -1, :, REST, SOLD, COAL]
    assert (rest[-1, :, SOLD, COAL] > before).all()
    assert record["goods_residual"].max() < 1e-9
    same_bytes(shipped, run("historical", model=with_actors(Country), **SMALL))


def test_a_country_keeps_what_the_council_asks_as_far_as_it_enforces() -> None:
    """Under a whole ban it buys nothing."""
    model = with_actors(Obedient)("historical", **SMALL)
    while model.running:
        model.step()
    months = model.inputs.months
    assert (model.actors[0].bought[months.index("2015-06")][..., COAL] > 1.0).all()
    assert not model.actors[0].bought[months.index("2018-06")][..., COAL].any()


class Broker(Actor):
    """Halves the chance that smugglers are found, and notes its turns."""

    def __init__(self, model: SanctionsModel) -> None:
        super().__init__(model)
        self.turns: list[str] = []
        self.arms = 1

    def after_policies(self) -> None:
        self.turns.append("policies")

    def after_margins(self) -> None:
        assert self.model.now.margins is not None
        self.model.now.margins.found[...] *= 0.5
        self.turns.append("margins")

    def after_firms(self) -> None:
        self.turns.append("firms")

    def step(self) -> None:
        self.turns.append("end")

    def fork(self, arms: int) -> None:
        self.arms = arms


def test_an_actor_has_its_turn_in_every_phase(shipped: Result) -> None:
    """Four a month, in order; a broker makes smuggling pay; it is told of the arms."""
    model = with_actors(Broker)("historical", arms=("C0S0", "C1S1"), **SMALL)
    model.step()
    assert model.actors[0].turns == ["policies", "margins", "firms", "end"]
    done = run("historical", model=with_actors(Broker), **SMALL)
    seized = [r.arrays.seized.sel(arm="C1S1").sum() for r in (done, shipped)]
    assert seized[0] < 0.8 * seized[1]
    model.run_model()
    assert model.actors[0].arms == 2
