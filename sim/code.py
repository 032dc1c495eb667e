"""What numbers come from: a digest of the package's code, so that results of other code show."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

SHOWN = ("app", "cli", "screen", "view")
"""Beginnings of the names of rooms that show numbers and make none."""


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return the digest of the code and data that make numbers; what only shows them is left out.

    So a new chart or page leaves finished runs and sweeps current.
    """
    folder = Path(__file__).resolve().parent
    whole = hashlib.sha256()
    for path in sorted((*folder.rglob("*.py"), *folder.rglob("*.csv"))):
        within = path.relative_to(folder)
        if not within.parts[0].startswith(SHOWN):
            whole.update(within.as_posix().encode() + path.read_bytes())
    return whole.hexdigest()


OTHERS = ("sim", "mesa", "numpy", "builtins", "typing", "abc")
"""Packages whose classes and functions are nobody's own rules."""


def own_code(*classes: type) -> str:
    """Return the digest of classes that are not the package's, bases included; "" without any.

    It is made of their methods and attributes, of functions of one's own that these call, and of
    the numbers and texts they take from their module, wherever they are defined, a notebook's cell
    too. What they read from elsewhere, as from files, is not seen.
    """
    found = dict.fromkeys(base for kind in classes for base in kind.__mro__ if _own(base))
    seen: set[int] = set()
    lines = [line for kind in found for line in _of_class(kind, seen)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if found else ""


def _own(thing: Any) -> bool:
    return str(getattr(thing, "__module__", None)).partition(".")[0] not in OTHERS


def _of_class(kind: type, seen: set[int]) -> Iterator[str]:
    """Yield what tells a class from another of its name."""
    yield f"class {kind.__module__}.{kind.__qualname__} {[b.__name__ for b in kind.__bases__]}"
    for name, value in sorted(vars(kind).items()):
        inner = getattr(value, "fget", None) or getattr(value, "__func__", value)
        if isinstance(inner, FunctionType):
            yield from _of_function(inner, seen)
        elif not name.startswith("__"):
            yield f"{name} = {_of_value(inner)}"


def _of_function(function: FunctionType, seen: set[int]) -> Iterator[str]:
    """Yield a function's code, and what it takes from outside itself."""
    if id(function) in seen:
        return
    seen.add(id(function))
    yield f"{function.__qualname__} {function.__defaults__!r} {_of_code(function.__code__)}"
    outside = {n: function.__globals__[n] for n in _names(function) if n in function.__globals__}
    outside |= dict(inspect.getclosurevars(function).nonlocals)
    for name, value in sorted(outside.items()):
        if isinstance(value, FunctionType) and _own(value):
            yield from _of_function(value, seen)
        elif isinstance(value, int | float | str | tuple | list | dict):
            yield f"{name} = {_of_value(value)}"


def _names(function: FunctionType) -> set[str]:
    """Return the names that a function and those within it look up."""
    codes, names = [function.__code__], set[str]()
    while codes:
        code = codes.pop()
        names |= set(code.co_names)
        codes += [const for const in code.co_consts if isinstance(const, CodeType)]
    return names


def _of_code(code: CodeType) -> str:
    """Return byte code, constants and names of a function as text."""
    inner = [_of_code(c) if isinstance(c, CodeType) else _of_value(c) for c in code.co_consts]
    return f"{code.co_code.hex()} {inner} {code.co_names} {code.co_varnames}"


def _of_value(value: Any) -> str:
    """Return a value as text, without where it lies in memory."""
    if isinstance(value, tuple | list):
        return f"{type(value).__name__}({', '.join(map(_of_value, value))})"
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(map(_of_value, value)))}}}"
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    text = repr(value)
    return type(value).__qualname__ if " at 0x" in text else text
