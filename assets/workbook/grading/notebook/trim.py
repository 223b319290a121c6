"""An executed notebook, bounded: what a learner's code wrote is kept, but not all of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from workbook.grading.sandbox.outputs import omitted, say_omitted
from workbook.language import _

MOST_TEXT = 20_000  # characters of one output
MOST_IMAGE = 1024 * 1024  # characters of one image in base64
MOST_OUTPUTS = 50  # of one cell
MOST_IN_ALL = 5_000_000  # characters of all outputs
IMAGES = ("image/png", "image/jpeg", "image/gif")
MOST_OF = {  # kind of content that is kept -> characters; longer text is cut, HTML can't be
    **dict.fromkeys(IMAGES, MOST_IMAGE),
    **dict.fromkeys(("text/plain", "text/markdown", "text/latex"), math.inf),
    "text/html": MOST_TEXT,
}


@dataclass
class _Budget:
    left: int = MOST_IN_ALL

    def spend(self, size: int) -> bool:
        """Whether there is room for it."""
        if size > self.left:
            return False
        self.left -= size
        return True


def trimmed(notebook: NotebookNode) -> NotebookNode:
    """A copy whose outputs can't fill a disk or a browser. What was left out is said in its place;
    scripts and kinds of output that nobody reads are left out."""
    budget = _Budget()
    cells = [_cell(cell, budget) for cell in notebook.cells]
    return NotebookNode({**notebook, "cells": cells})


def _cell(cell: NotebookNode, budget: _Budget) -> NotebookNode:
    if cell.cell_type != "code":
        return cell
    kept = [_output(output, budget) for output in cell.outputs[:MOST_OUTPUTS]]
    rest = len(cell.outputs) - len(kept)
    if rest:
        kept.append(_said(_("{count} more outputs omitted").format(count=rest)))
    return NotebookNode({**cell, "outputs": kept})


def _output(given: NotebookNode, budget: _Budget) -> NotebookNode:
    output = NotebookNode(given)
    if output.output_type == "stream":
        output.text = _text(output.text, budget)
    elif output.output_type == "error":
        output.ename, output.evalue = (_text(t, budget) for t in (output.ename, output.evalue))
        output.traceback = [_text("\n".join(output.traceback), budget)]
    elif "data" in output:
        output.data = NotebookNode(_data(output.data, budget))
        output.metadata = NotebookNode()
    return output


def _data(data: dict[str, Any], budget: _Budget) -> dict[str, str]:
    kept, left_out = {}, []
    for kind, value in data.items():
        content = "".join(value) if isinstance(value, list) else value
        if not isinstance(content, str) or len(content) > MOST_OF.get(kind, 0):
            left_out.append(omitted(kind, len(str(content))))
        elif kind not in IMAGES:
            kept[kind] = _text(content, budget)
        elif budget.spend(len(content)):
            kept[kind] = content
        else:
            left_out.append(omitted(kind, len(content)))
    say_omitted(kept, left_out)
    return kept


def _text(text: str | list[str], budget: _Budget) -> str:
    """Its beginning and its end, if it is too long."""
    whole = "".join(text)
    if len(whole) > MOST_TEXT:
        half = MOST_TEXT // 2
        note = _("... {count} characters omitted ...").format(count=len(whole) - 2 * half)
        whole = f"{whole[:half]}\n{note}\n{whole[-half:]}"
    return whole if budget.spend(len(whole)) else _("output omitted: there is too much of it")


def _said(text: str) -> NotebookNode:
    return NotebookNode(output_type="stream", name="stdout", text=text + "\n")
