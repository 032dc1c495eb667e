"""The process that fuzzes: libFuzzer's loop around a target, with the product instrumented.

What breaks is written down and the loop goes on; only what kills the process ends it.
"""

from __future__ import annotations

import faulthandler
import hashlib
import random
import sys
import traceback
from pathlib import Path
from typing import Any

import click

HANGS = 60
"""Seconds after which a case ends the process; libFuzzer's own alarm does not outlive a verb."""

LAST = "last.input"
BYTES_SHARE = 0.35
"""Share of mutations that know no form."""


@click.command()
@click.option("--target", required=True)
@click.option("--only", default="")
@click.option("--work", type=click.Path(path_type=Path), required=True)
@click.option("--broken", type=click.Path(path_type=Path), required=True)
@click.argument("flags", nargs=-1)
def main(target: str, only: str, work: Path, broken: Path, flags: tuple[str, ...]) -> None:
    """Fuzz a target in the folder WORK; libFuzzer takes the flags."""
    import atheris

    sys.dont_write_bytecode = True
    # The hook stays: verbs import what they need when they run.
    atheris.instrument_imports(include=["sim"], enable_loader_override=False).__enter__()
    from .kinds import TARGETS

    found = TARGETS[target](work / "place").only(only)
    seeds = work / "seeds"
    seeds.mkdir()
    for seed in found.seeds():
        (seeds / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
    words = work / "words.dict"
    from .words import dictionary

    words.write_text(dictionary(found.seeds()), encoding="ascii")
    own = [sys.argv[0], f"-dict={words}", *flags, str(work / "corpus"), str(seeds)]
    tried = Tried(found, f"{broken}/{target}-", work / LAST)
    atheris.Setup(own, tried, custom_mutator=Mutated(found))
    atheris.Fuzz()


class Tried:
    """One case: an input that breaks something is written down once for each place it breaks."""

    def __init__(self, target: Any, broken: str, last: Path) -> None:
        self._target, self._broken, self._last = target, broken, last

    def __call__(self, data: bytes) -> None:
        """Try one input, which lies on disk meanwhile."""
        self._last.write_bytes(data)
        faulthandler.dump_traceback_later(HANGS, exit=True)
        try:
            self._target.tried(data)
        except Exception as error:
            self._keep(data, error)
        finally:
            faulthandler.cancel_dump_traceback_later()

    def _keep(self, data: bytes, error: Exception) -> None:
        if type(error).__name__ == "Broken" and str(error).startswith("took") and self._good(data):
            return  # the machine was slow, not the product
        name = place_of(error)
        path = Path(f"{self._broken}{name}.input")
        if not path.exists():
            path.write_bytes(data)
            trace = "".join(traceback.format_exception(error))
            kind = self._target.kind_of(data).name
            path.with_suffix(".txt").write_text(f"{kind}\n{trace}", encoding="utf-8",
                                                errors="backslashreplace")  # fmt: skip

    def _good(self, data: bytes) -> bool:
        try:
            self._target.tried(data)
        except Exception:
            return False
        return True


def place_of(error: BaseException) -> str:
    """Return what a break is known by: its type, and the last place of the product it came by."""
    where = [
        f"{Path(frame.filename).stem}-{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if "/sim/" in frame.filename
    ]
    said = str(error).split()[0] if type(error).__name__ == "Broken" else ""
    return "-".join(filter(None, (type(error).__name__, said, where[-1] if where else "")))


class Mutated:
    """Mutates an input: its bytes as libFuzzer does, or what it holds, and never its kind."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def __call__(self, data: bytes, max_size: int, seed: int) -> bytes:
        """Return another input."""
        import atheris

        from .mutate import FORMS, Unread

        chance = random.Random(seed)
        if not data or chance.random() < 0.02:
            data = chance.choice(self._target.seeds())
        kind, content = self._target.kind_of(data), data[1:]
        if chance.random() > BYTES_SHARE:
            try:
                made = FORMS[kind.form](content, chance)
                return (data[:1] + made)[:max_size]
            except Unread:
                pass
        room = min(max_size - 1, len(content) + 400)
        return data[:1] + bytes(atheris.Mutate(content, max(1, room)))


if __name__ == "__main__":
    main()
