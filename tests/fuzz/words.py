"""Hostile values and words, and the words of the product's own files, for mutation."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

LEAVES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 7, 0.5, -0.0, 1.5, 1e308, -1e308, 5e-324, math.nan, math.inf,
    -math.inf, 2**31, 2**53, 2**63, -(2**63) - 1, 10**30, -(10**400), "", " ", "x", "~", "nan",
    "NaN", "inf", "1e999", "9" * 300, "9" * 5000, "-", "0x10", "1_000", "\u0661", "2017-01",
    "2017-13", "2017-02-30", "0000-00", "9999-12", "../..", "/etc/passwd", "/dev/zero", "a\0b",
    "\ud800", "\u2028\u202e", "\U0001f4a3", "x" * 5000, "<script>", "{{7*7}}", "%s%n", "__class__",
    [], {}, [[]], [{}], {"": None}, [None] * 50,
)  # fmt: skip
"""Values that no writer of a file had in mind."""

TOKENS = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b"\t", b"&a [*a, *a]\n", b"*a", b"<<: {}\n",
    b"[" * 60, b"{a: " * 60, b'{"a":' * 60, b"9" * 60, b"1e999", b"-1e308", b".nan", b"NaN",
    b"Infinity", b"-1", b"null", b"~", b"true", b"[]", b"{}", b'""', b'"', b"'", b",", b": ",
    b"- ", b"? ", b"| ", b"#", b"!!binary ", b"!!python/name:os.getcwd ", b"../../etc/passwd",
    b'"\\ud800"', b"2017-13", b"2017-02-30", b"99999999999999999999", b"extends: own.yaml\n",
    b"%YAML 1.1\n---\n", b"...\n---\n", b"%00", b"%2e%2e%2f", b"%ff", b"+", b"&", b"=", b";",
)  # fmt: skip
"""What the syntax of a file is broken with."""

LONGEST_WORD, MOST_WORDS = 40, 600


def own_words(contents: Iterable[bytes]) -> list[bytes]:
    """Return the words that stand in files, those of the most files first."""
    counts: dict[bytes, int] = {}
    for content in contents:
        for word in set(re.findall(rb"[A-Za-z0-9_.:/-]{2,40}", content[:200_000])):
            counts[word] = counts.get(word, 0) + 1
    return sorted(counts, key=lambda word: (-counts[word], word))[:MOST_WORDS]


def dictionary(contents: Iterable[bytes]) -> str:
    """Return a dictionary of libFuzzer's form: tokens, and the words of files."""
    lines = []
    for word in dict.fromkeys((*TOKENS, *own_words(contents))):
        shown = "".join(
            chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in word
        )
        lines.append(f'"{shown}"')
    return "\n".join(lines) + "\n"
