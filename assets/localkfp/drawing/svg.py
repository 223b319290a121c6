"""Boxes and lines, laid out, as a picture (SVG)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from localkfp.drawing.graph import NOT_STARTED, Step
from localkfp.drawing.layout import (
    LABEL_LINE,
    NOTE_LINE,
    STRIPE_WIDTH,
    TEXT_LEFT,
    TEXT_TOP,
    Block,
    Box,
    Point,
)

MARGIN = 24
NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, Char
INK, GREY, LINE = "#202124", "#5f6368", "#bdc1c6"
FONT = "Roboto, 'Helvetica Neue', Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class Look:
    """How a phase looks: colour of its word, tint of its stripe, its icon around 0, 0.
    `idle`: nothing runs or has run, so the box is dashed."""

    color: str
    tint: str
    icon: str
    idle: bool = False


def _stroke(path: str, color: str = "#fff", more: str = "") -> str:
    return f'<path d="{path}" fill="none" stroke="{color}" stroke-width="2"{more}/>'


GREEN, RED, BLUE = "#188038", "#c5221f", "#1967d2"
RING = "M-7 0A7 7 0 1 1 7 0A7 7 0 1 1 -7 0z"
BANG = '<path d="M-1 -4h2v5h-2zM-1 3h2v2h-2z" fill="#fff"/>'

LOOKS = {
    "Succeeded": Look(
        GREEN, "#e6f4ea", f'<circle r="8" fill="{GREEN}"/>' + _stroke("M-4 0L-1 3L4 -3")
    ),
    "Failed": Look(RED, "#fce8e6", f'<circle r="8" fill="{RED}"/>{BANG}'),
    "Error": Look(RED, "#fce8e6", f'<path d="M0 -10L10 8H-10z" fill="{RED}"/>{BANG}'),
    "Running": Look(
        BLUE, "#e8f0fe", _stroke(RING, BLUE) + f'<path d="M-2 -4L4 0L-2 4z" fill="{BLUE}"/>'
    ),
    "Pending": Look(GREY, "#f1f3f4", _stroke(RING, GREY) + _stroke("M0 -4V0L3 2", GREY)),
    "Skipped": Look(
        GREY, "#f1f3f4", f'<path d="M-6 -6L3 0L-6 6zM4 -6h2v12h-2z" fill="{GREY}"/>', idle=True
    ),
    "Omitted": Look(GREY, "#f1f3f4", _stroke(RING + "M-5 -5L5 5", GREY), idle=True),
    NOT_STARTED: Look(GREY, "#f8f9fa", _stroke(RING, LINE, ' stroke-dasharray="3 2.5"'), idle=True),
}
OTHER = Look(GREY, "#f1f3f4", _stroke(RING, GREY))


def svg(
    block: Block, title: str, link: Callable[[Step], str] | None = None, chosen: str = ""
) -> str:
    """`link` and `chosen` as `draw_graph` takes them."""
    width, height = block.width + 2 * MARGIN, block.height + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="{FONT}"><title>{_xml(title)}</title>'
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" fill="#fff" '
        f'stroke="#dadce0"/><g transform="translate({MARGIN} {MARGIN})">'
    ]

    def linked(box: Box, group: str) -> str:
        mark = _mark(box) if box.step.name == chosen else ""
        if link is None:
            return group + mark
        return f'<a href="{_xml(link(box.step))}" tabindex="-1">{group}{mark}</a>'

    parts += [linked(box, _frame(box)) for box in block.boxes if box.step.steps]
    parts += [_edge(points) for points in block.edges]
    parts += [linked(box, _box(box)) for box in block.boxes if not box.step.steps]
    return "\n".join([*parts, "</g></svg>\n"])


def _mark(box: Box) -> str:
    return (
        f'<rect class="chosen" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" '
        f'rx="6" fill="none" stroke="{BLUE}" stroke-width="3"/>'
    )


def _frame(box: Box) -> str:
    return (
        f'<g><title>{_tip(box)}</title><rect x="{box.x}" y="{box.y}" width="{box.width}" '
        f'height="{box.height}" rx="8" fill="{BLUE}" fill-opacity="0.05" stroke="{BLUE}" '
        f'stroke-opacity="0.3"/>{_texts(box, box.y + TEXT_TOP, GREY)}</g>'
    )


def _box(box: Box) -> str:
    phase = box.step.phase
    look = LOOKS.get(phase, OTHER)
    idle = bool(phase) and look.idle
    dashes = ' stroke-dasharray="4 3"' if idle else ""
    lines = len(box.label) * LABEL_LINE + len(box.note) * NOTE_LINE + bool(phase) * NOTE_LINE
    top = box.y + (box.height - lines) // 2
    outline = f'x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="6"'
    parts = [
        f'<g><title>{_tip(box)}</title><rect {outline} fill="#fff"/>',
        _stripe(box, look) if phase else "",
        f'<rect {outline} fill="none" stroke="{LINE}"{dashes}/>',
        _texts(box, top, GREY if idle else INK),
        _text(box.x + TEXT_LEFT, top + lines - 4, phase, look.color, 11) if phase else "",
        "</g>",
    ]
    return "".join(parts)


def _stripe(box: Box, look: Look) -> str:
    right, bottom = box.x + box.width, box.y + box.height
    return (
        f'<path d="M{right - STRIPE_WIDTH} {box.y}H{right - 6}a6 6 0 0 1 6 6V{bottom - 6}'
        f'a6 6 0 0 1 -6 6H{right - STRIPE_WIDTH}z" fill="{look.tint}"/>'
        f'<g transform="translate({right - STRIPE_WIDTH // 2} {box.y + box.height // 2})">'
        f"{look.icon}</g>"
    )


def _texts(box: Box, top: int, color: str) -> str:
    """The lines of the name and of the note, from `top` down."""
    x = box.x + TEXT_LEFT
    names = [
        _text(x, top + LABEL_LINE * line + 13, text, color, 13, ' font-weight="bold"')
        for line, text in enumerate(box.label)
    ]
    top += LABEL_LINE * len(box.label)
    notes = [
        _text(x, top + NOTE_LINE * line + 11, text, GREY, 11) for line, text in enumerate(box.note)
    ]
    return "".join(names + notes)


def _text(x: int, y: int, text: str, color: str, size: int, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{color}"{more}>{_xml(text)}</text>'


def _edge(points: Sequence[Point]) -> str:
    """A line that leaves downwards and arrives downwards, with an arrow at its end."""
    path = f"M{points[0][0]} {points[0][1]}"
    for (x1, y1), (x2, y2) in zip(points[1::2], points[2::2], strict=True):
        path += f"V{y1}C{x1} {y2 - 14} {x2} {y1 + 6} {x2} {y2 - 8}V{y2}"
    x, y = points[-1]
    return (
        f'<path d="{path}" fill="none" stroke="{GREY}" stroke-width="1.5"/>'
        f'<path d="M{x - 5} {y - 8}h10L{x} {y}z" fill="{GREY}"/>'
    )


def _tip(box: Box) -> str:
    step = box.step
    return _xml("; ".join(filter(None, (step.label, step.phase, step.note))))


def _xml(text: str) -> str:
    return escape(NO_XML.sub("\N{REPLACEMENT CHARACTER}", text))
