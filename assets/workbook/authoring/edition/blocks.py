"""A Markdown cell as the blocks that are translated one by one, and back. Pure.

A block is what stands between blank lines: a paragraph, a heading, a list, a table. So a change to
one paragraph of the English leaves the Korean of its neighbours as it is. What has no words outside
code (a list of names, say) is copied, not translated, and so is a fenced block.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy

from nbformat import NotebookNode

# a fenced block, or blank lines
BETWEEN = re.compile(r"(?ms)(\n*^ *(?:```|~~~).*?^ *(?:```|~~~) *$\n*|\n(?:[ \t]*\n)+)")
CODE = re.compile(r"(?s)(`+)[^`].*?\1|<code>.*?</code>")
MARKUP = re.compile(r"<[^>]*>|\]\([^)]*\)")
WORD = re.compile(r"[^\W\d_]{2,}")
UPWARDS = re.compile(r"""(\]\(|\b(?:src|href)=")\.\./""")


def translatable(source: str) -> list[str]:
    """The blocks of a cell that a translation has to have, in order, each once."""
    blocks = BETWEEN.split(source)[::2]  # in between is what separates them
    return list(dict.fromkeys(block for block in blocks if WORD.search(without_code(block))))


def translated(notebook: NotebookNode, translate: Callable[[str, str], str]) -> NotebookNode:
    """A copy of a derived lesson with its prose in another language, for a folder one level deeper.

    `translate(cell id, block)` gives the text of a block. Code, ids and metadata stay.
    """
    copy = deepcopy(notebook)
    for cell in copy.cells:
        if cell.cell_type == "markdown":
            pieces = BETWEEN.split(cell.source)
            texts = set(translatable(cell.source))
            cell.source = UPWARDS.sub(
                r"\1../../",
                "".join(translate(cell.id, p) if p in texts else p for p in pieces),
            )
    return copy


def without_code(text: str) -> str:
    """The words of a Markdown text: no code, no HTML tag, no address of a link."""
    return MARKUP.sub(" ", CODE.sub(" ", text))
