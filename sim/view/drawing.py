"""What figures as files share: grids of axes, labels, legends, months, bands, and PNG."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import dates as mdates
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from sim.experiment.answer import BAND
from sim.view.colours import LINES

Array = NDArray[np.float64]

DOTS_A_FIGURE = 130
DAYS_A_YEAR = 365.25
MANY_YEARS = 9.0
"""Years that stand beside each other without touching in a panel of half a page."""


def days_of(months: tuple[str, ...]) -> Any:
    """Return the middle day of each month."""
    return [date(int(m[:4]), int(m[5:7]), 15) for m in months]


def grid_of_axes(rows: int, columns: int, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    """Return a figure with a grid of axes and room for labels; `size` in inches."""
    figure = Figure(figsize=size, dpi=DOTS_A_FIGURE, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    axes = [axis for row in grid for axis in row]
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", color=LINES, linewidth=0.6)
        axis.set_axisbelow(True)
    return figure, axes


def time_axis(axis: Axes) -> None:
    """Mark years on the time axis of a drawn panel, every other one where it is long."""
    first, last = axis.get_xlim()
    years = (last - first) / DAYS_A_YEAR
    axis.xaxis.set_major_locator(mdates.YearLocator(1 if years <= MANY_YEARS else 2))
    axis.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))


def thousands(axis: Axes) -> None:
    """Part the thousands on the upright axis, as numbers elsewhere are."""
    written = FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "\N{MINUS SIGN}"))
    axis.yaxis.set_major_formatter(written)


def draw_band(
    axis: Axes, days: Any, values: Array, colour: str, label: str, line: str = "-"
) -> None:
    """Draw median and 5-95 % band of (month, member) values; `line` as Matplotlib names it."""
    low, mid, high = np.quantile(values, BAND, axis=1)
    axis.fill_between(days, low, high, color=colour, alpha=0.22, linewidth=0)
    axis.plot(days, mid, color=colour, linewidth=1.4, linestyle=line, label=label)


def plain(text: str, width: int = 34, lines: int = 2) -> str:
    """Return text for a label: wrapped, cut to a few lines, and never read as mathematics."""
    wrapped = textwrap.wrap(text, width) or [""]
    if len(wrapped) > lines:
        wrapped = [*wrapped[: lines - 1], wrapped[lines - 1][: width - 1] + "…"]
    return "\n".join(wrapped).replace("$", r"\$")


def across(axis: Axes) -> None:
    """Turn the grid of a panel of lying bars."""
    axis.grid(visible=False, axis="y")
    axis.grid(axis="x", color=LINES, linewidth=0.6)
    axis.tick_params(axis="y", length=0)


def legend_below(figure: Figure, axes: Sequence[Axes], columns: int = 2) -> None:
    """Put one legend for all panels under them."""
    found: dict[str, Artist] = {}
    for axis in axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    figure.legend(
        list(found.values()), list(found), loc="outside lower center", ncols=columns,
        frameon=False, fontsize=9,
    )  # fmt: skip


def png_of(figure: Figure, dots: float | None = None) -> bytes:
    """Return a figure as the bytes of a PNG file, the same for the same figure.

    `dots` an inch, those of the figure without it.
    """
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dots or figure.dpi, metadata={"Software": "divert"})
    return file.getvalue()


def save_png(figure: Figure, path: Path) -> None:
    """Write a figure as a PNG file."""
    path.write_bytes(png_of(figure))


def save_pngs(folder: Path, drawn: Mapping[str, Figure]) -> list[Path]:
    """Write figures as PNG under their names into a folder and return the paths."""
    paths = [folder / f"{name}.png" for name in drawn]
    for path, figure in zip(paths, drawn.values(), strict=True):
        save_png(figure, path)
    return paths
