"""The targets of the fuzzer: kinds of files, each with valid ones of it and what reads them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from .watch import Broken, Watch, kept

Read = Callable[[], object]
ROOT = Path(__file__).parents[2]
SMALL = (
    "--members",
    "2",
    "--scale",
    "0.05",
    "--set",
    "period.to=2017-12",
    "--set",
    "window.to=2017-12",
)
SELDOM = 12
HEAD_ROWS = 60
"""Rows of a long table that a seed holds."""


@dataclass(frozen=True)
class Kind:
    """One kind of file: where it is put, its form, valid contents, and what reads it there.

    `vouched` is the manifest that names its digest, to be written anew with it. What reads it
    `seldom`, as it takes long, reads one content in `SELDOM`.
    """

    name: str
    path: Path
    form: str
    seeds: tuple[bytes, ...]
    reads: tuple[Read, ...]
    vouched: Path | None = None
    seldom: tuple[Read, ...] = ()

    def put(self, content: bytes) -> None:
        """Put hostile content in the file's place, later than any before it."""
        self.path.write_bytes(content)
        now = time.time_ns()
        os.utime(self.path, ns=(now, now))
        if self.vouched is not None:
            manifest = json.loads(self.vouched.read_bytes())
            manifest["sha256"][self.path.name] = hashlib.sha256(content).hexdigest()
            self.vouched.write_text(json.dumps(manifest), encoding="utf-8")

    def tried(self, content: bytes, watch: Watch) -> None:
        """Put content in the file's place, read it, and put a valid one back."""
        self.put(content)
        try:
            for read in self.reads:
                kept(read, watch)
            if zlib.crc32(content) % SELDOM == 0:
                for read in self.seldom:
                    kept(read, watch)
        finally:
            self.put(self.seeds[0])


@dataclass
class Target:
    """Kinds of files that are fuzzed together; the first byte of an input says which it is."""

    kinds: tuple[Kind, ...]
    watch: Watch = field(repr=False)

    def only(self, word: str) -> Target:
        """Return the target with the kinds whose name holds a word."""
        return Target(tuple(kind for kind in self.kinds if word in kind.name), self.watch)

    def seeds(self) -> list[bytes]:
        """Return the valid inputs."""
        return [bytes([i]) + seed for i, kind in enumerate(self.kinds) for seed in kind.seeds]

    def kind_of(self, data: bytes) -> Kind:
        """Return the kind of an input."""
        return self.kinds[data[0] % len(self.kinds)]

    def tried(self, data: bytes) -> None:
        """Try one input; raise whatever is not a sentence or success."""
        if data:
            self.kind_of(data).tried(data[1:], self.watch)


