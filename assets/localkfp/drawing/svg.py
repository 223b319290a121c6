"""A Workflow or a run as a picture (SVG) and as a list of words."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from localkfp.drawing.graph import NOT_STARTED, FlatStep, Graph, Step, flat_steps, read_graph
from localkfp.drawing.layout import (
    LABEL_LINE,
    NOTE_LINE,
    STRIPE_WIDTH,
    TEXT_LEFT,
    TEXT_TOP,
    Block,
    Box,
    Point,
    lay_out,
)
from localkfp.workflow.model import Workflow

MARGIN = 24
NAMED = 8  # so many steps are named in the title and in one line of the words
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


@dataclass(frozen=True)
class Drawing:
    """`words` has one line per step, in topological order; `title` is the picture's alt text;
    `width` is in pixels."""

    svg: str
    words: tuple[str, ...]
    title: str
    width: int

    def _repr_html_(self) -> str:
        # JupyterLab shows no SVG of an untrusted notebook, but an img with a data URI
        data = base64.b64encode(self.svg.encode()).decode()
        lines = "".join(f"<li>{escape(line)}</li>" for line in self.words)
        return (
            f'<img alt="{escape(self.title)}" src="data:image/svg+xml;base64,{data}">'
            f"<ul>{lines}</ul>"
        )

    def __repr__(self) -> str:
        return "\n".join(self.words)


def draw(manifest: Mapping[str, Any] | Workflow) -> Drawing:
    """Draw a Workflow, or a run of one: the Workflow with `status.nodes`.

    The Workflow need not be one that localkfp can run. Raises ValueError with a sentence if it is
    none, or if its tasks make no graph.
    """
    return draw_graph(read_graph(manifest.manifest if isinstance(manifest, Workflow) else manifest))


def draw_graph(
    graph: Graph, link: Callable[[Step], str] | None = None, chosen: str = ""
) -> Drawing:
    """The same for a graph that has been read. `link` gives the address behind a step's box or
    frame (not in the order of the Tab key: the list of words is); `chosen` names the step to mark.
    """
    flat = list(flat_steps(graph.steps))
    names = _names(flat)
    words = tuple(_line(step, names) for step in flat)
    title = _title(graph, flat, names)
    block = lay_out(graph.steps)
    return Drawing(_svg(block, title, link, chosen), words, title, block.width + 2 * MARGIN)


# ---- words ---------------------------------------------------------------------------------------


def _names(flat: Sequence[FlatStep]) -> dict[str, str]:
    """What each step is called, by its name: its label, with a number if others have the same."""
    labels = Counter(entry.step.label for entry in flat)
    seen: Counter[str] = Counter()
    names = {}
    for step in (entry.step for entry in flat):
        seen[step.label] += 1
        same = labels[step.label]
        number = f" ({seen[step.label]} of {same})" if same > 1 else ""
        names[step.name] = f"{step.label}{number}"
    return names


def _line(entry: FlatStep, names: Mapping[str, str]) -> str:
    step = entry.step
    parts = [
        step.phase,
        _start(entry, names),
        *(frame.note or f"in {frame.label}" for frame in entry.frames),
        step.note,
    ]
    line = f"{names[step.name]}: {'; '.join(filter(None, parts))}"
    return " ".join(line.split())


def _start(entry: FlatStep, names: Mapping[str, str]) -> str:
    if entry.before:
        return f"after {_listed(names[before.name] for before in entry.before)}"
    return "" if entry.step.phase else "starts at once"


def _title(graph: Graph, flat: Sequence[FlatStep], names: Mapping[str, str]) -> str:
    ran = any(entry.step.phase for entry in flat)
    phases = Counter(entry.step.phase for entry in flat if entry.step.phase)
    counts = "".join(f", {count} {phase}" for phase, count in phases.items())
    steps = f"{len(flat)} step{'s' if len(flat) > 1 else ''}"
    first = [names[entry.step.name] for entry in flat if not entry.before]
    told = [f"{_listed(first, last=' and ')} {'starts' if len(first) == 1 else 'start'} at once"]
    if len(flat) <= NAMED:
        told += [
            f"{names[entry.step.name]} waits for "
            f"{_listed(names[before.name] for before in entry.before)}"
            for entry in flat
            if entry.before
        ]
    else:
        told.append("the list after the picture has every step")
    title = f"{'Run' if ran else 'Graph'} of {graph.name}: {steps}{counts}. {'; '.join(told)}."
    return " ".join(title.split())


def _listed(names: Iterable[str], last: str = ", ") -> str:
    named = list(dict.fromkeys(names))
    if len(named) > NAMED:
        named = [*named[: NAMED - 1], f"{len(named) - NAMED + 1} more"]
        last = " and "
    return last.join(filter(None, (", ".join(named[:-1]), *named[-1:])))


# ---- SVG -----------------------------------------------------------------------------------------


def _svg(
    block: Block, title: str, link: Callable[[Step], str] | None = None, chosen: str = ""
) -> str:
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
