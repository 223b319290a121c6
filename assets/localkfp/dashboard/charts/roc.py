"""A ROC curve: the rate of true positives over that of false ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from localkfp.dashboard.charts.svg import chart, line, number, word

SIDE, LEFT, TOP = 280, 56, 12
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def area(points: Sequence[tuple[float, float]]) -> float:
    """Below the curve, by trapezoids."""
    ordered = sorted(points)
    return sum((x2 - x1) * (y1 + y2) / 2 for (x1, y1), (x2, y2) in pairwise(ordered))


def roc(points: Sequence[tuple[float, float]]) -> str:
    """`points`: rates of false and of true positives, each from 0 to 1. Raises ValueError."""
    if len(points) < 2 or not all(0 <= rate <= 1 for point in points for rate in point):
        raise ValueError("a ROC curve has two points or more, with rates from 0 to 1")
    bottom = TOP + SIDE

    def at(x: float, y: float) -> str:
        return f"{LEFT + x * SIDE:.1f},{bottom - y * SIDE:.1f}"

    parts = []
    for tick in TICKS:
        x, y = LEFT + tick * SIDE, bottom - tick * SIDE
        parts += [
            line(LEFT, y, LEFT + SIDE, y, "grid"),
            word(LEFT - 6, y + 4, f"{tick:g}", "end"),
            word(x, bottom + 16, f"{tick:g}", "middle"),
        ]
    curve = " ".join(at(x, y) for x, y in sorted(points))
    parts += [
        line(LEFT, bottom, LEFT + SIDE, TOP, "chance"),
        f'<polyline class="curve" points="{curve}"/>',
        word(LEFT + SIDE / 2, bottom + 34, "false positive rate", "middle"),
        word(
            14,
            TOP + SIDE / 2,
            "true positive rate",
            "middle",
            f' transform="rotate(-90 14 {TOP + SIDE / 2:g})"',
        ),
    ]
    title = f"ROC curve; the area under it is {number(area(points))}. The points follow as a table."
    return chart(LEFT + SIDE + 24, bottom + 44, title, parts)
