"""Options that verbs have in common, and overrides written `dotted.key=value`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

Verb = TypeVar("Verb", bound=Callable[..., Any])


class Whole(click.IntRange):
    """A whole number of a range; one that is none is refused with what is allowed."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; raises click.BadParameter."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            allowed = f"a whole number from {self.min} to {self.max}"
            self.fail(f"found {value!r}; allowed: {allowed}", param, ctx)


class Number(click.FloatRange):
    """A number of a range; one that is none is refused with what is allowed."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; raises click.BadParameter."""
        try:
            number = super().convert(value, param, ctx)
        except click.BadParameter:
            number = float("nan")
        if number == number:
            return number
        allowed = f"a number from {self.min:g} to {self.max:g}"
        self.fail(f"found {value!r}; allowed: {allowed}", param, ctx)


class Level(click.types.FloatParamType):
    """A level of an output, a share as a fraction."""

    name = "level"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the finite number; raises click.BadParameter."""
        from math import isfinite

        from sim.meant import meant_number

        try:
            level = float(value)
        except ValueError:
            level = float("nan")
        if isfinite(level):
            return level
        allowed = f"a number, of a share a fraction as in 0.5{meant_number(value, 0.0, 1.0)}"
        self.fail(f"found {value!r}; allowed: {allowed}", param, ctx)


SET = "Set a key, as in actors.Russia.law=none; may be repeated."
"""Help of the option that changes a key of a scenario."""


def shared(*names: str) -> Callable[[Verb], Verb]:
    """Return a decorator that adds the options several verbs have in common."""
    options = {
        "particles": click.option(
            "--particles", type=Whole(32, 16384), default=1024, show_default=True,
            help="Draws that the fit leads from the prior to the record.",
        ),
        "scale": click.option(
            "--scale", type=Number(0.05, 50.0), default=0.25, show_default=True,
            help="Multiple of the number of firms.",
        ),
        "seed": click.option(
            "--seed", type=Whole(0, 2**63 - 1), default=2017, show_default=True,
            help="Seed of all draws.",
        ),
        "workers": click.option(
            "--workers", type=Whole(1, 1024), default=None,
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


def one_seed_overrides(
    settings: Iterable[str], members: str, scale: str, seed: str | None
) -> dict[str, str]:
    """Return overrides of a world with one seed a draw and sizes from options of their own."""
    given = {"members": members, "firms.scale": scale, "seed": seed}
    sizes = {key: value for key, value in given.items() if value is not None}
    return {"seeds_per_draw": "1"} | overrides_of(settings) | sizes


HEARD_AGAIN = 0.05
"""Seconds after which an interrupt that was lost is given again."""


class Terminated(KeyboardInterrupt):
    """SIGTERM came, as from a queue of a cluster whose time is over: an end like Ctrl-C."""


@contextmanager
def interrupts_heard() -> Iterator[None]:
    """Raise Terminated at SIGTERM, and give a stop again that came where Python cannot raise it.

    Python would print that it ignored a Ctrl-C in a weakref's callback, and go on.
    """
    import signal
    import sys
    import threading

    before, main = sys.unraisablehook, threading.main_thread().ident
    again: list[threading.Timer] = []

    def hear(lost: Any) -> None:
        if not issubclass(lost.exc_type, KeyboardInterrupt) or main is None:
            before(lost)
            return
        number = signal.SIGTERM if issubclass(lost.exc_type, Terminated) else signal.SIGINT
        timer = threading.Timer(HEARD_AGAIN, signal.pthread_kill, (main, number))
        timer.daemon = True
        again.append(timer)
        timer.start()

    def end(number: int, frame: object) -> None:
        raise Terminated

    own = threading.current_thread() is threading.main_thread()
    own = own and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    sys.unraisablehook = hear
    try:
        if own:
            signal.signal(signal.SIGTERM, end)
        yield
    finally:
        if own:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        sys.unraisablehook = before
        for timer in again:
            timer.cancel()
