"""`python -m tests.fuzz`: fuzz what reads files and addresses, guided by coverage of the product.

Needs atheris, the extra `fuzz`; inputs that break something are kept, each with the command that
tries it again.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click

from .inside import LAST
from .kinds import ROOT, TARGETS

LARGEST_INPUT = 1_500_000
NO_ALARM = 100_000
"""Seconds until libFuzzer's own alarm, which must not come."""

MOST_MB = 4000
"""Memory of the process."""

ROUND = 5000
"""Cases after which a process gives way to a new one, which goes on from what was found."""


@dataclass(frozen=True)
class Done:
    """What a process did: cases, edges of the product that they reached, and its exit code."""

    cases: int
    edges: int
    code: int


@click.command()
@click.option("--target", type=click.Choice(list(TARGETS)), required=True)
@click.option("--only", default="", help="Files whose name holds this word alone.")
@click.option("--cases", default=10_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--keep",
    default="fuzz-broken",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder for inputs that break something.",
)
@click.option("--replay", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Try one kept input again.")  # fmt: skip
def main(target: str, only: str, cases: int, seed: int, keep: Path, replay: Path | None) -> None:
    """Fuzz a TARGET, or try one kept input again."""
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory(prefix="divert-fuzz-") as scratch:
        if replay is not None:
            TARGETS[target](Path(scratch)).only(only).tried(replay.read_bytes())
            click.echo("It keeps to its bounds.")
            return
        if importlib.util.find_spec("atheris") is None:
            raise click.ClickException(
                "found no atheris, which guides the fuzzer by coverage; install it with "
                "pip install -e '.[fuzz]', or fuzz without it: DIVERT_FUZZ=10000 pytest "
                "tests/test_hostile.py"
            )
        keep.mkdir(parents=True, exist_ok=True)
        done = rounds(target, only, cases, seed, Path(scratch), keep.resolve())
    said(target, only, done, keep)


def rounds(target: str, only: str, cases: int, seed: int, scratch: Path, keep: Path) -> list[Done]:
    """Return what processes did, one after another, until enough cases were tried."""
    (scratch / "corpus").mkdir()
    done: list[Done] = []
    while (left := cases - sum(one.cases for one in done)) > 0:
        done.append(fuzzed(target, only, min(left, ROUND), seed + len(done), scratch, keep))
        total, last = sum(one.cases for one in done), done[-1]
        click.echo(f"{total:,} cases, {last.edges:,} edges (exit {last.code})", err=True)
        if done[-1].cases == 0:
            break
    return done


def fuzzed(target: str, only: str, cases: int, seed: int, scratch: Path, keep: Path) -> Done:
    """Fuzz in a process of its own, and read from its log what it did."""
    work = scratch / f"round-{seed}"
    (work / "place").mkdir(parents=True)
    (work / "corpus").symlink_to(scratch / "corpus")
    flags = [
        f"-runs={cases}", f"-seed={seed}", f"-max_len={LARGEST_INPUT}", "-len_control=0",
        f"-timeout={NO_ALARM}", f"-rss_limit_mb={MOST_MB}", "-print_final_stats=1",
        f"-artifact_prefix={work}/",
    ]  # fmt: skip
    words = ["--target", target, "--only", only, "--work", work, "--broken", keep, "--", *flags]
    log = keep / f"{target}.log"
    with log.open("w", encoding="utf-8") as out:
        code = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.inside", *map(str, words)],
            cwd=ROOT, stdout=out, stderr=out, check=False,
            env=os.environ | {"TMPDIR": str(work / "place"), "PYTHONDONTWRITEBYTECODE": "1"},
        ).returncode  # fmt: skip
    if code and (work / LAST).exists():
        shutil.copyfile(work / LAST, keep / f"{target}-ended-{seed}.input")
    text = log.read_text(encoding="utf-8", errors="replace")
    runs = re.findall(r"^(?:#|stat::number_of_executed_units: )(\d+)", text, re.MULTILINE)
    edges = re.findall(r" cov: (\d+)", text)
    return Done(max(map(int, runs), default=0), max(map(int, edges), default=0), code)


def said(target: str, only: str, done: list[Done], keep: Path) -> None:
    """Say what was tried and what broke; end with 1 where something did."""
    cases, edges = sum(one.cases for one in done), max((one.edges for one in done), default=0)
    click.echo(f"{target}: {cases:,} cases, {edges:,} edges of the product reached")
    found = sorted(keep.glob(f"{target}-*.input"))
    for path in found:
        option = f" --only {only}" if only else ""
        click.echo(f"broken: python -m tests.fuzz --target {target}{option} --replay {path}")
    if not done or done[-1].cases == 0:
        raise click.ClickException(f"the fuzzer did not begin; {keep / f'{target}.log'} says why")
    if found:
        sys.exit(1)


if __name__ == "__main__":
    main()
