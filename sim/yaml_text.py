"""YAML 1.2 text to plain values with the line and column of every key, within safe limits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from sim.errors import DivertError
from sim.plain_file import plain_text

KIND = "a YAML text file"
LARGEST_FILE = 1_000_000
"""Bytes; a larger file is refused before it is read."""

DEEPEST_NESTING = 20

MOST_VALUES = 20_000
"""Keys, values and list items; a file with more is refused before anything is built."""

LONGEST_NUMBER = 100
"""Characters of a number; longer ones are refused before they are converted."""

NOT_YAML = "found text that is not YAML ({}); allowed: {}"

KeyPath = tuple[str | int, ...]

_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


@dataclass(frozen=True)
class Place:
    """Where a key stands: a file with line and column, or an option of the command line."""

    file: str | None
    line: int | None = None
    column: int | None = None
    option: str | None = None

    def error(self, path: KeyPath, message: str) -> DivertError:
        """Return the error that says `message` about the key at this place."""
        key = dotted(path) or None
        if self.option is not None:
            return DivertError(message, key=f"{self.option} {key or ''}".strip())
        return DivertError(message, file=self.file, line=self.line, column=self.column, key=key)


@dataclass(frozen=True)
class Tree:
    """Plain values (dict, list, scalars) and the place of every key and list item."""

    values: Any
    places: dict[KeyPath, Place] = field(default_factory=dict)


def dotted(path: KeyPath) -> str:
    """Return a path of keys as one word, list items counted from 1: `shocks[2].factor`."""
    out = ""
    for part in path:
        out += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if out else part
    return out


def read_text(path: Path) -> str:
    """Return the text of a small regular UTF-8 file.

    Raises DivertError for a file that is missing, no regular file, too large or not text.
    """
    try:
        text = plain_text(path, KIND, LARGEST_FILE)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DivertError(f"the file cannot be read ({reason})", file=path) from error
    for number, line in enumerate(text.splitlines(), 1):
        column = next((i for i, c in enumerate(line, 1) if c < " " and c != "\t"), 0)
        if column:
            raise DivertError(
                f"found a control character; allowed: {KIND}",
                file=path, line=number, column=column,
            )  # fmt: skip
        body = line.lstrip(" ")
        if body.startswith("\t") and body.strip():
            raise DivertError(
                "found a tab character; allowed: spaces before a key",
                file=path, line=number, column=len(line) - len(body) + 1,
            )  # fmt: skip
    return text


def read_yaml(text: str, file: str | None = None, option: str | None = None) -> Tree:
    """Return the values of one YAML 1.2 document and where each stands.

    Dates stay text. Refused, with a DivertError: anchors, aliases and tags, nesting deeper than
    `DEEPEST_NESTING`, more than `MOST_VALUES` values, NaN and infinity, a key given twice, keys
    that are not words, and more than one document.
    """
    source = _Source(file, option)
    try:
        source.check_events(_yaml().parse(text))
        node = _yaml().compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(str(error.problem or error.context or "it cannot be read").split())
        sentence = NOT_YAML.format(problem, _remedy(problem))
        raise source.place(mark).error((), sentence) from error
    except (YAMLError, ValueError) as error:
        sentence = " ".join(str(error).split())[:200]
        raise Place(file, option=option).error((), NOT_YAML.format(sentence, "YAML 1.2")) from error
    places: dict[KeyPath, Place] = {}
    values = None if node is None else source.value(node, (), places)
    return Tree(values, places)


def _remedy(problem: str) -> str:
    """Return what to write instead, for the mistakes that are made most."""
    if problem.startswith("mapping values"):
        return (
            "`key: value` on a line of its own, indented as the keys beside it, and "
            "quotation marks around a text with a colon"
        )
    return "a colon and a space after a key" if "expected ':'" in problem else "YAML 1.2"


def _yaml() -> YAML:
    """Return a safe YAML 1.2 reader in plain Python."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 2)
    return yaml


@lru_cache(maxsize=1)
def _constructor() -> Any:
    """Return what turns a scalar into a value."""
    return _yaml().constructor


@dataclass(frozen=True)
class _Source:
    """A text being read: a file or an option of the command line."""

    file: str | None
    option: str | None

    def place(self, mark: Any) -> Place:
        """Return the place of a mark of the YAML reader."""
        if mark is None or self.option is not None:
            return Place(self.file, option=self.option)
        return Place(self.file, mark.line + 1, mark.column + 1)

    def check_events(self, events: Iterator[Any]) -> None:
        """Refuse what would loop, explode or run code, before anything is built."""
        depth = 0
        for count, event in enumerate(events):
            here = self.place(event.start_mark)
            if count > MOST_VALUES:
                raise here.error((), f"found more than {MOST_VALUES:,} values; allowed: fewer")
            if isinstance(event, AliasEvent) or (
                isinstance(event, NodeEvent) and event.anchor is not None
            ):
                raise here.error(
                    (),
                    f"found the anchor or alias {event.anchor!r}, which could refer to itself; "
                    "allowed: plain values (use `extends` to share them)",
                )
            if getattr(event, "tag", None) is not None:
                raise here.error((), f"found the tag {event.tag}; allowed: plain values")
            if isinstance(event, DocumentStartEvent) and event.version not in (None, (1, 2)):
                raise here.error((), "found another YAML version; allowed: 1.2")
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                depth += 1
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                depth -= 1
            if depth > DEEPEST_NESTING:
                raise here.error(
                    (), f"found more than {DEEPEST_NESTING} levels of nesting; allowed: fewer"
                )

    def value(self, node: Node, path: KeyPath, places: dict[KeyPath, Place]) -> Any:
        """Return the plain value of a node; fill in the places of what lies below it."""
        places.setdefault(path, self.place(node.start_mark))
        if isinstance(node, MappingNode):
            return self._mapping(node, path, places)
        if isinstance(node, SequenceNode):
            return [self.value(n, (*path, i), places) for i, n in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        return self._scalar(node, path)

    def _mapping(
        self, node: MappingNode, path: KeyPath, places: dict[KeyPath, Place]
    ) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in node.value:
            here = self.place(key.start_mark)
            if not isinstance(key, ScalarNode) or key.tag != "tag:yaml.org,2002:str":
                found = repr(key.value) if isinstance(key, ScalarNode) else "a list or mapping"
                point = isinstance(key, ScalarNode) and key.tag in _NUMBERS
                hint = " (a decimal has a point, as in 0.5)" if point else ""
                raise here.error(path, f"found the key {found}; allowed: words as keys{hint}")
            name = str(key.value)
            if name in out:
                raise here.error((*path, name), "found the key twice; allowed: once")
            places[(*path, name)] = here
            out[name] = self.value(value, (*path, name), places)
        return out

    def _scalar(self, node: ScalarNode, path: KeyPath) -> Any:
        text = str(node.value)
        here = self.place(node.start_mark)
        if node.tag == _TIMESTAMP:
            return text
        if node.tag in _NUMBERS and len(text) > LONGEST_NUMBER:
            raise here.error(
                path,
                f"found a number of {len(text)} characters; allowed: up to {LONGEST_NUMBER}",
            )
        try:
            value = _constructor().construct_object(node)
        except (YAMLError, ValueError) as error:
            raise here.error(
                path, f"found {text[:40]!r}; allowed: text, a number, true or false"
            ) from error
        if isinstance(value, float) and not math.isfinite(value):
            raise here.error(path, f"found {text}; allowed: a finite number")
        return value
