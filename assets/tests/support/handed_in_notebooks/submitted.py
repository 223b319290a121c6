"""Lesson 04 as learners hand it in, changed by code, and what the grader must say of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from workbook.authoring.lessons import find_lessons
from workbook.grading.rubric.rubric import load_rubric

(LESSON,) = find_lessons(["04"])
FULL = load_rubric().possible("04")
Notebook = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """`points` None: they don't matter. `says`: exercise -> verdict, and words of its text. `calm`:
    the cell of their own must not fail."""

    name: str
    data: bytes
    verdict: str = "graded"
    points: float | None = None
    says: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    text: str = ""
    note: str = ""
    calm: bool = False


def read(solved: bool) -> Notebook:
    path = LESSON.solution if solved else LESSON.notebook
    return json.loads(path.read_text(encoding="utf-8"))


SOLVED, EMPTY = read(solved=True), read(solved=False)


def dump(notebook: Notebook) -> bytes:
    return json.dumps(notebook).encode()


def cell(source: str, **more: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": "theirs",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": source,
    } | more


def first(notebook: Notebook, source: str, **more: Any) -> bytes:
    """With a cell of the learner's own after the import."""
    made = deepcopy(notebook)
    place = next(i for i, c in enumerate(made["cells"]) if c["cell_type"] == "code") + 1
    made["cells"].insert(place, cell(source, **more))
    return dump(made)


def last(notebook: Notebook, source: str, **more: Any) -> bytes:
    made = deepcopy(notebook)
    made["cells"].append(cell(source, **more))
    return dump(made)


def each(notebook: Notebook, change: Callable[[dict[str, Any]], None]) -> Notebook:
    made = deepcopy(notebook)
    for found in made["cells"]:
        change(found)
    return made


def exercise(notebook: Notebook, number: int, source: str) -> bytes:
    """With another source in the cell of an exercise."""

    def change(found: dict[str, Any]) -> None:
        if found["id"] == f"exercise-04-{number}":
            found["source"] = source

    return dump(each(notebook, change))


def failing(name: str, source: str, words: str, **more: Any) -> Row:
    """Exercise 2 fails, the others are right."""
    data = exercise(SOLVED, 2, f'{source}\nwaits_for = ...\ncheck("04-2", waits_for)')
    return Row(name, data, points=FULL - 1, says={"04-2": ("failed", words)}, **more)


def empty(name: str, source: str) -> Row:
    return Row(name, first(EMPTY, source), points=0.0)


def harmless(name: str, source: str, note: str = "") -> Row:
    return Row(name, first(SOLVED, source), points=FULL, note=note, calm=True)


def answered(name: str, source: str, words: str = "") -> Row:
    """Exercise 4 is answered by something that is wrong."""
    return Row(name, exercise(EMPTY, 4, source), points=0.0, says={"04-4": ("not yet", words)})
