"""The command `divert`: verbs only, and the one place that prints. Verbs import what they need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sim.experiment.command import Finished
    from sim.parameters import Parameter

BAD_INPUT, FAILURE, INTERRUPTED = 2, 1, 130
PERCENT_A_LINE = 5
NARROWEST_TABLE = 160
NARROWEST_ANSWER = 118
"""Columns of a table that goes to a file or a pipe."""


class Divert(click.Group):
    """The group of verbs; turns what goes wrong into one sentence and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb of `ctx`."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("divert: interrupted", err=True)
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

    answers = []
    for scenario in loaded:
        with _progress(scenario.name, silent=quiet or as_json) as report:
            finished = run_scenario(scenario, Path(out), report)
        answers.append(finished.answer)
        if not (quiet or as_json):
            _print_finished(scenario.name, finished)
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


@contextmanager
def _progress(name: str, silent: bool) -> Iterator[Callable[[float], None] | None]:
    """Give a function that shows the share done: a bar, or off a terminal a line per 5 %."""
    if silent:
        yield None
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False, markup=False)
    if not console.is_terminal:
        last = [0]

        def lines(share: float) -> None:
            step = int(share * 100.0 / PERCENT_A_LINE + 1e-9)
            if step > last[0]:
                last[0] = step
                click.echo(f"{name}: {step * PERCENT_A_LINE} %", err=True)

        yield lines
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(name, total=1.0)
        yield lambda share: bar.update(task, completed=share)


def _print_finished(name: str, finished: Finished) -> None:
    """Print the answer in words and in numbers, then the patterns beside the record."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=NARROWEST_ANSWER)
    console.print(f"{name}: {finished.answer.get('question') or ''}", style="bold")
    console.print()
    for sentence in finished.sentences:
        console.print(sentence)
    if finished.answer.get("loss_significant"):
        console.print()
        console.print(_answer_table(finished.answer))
    if finished.patterns:
        console.print()
        console.print(_pattern_table(finished))
    console.print()
    console.print(f"Written to {finished.folder}")


def _table(title: str, headings: tuple[str, ...]) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, title_style="bold")
    for i, heading in enumerate(headings):
        table.add_column(heading, justify="left" if i == 0 else "right", no_wrap=True)
    return table


def _answer_table(found: dict[str, Any]) -> Any:
    """Return the numbers of the answer."""
    from sim.experiment.answer import CHANNEL_WORDS, band_words

    table = _table("The answer", ("", "5 %", "median", "95 %"))
    table.add_row("Loss, Russia held still, million USD", *band_words(found["loss_musd"], 1.0, 0))
    lines = [
        ("Offset, % of the loss", found["offset_ratio"]),
        ("  autonomous: without China's restrictions too", found["autonomous"]),
        ("  interaction: Russia's answer to China", found["interaction"]),
        *((f"  through {CHANNEL_WORDS[k]}", v) for k, v in found["by_channel"].items()),
        ("Offset without arms", found["offset_without_arms"]),
        ("Offset net of inputs in textiles", found["offset_net_of_textile_inputs"]),
        ("Gross: what Russia buys more over what China buys less", found["gross_offset"]),
        ("Welfare: imports received at base prices", found["welfare_offset"]),
    ]
    for label, band in lines:
        table.add_row(label, *band_words(band, 100.0, 1))
    table.add_row(
        "Apart: coal China bought from Russia instead, million USD",
        *band_words(found["importer_side_diversion_musd"], 1.0, 0),
    )
    return table


def _pattern_table(finished: Finished) -> Any:
    """Return model band, record, mark and whether the parameters saw the months."""
    table = _table(
        "Patterns: model against the record (A official, B estimate, C judgement)",
        ("", "5 %", "median", "95 %", "record", "mark", "in band", "seen"),
    )
    for row in finished.patterns:
        digits = 2 if row.unit in ("ratio", "0 to 1") else 0 if abs(row.band["p95"]) >= 20 else 1
        low, mid, high = (f"{row.band[k]:,.{digits}f}" for k in ("p05", "p50", "p95"))
        record = ""
        if row.record is not None:
            ends = [f"{x:,.{digits}f}" for x in row.record]
            record = ends[0] if ends[0] == ends[1] else f"{ends[0]}-{ends[1]}"
        inside = {None: "", True: "yes", False: "no"}[row.inside]
        label = f"{row.id} {row.quantity}, {row.unit}"
        table.add_row(label, low, mid, high, record, row.mark, inside, "yes" if row.seen else "no")
    return table


# ---- small verbs -------------------------------------------------------------------------------


@main.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Override one key.")
def check(scenarios: tuple[str, ...], settings: tuple[str, ...]) -> None:
    """Check scenario files without running them."""
    from sim.errors import DivertError
    from sim.scenario_file import load_scenario

    overrides = overrides_of(settings)
    wrong = 0
    for wanted in scenarios:
        try:
            scenario = load_scenario(wanted, overrides)
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

        fitted = _fitted_bands()
        entries = [asdict(row) | {"fit": fitted[row.name]} for row in rows]
        click.echo(json.dumps(entries, indent=2, ensure_ascii=False))
        return
    _print_parameters(rows)


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


def _fitted_bands() -> dict[str, tuple[float, float, float]]:
    """Return p05, p50 and p95 of each parameter over the shipped draws."""
    import numpy as np

    from sim.parameters import accepted

    bands = {name: np.quantile(values, (0.05, 0.5, 0.95)) for name, values in accepted().items()}
    return {name: (float(b[0]), float(b[1]), float(b[2])) for name, b in bands.items()}


def _print_parameters(rows: list[Parameter]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=NARROWEST_TABLE)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("name", "symbol", "unit"):
        table.add_column(column, no_wrap=column == "name")
    for column in ("central", "low", "high", "fit 5 %", "fit 50 %", "fit 95 %"):
        table.add_column(column, justify="right", no_wrap=True)
    for column in ("mark", "source"):
        table.add_column(column)
    fitted = _fitted_bands()
    for row in rows:
        numbers = (f"{n:.4g}" for n in (row.central, row.low, row.high, *fitted[row.name]))
        table.add_row(row.name, row.symbol, row.unit, *numbers, row.mark, row.source)
    console.print(table)
    console.print("Central, low, high: the prior. Fit: bands of the shipped draws.")
    console.print("A official figure, B estimate or arithmetic on such figures, C judgement.")
