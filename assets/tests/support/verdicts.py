"""The verdicts in the stored outputs of a lesson."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from workbook.exercises import EXERCISES


def printed(path: Path) -> dict[str, str]:
    """What `check` printed in a stored notebook: exercise -> the rest of its line."""
    lines = [
        line
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream"
        for line in output.text.splitlines()
    ]
    found = (re.fullmatch(r"(\d\d-(?:\d+|quiz))  (.*)", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


def of_lesson(number: str) -> list[str]:
    return [exercise_id for exercise_id in EXERCISES if exercise_id.startswith(f"{number}-")]
