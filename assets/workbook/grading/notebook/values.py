"""The grader's values, put into a notebook after each place where it sets one of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbook.grading.facts.lesson import Facts, assigned
from workbook.grading.notebook.cells import Cell
from workbook.language import _

INJECTED = "injected-parameters"  # papermill's tag for such a cell


def with_values(
    cells: Sequence[Cell], facts: Facts, values: Mapping[str, Any], notes: list[str]
) -> tuple[list[Cell], Cell | None]:
    """The cells, those with `values` among them, and the one that is the lesson's parameters.

    A cell of the learner's own that sets a parameter is cut in two after it, so that whatever
    comes later has the grader's value: parameters merged with what follows them, a scratch cell
    that tries another value, an address of a cluster.
    """
    if not facts.names:
        return list(cells), None
    cells = [cell for cell in cells if INJECTED not in cell.tags]
    parameters = _parameters(cells, facts, notes)
    if parameters is None:
        parameters = Cell("parameters-put-in", "code", facts.parameters)
        place = next((i + 1 for i, each in enumerate(cells) if each.kind == "code"), 0)
        cells = [*cells[:place], parameters, *cells[place:]]
    others = facts.sources - {facts.parameters.strip()}  # of the lesson, as it comes
    found: list[Cell] = []
    for cell in cells:
        last = 0
        if cell is parameters or cell.source.strip() not in others:
            lines = assigned(cell.source) if cell.kind == "code" else {}
            last = max((lines.get(name, 0) for name in facts.names), default=0)
        if not last and cell is not parameters:
            found.append(cell)
            continue
        before, after = _cut(cell, last)
        found += [before, _injected(len(found), values)]
        if after:
            found.append(after)
        if cell is parameters:
            parameters = before
        else:
            text = _('the cell that begins with "{line}" sets parameters: ours were set again')
            notes.append(text.format(line=cell.source.strip().partition("\n")[0][:60]))
    return found, parameters


def _parameters(cells: Sequence[Cell], facts: Facts, notes: list[str]) -> Cell | None:
    """The last cell that is the lesson's parameters, wherever it was put."""
    code = [cell for cell in cells if cell.kind == "code"]
    same = [cell for cell in code if assigned(cell.source).keys() >= facts.names]
    tagged = [cell for cell in code if "parameters" in cell.tags]
    if not same and not tagged:
        notes.append(_("the parameters cell is missing; the lesson's own was put in"))
        return None
    if len(same) > 1 or len(tagged) > 1:
        notes.append(_("there are several parameters cells; ours come after each"))
    return (same or tagged)[-1]


def _cut(cell: Cell, last: int) -> tuple[Cell, Cell | None]:
    """The cell up to its line `last`, and the rest; all of it for line 0."""
    lines = cell.source.splitlines(keepends=True)
    rest = "".join(lines[last:]) if last else ""
    if not re.sub(r"(?m)#.*$", "", rest).strip():
        return cell, None
    before = replace(cell, id=f"{cell.id[:57]}-before", source="".join(lines[:last]).rstrip("\n"))
    return before, replace(cell, source=rest, tags=frozenset())  # an exercise keeps its id


def _injected(number: int, values: Mapping[str, Any]) -> Cell:
    lines = ["# Parameters", *(f"{name} = {value!r}" for name, value in values.items())]
    return Cell(f"{INJECTED}-{number}", "code", "\n".join(lines), frozenset({INJECTED}))
