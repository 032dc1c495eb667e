"""Verbs that say how far the model can be believed, and what it expects."""

from __future__ import annotations

import click

from sim.cli_options import SET, Whole, one_seed_overrides, overrides_of, shared


@click.command()
@shared("particles", "scale", "seed", "workers")
@click.option(
    "--origin", type=click.Choice(("all", "a", "b")), default="all", show_default=True,
    help="What the fit may see: all figures of months to 2018-12, or those known at origin a "
    "(2017-08) or b (2018-12) of the hold-out test.",
)  # fmt: skip
@click.option(
    "--keep", type=Whole(16, 16384), default=256, show_default=True,
    help="Accepted draws that are written.",
)  # fmt: skip
@shared("out", "quiet")
def calibrate(
    particles: int,
    scale: float,
    seed: int,
    workers: int | None,
    origin: str,
    keep: int,
    out: str,
    quiet: bool,
) -> None:
    """Fit the parameters to the record; the same command goes on after a stop."""
    from pathlib import Path

    from sim.calibration.command import run_calibration
    from sim.calibration.fit import Plan
    from sim.screen import progress
    from sim.screen_evidence import print_calibration
    from sim.workers import cores

    with progress("calibrate", silent=quiet) as report:
        done = run_calibration(
            Plan(particles=particles, seed=seed), Path(out), workers or cores(), origin, scale,
            keep, report,
        )  # fmt: skip
    if not quiet:
        print_calibration(done)


@click.command()
@shared("particles", "scale", "seed", "workers", "out", "quiet")
def validate(
    particles: int, scale: float, seed: int, workers: int | None, out: str, quiet: bool
) -> None:
    """Fit on the past alone, forecast what came, and score it against simpler rules."""
    from pathlib import Path

    from sim.calibration.command import run_validation
    from sim.calibration.fit import Plan
    from sim.screen import progress
    from sim.screen_evidence import print_validation
    from sim.view.evidence import write_figures_of
    from sim.workers import cores

    with progress("validate", silent=quiet) as report:
        done = run_validation(
            Plan(particles=particles, seed=seed), Path(out), workers or cores(), scale, report,
            write_figures_of,
        )  # fmt: skip
    if not quiet:
        print_validation(done)


@click.command()
@click.argument("scenario", default="historical")
@click.option(
    "--trajectories", type=Whole(2, 1000), default=12, show_default=True,
    help="Trajectories of Morris' screening.",
)  # fmt: skip
@click.option(
    "--base", type=click.Choice([str(2**k) for k in range(6, 14)]), default="256",
    show_default=True, help="Points of Sobol' indices, times the parameters and two.",
)  # fmt: skip
@click.option(
    "--most", type=Whole(1, 1000), default=16, show_default=True,
    help="Parameters that get Sobol' indices: those that matter most in the screening.",
)  # fmt: skip
@shared("scale", "seed", "workers", "out", "quiet")
def sensitivity(
    scenario: str,
    trajectories: int,
    base: str,
    most: int,
    scale: float,
    seed: int,
    workers: int | None,
    out: str,
    quiet: bool,
) -> None:
    """Say which parameters the offset hangs on, and how many draws it needs."""
    from pathlib import Path

    from sim.calibration.command import run_sensitivity
    from sim.scenario_file import load_scenario
    from sim.screen import progress
    from sim.screen_evidence import print_sensitivity
    from sim.workers import cores

    found = load_scenario(scenario, {})
    with progress("sensitivity", silent=quiet) as report:
        done = run_sensitivity(
            found, Path(out), workers or cores(), trajectories, int(base), most, seed, scale,
            report,
        )  # fmt: skip
    if not quiet:
        print_sensitivity(done)


@click.command()
@click.argument("folders", nargs=-1, metavar="[FOLDER]...")
@shared("out", "quiet")
def evidence(folders: tuple[str, ...], out: str, quiet: bool) -> None:
    """Show on one page how far the model can be believed.

    From the shipped tables, or from folders that calibrate, validate and sensitivity wrote: of each
    table the first folder that has it counts, then the shipped one.
    """
    from pathlib import Path

    from sim.screen import print_sentences
    from sim.view.evidence import write_evidence_folder

    page, sentences = write_evidence_folder([Path(folder) for folder in folders], Path(out))
    if not quiet:
        print_sentences([*sentences, f"Written to {page}"])


@click.command()
@click.argument("scenario", default="new-axis")
@click.option("--from", "first", type=int, default=2020, show_default=True, help="First year.")
@click.option("--to", "last", type=int, default=2025, show_default=True, help="Last year.")
@click.option("--members", metavar="N", help="Draws, one member each.  [default: 256]")
@click.option("--scale", metavar="X", help="Multiple of the number of firms.  [scenario: 1]")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help=SET)
@shared("out", "quiet")
def predict(
    scenario: str,
    first: int,
    last: int,
    members: str | None,
    scale: str | None,
    settings: tuple[str, ...],
    out: str,
    quiet: bool,
) -> None:
    """Say what customs will have recorded in years the model has no figures for."""
    from pathlib import Path

    from sim.calibration.predict import write_predictions
    from sim.scenario_file import load_scenario
    from sim.screen import progress
    from sim.screen_evidence import print_predictions

    overrides = {"members": "256", "seeds_per_draw": "1"} | overrides_of(settings)
    for key, value in (("members", members), ("firms.scale", scale)):
        if value is not None:
            overrides[key] = value
    found = load_scenario(scenario, overrides)
    with progress("predict", silent=quiet) as report:
        path, rows = write_predictions(found, first, last, Path(out), report)
    if not quiet:
        print_predictions(rows, path, found)


# ---- game --------------------------------------------------------------------------------------


@click.command()
@click.argument("scenario", default="historical")
@click.option("--members", default="16", show_default=True, help="Draws, one member each.")
@click.option("--scale", default="0.25", show_default=True, help="Multiple of the number of firms.")
@click.option("--seed", metavar="N", help="Seed of all draws.  [scenario: 2017]")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help=SET)
@shared("workers", "out", "quiet")
def game(
    scenario: str,
    members: str,
    scale: str,
    seed: str | None,
    settings: tuple[str, ...],
    workers: int | None,
    out: str,
    quiet: bool,
) -> None:
    """Say how far each actor's rule is from its best reply, and whether the world settles."""
    from pathlib import Path

    from sim.experiment.game_command import run_game
    from sim.scenario_file import load_scenario
    from sim.screen import progress
    from sim.screen_game import print_game
    from sim.workers import cores

    found = load_scenario(scenario, one_seed_overrides(settings, members, scale, seed))
    with progress("game", silent=quiet) as report:
        done = run_game(found, Path(out), workers or cores(), report)
    if not quiet:
        print_game(done)
