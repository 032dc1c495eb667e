"""The command `divert`: verbs only. Verbs import what they need; `screen` says it on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sim.cli_accounts import accounts
from sim.cli_break_even import break_even
from sim.cli_claims import claims
from sim.cli_compare import compare
from sim.cli_evidence import calibrate, evidence, game, predict, sensitivity, validate
from sim.cli_export import export
from sim.cli_options import SET, Terminated, interrupts_heard, overrides_of
from sim.cli_publish import publish
from sim.cli_report import report
from sim.cli_sweep import analyse, rerun, sweep, sweep_status
from sim.cli_view import view

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.experiment.cost import Cost
    from sim.parameters import Parameter

BAD_INPUT, FAILURE, INTERRUPTED, TERMINATED = 2, 1, 130, 143
LONGEST_HELP = 300
"""Characters of a verb's first sentence in the list of verbs: all of it."""


def _kept(ctx: click.Context) -> str:
    """Return what a stopped verb says of its finished work."""
    if ctx.invoked_subcommand not in ("calibrate", "validate", "sweep"):
        return ""
    return "; what is finished is kept: the same command goes on from there"


class Divert(click.Group):
    """The group of verbs; turns what goes wrong into one sentence and an exit code."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs, each with its whole first sentence."""
        verbs = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(n, v.get_short_help_str(LONGEST_HELP)) for n, v in verbs if v is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb of `ctx`."""
        try:
            with interrupts_heard():
                return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt as stop:
            ended = isinstance(stop, Terminated)
            words = "ended from outside (SIGTERM)" if ended else "interrupted"
            click.echo(f"divert: {words}{_kept(ctx)}", err=True)
            ctx.exit(TERMINATED if ended else INTERRUPTED)
        except Exception as error:
            from sim.errors import DivertError, memory_ran_out

            if ctx.params.get("debug"):
                raise
            if isinstance(error, DivertError):
                click.echo(f"divert: {error}", err=True)
                ctx.exit(BAD_INPUT)
            if memory_ran_out(error):
                words = "memory ran out; try fewer --workers, members or firms"
                click.echo(f"divert: {words}{_kept(ctx)}", err=True)
                ctx.exit(BAD_INPUT)
            sentence = " ".join(str(error).split()) or type(error).__name__
            click.echo(
                f"Something went wrong inside divert: {sentence} "
                "(run again with --debug for the trace)",
                err=True,
            )
            ctx.exit(FAILURE)


@click.group(
    cls=Divert,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Begin with `divert run historical`, then `divert claims` and `divert view`. A scenario "
    "of your own: `divert new`, `check`, `run`, then `compare` and `report`.",
)
@click.option("--debug", is_flag=True, help="Show the trace when something goes wrong.")
@click.version_option(package_name="divert", prog_name="divert")
def main(debug: bool) -> None:
    """Simulate how sanctions divert trade with the DPRK between China and Russia."""


# ---- run ---------------------------------------------------------------------------------------


@main.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option("--members", metavar="N", help="Members of the ensemble.  [scenario: 64]")
@click.option("--seed", metavar="N", help="Seed of all draws.  [scenario: 2017]")
@click.option("--scale", metavar="X", help="Multiple of the number of firms.  [scenario: 1]")
@click.option("--out", default="results", show_default=True, help="Folder of the results.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help=SET)
@click.option(
    "--format", "formats", multiple=True,
    help="csv, parquet, dta or nc beside the tables; may be repeated.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def run(
    scenarios: tuple[str, ...],
    members: str | None,
    seed: str | None,
    scale: str | None,
    out: str,
    settings: tuple[str, ...],
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Run scenarios and answer their question."""
    import json
    from pathlib import Path

    from sim.scenario_file import load_scenario

    overrides = overrides_of(settings)
    for key, value in (("members", members), ("seed", seed), ("firms.scale", scale)):
        if value is not None:
            overrides[key] = value
    loaded = [load_scenario(wanted, overrides) for wanted in scenarios]
    _refuse_same_names([scenario.name for scenario in loaded])

    from sim.experiment.command import run_scenario
    from sim.screen import print_finished, progress

    answers = []
    for scenario in loaded:
        with progress(scenario.name, silent=quiet or as_json) as report:
            say = _forecast(scenario.name) if report is not None else None
            finished = run_scenario(scenario, Path(out), report, formats, say)
        answers.append(finished.answer)
        if not (quiet or as_json):
            print_finished(scenario.name, finished)
    if as_json and not quiet:
        click.echo(json.dumps(answers[0] if len(answers) == 1 else answers, indent=2))


def _forecast(name: str) -> Callable[[Cost], None]:
    """Return what says in advance what a long run will take."""
    return lambda cost: click.echo(f"{name}: {cost.words}", err=True)


def _refuse_same_names(names: list[str]) -> None:
    from sim.errors import DivertError

    for i, name in enumerate(names):
        if name in names[:i]:
            raise DivertError(
                f"found two scenarios named {name!r}, which would write the same folder; "
                "allowed: a `name` of its own for each"
            )


# ---- explain-run -------------------------------------------------------------------------------


