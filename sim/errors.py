"""The one error a reader is meant to see: a sentence that says what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from errno import ENOMEM

LONGEST_START, LONGEST_END = 900, 500
"""Characters kept of a sentence that quotes too much: its start, and its end with the remedy."""


class DivertError(Exception):
    """A mistake in a file, an option or a folder, said in one sentence.

    `str(error)` is the sentence a user sees; the command line prints it and ends with exit code 2.
    """

    def __init__(
        self,
        message: str,
        *,
        file: object = None,
        line: int | None = None,
        column: int | None = None,
        key: str | None = None,
    ) -> None:
        self.file, self.line, self.column, self.key = file, line, column, key
        place = str(file) if file is not None else ""
        if place and line is not None:
            place += f":{line}" + (f":{column}" if column is not None else "")
        parts = [part for part in (place, key, message) if part]
        super().__init__(_one_line(": ".join(parts)))


NO_MEMORY = ("cannot allocate memory", "can't start new thread", "failed to map segment")
"""What libraries say that raise no MemoryError where memory runs out."""


def memory_ran_out(error: BaseException | None) -> bool:
    """Return whether an error, or what it came of, says that memory ran out."""
    while error is not None:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == ENOMEM:
            return True
        if any(words in str(error).lower() for words in NO_MEMORY):
            return True
        error = error.__cause__
    return False


def _one_line(text: str) -> str:
    """Return a sentence in one line of bearable length, whatever a file made it quote."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in text)
    if len(text) > LONGEST_START + LONGEST_END:
        text = f"{text[:LONGEST_START]} ... {text[-LONGEST_END:]}"
    return text


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the nearest allowed spelling, or an empty string.

    Large and small letters count alike; a beginning that one alone has counts for it.
    """
    spelt = {str(a).casefold(): str(a) for a in allowed}
    wanted = str(word).casefold()
    begun = [a for a in spelt if len(wanted) > 1 and a.startswith(wanted)]
    match = begun if len(begun) == 1 else get_close_matches(wanted, spelt, n=1, cutoff=0.6)
    return f" (did you mean {spelt[match[0]]!r}?)" if match else ""
