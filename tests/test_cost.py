"""What a run takes: members stepped together, the record's bytes, the forecast on the screen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sim.agents.firms import whole_cells
from sim.axes import ARMS
from sim.cli import main
from sim.experiment import cost
from sim.inputs import Inputs
from sim.model import SanctionsModel
from sim.record import Record

from worlds import inputs_of, scenario


@pytest.mark.parametrize(("scale", "together"), [(0.1, 128), (4.0, 33), (10.0, 13), (50.0, 4)])
def test_fewer_members_of_larger_worlds_are_stepped_together(scale: float, together: int) -> None:
    """Firms of a block stay within bounds, with four members at least."""
    keys = {"firms.scale": scale, "firms.Russia": 500, "firms.RestOfWorld": 300}
    assert cost.block_of(scenario(keys)) == together


def test_the_records_bytes_are_known_before_it_is_made() -> None:
    """The bytes said in advance are those of the arrays of a record."""
    world = scenario()
    record = Record(inputs_of(world), len(ARMS))
    held = sum(record[name].nbytes for name in record.names())
    assert cost.record_bytes(world, len(ARMS)) == held


@pytest.mark.parametrize("seconds", [1.0, 100.0, 10_000.0])
def test_a_forecast_counts_the_members_that_are_left(seconds: float) -> None:
    """Nine blocks after the first take nine times its seconds."""
    world = scenario(members=40)
    found = cost.cost_of(world, 4, 4, seconds)
    assert found.seconds == pytest.approx(9.0 * seconds)
    assert "40 members of" in found.words
    assert "4 members at a time" in found.words


def test_the_command_says_what_a_long_run_will_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence after the first block, none where it is to be quiet."""
    monkeypatch.setattr("sim.experiment.cost.MOST_MEMBERS", 4)
    monkeypatch.setattr("sim.experiment.ensemble.WORTH_SAYING", 0.0)
    words = ["run", "historical", "--members", "8", "--scale", "0.05", "--out", str(tmp_path)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0
    said = [line for line in done.stderr.splitlines() if "of memory" in line]
    assert len(said) == 1
    assert "by the speed of its first block" in said[0]
    assert CliRunner().invoke(main, [*words, "--quiet"]).stderr == ""


def test_cells_are_never_cut() -> None:
    """Runs of cells cover all of them in order; one above the bound stands alone."""
    lots = np.array([3, 4, 20, 1, 1, 9])
    assert whole_cells(lots, 10) == [slice(0, 2), slice(2, 3), slice(3, 5), slice(5, 6)]
    assert whole_cells(lots, 100) == [slice(0, 6)]


def test_lots_of_a_member_lie_side_by_side() -> None:
    """A layout with members side by side gives the same bytes at twice the time."""
    inputs: Inputs = inputs_of(scenario())
    model = SanctionsModel(inputs, range(inputs.members), 1, firms=(200, 200, 200))
    for firms in model.firms:
        for name in ("size", "exposure", "reservation", "entry_reservation", "lot_reservation"):
            assert getattr(firms, name).flags.c_contiguous, name
    model.leave()
