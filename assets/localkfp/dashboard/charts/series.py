"""A metric over runs: bars, or a line in the order in which the runs were made."""

from __future__ import annotations

from collections.abc import Sequence

from localkfp.dashboard.charts.svg import chart, line, number, safe, short, word

Values = Sequence[tuple[str, float]]  # the name of a run and its value
ROW, LEFT, ROOM = 24, 150, 240
WIDE, HIGH, EDGE = 360, 120, 60


def _span(values: Values) -> tuple[float, float]:
    """From the least to the most, 0 among them."""
    low = min(0.0, *(value for _, value in values))
    high = max(0.0, *(value for _, value in values))
    return low, high if high > low else low + 1


def _title(kind: str, name: str, values: Values) -> str:
    said = "; ".join(f"{run} {number(value)}" for run, value in values)
    return f"{kind} of {name}: {said}."


def bars(name: str, values: Values) -> str:
    """Raises ValueError for none."""
    if not values:
        raise ValueError("no values")
    low, high = _span(values)
    scale = ROOM / (high - low)
    zero = LEFT - low * scale
    parts = [line(zero, 4, zero, ROW * len(values) + 4)]
    for row, (run, value) in enumerate(values):
        y = 4 + row * ROW
        x = zero + min(value, 0) * scale
        parts += [
            word(LEFT - 8, y + 16, short(run), "end"),
            f'<rect class="bar" x="{x:.1f}" y="{y + 4}" width="{abs(value) * scale:.1f}" '
            f'height="{ROW - 8}"><title>{safe(run)}: {number(value)}</title></rect>',
            word(LEFT + ROOM + 8, y + 16, number(value)),
        ]
    return chart(LEFT + ROOM + 80, ROW * len(values) + 8, _title("Bars", name, values), parts)


def over_runs(name: str, values: Values) -> str:
    """A line through the values, first run first. Raises ValueError for fewer than two."""
    if len(values) < 2:
        raise ValueError("a line goes through two values or more")
    low, high = (min(v for _, v in values), max(v for _, v in values))
    span = high - low or 1
    step = WIDE / (len(values) - 1)
    places = [
        (EDGE + index * step, 12 + HIGH - (value - low) / span * HIGH)
        for index, (_, value) in enumerate(values)
    ]
    parts = [
        line(EDGE, 12 + HIGH, EDGE + WIDE, 12 + HIGH),
        word(EDGE - 8, 16, number(high), "end"),
        word(EDGE - 8, 16 + HIGH, number(low), "end"),
        f'<polyline class="curve" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>',
        word(EDGE, HIGH + 32, short(values[0][0])),
        word(EDGE + WIDE, HIGH + 32, short(values[-1][0]), "end"),
    ]
    parts += [
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{safe(run)}: '
        f"{number(value)}</title></circle>"
        for (x, y), (run, value) in zip(places, values, strict=True)
    ]
    return chart(EDGE + WIDE + 24, HIGH + 40, _title("Line", name, values), parts)
