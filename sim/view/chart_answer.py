"""Charts of the answer: waterfall of the offset, and the article's claims in dollars."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from sim.experiment.answer import CHANNEL_WORDS, money_words, share_words
from sim.experiment.claims import Claim
from sim.experiment.offset import CHANNELS
from sim.view.chart import AROUND, BAND_WORDS, PERCENT, Band, Chart, axis, blank, folded, whiskers
from sim.view.claims_figure import KINDS, dollar_lines, dollar_words
from sim.view.colours import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY

Step = tuple[str, Band | None, str]
"""Label, share of the loss and colour of a bar."""

NO_LOSS = "no loss to offset"
CHANNEL_COLOURS = {
    "same_good": SKY, "other_goods": GREEN, "labour": ORANGE, "arms_and_fees": PURPLE,
}  # fmt: skip
SYMBOLS = {"D": "diamond", "o": "circle", "s": "square", "^": "triangle-up"}
A_LINE, BAR = 30, 42
"""Pixels of a line of a list, and of a bar with its label."""

SHORT = {"same_good": "goods China had cut"}
"""Channels whose words are too long to stand beside a bar."""


def waterfall(answer: dict[str, Any]) -> Chart:
    """Return loss, autonomous and answering parts and channels of an `answer.json`, % of the loss.

    Bars are medians, whiskers 5-95 % of members. Without a loss the chart says so.
    """
    first, last = answer["window"]
    title = f"What Russia gave back of what China took, {first} to {last}"
    loss = money_words(answer["loss_musd"])
    steps = _steps(answer)
    rows = [("loss from China's restrictions", f"{loss} = 100 %")]
    rows += [(label, share_words(band)) for label, band, _ in steps]
    headings = ("part", f"share of the loss, {BAND_WORDS}")
    if not answer["loss_significant"]:
        figure = _empty(f"{NO_LOSS}: {loss}")
        words = f"{title}: there is {NO_LOSS}; the loss is {loss}."
        return Chart("waterfall", title, figure, headings, tuple(rows), words)
    words = (
        f"China's restrictions cost the DPRK {loss} of hard currency; Russia offset "
        f"{share_words(answer['offset_ratio'])} of it. Bars show the loss, what Russia would have "
        "done anyway, what answers China, and below the same by channel on a scale of its own; "
        "medians of parts need not add up to the median of the whole."
    )
    return Chart("waterfall", title, _waterfall_figure(answer, steps), headings, tuple(rows), words)


def _steps(answer: dict[str, Any]) -> list[Step]:
    """Return label, band and colour of Russia's parts, its whole last."""
    channels = [
        (SHORT.get(name, CHANNEL_WORDS[name]), answer["by_channel"][name], CHANNEL_COLOURS[name])
        for name in CHANNELS
    ]
    return [
        ("Russia, anyway", answer["autonomous"], BLUE),
        ("answer to China", answer["interaction"], SKY),
        *channels,
        ("offset, all of it", answer["offset_ratio"], GREY),
    ]


def _waterfall_figure(answer: dict[str, Any], steps: list[Step]) -> go.Figure:
    """Return two panels: the loss and what is left of it, and Russia's part alone."""
    figure = blank(
        BAR * (len(steps) + 4) + 180, showlegend=False, margin={"l": 10, "r": 20, "t": 34, "b": 44},
        xaxis=axis(PERCENT, anchor="y"), yaxis=_bar_axis([0.7, 1.0]),
        xaxis2=axis(PERCENT, anchor="y2"), yaxis2=_bar_axis([0.0, 0.5], anchor="x2"),
    )  # fmt: skip
    anyway, reply, *_, whole = steps
    lost = {"p05": -1.0, "p50": -1.0, "p95": -1.0}
    net = {name: value - 1.0 for name, value in _known(whole[1]).items()}
    level = _known(anyway[1])["p50"] - 1.0
    top: list[Step] = [("loss", lost, RED), anyway, reply, ("loss and offset", net, GREY)]
    figure.add_trace(_bars(top, (0.0, -1.0, level, 0.0), ""))
    figure.add_trace(_bars(steps, (0.0,) * len(steps), "2"))
    for y, text in ((1.0, f"<b>The loss</b> (100 % = {answer['loss_musd']['p50']:,.0f} million "
                     "USD)"), (0.5, "<b>Russia's part</b>, on a scale of its own")):  # fmt: skip
        figure.add_annotation(
            text=text, x=0.0, y=y, xref="paper", yref="paper", xanchor="left", yanchor="bottom",
            showarrow=False, yshift=4, xshift=-120,
        )  # fmt: skip
    return figure


