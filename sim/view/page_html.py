"""Pieces of pages as files: frame, style sheet, sections, text, tables and folds as HTML."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load for a page without scripts: nothing from outside."""

WIDE = 6
"""Characters from which a cell of words gets room; dates never break."""

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 66rem; padding: 1rem 1.25rem 3rem; background: #fff;
  color: #1b1b1b; font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
  overflow-wrap: break-word; }
p, dd, figcaption, li { max-width: 46rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0.5rem 0; }
h2 { font-size: 1.4rem; line-height: 1.25; margin: 2.75rem 0 0.75rem; padding-top: 0.75rem;
  border-top: 2px solid #1b1b1b; }
h3 { font-size: 1.1rem; margin: 1.75rem 0 0.5rem; }
a { color: #00508a; }
:focus-visible { outline: 3px solid #0072b2; outline-offset: 2px; }
.skip { position: absolute; left: -99rem; background: #fff; padding: 0.5rem; }
.skip:focus { left: 0.5rem; top: 0.5rem; }
nav ol { columns: 17rem; padding-left: 1.5rem; margin: 1rem 0; }
.lead { font-size: 1.12rem; border-left: 5px solid #0072b2; padding-left: 1rem; }
.term { margin: 0.4rem 0; }
dfn { font-style: normal; font-weight: 700; }
.scroll { overflow-x: auto; margin: 1.25rem 0; }
table { border-collapse: collapse; font-size: 0.9rem; line-height: 1.35;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 700; padding: 0.25rem 0 0.5rem; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.7rem 0.35rem 0;
  border-bottom: 1px solid #d5d5d5; min-width: 3.2rem; }
thead th { vertical-align: bottom; border-bottom: 2px solid #555; }
tbody th { font-weight: 400; min-width: 11rem; }
td:not(.n) { max-width: 24rem; }
caption span { display: block; position: sticky; left: 0; max-width: calc(100vw - 2rem); }
.n { text-align: right; }
td.n { white-space: nowrap; }
.w { min-width: 6.5rem; }
.d { white-space: nowrap; }
.yes { color: #00583d; }
.no { color: #9a3412; text-decoration: underline; }
figure { margin: 1.75rem 0; }
figure .scroll { margin: 0; }
img { display: block; width: 100%; max-width: 54rem; min-width: 38rem; height: auto; }
figcaption { font-size: 0.9rem; color: #444; margin-top: 0.5rem; }
details { margin: 1.25rem 0; }
summary { cursor: pointer; font-weight: 700; padding: 0.35rem 0; }
pre { background: #f3f3f3; padding: 0.9rem; overflow-x: auto; }
@media (max-width: 40rem) {
  body { padding: 0.75rem 0.9rem 2rem; }
  h1 { font-size: 1.55rem; }
  tbody th { min-width: 9rem; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, .skip { display: none; }
  .scroll { overflow: visible; }
  img { min-width: 0; max-height: 16cm; width: auto; max-width: 100%; }
  figure, tr, .term { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
  table { font-size: 7.5pt; }
  th, td, tbody th, .w { min-width: 0; padding-right: 0.4rem; }
}
"""


def document(
    title: str,
    header: str,
    headings: Mapping[str, str],
    body: str,
    policy: str = POLICY,
    style: str = STYLE,
    end: str = "",
) -> str:
    """Return a whole page; `headings` are those of its sections by id, in their order.

    `header` stands under the title, `end` behind all else; both, and `body`, are HTML.
    """
    links = "".join(f'<li><a href="#{n}">{escape(h)}</a></li>' for n, h in headings.items())
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>divert: {escape(title)}</title><style>{style}</style></head><body>"
        '<a class="skip" href="#main">Skip to the answer</a>'
        f"<header><h1>{escape(title)}</h1>{header}</header>"
        f'<nav aria-label="Sections"><ol>{links}</ol></nav>'
        f'<main id="main">{body}</main>{end}</body></html>\n'
    )


def section(name: str, heading: str, content: str) -> str:
    """Return a section under its heading; `content` is HTML."""
    return (
        f'<section id="{name}" aria-labelledby="{name}-heading">'
        f'<h2 id="{name}-heading">{escape(heading)}</h2>{content}</section>'
    )


def lead_and_rest(sentences: Sequence[str]) -> str:
    """Return sentences as paragraphs, the first one set apart."""
    first, *rest = sentences
    return "".join((f'<p class="lead">{escape(first)}</p>', *map(paragraph, rest)))


def paragraph(text: str) -> str:
    """Return an escaped paragraph."""
    return f"<p>{escape(text)}</p>"


def term(name: str, text: str) -> str:
    """Return a paragraph that explains a word where it is first used."""
    return f'<p class="term"><dfn>{escape(name)}</dfn> {escape(text)}</p>'


def table(
    caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]], words: Iterable[int] = ()
) -> str:
    """Return a table that scrolls by itself; columns are numbers but the first and those `words`.

    Headings that are all empty are left out. A cell that says yes or no is marked by weight as well
    as colour.
    """
    left = {0, *words}
    look = ["" if i in left else ' class="n"' for i in range(len(headings))]
    head = "".join(
        f'<th scope="col"{c}>{escape(h)}</th>' for c, h in zip(look, headings, strict=True)
    )
    head = f"<thead><tr>{head}</tr></thead>" if any(headings) else ""
    lines = []
    for first, *rest in rows:
        cells = "".join(_cell(text, c) for text, c in zip(rest, look[1:], strict=True))
        lines.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption><span>{escape(caption)}</span></caption>{head}"
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _cell(text: str, look: str) -> str:
    """Return one cell."""
    if text in ("yes", "no"):
        return f'<td><strong class="{text}">{text}</strong></td>'
    if not look and len(text) > WIDE:
        look = ' class="d"' if re.fullmatch(r"[\d-]+( to [\d-]+)?", text) else ' class="w"'
    return f"<td{look}>{escape(text)}</td>"


def details(summary: str, *parts: str) -> str:
    """Return parts that a reader opens."""
    return f"<details><summary>{escape(summary)}</summary>{''.join(parts)}</details>"


def picture(png: bytes, name: str, alt: str, caption: str) -> str:
    """Return an embedded picture that scrolls by itself, with what it shows in words."""
    data = base64.b64encode(png).decode()
    return (
        '<figure><div class="scroll" role="region" tabindex="0" '
        f'aria-label="Figure, {escape(name)}">'
        f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}"></div>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
