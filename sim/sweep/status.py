"""How far a sweep is: runs made and failed, time and memory, from its ledger."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.json_text import json_of
from sim.sweep.manifest import read_manifest
from sim.sweep.store import LEDGER, read_table

LARGEST = 1e12
"""Seconds or megabytes; a page of the ledger with more is left out."""


@dataclass(frozen=True)
class Status:
    """A sweep as it lies on disk."""

    folder: Path
    name: str
    runs: int
    done: int
    failed: int
    messages: tuple[tuple[str, int], ...]
    seconds: float
    memory_mb: float
    disk_mb: float
    workers: int
    last: str


def status_of(folder: Path) -> Status:
    """Return how far the sweep of a folder is; raises DivertError where there is none."""
    manifest = read_manifest(folder)
    table = read_table(folder, points=False)
    ledger: list[dict[str, Any]] = []
    for path in sorted((folder / LEDGER).glob("*.json")):
        # What it took is lost with a broken page of the ledger, and nothing else.
        with suppress(OSError, ValueError):
            page = json_of(path.read_text(encoding="utf-8"))
            if _whole_page(page):
                ledger.append(page)
    messages: dict[str, int] = {}
    for status, message in zip(
        table.column("status").to_pylist(), table.column("message").to_pylist(), strict=True
    ):
        if status != "ok":
            messages[message] = messages.get(message, 0) + 1
    return Status(
        folder=folder,
        name=manifest["sweep"]["name"],
        runs=manifest["runs"],
        done=table.num_rows,
        failed=sum(messages.values()),
        messages=tuple(sorted(messages.items(), key=lambda item: -item[1])),
        seconds=sum(row["seconds"] for row in ledger),
        memory_mb=max((row["memory_mb"] for row in ledger), default=0.0),
        disk_mb=folder_size(folder) / 1e6,
        workers=len({row["worker"] for row in ledger if row["worker"]}),
        last=max((row["finished"] for row in ledger), default=""),
    )


def _whole_page(page: Any) -> bool:
    """Return whether a page of the ledger says what it should, numbers as numbers."""
    if not isinstance(page, dict):
        return False
    numbers: list[Any] = [page.get(name) for name in ("seconds", "memory_mb")]
    words = [page.get(name) for name in ("worker", "finished")]
    return all(type(n) in (int, float) and 0 <= n < LARGEST for n in numbers) and all(
        isinstance(word, str) and word.isprintable() for word in words
    )


def folder_size(folder: Path) -> int:
    """Return the bytes a folder takes; files that come and go meanwhile are left out."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += os.path.getsize(path) if path.is_file() else 0
    return total