def _bar_axis(span: list[float], **more: Any) -> dict[str, Any]:
    """Return an axis of labels, the first on top."""
    return axis("", domain=span, autorange="reversed", ticks="", showgrid=False,
                tickfont={"size": 11}, **more)  # fmt: skip


def _known(band: Band | None) -> Band:
    """Return the band of an answer that has a loss, and so has all bands."""
    assert band is not None
    return band


def _bars(steps: list[Step], levels: tuple[float, ...], panel: str) -> go.Bar:
    """Return bars from their levels with whiskers, percent; the median is in each label."""
    bands = [{k: round(100.0 * v, 2) + 0.0 for k, v in _known(b).items()} for _, b, _ in steps]
    low, mid, high = ([band[name] for band in bands] for name in ("p05", "p50", "p95"))
    return go.Bar(
        x=mid, base=[round(100.0 * level, 2) for level in levels], width=0.6, orientation="h",
        y=[f"{folded(label, 20)}<br><b>{_signed(value)} %</b>"
           for (label, *_), value in zip(steps, mid, strict=True)],
        xaxis=f"x{panel}", yaxis=f"y{panel}", error_x=whiskers(low, mid, high),
        marker={"color": [colour for *_, colour in steps]},
        customdata=[[label, *row]
                    for (label, *_), *row in zip(steps, mid, low, high, strict=True)],
        hovertemplate="%{customdata[0]}: %{customdata[1]} % (%{customdata[2]} to "
        "%{customdata[3]} %)<extra></extra>",
    )  # fmt: skip


def _signed(value: float) -> str:
    """Return a median with its sign, nothing before a zero."""
    text = f"{value:+.1f}"
    return "0" if text[1:] == "0.0" else text.replace("-", "\N{MINUS SIGN}")


def _empty(text: str) -> go.Figure:
    """Return a figure that only says why it shows nothing."""
    figure = blank(160, xaxis={"visible": False}, yaxis={"visible": False})
    figure.add_annotation(
        text=folded(text, 44), x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False
    )
    return figure


def claims_chart(claims: list[Claim]) -> Chart:
    """Return the dollars that the article's claims speak of, USD million a year, on a log axis.

    The lines are those of `sim.view.claims_figure`, the largest first.
    """
    lines = dollar_lines({claim.id: claim for claim in claims})
    names = [folded(label, 24) for label, _, _ in lines]
    figure = blank(
        A_LINE * len(lines) + AROUND, margin={"l": 10, "r": 20, "t": 12, "b": 44},
        xaxis=axis("million USD a year, 2017 (log scale)", type="log", dtick=1, tickformat=",~g",
                   tickangle=0),
        yaxis=axis("", tickvals=list(range(len(lines))), ticktext=names, ticks="", showgrid=False,
                   range=[len(lines) - 0.4, -0.6], tickfont={"size": 10}, zeroline=False),
    )  # fmt: skip
    for kind, (colour, marker, about) in KINDS.items():
        own = [(y, label, band) for y, (label, band, of) in enumerate(lines) if of == kind]
        if not own:
            continue
        low, mid, high = ([round(band[k], 3) for *_, band in own] for k in range(3))
        figure.add_trace(
            go.Scatter(
                x=mid, y=[y for y, *_ in own], mode="markers", name=about,
                marker={"size": 9, "color": colour, "symbol": SYMBOLS[marker]},
                error_x=whiskers(low, mid, high, color=colour),
                text=[f"{label}: {dollar_words(band)}" for _, label, band in own],
                hovertemplate="%{text} million USD a year<extra></extra>",
            )
        )  # fmt: skip
    rows = tuple((label, dollar_words(band), KINDS[kind][2]) for label, band, kind in lines)
    largest, smallest = lines[0], lines[-1]
    words = (
        f"What the article's claims are worth in dollars, million USD a year on a log scale. The "
        f"largest is {dollar_words(largest[1])}: {largest[0]}. The smallest is "
        f"{dollar_words(smallest[1])}: {smallest[0]}."
    )
    headings = ("what", "million USD a year (low to high)", "kind of figure")
    return Chart(
        "claims", "What the article's claims are worth in dollars", figure, headings, rows, words
    )
