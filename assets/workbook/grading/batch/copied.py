"""Components of the workbook's own, handed in as an answer: noted, for a person to judge."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from functools import cache

from workbook.exercises import EXERCISES
from workbook.language import _
from workbook.paths import ASSETS

SOURCE = ASSETS / "workbook" / "kernel" / "penguins.py"


def copied_notes(answers: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each answer whose program is, to the letter, a step of `penguins`; `answers`:
    exercise -> text that the learner's process wrote."""
    for exercise_id, text in answers.items():
        if EXERCISES[exercise_id].kind != "component":
            continue
        program = _program(text)
        for name, body in _bodies().items():
            if body in program:
                note = _("{id}: its program is that of penguins.{name}, which the workbook has")
                yield note.format(id=exercise_id, name=name)


def _program(text: str) -> str:
    """What the component runs; "" for what is none."""
    try:
        command = json.loads(text)["answer"]["implementation"]["container"]["command"]
        return "\n".join(part for part in command if isinstance(part, str))
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


@cache
def _bodies() -> dict[str, str]:
    """Function -> its body, which kfp takes into the component as it is."""
    source = SOURCE.read_text(encoding="utf-8")
    lines = source.splitlines()
    return {
        node.name: "\n".join(lines[node.body[0].lineno - 1 : node.end_lineno])
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    }
