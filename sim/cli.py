"""The command `divert`: verbs only. Verbs import what they need; `screen` says it on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from sim.parameters import Parameter

Verb = TypeVar("Verb", bound=Callable[..., Any])

BAD_INPUT, FAILURE, INTERRUPTED = 2, 1, 130


class Divert(click.Group):
    """The group of verbs; turns what goes wrong into one sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb of `ctx`."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            kept = ctx.invoked_subcommand in ("calibrate", "validate")
            hint = "; what is finished is kept: the same command goes on from there" if kept else ""
            click.echo(f"divert: interrupted{hint}", err=True)
            ctx.exit(INTERRUPTED)
        except Exception as error:
            from sim.errors import DivertError

            if ctx.params.get("debug"):
                raise
            if isinstance(error, DivertError):
                click.echo(f"divert: {error}", err=True)
                ctx.exit(BAD_INPUT)
            sentence = " ".join(str(error).split()) or type(error).__name__
            click.echo(
                f"Something went wrong inside divert: {sentence} "
                "(run again with --debug for the trace)",
                err=True,
            )
            ctx.exit(FAILURE)


@click.group(cls=Divert, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the trace when something goes wrong.")
@click.version_option(package_name="divert", prog_name="divert")
def main(debug: bool) -> None:
    """Simulate how sanctions divert trade with the DPRK between China and Russia."""


# ---- run ---------------------------------------------------------------------------------------


@main.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option("--members", help="Members of the ensemble.  [scenario: 64]")
@click.option("--seed", help="Seed of all draws.  [scenario: 2017]")
@click.option("--scale", help="Multiple of the number of firms.  [scenario: 1]")
@click.option("--out", default="results", show_default=True, help="Folder of the results.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Override one key.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def run(
    scenarios: tuple[str, ...],
    members: str | None,
    seed: str | None,
    scale: str | None,
    out: str,
    settings: tuple[str, ...],
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
            finished = run_scenario(scenario, Path(out), report)
        answers.append(finished.answer)
        if not (quiet or as_json):
            print_finished(scenario.name, finished)
    if as_json and not quiet:
        click.echo(json.dumps(answers[0] if len(answers) == 1 else answers, indent=2))


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
@click.option("--actor", required=True, help="China, Russia, RestOfWorld, DPRK or UN.")
@click.option("--month", required=True, metavar="YYYY-MM", help="Month of the run.")
@click.option("--arm", help="Arm of the run.  [default: C1S1, or the first]")
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


# ---- evidence ----------------------------------------------------------------------------------


def _shared(*names: str) -> Callable[[Verb], Verb]:
    """Return a decorator that adds the options several verbs have in common."""
    options = {
        "particles": click.option(
            "--particles", type=click.IntRange(32, 16384), default=1024, show_default=True,
            help="Draws that the fit leads from the prior to the record.",
        ),
        "scale": click.option(
            "--scale", type=click.FloatRange(0.05, 50.0), default=0.25, show_default=True,
            help="Multiple of the number of firms.",
        ),
        "seed": click.option(
            "--seed", type=click.IntRange(0, 2**63 - 1), default=2017, show_default=True,
            help="Seed of all draws.",
        ),
        "workers": click.option(
            "--workers", type=click.IntRange(1, 1024), default=None,
            help="Processes.  [default: one a core]",
        ),
        "out": click.option(
            "--out", default="results", show_default=True, help="Folder of the results."
        ),
        "quiet": click.option("--quiet", is_flag=True, help="Print nothing but errors."),
    }  # fmt: skip

    def add(function: Verb) -> Verb:
        for name in reversed(names):
            function = options[name](function)
        return function

    return add


@main.command()
@_shared("particles", "scale", "seed", "workers")
@click.option(
    "--origin", type=click.Choice(("all", "a", "b")), default="all", show_default=True,
    help="What the fit may see: all figures of months to 2018-12, or those known at origin a "
    "(2017-08) or b (2018-12) of the hold-out test.",
)  # fmt: skip
@click.option(
    "--keep", type=click.IntRange(16, 16384), default=256, show_default=True,
    help="Accepted draws that are written.",
)  # fmt: skip
@_shared("out", "quiet")
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
    from sim.screen import print_calibration, progress
    from sim.workers import cores

    with progress("calibrate", silent=quiet) as report:
        done = run_calibration(
            Plan(particles=particles, seed=seed), Path(out), workers or cores(), origin, scale,
            keep, report,
        )  # fmt: skip
    if not quiet:
        print_calibration(done)


@main.command()
@_shared("particles", "scale", "seed", "workers", "out", "quiet")
def validate(
    particles: int, scale: float, seed: int, workers: int | None, out: str, quiet: bool
) -> None:
    """Fit on the past alone, forecast what came, and score it against simpler rules."""
    from pathlib import Path

    from sim.calibration.command import run_validation
    from sim.calibration.fit import Plan
    from sim.screen import print_validation, progress
    from sim.view.evidence import write_figures_of
    from sim.workers import cores

    with progress("validate", silent=quiet) as report:
        done = run_validation(
            Plan(particles=particles, seed=seed), Path(out), workers or cores(), scale, report,
            write_figures_of,
        )  # fmt: skip
    if not quiet:
        print_validation(done)


@main.command()
@click.argument("scenario", default="historical")
@click.option(
    "--trajectories", type=click.IntRange(2, 1000), default=12, show_default=True,
    help="Trajectories of Morris' screening.",
)  # fmt: skip
@click.option(
    "--base", type=click.Choice([str(2**k) for k in range(6, 14)]), default="256",
    show_default=True, help="Points of Sobol' indices, times the parameters and two.",
)  # fmt: skip
@click.option(
    "--most", type=click.IntRange(1, 1000), default=16, show_default=True,
    help="Parameters that get Sobol' indices: those that matter most in the screening.",
)  # fmt: skip
@_shared("scale", "seed", "workers", "out", "quiet")
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
    from sim.screen import print_sensitivity, progress
    from sim.workers import cores

    found = load_scenario(scenario, {})
    with progress("sensitivity", silent=quiet) as report:
        done = run_sensitivity(
            found, Path(out), workers or cores(), trajectories, int(base), most, seed, scale,
            report,
        )  # fmt: skip
    if not quiet:
        print_sensitivity(done)


@main.command()
@click.argument("folders", nargs=-1, metavar="[FOLDER]...")
@_shared("out", "quiet")
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


@main.command()
@click.argument("scenario", default="new-axis")
@click.option("--from", "first", type=int, default=2020, show_default=True, help="First year.")
@click.option("--to", "last", type=int, default=2025, show_default=True, help="Last year.")
@click.option("--members", default="256", show_default=True, help="Draws, one member each.")
@click.option("--scale", help="Multiple of the number of firms.  [scenario: 1]")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Override one key.")
@_shared("out", "quiet")
def predict(
    scenario: str,
    first: int,
    last: int,
    members: str,
    scale: str | None,
    settings: tuple[str, ...],
    out: str,
    quiet: bool,
) -> None:
    """Say what customs will have recorded in years the model has no figures for."""
    from pathlib import Path

    from sim.calibration.predict import write_predictions
    from sim.scenario_file import load_scenario
    from sim.screen import print_predictions, progress

    overrides = {"members": members, "seeds_per_draw": "1"} | overrides_of(settings)
    if scale is not None:
        overrides["firms.scale"] = scale
    found = load_scenario(scenario, overrides)
    with progress("predict", silent=quiet) as report:
        path, rows = write_predictions(found, first, last, Path(out), report)
    if not quiet:
        print_predictions(rows, path)


# ---- game --------------------------------------------------------------------------------------


@main.command()
@click.argument("scenario", default="historical")
@click.option("--members", default="16", show_default=True, help="Draws, one member each.")
@click.option("--scale", default="0.25", show_default=True, help="Multiple of the number of firms.")
@click.option("--seed", help="Seed of all draws.  [scenario: 2017]")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Override one key.")
@_shared("workers", "out", "quiet")
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

    overrides = {"seeds_per_draw": "1"} | overrides_of(settings)
    for key, value in (("members", members), ("firms.scale", scale), ("seed", seed)):
        if value is not None:
            overrides[key] = value
    found = load_scenario(scenario, overrides)
    with progress("game", silent=quiet) as report:
        done = run_game(found, Path(out), workers or cores(), report)
    if not quiet:
        print_game(done)


# ---- small verbs -------------------------------------------------------------------------------


@main.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Override one key.")
def check(scenarios: tuple[str, ...], settings: tuple[str, ...]) -> None:
    """Check scenario files without running them."""
    from sim.errors import DivertError
    from sim.parameters import accepted
    from sim.scenario_file import load_scenario

    overrides = overrides_of(settings)
    wrong = 0
    for wanted in scenarios:
        try:
            scenario = load_scenario(wanted, overrides)
            accepted(scenario.parameters.draws)
        except DivertError as error:
            wrong += 1
            click.echo(f"divert: {error}", err=True)
            continue
        click.echo(
            f"{wanted}: good ({scenario.name}, {scenario.period.first} to "
            f"{scenario.period.last}, {scenario.members} members, {scenario.digest()[:12]})"
        )
    if wrong:
        click.get_current_context().exit(BAD_INPUT)


@main.command()
@click.argument("scenario", required=False)
@click.option("--group", help="Parameters of one group alone.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Override one key.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(
    scenario: str | None, group: str | None, settings: tuple[str, ...], as_json: bool
) -> None:
    """List the parameters, or print a scenario with every key filled in."""
    import json

    if scenario is not None:
        if group is not None:
            raise click.UsageError("--group lists parameters; leave the scenario out")
        from sim.scenario_file import load_scenario, scenario_text

        found = load_scenario(scenario, overrides_of(settings))
        text = json.dumps(found.resolved(), indent=2) if as_json else scenario_text(found).rstrip()
        click.echo(text)
        return
    if settings:
        raise click.UsageError("--set changes a scenario; name one")
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
def schema() -> None:
    """Print the JSON Schema of a scenario file, for editors."""
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


def overrides_of(settings: Iterable[str]) -> dict[str, str]:
    """Return options `dotted.key=value` as a mapping; raises DivertError for another form."""
    from sim.errors import DivertError

    overrides: dict[str, str] = {}
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise DivertError(f"found {text!r}; allowed: dotted.key=value", key="--set")
        if key.strip() in overrides:
            raise DivertError("found the key twice; allowed: once", key=f"--set {key.strip()}")
        overrides[key.strip()] = value
    return overrides


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
