"""The tutorials, run as they are printed: every block, and what it is said to print."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sim.cli import main

TEXT = (Path(__file__).parents[1] / "sim" / "TUTORIALS.md").read_text(encoding="utf-8")
TUTORIALS = re.split(r"(?m)^## ", TEXT)[1:]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN = {"stata", "r"}


@dataclass
class Reader:
    """Somebody who does what a tutorial says, block by block."""

    names: dict[str, Any]
    printed: str = ""

    def do(self, kind: str, text: str) -> None:
        """Do one block."""
        if kind in NOT_RUN:
            return
        getattr(self, kind)(text)

    def yaml(self, text: str) -> None:
        """Write a file; its name stands in the first line."""
        Path(text.splitlines()[0].removeprefix("# ")).write_text(text, encoding="utf-8")

    def console(self, text: str) -> None:
        """Give every command, and compare what follows it."""
        for part in re.split(r"(?m)^\$ ", text)[1:]:
            command, _, wanted = part.partition("\n")
            program, *words = shlex.split(command)
            assert program == "divert"
            found = CliRunner().invoke(main, words)
            if found.exit_code not in (0, 2):
                raise AssertionError(found.output)
            same(wanted, found.stdout if found.exit_code == 0 else found.stderr, command)

    def python(self, text: str) -> None:
        """Run a block in the names of those before it, or write the module its first line names."""
        first = text.splitlines()[0]
        if re.fullmatch(r"# \w+\.py", first):
            self.yaml(text)
            return
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(text, "tutorial", "exec"), self.names)
        self.printed = out.getvalue()

    def text(self, text: str) -> None:
        """Compare with what the block before printed."""
        same(text, self.printed, "the block before")


def same(wanted: str, found: str, what: str) -> None:
    """Compare a printed output: white space is all one, and `...` stands for any text."""
    parts = [" ".join(part.split()) for part in wanted.split("...")]
    pattern = ".*".join(re.escape(part) for part in parts)
    alike = re.fullmatch(pattern, " ".join(found.split()), re.DOTALL)
    said = f"{what} printed:\n{found}\nbut the tutorial says:\n{wanted}"
    assert not wanted.strip() or alike, said


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda text: text.partition(":")[0])
def test_a_tutorial_does_what_it_says(
    tutorial: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All blocks run in order in an empty folder and print what stands below them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    reader = Reader({"__name__": "tutorial"})
    blocks = BLOCK.findall(tutorial)
    assert len(blocks) > 5
    for kind, text in blocks:
        reader.do(kind, text)


def test_every_number_that_python_prints_is_checked() -> None:
    """A Python block that prints is followed by what it prints."""
    for tutorial in TUTORIALS:
        blocks = BLOCK.findall(tutorial)
        for (kind, text), (after, _) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
            if kind == "python" and "print(" in text:
                assert after == "text", text
