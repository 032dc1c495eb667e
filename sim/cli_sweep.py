"""Verbs for sweeps: run one, see how far it is, make a row again."""

from __future__ import annotations

import click

from sim.cli_options import Level, Whole, shared

SOME_FAILED = 3
"""Exit code of a sweep that went through with failed runs."""


@click.command()
@click.argument("file", metavar="SWEEP")
@shared("workers", "out")
@click.option(
    "--scheduler", help="Address of a Dask scheduler, tcp://HOST:8786; see sim/SWEEPS.md."
)
@click.option("--dry-run", is_flag=True, help="Print the plan and do no work.")
@click.option("--retry-failed", is_flag=True, help="Run failed runs again.")
@click.option("--members", type=Whole(1, 4096), help="Members of each point.")
@shared("quiet")
def sweep(
    file: str,
    workers: int | None,
    out: str,
    scheduler: str | None,
    dry_run: bool,
    retry_failed: bool,
    members: int | None,
    quiet: bool,
) -> None:
    """Run a scenario over many points; the same command goes on after a stop."""
    from pathlib import Path

    from sim.screen import progress
    from sim.screen_sweep import print_plan, print_swept
    from sim.sweep.command import run_sweep
    from sim.sweep.file import load_sweep
    from sim.workers import cores

    found = load_sweep(file)
    if members is not None:
        found = found.model_copy(update={"members": members})
    told = None if quiet else print_plan
    count = workers or cores()
    with progress(found.name, silent=quiet or dry_run) as report:
        done = run_sweep(
            found, Path(out), count, scheduler, retry_failed, told, report, dry=dry_run
        )
    if not (quiet or dry_run):
        print_swept(done)
    if done.failed:
        click.get_current_context().exit(SOME_FAILED)


@click.command(name="sweep-status")
@click.argument("folder", metavar="FOLDER")
def sweep_status(folder: str) -> None:
    """Say how far a sweep is, what failed, and what it took."""
    from pathlib import Path

    from sim.screen_sweep import print_status
    from sim.sweep.status import status_of

    print_status(status_of(Path(folder)))


@click.command()
@click.argument("folder", metavar="FOLDER")
@click.argument("key", metavar="KEY")
@shared("out")
def rerun(folder: str, key: str, out: str) -> None:
    """Make one row of a sweep again, byte for byte, as a full result."""
    from pathlib import Path

    from sim.screen_sweep import print_again
    from sim.sweep.rerun import rerun as make_again

    print_again(make_again(Path(folder), key, Path(out)))


@click.command()
@click.argument("folder", metavar="FOLDER")
@click.option("--output", help="Output to analyse.  [default: offset, or the sweep's first]")
@click.option(
    "--above", type=Level(),
    help="Level whose exceeding is looked into; of a share a share: 0.5 is half of the loss.  "
    "[default: 0.5 for shares, the upper quartile of all else]",
)  # fmt: skip
@click.option("--out", metavar="DIR", help="Folder of the analysis.  [default: FOLDER/analysis]")
@shared("quiet")
def analyse(
    folder: str, output: str | None, above: float | None, out: str | None, quiet: bool
) -> None:
    """Say what a sweep's output hangs on, when it exceeds a level, and whether that is certain.

    FOLDER is one that `divert sweep` wrote. Writes tables, figures and one page.
    """
    from pathlib import Path

    from sim.screen_analysis import print_analysis
    from sim.view.sweep_page import write_analysis

    page, found = write_analysis(Path(folder), Path(out) if out else None, output, above)
    if not quiet:
        print_analysis(found, page)