def commanded(*words: object) -> None:
    """Call a command; raise what it did not say in a sentence."""
    from sim.cli import main

    result = CliRunner().invoke(main, ["--debug", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    if result.exit_code not in (0, 2):
        raise Broken(f"ended with {result.exit_code}: {result.output[:300]}")


def scenario(folder: Path) -> Target:
    """Return the target of scenario files, and of files of draws that they name."""
    from sim import data
    from sim.scenario_file import SHIPPED, load_scenario, scenario_text

    own, draws = folder / "own.yaml", folder / "draws.csv"
    seeds = tuple(path.read_bytes() for path in sorted(SHIPPED.glob("*.yaml")))
    table = (Path(data.__file__).parent / "evidence" / "draws.csv").read_bytes()
    reads = (lambda: scenario_text(load_scenario(own)),)
    named = partial(commanded, "check", "historical", "--set", f"parameters.draws={draws}")
    return Target(
        (
            Kind("scenario", own, "yaml", seeds, reads),
            Kind("draws", draws, "csv", (head(table),), (named,)),
        ),
        Watch(folder),
    )


def sweep(folder: Path) -> Target:
    """Return the target of sweep files."""
    from sim.scenario_file import SHIPPED

    own = folder / "own.yaml"
    seeds = tuple(path.read_bytes() for path in sorted((SHIPPED / "sweeps").glob("*.yaml")))
    return Target(
        (Kind("sweep", own, "yaml", seeds, (partial(commanded, "check", own),)),), Watch(folder)
    )


def data(folder: Path) -> Target:
    """Return the target of tables of data."""
    from sim import data as shipped
    from sim.data.loader import load_file
    from sim.data.tables import TABLES

    own = folder / "table.csv"
    place = Path(shipped.__file__).parent
    return Target(
        tuple(
            Kind(name, own, "csv", (head((place / f"{name}.csv").read_bytes()),),
                 (partial(load_file, own, name),))
            for name in TABLES
        ),
        Watch(folder),
    )  # fmt: skip


def head(table: bytes) -> bytes:
    """Return the first rows of a table."""
    return b"".join(table.splitlines(keepends=True)[:HEAD_ROWS])


# ---- results -------------------------------------------------------------------------------------


def results(folder: Path) -> Target:
    """Return the target of everything that lies in folders of results."""
    run, swept = small_run(folder), small_sweep(folder)
    kinds = (*_of_run(run, folder), *_of_sweep(swept, folder), *_of_others(folder))
    return Target(kinds, Watch(folder))


def small_run(folder: Path) -> Path:
    """Return the folder of a small run, made now."""
    commanded("run", "historical", *SMALL, "--out", folder / "results", "--quiet")
    return folder / "results" / "historical"


def small_sweep(folder: Path) -> Path:
    """Return the folder of a small sweep, made now."""
    from sim.sweep.command import run_sweep
    from sim.sweep.file import Sweep

    found = Sweep.model_validate({
        "name": "tiny", "members": 1, "outputs": ["loss", "offset"],
        "set": {"firms.scale": 0.05, "period.to": "2017-12", "window.to": "2017-12",
                "actors.China.enforcement.mode": "fixed"},
        "factors": [
            {"key": "actors.China.enforcement.value", "name": "china", "values": [0.3, 0.9]},
            {"key": "parameters.set.sigma_coal", "values": [2.1, 3.2]},
        ],
    })  # fmt: skip
    return run_sweep(found, folder / "results", 1).folder


def _of_run(run: Path, folder: Path) -> tuple[Kind, ...]:
    """Return the files of a run; its manifest vouches for the others."""
    from sim.app import answer
    from sim.app.desk import Desk
    from sim.experiment.export import export_run
    from sim.experiment.side import ensemble_of, side_of
    from sim.experiment.stored import read_manifest, read_run
    from sim.view.report_source import read_finished

    desk = Desk(folder / "results", folder / "scenarios")
    shown = partial(answer.layout, desk, {"run": run.name})
    finished = partial(read_finished, run)
    exported = partial(export_run, run, ("parquet", "dta", "csv"), folder / "out")
    sides = lambda: ensemble_of(side_of(str(run), {}))  # noqa: E731
    manifest = run / "manifest.json"

    def kind(name: str, form: str, *reads: Read, seldom: tuple[Read, ...] = ()) -> Kind:
        content = (run / name).read_bytes()
        seed = head(content) if form == "csv" else content
        vouched = None if name == manifest.name else manifest
        return Kind(f"run/{name}", run / name, form, (seed,), reads, vouched, seldom)

    return (
        kind("answer.json", "json", finished, lambda: desk.answer(run.name), seldom=(shown,)),
        kind("patterns.csv", "csv", finished, exported),
        kind("answer.csv", "csv", exported),
        kind("bands.csv", "csv", exported),
        kind("arrays.npz", "npz", partial(read_run, run), finished, sides),
        kind("manifest.json", "json", partial(read_manifest, run), finished,
             seldom=(shown, sides)),
    )  # fmt: skip


def _of_sweep(swept: Path, folder: Path) -> tuple[Kind, ...]:
    """Return the files of a sweep."""
    from sim.app import sweeps
    from sim.app.desk import Desk
    from sim.sweep.analysis_table import read_results
    from sim.sweep.status import status_of

    desk = Desk(folder / "results", folder / "scenarios")
    shown = partial(sweeps.layout, desk, {"sweep": swept.name})
    reads = (partial(status_of, swept), partial(read_results, swept))
    part = next((swept / "parts").iterdir())
    page = next((swept / "ledger").iterdir())
    return tuple(
        Kind(f"sweep/{path.name}", path, form, (path.read_bytes(),), reads, None, (shown,))
        for path, form in (
            (swept / "manifest.json", "json"), (swept / "points.parquet", "parquet"),
            (part, "parquet"), (page, "json"),
        )
    )  # fmt: skip


def _of_others(folder: Path) -> tuple[Kind, ...]:
    """Return what claims and break-even leave, the published answer, and the files of a fit."""
    from sim.view.evidence import SHIPPED as EVIDENCE
    from sim.view.evidence_files import WRITTEN_BY, read_evidence
    from sim.view.published import read_published
    from sim.view.report_source import read_break_even, read_claims

    published = folder / "published"
    shutil.copytree(ROOT / "results" / "published", published)
    fit = folder / "evidence"
    shutil.copytree(EVIDENCE, fit)
    shown = partial(read_published, [published])
    found: list[tuple[Path, str, tuple[Read, ...]]] = [
        (published / "historical" / "answer.json", "json", (shown,)),
        (published / "claims" / "claims.csv", "csv", (shown,)),
        (published / "break-even" / "surface.csv", "csv", (shown,)),
    ]
    found += [(_claims(published), "json", (partial(read_claims, published / "claims.json"),))]
    found += [
        (path, form, (partial(read_break_even, _break_even(published)),))
        for path, form in ((_break_even(published), "json"), (published / "surface.csv", "csv"))
    ]
    for name in WRITTEN_BY:
        form = "csv" if name.endswith(".csv") else "json"
        found.append((fit / name, form, (partial(read_evidence, fit),)))
    return tuple(
        Kind(f"{path.parent.name}/{path.name}", path, form, (seed_of(path, form),), reads)
        for path, form, reads in found
        if path.is_file()
    )


def _claims(published: Path) -> Path:
    """Return a file as `divert claims` writes it, of the published claims."""
    from sim.view.published import read_published

    found, path = read_published([published]), published / "claims.json"
    claims = [asdict(claim) for claim in found.claims] if found else []
    path.write_text(json.dumps({"claims": claims}), encoding="utf-8")
    return path


def _break_even(published: Path) -> Path:
    """Return a file as `divert break-even` writes it, the published surface beside it."""
    path = published / "break_even.json"
    content = {"scenario": "historical", "answers": [{}], "sentences": [""], "seed": 1,
               "members": 8, "window": ["2017-01", "2019-12"], "firms_scale": 0.1}  # fmt: skip
    path.write_text(json.dumps(content), encoding="utf-8")
    shutil.copyfile(published / "break-even" / "surface.csv", published / "surface.csv")
    return path


def seed_of(path: Path, form: str) -> bytes:
    """Return what a file holds, a long table in part."""
    content = path.read_bytes()
    return head(content) if form == "csv" else content


# ---- addresses -----------------------------------------------------------------------------------

ADDRESSES: dict[str, tuple[str, ...]] = {
    "/": ("", "run=historical", "made=a", "published=yes"),
    "/explore": (
        "a=historical&b=new-axis&view=money", "a=historical&a.china_law=none&members=8&scale=0.1",
        "a=historical&b=*&b.drop=UNSCR-2371&b.move=UNSCR-2375:2018-01-01&seed=7",
        "a=historical&a.set.parameters.set.penalty=2&b=*&b.set.parameters.set.penalty=&b.add=X,China,dprk_export,coal,ban,1,"
        "2017-06-01,",
    ),
    "/live": ("scenario=historical&arm=C1S1&members=1&seed=1&month=2017-02&look=0&firm=1",),
    "/sweep": ("sweep=tiny&output=loss&point=1&above=0.5",),
    "/evidence": ("run=historical&find=coal&order=parameter-down&measures=coal&partner=China"
                  "&year=2017&sort=adopted-down",),
}  # fmt: skip


def address(folder: Path) -> Target:
    """Return the target of the addresses of the application's pages."""
    from sim.app.desk import Desk
    from sim.app.shell import PAGES, query_of

    small_run(folder)
    small_sweep(folder)
    desk = Desk(folder / "results", folder / "scenarios")
    text = folder / "address.txt"

    def opened(page: Any) -> None:
        page.layout(desk, query_of(f"?{text.read_text('utf-8', 'replace')}"))

    kinds = [
        Kind(page.PATH, text, "query", tuple(word.encode() for word in ADDRESSES[page.PATH]),
             (partial(opened, page),))
        for page in PAGES
    ]  # fmt: skip
    kinds.append(Kind("pair", text, "query", kinds[1].seeds, (partial(_again, text),)))
    return Target(tuple(kinds), Watch(folder))


def _again(text: Path) -> None:
    """Assert that an address of Explore, read and written, is read as the same."""
    from sim.app.explore_address import from_search, to_search

    pair = from_search(f"?{text.read_text('utf-8', 'replace')}")
    if from_search(to_search(pair)) != pair:
        raise Broken("an address is not read as it was written")


TARGETS: dict[str, Callable[[Path], Target]] = {
    "scenario": scenario, "sweep": sweep, "data": data, "results": results, "address": address,
}  # fmt: skip
