"""What every chart is made with: the element, its text alternative, its words and lines."""

from __future__ import annotations

from html import escape

from localkfp.drawing.svg import NO_XML

SHORT = 18  # characters of a label beside a mark


def chart(width: float, height: float, title: str, parts: list[str]) -> str:
    """`title` is what the chart says, for whoever doesn't see it."""
    return (
        f'<svg class="chart" role="img" aria-label="{safe(title)}" width="{width:g}" '
        f'height="{height:g}" viewBox="0 0 {width:g} {height:g}">{"".join(parts)}</svg>'
    )


def word(x: float, y: float, said: str, anchor: str = "start", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{safe(said)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "axis") -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def short(said: str, most: int = SHORT) -> str:
    return said if len(said) <= most else said[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"


def number(value: float) -> str:
    return f"{value:.4g}"


def safe(said: str) -> str:
    return escape(NO_XML.sub("\N{REPLACEMENT CHARACTER}", said))
