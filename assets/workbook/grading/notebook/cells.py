"""The cells of a notebook that a stranger wrote: of each its source and kind, no more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbook.grading.facts.record import TOO_LARGE, Refusal, Refused
from workbook.language import _

MAX_CELLS = 1000
MAX_SOURCE = 2 * 1024 * 1024  # characters of all cells
ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Cell:
    """`tags` are those of the learner's file: they say what a cell was, not how it is run."""

    id: str
    kind: str
    source: str
    tags: frozenset[str] = frozenset()


def cells_of(given: Sequence[Any]) -> list[Cell]:
    """The code and Markdown cells of notebook format 4. Raises Refused."""
    if len(given) > MAX_CELLS:
        text = _("The notebook has {count:,} cells; it may have {most:,}.")
        raise Refused(Refusal(TOO_LARGE, text.format(count=len(given), most=MAX_CELLS)))
    cells = [cell for each in given if (cell := _cell(each))]
    if sum(len(cell.source) for cell in cells) > MAX_SOURCE:
        text = _("The cells have more than {most:,} characters.").format(most=MAX_SOURCE)
        raise Refused(Refusal(TOO_LARGE, text))
    return cells


def unlike(cells: Sequence[Cell]) -> list[Cell]:
    """Each with an id of its own: the learner's where that is one and comes first."""
    seen: set[str] = set()
    found = []
    for number, cell in enumerate(cells, start=1):
        name = cell.id if ID.fullmatch(cell.id) and cell.id not in seen else f"cell-{number}"
        while name in seen:
            name += "-again"
        seen.add(name)
        found.append(replace(cell, id=name))
    return found


def _cell(given: Any) -> Cell | None:
    if not isinstance(given, dict) or given.get("cell_type") not in ("code", "markdown"):
        return None
    source = given.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        return None
    source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    source = source.encode("utf-8", "replace").decode()  # half a surrogate pair
    metadata = given.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    known = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    return Cell(str(given.get("id", "")), given["cell_type"], source, frozenset(known))
