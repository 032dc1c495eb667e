"""What a hostile case has to keep to: one sentence or success, soon, little memory, no stray file.

Files are watched by Python's audit hook, which sees every open, rename and removal of the process.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sim.errors import DivertError

LONGEST, MOST_MEMORY = 5.0, 500e6
"""Seconds of the thread's own work and bytes that one case may take."""

HANGS = 60.0
"""Seconds by the clock, of which a busy machine takes its share."""

LONGEST_SENTENCE = 2000
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {
    "os.rename": (0, 1), "os.link": (0, 1), "os.symlink": (1,), "os.remove": (0,),
    "os.mkdir": (0,), "os.rmdir": (0,), "os.truncate": (0,), "os.chmod": (0,), "os.utime": (0,),
}  # fmt: skip
"""Events that change files, with the places of the paths among their arguments."""

NEVER = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.connect")
"""Events that no reading of a file leads to."""

_watches: list[Watch] = []
_hooked: list[bool] = []


class Broken(AssertionError):  # noqa: N818 - it is what a case is
    """A case that did not keep to its bounds."""


class Watch:
    """Notes what a case writes outside of `allowed`, and what it reads outside of `served`."""

    def __init__(
        self, *allowed: Path, served: tuple[Path, ...] = (), never: tuple[str, ...] = NEVER
    ) -> None:
        self._never = never
        self._allowed = _places(allowed)
        self._served = _places((*served, *allowed)) if served else ()
        self.strays: list[str] = []

    @contextmanager
    def on(self) -> Iterator[None]:
        """Watch files; raise Broken at the end for what was touched and should not have been."""
        if not _hooked:
            # A hook stays for as long as the process lives.
            _hooked.append(True)
            sys.addaudithook(_heard)
        _watches.append(self)
        try:
            yield
        finally:
            _watches.remove(self)
        found, self.strays = self.strays, []
        if found:
            raise Broken(f"touched {', '.join(dict.fromkeys(found))[:500]}")

    def heard(self, event: str, args: tuple[Any, ...]) -> None:
        """Note an event of the process that is none of a case's business."""
        if event == "open":
            path, _, flags = args
            if flags & WRITING:
                self._note("write of", path, self._allowed)
            elif self._served:
                self._note("read of", path, self._served)
        elif event in CHANGES:
            for place in CHANGES[event]:
                self._note(event, _full(args[place], args[-1]), self._allowed)
        elif event in self._never:
            self.strays.append(event)

    def _note(self, what: str, path: Any, allowed: tuple[str, ...]) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return
        full = os.path.realpath(os.fsdecode(path).replace("\0", "\\0"))
        if full != os.devnull and not full.startswith(allowed) and "__pycache__" not in full:
            self.strays.append(f"{what} {full}")


def _places(paths: tuple[Path, ...]) -> tuple[str, ...]:
    return tuple(os.path.realpath(path) for path in paths)


def _full(path: Any, folder: Any) -> Any:
    """Return a path that is said relative to an open folder as one that stands by itself."""
    if isinstance(path, str | bytes) and isinstance(folder, int) and folder > 2:
        return os.path.join(os.path.realpath(f"/proc/self/fd/{folder}"), os.fsdecode(path))
    return path


def _heard(event: str, args: tuple[Any, ...]) -> None:
    for watch in _watches:
        watch.heard(event, args)


def memory() -> float:
    """Return the most bytes that the process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


@contextmanager
def bounded(longest: float = LONGEST) -> Iterator[None]:
    """Raise Broken where what is done takes too long or too much memory."""
    before, begun, worked = memory(), time.monotonic(), time.thread_time()
    yield
    took, passed = time.thread_time() - worked, time.monotonic() - begun
    grown = memory() - before
    if took > longest or passed > HANGS:
        raise Broken(f"took {took:.1f} s of {passed:.1f} s")
    if grown > MOST_MEMORY:
        raise Broken(f"took {grown / 1e6:.0f} MB")


def kept(read: Callable[[], object], watch: Watch) -> str:
    """Return the sentence that a reader ends with, empty for success; raise what it should not."""
    sentence = ""
    with watch.on(), bounded():
        try:
            read()
        except DivertError as error:
            sentence = str(error)
    if not sentence.isprintable() or len(sentence) > LONGEST_SENTENCE:
        raise Broken(f"said what is no sentence: {sentence[:200]!r}")
    return sentence
