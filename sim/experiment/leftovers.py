"""What a killed process leaves half done: found by who comes next, finished or taken away.

A result is written in a scratch folder beside its place, which its process holds locked. A lock
falls however a process ends, so what nobody holds is nobody's. What stood in the place before is
moved into a second folder of the same id first: where both are found and the place is empty, the
process died between the two moves, and the scratch folder is whole.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sim.errors import DivertError

if sys.platform != "win32":
    import fcntl

END = ".divert"
_NAME = re.compile(rf"\.(?P<name>.+)-(?P<kind>new|old)-(?P<id>[a-z0-9_]{{8}}){re.escape(END)}")

TURN_SECONDS, LOOK_SECONDS = 5.0, 0.01
"""How long the lock of a place is waited for, which others hold for moments, and how often."""

_OWN: set[tuple[int, int]] = set()
"""Device and number of the scratch folders held by this process: nobody else changes them."""

TRIES = 20
"""How often a place that others take away is made again."""


@dataclass(frozen=True)
class _Left:
    """One scratch folder: what it was for, and whether it is new or holds what stood there."""

    path: Path
    name: str
    kind: str
    id: str

    def of_kind(self, kind: str) -> Path:
        """Return the folder of the same id and another kind."""
        return self.path.with_name(f".{self.name}-{kind}-{self.id}{END}")


def take_lock(handle: int) -> bool | None:
    """Return whether the lock of an open file is now held here; None where locks are unknown."""
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # Some file systems of clusters know no locks.
        return None
    return True


@contextmanager
def _in_turn(place: Path) -> Iterator[bool]:
    """Hold the lock of a place for the moment of a change; give whether it is held.

    One that cannot be had, or is held for long by a stopped process, is done without.
    """
    handle = _opened(place)
    if handle is not None and _number(handle) in _OWN:
        os.close(handle)
        yield True
        return
    held = None if handle is None else take_lock(handle)
    until = time.monotonic() + TURN_SECONDS
    while handle is not None and held is False and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        held = take_lock(handle)
    try:
        yield held is True
    finally:
        if handle is not None:
            os.close(handle)


def _opened(place: Path) -> int | None:
    """Return a handle of a folder, None where the system opens none."""
    try:
        return os.open(place, os.O_RDONLY)
    except OSError:
        return None


def _number(handle: int) -> tuple[int, int]:
    """Return what tells an open folder from every other one."""
    found = os.fstat(handle)
    return found.st_dev, found.st_ino


@contextmanager
def scratch_beside(target: Path) -> Iterator[Path]:
    """Give a new folder beside `target`, taken away in the end; raises OSError."""
    scratch, handle = _new_scratch(target)
    try:
        yield scratch
    finally:
        try:
            shutil.rmtree(scratch, ignore_errors=True)
        finally:
            # Ctrl-C may come just then.
            shutil.rmtree(scratch, ignore_errors=True)
            if handle is not None:
                _OWN.discard(_number(handle))
                os.close(handle)


def _new_scratch(target: Path) -> tuple[Path, int | None]:
    """Return a new folder beside `target` and the handle by which it is held."""
    start, place = f".{target.name}-new-", target.parent
    for _ in range(TRIES):
        with suppress(FileNotFoundError):
            # Whoever asks whether a place can be written takes away again what it made for that.
            place.mkdir(parents=True, exist_ok=True)
            with _in_turn(place):
                scratch = Path(tempfile.mkdtemp(prefix=start, suffix=END, dir=place))
                handle = _opened(scratch)
                if handle is not None:
                    take_lock(handle)
                    _OWN.add(_number(handle))
                return scratch, handle
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(place))


def take_place(scratch: Path, target: Path) -> None:
    """Put a scratch folder that is whole in the place of `target`; raises OSError.

    A kill in between leaves what `settle` finishes.
    """
    new = _left(scratch)
    assert new is not None
    old = new.of_kind("old")
    with _in_turn(target.parent):
        try:
            if target.exists():
                old.mkdir()
                os.replace(target, old / target.name)
            os.replace(scratch, target)
        finally:
            _finish(new)


def settle(place: Path) -> None:
    """Finish what killed processes left in a place: results back in it, scratch away.

    What a living process holds stays, and all scratch where the system knows no locks.
    """
    if not _all_left(place):
        return
    with _in_turn(place) as held:
        for left in _all_left(place):
            if left.kind == "old":
                with suppress(OSError):
                    _finish(left)
        for left in _all_left(place) if held else ():
            if _nobodys(left.path):
                shutil.rmtree(left.path, ignore_errors=True)


def settled(folder: Path) -> Path:
    """Return a folder, put back first where a killed process had moved it away."""
    if not folder.exists():
        settle(folder.parent)
    return folder


def _left(path: Path) -> _Left | None:
    found = _NAME.fullmatch(path.name)
    return None if found is None else _Left(path, found["name"], found["kind"], found["id"])


def _all_left(place: Path) -> list[_Left]:
    """Return the scratch folders in a place, in order."""
    try:
        # Where others may write too, a link of theirs could lead anywhere.
        with os.scandir(place) as entries:
            names = sorted(e.name for e in entries if e.is_dir(follow_symlinks=False))
    except OSError:
        return []
    return [left for left in (_left(place / name) for name in names) if left is not None]


def _finish(left: _Left) -> None:
    """Finish an exchange of which what stood in the place may be moved away already."""
    new, old = left.of_kind("new"), left.of_kind("old")
    before, target = old / left.name, left.path.with_name(left.name)
    if before.exists() and not target.exists():
        with suppress(OSError):
            os.replace(new, target)
        if not target.exists():
            os.replace(before, target)
    with suppress(OSError):
        # Half taken away it must not look like what could be put back.
        os.replace(before, old / f"{left.name}~")
    shutil.rmtree(old, ignore_errors=True)


def _nobodys(folder: Path) -> bool:
    """Return whether no living process holds a scratch folder."""
    handle = _opened(folder)
    if handle is None:
        return False
    try:
        return take_lock(handle) is True
    finally:
        os.close(handle)


@contextmanager
def alone(file: Path, found: str) -> Iterator[None]:
    """Be the one process at work under a lock file, which is gone in the end or falls with a kill.

    Raises DivertError with what was `found` where another holds it, OSError where it cannot be
    written.
    """
    while True:
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        held = take_lock(handle)
        if held is False:
            os.close(handle)
            raise DivertError(f"found {found}", file=file.parent)
        if held is None or _is_still(handle, file):
            break
        # Who held it before took it away at the same moment.
        os.close(handle)
    try:
        yield
    finally:
        with suppress(OSError):
            if _is_still(handle, file):
                file.unlink()
        os.close(handle)


def _is_still(handle: int, file: Path) -> bool:
    """Return whether an open file is the one under a name."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(file))
    except OSError:
        return False
