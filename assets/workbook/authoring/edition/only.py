"""What only the Korean edition says: pieces of Markdown without an English, in
`assets/locale/ko/only/NN/CELL.md`, each set behind the prose of the cell that it is named after.

So both editions have the same cells, and a notebook of either is graded in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path

from nbformat import NotebookNode

from workbook.authoring.derive import Difference
from workbook.authoring.edition.parity import excerpt
from workbook.authoring.edition.style import Glossary, wrong_in_style


def read_pieces(folder: Path) -> dict[str, str]:
    """The id of a cell to the Markdown behind it; nothing if there is no such folder."""
    return {
        path.stem: path.read_text(encoding="utf-8").strip() for path in sorted(folder.glob("*.md"))
    }


def with_pieces(notebook: NotebookNode, pieces: Mapping[str, str]) -> NotebookNode:
    """A copy of a translated lesson with the pieces behind their cells' prose."""
    copy = deepcopy(notebook)
    for cell in copy.cells:
        if cell.cell_type == "markdown" and cell.id in pieces:
            cell.source = f"{cell.source.rstrip()}\n\n{pieces[cell.id]}"
    return copy


def wrong_pieces(
    notebook: NotebookNode, pieces: Mapping[str, str], glossary: Glossary
) -> Iterator[Difference]:
    """The pieces that have no cell of prose to stand behind, or a style that isn't the edition's"""
    prose = {cell.id for cell in notebook.cells if cell.cell_type == "markdown"}
    for cell, piece in pieces.items():
        if cell not in prose:
            yield Difference(cell, "the lesson has no cell of prose with this id")
        for what in wrong_in_style("", piece, glossary):
            yield Difference(cell, f"{what}, in {excerpt(piece)}")
