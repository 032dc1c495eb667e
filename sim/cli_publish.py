"""The verb that makes the published answer again, or says whether it is current."""

from __future__ import annotations

import click

from sim.cli_options import shared

STALE = 1


@click.command()
@click.argument("parts", nargs=-1, metavar="[PART]...")
@click.option(
    "--out", default="results/published", show_default=True, help="Folder of the published answer."
)
@click.option("--check", is_flag=True, help="Write nothing: say which file is not current.")
@click.option("--from", "runs", help="Folder of finished runs to take in place of running.")
@shared("quiet")
def publish(parts: tuple[str, ...], out: str, check: bool, runs: str | None, quiet: bool) -> None:
    """Make the published answer again, or with --check say which file of it is not current.

    PART is historical, new-axis, claims, break-even or evidence.  [default: all]  With --check the
    exit code is 1 where a file is not current. The break-even is searched anew in any case.
    """
    from pathlib import Path

    from sim.screen import progress
    from sim.view.publish import parts_of, publish
    from sim.view.publish_check import check_published, sentences

    wanted, source = parts_of(parts), Path(runs) if runs is not None else None
    report = lambda name: progress(name, silent=quiet)  # noqa: E731
    if not check:
        folders = publish(wanted, Path(out), source, report)
        if not quiet:
            click.echo("\n".join(f"Written to {folder}" for folder in folders))
        return
    found = check_published(wanted, Path(out), source, report)
    if not quiet:
        click.echo("\n".join(sentences(found)))
    if any(one.wrong is not None for one in found):
        click.get_current_context().exit(STALE)