@main.command("explain-run")
@click.argument("result", metavar="RESULT")
@click.option(
    "--actor", required=True, metavar="ACTOR", help="China, Russia, RestOfWorld, DPRK or UN."
)
@click.option("--month", required=True, metavar="YYYY-MM", help="Month of the run.")
@click.option(
    "--arm",
    help="World: C1S1 China restricts, Russia free; C1S0 Russia held still; C0S1 and C0S0 the same "
    "without China's restrictions.  [default: C1S1, or the first]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain_run(result: str, actor: str, month: str, arm: str | None, as_json: bool) -> None:
    """Say what an actor saw in a month of a finished run, how it weighed it, what it decided.

    RESULT is a folder that `divert run` wrote.
    """
    import json
    from dataclasses import asdict
    from pathlib import Path

    from sim.experiment.decisions import explain_month
    from sim.experiment.stored import read_run

    found = explain_month(read_run(Path(result)), actor, month, arm)
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2, allow_nan=False, ensure_ascii=False))
        return
    from sim.screen_decisions import print_explained

    print_explained(found)


# ---- small verbs -------------------------------------------------------------------------------


@main.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help=SET)
def check(scenarios: tuple[str, ...], settings: tuple[str, ...]) -> None:
    """Check scenario and sweep files without running them."""
    from sim.errors import DivertError

    overrides = overrides_of(settings)
    wrong = 0
    for wanted in scenarios:
        try:
            sentence = _good(wanted, overrides)
        except DivertError as error:
            wrong += 1
            click.echo(f"divert: {error}", err=True)
            continue
        click.echo(f"{wanted}: good ({sentence})")
    if wrong:
        click.get_current_context().exit(BAD_INPUT)


def _good(wanted: str, overrides: dict[str, str]) -> str:
    """Return what a scenario or sweep file holds; raises DivertError where it is wrong."""
    from sim.errors import DivertError
    from sim.parameters import accepted
    from sim.scenario_file import load_scenario
    from sim.sweep.file import is_sweep, load_sweep

    if is_sweep(wanted):
        from sim.sweep.plan import plan_of

        if overrides:
            raise DivertError("found --set with a sweep; allowed: `set` in its file", file=wanted)
        plan = plan_of(load_sweep(wanted))
        cannot = ""
        if plan.wrong:
            first = next(iter(plan.wrong.values()))
            cannot = f"; {len(plan.wrong):,} cannot be run, the first because: {first}"
        return f"sweep {plan.sweep.name}, {len(plan.points):,} points, {plan.runs:,} runs{cannot}"
    scenario = load_scenario(wanted, overrides)
    accepted(scenario.parameters.draws)
    return (
        f"{scenario.name}, {scenario.period.first} to {scenario.period.last}, "
        f"{scenario.members} members, digest {scenario.digest()[:12]}"
    )


@main.command()
@click.argument("scenario", required=False)
@click.option("--group", help="Parameters of one group alone.")
@click.option("--measures", is_flag=True, help="List the measures that a scenario can name.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help=SET)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(
    scenario: str | None,
    group: str | None,
    measures: bool,
    settings: tuple[str, ...],
    as_json: bool,
) -> None:
    """Print a scenario with every key filled in, or list the parameters or the measures."""
    import json

    if measures:
        if scenario is not None or group is not None or settings or as_json:
            raise click.UsageError("--measures lists them all; leave everything else out")
        from sim.screen_measures import print_measures

        print_measures()
        return
    if scenario is not None:
        if group is not None:
            raise click.UsageError("found --group beside a scenario; allowed: one of the two")
        from sim.scenario_file import load_scenario, scenario_text

        found = load_scenario(scenario, overrides_of(settings))
        text = json.dumps(found.resolved(), indent=2) if as_json else scenario_text(found).rstrip()
        click.echo(text)
        return
    if settings:
        raise click.UsageError("found --set without a scenario; allowed: with one")
    rows = _parameters(group)
    if as_json:
        from dataclasses import asdict

        from sim.screen import fitted_bands

        fitted = fitted_bands()
        entries = [asdict(row) | {"fit": fitted[row.name]} for row in rows]
        click.echo(json.dumps(entries, indent=2, ensure_ascii=False))
        return
    from sim.screen import print_parameters

    print_parameters(rows)


@main.command()
@click.option("--sweep", "of_sweeps", is_flag=True, help="The schema of a sweep file instead.")
def schema(of_sweeps: bool) -> None:
    """Print the JSON Schema of a scenario file, for editors."""
    if of_sweeps:
        from sim.sweep.schema import sweep_schema_text

        click.echo(sweep_schema_text(), nl=False)
        return
    from sim.schema import schema_text

    click.echo(schema_text(), nl=False)


@main.command()
@click.argument("name")
@click.option("--from", "source", required=True, metavar="SCENARIO", help="Scenario to extend.")
@click.option("--folder", default=".", show_default=True, help="Folder of the new file.")
def new(name: str, source: str, folder: str) -> None:
    """Begin a scenario NAME that extends another one."""
    from pathlib import Path

    from sim.scenario_file import begin_scenario

    path = begin_scenario(name, source, Path(folder))
    click.echo(f"{path}: begun; say in it only what differs")


def _parameters(group: str | None) -> list[Parameter]:
    from sim.errors import DivertError, nearest
    from sim.parameters import all_parameters

    rows = list(all_parameters().values())
    groups = list(dict.fromkeys(row.group for row in rows))
    if group is not None and group not in groups:
        raise DivertError(
            f"found {group!r}; allowed: {', '.join(groups)}{nearest(group, groups)}", key="--group"
        )
    return [row for row in rows if group in (None, row.group)]


for _verb in (
    calibrate,
    validate,
    sensitivity,
    evidence,
    predict,
    game,
    sweep,
    sweep_status,
    rerun,
    analyse,
    claims,
    compare,
    accounts,
    export,
    break_even,
    publish,
    report,
    view,
):
    main.add_command(_verb)
