"""A learner's file made anew: only the sources of its cells are taken, everything else is ours.

Tags, metadata, outputs, attachments and the kernel's name would decide how a notebook is run.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

from workbook.authoring.derive import NOTEBOOK_METADATA
from workbook.grading.facts.lesson import CHECK, Facts
from workbook.grading.facts.record import (
    NOT_PYTHON,
    TOO_LARGE,
    UNKNOWN_LESSON,
    UNREADABLE,
    Refusal,
    Refused,
)
from workbook.grading.intake.content import MAX_BYTES
from workbook.grading.notebook.cells import Cell, cells_of, unlike
from workbook.grading.notebook.values import INJECTED, with_values
from workbook.grading.sandbox.inside import parse
from workbook.language import _

DEPTH = 100
LOOKS = [
    (b"%PDF", _("a PDF")),
    (b"PK\x03\x04", _("a zip archive")),
    (b"\x1f\x8b", _("a gzip archive")),
    (b"version https://git-lfs", _("a pointer of Git LFS, not the file itself")),
    (b"<", _("a web page")),
    (b"\x89PNG", _("a picture")),
    (b"\xff\xfe", _("text in UTF-16")),
    (b"\xfe\xff", _("text in UTF-16")),
]
NO_CELLS = _("JSON, but not a notebook's")


@dataclass(frozen=True)
class Rebuilt:
    """`owners`: id of a cell -> the exercise that it belongs to."""

    notebook: NotebookNode
    owners: dict[str, str]
    notes: tuple[str, ...]


def rebuild(data: bytes, facts: Facts, values: Mapping[str, Any]) -> Rebuilt:
    """The notebook to run, with the lesson's parameters set to `values`. Raises Refused."""
    notes: list[str] = []
    given = _content(data, notes).get("cells")
    if not isinstance(given, list):
        raise _no_notebook(NO_CELLS)
    cells, parameters = with_values(unlike(cells_of(given)), facts, values, notes)
    cells = unlike(cells)
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": NOTEBOOK_METADATA,
        "cells": [_node(cell, parameters) for cell in cells],
    }
    return Rebuilt(nbformat.from_dict(notebook), _owners(cells, facts, notes), tuple(notes))


def _node(cell: Cell, parameters: Cell | None) -> dict[str, Any]:
    # not nbformat's new_code_cell: it validates each cell by itself, which takes half a millisecond
    tags = {"parameters"} if parameters and cell.id == parameters.id else cell.tags & {INJECTED}
    node: dict[str, Any] = {
        "id": cell.id,
        "cell_type": cell.kind,
        "metadata": {"tags": sorted(tags)} if tags else {},
        "source": cell.source,
    }
    if cell.kind == "code":
        node |= {"execution_count": None, "outputs": []}
    return node


def _content(data: bytes, notes: list[str]) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        text = _("The file has {size:,} bytes; a notebook may have {most:,}.")
        raise Refused(Refusal(TOO_LARGE, text.format(size=len(data), most=MAX_BYTES)))
    if not data.strip():
        raise Refused(Refusal(UNREADABLE, _("The file is empty.")))
    for start, what in LOOKS:
        if data.startswith(start):
            raise _no_notebook(what)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = _("The file is not text in UTF-8 (byte {position}).")
        raise Refused(Refusal(UNREADABLE, text.format(position=error.start))) from None
    if data.startswith(b"\xef\xbb\xbf"):
        notes.append(_("the file begins with a byte order mark; it was read all the same"))
    if not text.lstrip().startswith("{"):
        program = "import " in text or "def " in text
        raise _no_notebook(_("a Python program") if program else _("text"))
    try:
        content = parse.strictly(text, DEPTH)
    except ValueError as error:
        text = _("The file is not a whole notebook: {error}.")
        raise Refused(Refusal(UNREADABLE, text.format(error=error))) from None
    return _upgraded(content, notes)


def _no_notebook(what: str) -> Refused:
    text = _("This is no notebook: it looks like {what}.")
    return Refused(Refusal(UNREADABLE, text.format(what=what)))


def _upgraded(content: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    version = content.get("nbformat")
    if not isinstance(version, int) or not ("cells" in content or "worksheets" in content):
        raise _no_notebook(NO_CELLS)
    if version < 4:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                content = nbformat.convert(nbformat.from_dict(content), 4)
        except Exception as error:  # whatever it stumbles over, the file is not what it says
            text = _("The file says notebook format {version}, and is not: {error}.")
            raise Refused(Refusal(UNREADABLE, text.format(version=version, error=error))) from None
        notes.append(_("the file is in an old notebook format; it was read all the same"))
    language = _language(content.get("metadata"))
    if language != "python":
        text = _("The notebook's language is {language}; the course is in Python.")
        raise Refused(Refusal(NOT_PYTHON, text.format(language=language[:60])))
    return content


def _language(metadata: Any) -> str:
    for part, key in (("language_info", "name"), ("kernelspec", "language")):
        found = metadata.get(part) if isinstance(metadata, dict) else None
        name = found.get(key) if isinstance(found, dict) else None
        if isinstance(name, str) and name:
            return "python" if name.lower() in ("python", "ipython", "python3") else name
    return "python"


def _refuse_other_lesson(cells: list[Cell], facts: Facts, seen: Mapping[str, int]) -> None:
    """A notebook that has exercises, but none of its lesson's, was handed in under a wrong name."""
    code = [cell.source for cell in cells if cell.kind == "code"]
    found = {name[:2] for source in code for name in CHECK.findall(source)}
    lesson = min(facts.expressions, default="")[:2]
    if found and not seen and lesson not in found:
        text = _("By its name it is lesson {lesson}, but its exercises are of lesson {others}.")
        others = ", ".join(sorted(found))
        raise Refused(Refusal(UNKNOWN_LESSON, text.format(lesson=lesson, others=others)))


def _owners(cells: list[Cell], facts: Facts, notes: list[str]) -> dict[str, str]:
    owners: dict[str, str] = {}
    waiting: list[str] = []  # cells of the learner's own, that the next exercise may stand on
    seen: dict[str, int] = {}
    for cell in cells:
        if cell.kind != "code" or INJECTED in cell.tags:
            continue
        named = [name for name in CHECK.findall(cell.source) if name in facts.expressions]
        exercise_id = named[-1] if named else facts.cells.get(cell.id)
        if exercise_id:
            owners |= dict.fromkeys([*waiting, cell.id], exercise_id)
            waiting = []
            seen[exercise_id] = seen.get(exercise_id, 0) + 1
        elif cell.source.strip() not in facts.sources:
            waiting.append(cell.id)
        else:
            waiting = []
    for exercise_id, count in seen.items():
        if count > 1:
            text = _("exercise {id} is there {count} times; the last one counts")
            notes.append(text.format(id=exercise_id, count=count))
    _refuse_other_lesson(cells, facts, seen)
    missing = [exercise_id for exercise_id in facts.expressions if exercise_id not in seen]
    if missing:
        notes.append(_("missing: {exercises}").format(exercises=", ".join(missing)))
    return owners
