"""What `divert game` does: play a scenario, deviate, freeze, write its folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sim.csv_text import write_records
from sim.experiment import game_words as words
from sim.experiment.game import Played, Regret, World, regrets
from sim.experiment.game_council import CouncilRegret, council_regret
from sim.experiment.game_settle import Settling, freezes, settle
from sim.experiment.results import check_writable, whole_folder, write_json
from sim.scenario import Scenario
from sim.workers import Workers

Progress = Callable[[float], None] | None

SHARE_OF_REGRETS = 0.9
"""Share of the work that deviations are; the rest are frozen worlds."""

COLUMNS = (
    "actor", "decision", "decided_by", "mean_level", "best_policy", "best_value",
    "best_mean_level", "objective", "best_objective", "regret", "at_stake", "regret_of_stake",
    "regret_each_member_its_own_best", "gain_without_inertia", "unit",
)  # fmt: skip


@dataclass(frozen=True)
class Game:
    """What the game check of a scenario found, over the months from `first` to `last`."""

    scenario: Scenario
    first: str
    last: str
    regrets: list[Regret]
    council: CouncilRegret | None
    settling: list[Settling]


@dataclass(frozen=True)
class Finished:
    """A finished game check and the folder it is in."""

    folder: Path
    found: Game


def find_game(scenario: Scenario, workers: int, progress: Progress = None) -> Game:
    """Return the game check of a scenario; `progress` receives the share done."""
    report = progress or (lambda share: None)
    world = World.of(scenario)
    played = Played.of(world)
    with Workers(workers) as pool:
        rows = regrets(world, played, pool, report=lambda share: report(SHARE_OF_REGRETS * share))
        settling = list(pool.map(partial(settle, world), freezes(scenario)))
    report(1.0)
    months = played.record.inputs.months[played.months]
    return Game(scenario, months[0], months[-1], rows, council_regret(played.record), settling)


def run_game(scenario: Scenario, out: Path, workers: int, progress: Progress = None) -> Finished:
    """Check a scenario and write `out/game/<name>/`, whole or not at all.

    Raises DivertError where the folder cannot be written, before any work is done.
    """
    from sim.view.game_figures import write_game_figure

    target = out / "game" / scenario.name
    check_writable(target.parent)
    found = find_game(scenario, workers, progress)
    with whole_folder(target) as folder:
        write_json(folder / "game.json", _data(found))
        write_records(folder / "regret.csv", COLUMNS, map(_row, found.regrets))
        write_game_figure(folder / "game.png", found)
    return Finished(target, found)


def _data(found: Game) -> dict[str, object]:
    """Return the game check as plain data."""
    scenario = found.scenario
    return {
        "scenario": scenario.name,
        "scenario_digest": scenario.digest(),
        "members": scenario.members,
        "seed": scenario.seed,
        "months": [found.first, found.last],
        "decisions": [words.regret_data(row) for row in found.regrets],
        "council": words.council_data(found.council),
        "settling": [words.settle_data(row) for row in found.settling],
        "sentences": [
            *(words.regret_sentence(row) for row in found.regrets),
            *words.council_sentences(found.council),
            *words.settle_sentences(found.settling),
        ],
    }


def _row(regret: Regret) -> dict[str, object]:
    """Return a row of `regret.csv`."""
    data = words.regret_data(regret)
    return data | {f"best_{key}": value for key, value in data["best"].items()}
