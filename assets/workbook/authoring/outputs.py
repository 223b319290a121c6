"""What of an output is stored: not what differs from run to run and says nothing, so that a changed
word changes a line.

The rules are those by which nbval compares stored outputs with a run, in `.nbval.cfg`.
"""

from __future__ import annotations

import re
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from workbook.paths import REPOSITORY

RULES = REPOSITORY / ".nbval.cfg"
RULE = re.compile(r"^regex: (.*)$\n^replace: (.*)$", re.MULTILINE)  # as nbval reads them
# base64, in which anything may happen to stand
BINARY = ("image/png", "image/jpeg", "application/pdf")


def comparable(notebook: NotebookNode) -> NotebookNode:
    """A copy whose outputs are those of every other run of it."""
    copy = deepcopy(notebook)
    for cell in copy.cells:
        if cell.cell_type == "code":
            cell.outputs = [_without_chance(output) for output in cell.outputs]
    return copy


def _without_chance(value: Any) -> Any:
    if isinstance(value, str):
        for regex, replacement in _rules(RULES):
            value = regex.sub(replacement, value)
        return value
    if isinstance(value, list):
        return [_without_chance(each) for each in value]
    if isinstance(value, dict):
        return type(value)(
            (key, each if key in BINARY else _without_chance(each)) for key, each in value.items()
        )
    return value


@cache
def _rules(file: Path) -> list[tuple[re.Pattern[str], str]]:
    found = RULE.findall(file.read_text(encoding="utf-8"))
    return [(re.compile(regex), replacement) for regex, replacement in found]
