"""Where each box, frame and edge of a graph stands: steps in, whole pixels out.

igraph orders each row so that few edges cross (Sugiyama's layered layout). Every step keeps to its
row, so what may run at the same time stands side by side.
"""

from __future__ import annotations

import math
import textwrap
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Any

import igraph

from localkfp.drawing.graph import Step

BOX_WIDTH = 192
COLUMN_GAP = 28
ROW_GAP = 48
FRAME_PAD = 16
STRIPE_WIDTH = 32
TEXT_LEFT, TEXT_TOP = 12, 10
LABEL_LINE = 17  # pixels of a line of a name, and of a note
NOTE_LINE = 15
LABEL_CHAR = 7.4  # pixels of a mean character, bold 13 px
NOTE_CHAR = 6.0  # and 11 px
BOX_MIN_HEIGHT = 48
SWEEPS = 4
MAX_LANES = 20_000  # rows passed by all edges; above it they go straight, behind the boxes

Point = tuple[int, int]
Link = tuple[int, int]  # from, to


@dataclass(frozen=True)
class Box:
    """A box or, where its step has steps, a frame. `x`, `y`: its upper left corner."""

    step: Step
    x: int
    y: int
    width: int
    height: int
    label: tuple[str, ...]
    note: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """A laid out part, its upper left corner at 0, 0. Boxes stand after the frames around them.

    An edge is a line through its points: straight down to the second, a curve to the third,
    straight down again, and so on in turn; a curve leads to the last.
    """

    width: int
    height: int
    boxes: tuple[Box, ...]
    edges: tuple[tuple[Point, ...], ...] = ()


def lay_out(steps: Sequence[Step]) -> Block:
    """All of the steps, frames with what is in them. Parts that nothing connects stand side by
    side; where they are many, as the turns of a loop may be, in a block of such rows."""
    edges = [(start, end) for end, step in enumerate(steps) for start in step.after]
    graph = igraph.Graph(n=len(steps), edges=edges, directed=True)
    blocks = []
    for part in sorted(sorted(part) for part in graph.connected_components(mode="weak")):
        place = {number: place for place, number in enumerate(part)}
        links = [(place[start], place[end]) for end in part for start in steps[end].after]
        blocks.append(_connected([steps[number] for number in part], links))
    columns = max(4, math.isqrt(len(blocks)))
    return _joined(
        [
            _joined(blocks[first : first + columns], across=True)
            for first in range(0, len(blocks), columns)
        ],
        across=False,
    )


def _joined(blocks: Sequence[Block], across: bool) -> Block:
    """Blocks beside each other, or below each other."""
    moved, at = [], 0
    for block in blocks:
        moved.append(_moved(block, at, 0) if across else _moved(block, 0, at))
        at += (block.width if across else block.height) + COLUMN_GAP
    widths, heights = [b.width for b in blocks], [b.height for b in blocks]
    return Block(
        width=at - COLUMN_GAP if across else max(widths),
        height=max(heights) if across else at - COLUMN_GAP,
        boxes=tuple(box for block in moved for box in block.boxes),
        edges=tuple(edge for block in moved for edge in block.edges),
    )


