"""A confusion matrix: what was the case, against what was predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from localkfp.dashboard.charts.svg import chart, number, safe, short, word

CELL, LEFT, TOP = 64, 140, 56
MOST_LABELS = 30
STRONGEST = 0.45  # opacity of the largest cell: its number stays readable


def confusion(
    labels: Sequence[str], counts: Mapping[tuple[str, str], float], axes: tuple[str, str]
) -> str:
    """`counts` by what was the case and what was predicted; a pair that is missing counts 0.
    Raises ValueError for no labels, or more than are readable."""
    if not 0 < len(labels) <= MOST_LABELS:
        raise ValueError(f"a matrix of {len(labels)} labels is not drawn")
    cell = CELL if len(labels) <= 8 else 40
    most = max([*counts.values(), 0]) or 1
    size = cell * len(labels)
    right = sum(counts.get((label, label), 0) for label in labels)
    parts = [
        word(LEFT + size / 2, 16, f"{axes[1]} (columns)", "middle"),
        word(8, 16, f"{axes[0]} (rows)"),
    ]
    for row, case in enumerate(labels):
        y = TOP + row * cell
        parts.append(word(LEFT - 8, y + cell / 2 + 4, short(case), "end"))
        parts.append(
            word(LEFT + (row + 0.5) * cell, TOP - 10, short(case, max(5, cell // 8)), "middle")
        )
        for column, predicted in enumerate(labels):
            count = counts.get((case, predicted), 0)
            x = LEFT + column * cell
            parts.append(
                f'<rect class="cell" x="{x}" y="{y}" width="{cell}" height="{cell}" '
                f'fill-opacity="{STRONGEST * max(count, 0) / most:.3f}"><title>'
                f"{safe(case)} taken for {safe(predicted)}: {number(count)}</title></rect>"
                + word(x + cell / 2, y + cell / 2 + 4, number(count), "middle")
            )
    total = sum(counts.values())
    title = (
        f"Confusion matrix of {', '.join(labels)}: {number(right)} of {number(total)} are right. "
        "The numbers follow as a table."
    )
    return chart(LEFT + size + 24, TOP + size + 12, title, parts)
