"""Finished blocks of fits on disk, so that a stopped fit loses none of them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.calibration.simulate import Block
from sim.code import code_digest
from sim.errors import DivertError
from sim.experiment.leftovers import alone, settle
from sim.experiment.results import whole_file, write_json
from sim.json_text import json_of

Array = NDArray[np.float64]

STORED, SUM_BYTES = ".block", 32
"""End of the name of a stored block: float64, least byte first, then their SHA-256."""

LOCK, ABOUT = ".calibration.lock", "about.json"
_FOLDER = re.compile(r"\.calibration-[0-9a-f]{16}")

KEPT_DAYS = 30.0
"""How long the blocks of a fit by other code are kept, which no fit by this code goes on from."""


class FinishedBlocks:
    """Log kernels of finished blocks on disk, so that a stopped fit loses no finished block.

    A block is named by the number of the call, its place in it and the draws it holds; a fit under
    the same digest and with as many workers asks for the same blocks in the same order.
    """

    def __init__(self, out: Path, digest: str) -> None:
        self.folder = out / f".calibration-{digest[:16]}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DivertError(
                f"the results folder cannot be written ({error.strerror or error}); "
                "name another one with --out",
                file=out,
            ) from error
        settle(self.folder)
        if _code_of(self.folder) != code_digest():
            with _stored(self.folder / ABOUT) as scratch:
                write_json(scratch, {"code": code_digest()})
        self.found = sum(1 for _ in self.folder.glob(f"*{STORED}"))

    def _path(self, call: int, place: int, block: Block) -> Path:
        content = hashlib.sha256(repr(block.ids).encode())
        for values in block.parameters.values():
            content.update(values.tobytes())
        return self.folder / f"{call:05d}-{place:04d}-{content.hexdigest()[:16]}{STORED}"

    def get(self, call: int, place: int, block: Block) -> Array | None:
        """Return the stored log kernels of a block, None where these draws were not run."""
        try:
            content = self._path(call, place, block).read_bytes()
        except OSError:
            return None
        values, sum_ = content[:-SUM_BYTES], content[-SUM_BYTES:]
        # A flipped bit is a number like any other; only the sum tells.
        if hashlib.sha256(values).digest() != sum_ or len(values) != 8 * len(block.ids):
            return None
        return np.frombuffer(values, dtype="<f8").astype(np.float64)

    def put(self, call: int, place: int, block: Block, values: Array) -> None:
        """Store the log kernels of a block, whole or not at all."""
        content = np.asarray(values, dtype="<f8").tobytes()
        with _stored(self._path(call, place, block)) as scratch:
            scratch.write_bytes(content + hashlib.sha256(content).digest())

    def remove(self) -> None:
        """Remove the folder: the fit is written."""
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def _stored(path: Path) -> Iterator[Path]:
    """Give a scratch file that takes the place of `path` when it is whole."""
    reason: object = "its folder was removed while the fit was at work"
    try:
        if path.parent.is_dir():
            with whole_file(path) as scratch:
                yield scratch
            return
    except DivertError as error:
        number = getattr(error.__cause__, "errno", None)
        reason = os.strerror(number) if number else error.__cause__ or error
    raise DivertError(
        f"a finished block cannot be stored ({reason}); blocks stored before are kept, and the "
        "same command goes on from there",
        file=path.parent,
    )


@contextmanager
def alone_at_fits(out: Path) -> Iterator[None]:
    """Be the one process that fits into a results folder; sweep what other code left there.

    Raises DivertError where another process is at it.
    """
    with ExitStack() as at_work:
        try:
            out.mkdir(parents=True, exist_ok=True)
            at_work.enter_context(alone(out / LOCK, AT_WORK))
        except OSError as error:
            raise DivertError(
                f"the results folder cannot be written ({error.strerror or error}); name another "
                "one with --out",
                file=out,
            ) from error
        sweep_abandoned(out)
        yield


AT_WORK = "another fit at work in this folder; allowed: wait for it to end, or another --out"


def sweep_abandoned(out: Path) -> None:
    """Remove the blocks of fits that no fit by this code goes on from, untouched for long.

    Those of this code stay until their fit is written, however old: they are finished work.
    """
    for folder in sorted(out.glob(".calibration-*")):
        if not _FOLDER.fullmatch(folder.name) or _code_of(folder) in (code_digest(), None):
            continue
        with suppress(OSError):
            touched = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
            if time.time() - touched > KEPT_DAYS * 86400.0:
                shutil.rmtree(folder, ignore_errors=True)


def _code_of(folder: Path) -> str | None:
    """Return the code whose blocks a folder holds, as older versions left it nothing; None where
    the file that says so is broken.
    """
    try:
        about = json_of((folder / ABOUT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    except (OSError, ValueError):
        return None
    return about.get("code") if isinstance(about, dict) else None