def _connected(steps: Sequence[Step], links: Sequence[Link]) -> Block:
    blocks = [_frame(step) if step.steps else _box(step) for step in steps]
    rows = [step.row for step in steps]
    lanes = _lanes(rows, links)
    rows += [row for _, row in lanes]
    widths = [block.width for block in blocks] + [0] * len(lanes)
    centers = _centers(rows, widths, _hops(rows, links, lanes))
    heights = [0] * (max(rows) + 1)
    for block, row in zip(blocks, rows, strict=False):
        heights[row] = max(heights[row], block.height)
    tops = list(accumulate((height + ROW_GAP for height in heights), initial=0))

    def edge(start: int, end: int) -> tuple[Point, ...]:
        """From the lower border of a step, through its lanes, to the upper border of another."""
        way = [start]
        way += [
            lanes[start, row] for row in range(rows[start] + 1, rows[end]) if (start, row) in lanes
        ]
        points = [
            (centers[place], y)
            for place in way
            for y in (tops[rows[place]], tops[rows[place]] + heights[rows[place]])
        ]
        points[0] = (centers[start], tops[rows[start]] + blocks[start].height)
        return (*points, (centers[end], tops[rows[end]]))

    placed = [
        _moved(block, center - block.width // 2, tops[row])
        for block, center, row in zip(blocks, centers, rows, strict=False)
    ]
    inner = tuple(edge for block in placed for edge in block.edges)
    return Block(
        width=max(center + width // 2 for center, width in zip(centers, widths, strict=True)),
        height=tops[-1] - ROW_GAP,
        boxes=tuple(box for block in placed for box in block.boxes),
        edges=tuple(edge(*link) for link in links) + inner,
    )


# ---- rows and columns ----------------------------------------------------------------------------


def _lanes(rows: Sequence[int], links: Sequence[Link]) -> dict[Link, int]:
    """The places where edges pass a row: (step, row) -> number, counted on from the steps.

    The edges of one step share them, and fork where they must.
    """
    if sum(rows[end] - rows[start] - 1 for start, end in links) > MAX_LANES:
        return {}
    reach = list(rows)
    for start, end in links:
        reach[start] = max(reach[start], rows[end])
    passed = [(n, row) for n in range(len(rows)) for row in range(rows[n] + 1, reach[n])]
    return {place: number for number, place in enumerate(passed, start=len(rows))}


def _hops(rows: Sequence[int], links: Sequence[Link], lanes: Mapping[Link, int]) -> list[Link]:
    """The edges from row to row, through the lanes."""
    hops = {(lanes.get((start, rows[end] - 1), start), end) for start, end in links}
    hops |= {(lanes.get((start, row - 1), start), lane) for (start, row), lane in lanes.items()}
    return sorted((start, end) for start, end in hops if rows[end] - rows[start] == 1)


def _centers(rows: Sequence[int], widths: Sequence[int], hops: Sequence[Link]) -> list[int]:
    """The x of the middle of each step and lane.

    Each keeps as near to its neighbours in the row below, and then to those in the row above, as
    the gaps allow; a few sweeps settle it.
    """
    above: list[list[int]] = [[] for _ in rows]
    below: list[list[int]] = [[] for _ in rows]
    for start, end in hops:
        above[end].append(start)
        below[start].append(end)
    ordered = _ordered(rows, hops, above, below)
    centers = [0] * len(rows)
    for neighbours, members in ((below, ordered[::-1]), (above, ordered)) * SWEEPS:
        for row in members:
            near = [neighbours[number] or [number] for number in row]
            wanted = [sum(centers[n] for n in numbers) // len(numbers) for numbers in near]
            gaps = [(widths[a] + widths[b]) // 2 + COLUMN_GAP for a, b in pairwise(row)]
            for number, center in zip(row, _apart(wanted, gaps), strict=True):
                centers[number] = center
    left = min(center - width // 2 for center, width in zip(centers, widths, strict=True))
    return [center - left for center in centers]


def _ordered(
    rows: Sequence[int],
    hops: Sequence[Link],
    above: Sequence[Sequence[int]],
    below: Sequence[Sequence[int]],
) -> list[list[int]]:
    """The members of each row from left to right: igraph's order, but that those which have the
    same neighbours, where any order is as good, keep the order of the Workflow."""
    graph = igraph.Graph(n=len(rows), edges=hops, directed=True)
    xs = [x for x, _ in graph.layout_sugiyama(layers=list(rows))]
    alike: dict[Any, list[int]] = defaultdict(list)
    for number in range(len(rows)):
        alike[rows[number], tuple(above[number]), tuple(below[number])].append(number)
    for numbers in alike.values():
        for number, x in zip(numbers, sorted(xs[n] for n in numbers), strict=True):
            xs[number] = x
    members: list[list[int]] = [[] for _ in range(max(rows) + 1)]
    for number in sorted(range(len(rows)), key=lambda number: xs[number]):
        members[rows[number]].append(number)
    return members


def _apart(wanted: Sequence[int], gaps: Sequence[int]) -> list[int]:
    """The places nearest to the wanted ones (least squares) that keep the gaps: isotonic
    regression by pooling adjacent violators."""
    offsets = [0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    pools: list[tuple[int, int]] = []  # sum and count of those that move together
    for place, offset in zip(wanted, offsets, strict=True):
        pools.append((place - offset, 1))
        while len(pools) > 1 and pools[-2][0] * pools[-1][1] > pools[-1][0] * pools[-2][1]:
            (total, count), (more, others) = pools.pop(), pools.pop()
            pools.append((total + more, count + others))
    shifts = [total // count for total, count in pools for _ in range(count)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]


# ---- boxes and frames ----------------------------------------------------------------------------


def _box(step: Step) -> Block:
    room = BOX_WIDTH - 2 * TEXT_LEFT - (STRIPE_WIDTH if step.phase else 0)
    label = _lines(step.label, room / LABEL_CHAR, 2)
    note = _lines(step.note, room / NOTE_CHAR, 3)
    phase = NOTE_LINE if step.phase else 0
    height = len(label) * LABEL_LINE + len(note) * NOTE_LINE + phase + 2 * TEXT_TOP
    height = max(BOX_MIN_HEIGHT, height)
    return Block(BOX_WIDTH, height, (Box(step, 0, 0, BOX_WIDTH, height, label, note),))


def _frame(step: Step) -> Block:
    inner = lay_out(step.steps)
    width = inner.width + 2 * FRAME_PAD
    room = width - 2 * TEXT_LEFT
    label = _lines(step.label, room / LABEL_CHAR, 1)
    note = _lines(step.note, room / NOTE_CHAR, 2)
    top = len(label) * LABEL_LINE + len(note) * NOTE_LINE + 2 * TEXT_TOP
    height = top + inner.height + FRAME_PAD
    inside = _moved(inner, FRAME_PAD, top)
    frame = Box(step, 0, 0, width, height, label, note)
    return Block(width, height, (frame, *inside.boxes), inside.edges)


def _moved(block: Block, x: int, y: int) -> Block:
    return replace(
        block,
        boxes=tuple(replace(box, x=box.x + x, y=box.y + y) for box in block.boxes),
        edges=tuple(tuple((px + x, py + y) for px, py in edge) for edge in block.edges),
    )


def _lines(text: str, room: float, most: int) -> tuple[str, ...]:
    """The text in at most so many lines of `room` characters, cut with an ellipsis. Characters from
    Hangul on (U+1100) count double: the same on every Python, unlike unicodedata."""
    wide = any(ord(character) >= 0x1100 for character in text)
    width = int(room / 2 if wide else room)
    lines = textwrap.wrap(text, width)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][: width - 1] + "…"]
    return tuple(lines)
