"""A learner's file made anew: only the sources of its cells are taken, everything else is ours.

Tags, metadata, outputs, attachments and the kernel's name would decide how a notebook is run.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

from workbook.authoring.derive import NOTEBOOK_METADATA
from workbook.grading.facts.lesson import CHECK, Facts, bound
from workbook.grading.facts.record import NOT_PYTHON, TOO_LARGE, UNKNOWN_LESSON, UNREADABLE, Refusal
from workbook.grading.sandbox.inside import parse
from workbook.language import _

MAX_BYTES = 20 * 1024 * 1024
MAX_CELLS = 1000
MAX_SOURCE = 2 * 1024 * 1024  # characters of all cells
DEPTH = 100
ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
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


class Refused(ValueError):
    """The file can't be graded; `refusal` says why."""

    def __init__(self, verdict: str, text: str) -> None:
        super().__init__(text)
        self.refusal = Refusal(verdict, text)


@dataclass(frozen=True)
class Rebuilt:
    """`owners`: id of a cell -> the exercise that it belongs to."""

    notebook: NotebookNode
    owners: dict[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Cell:
    id: str
    kind: str
    source: str
    tags: frozenset[str]


def rebuild(data: bytes, facts: Facts) -> Rebuilt:
    """The notebook to run, with one cell tagged `parameters`. Raises Refused."""
    notes: list[str] = []
    content = _content(data, notes)
    cells = _unlike(_cells(content))
    cells = [cell for cell in cells if "injected-parameters" not in cell.tags]
    cells, parameters = _with_parameters(cells, facts, notes)
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": NOTEBOOK_METADATA,
        "cells": [_node(cell, cell is parameters) for cell in cells],
    }
    return Rebuilt(nbformat.from_dict(notebook), _owners(cells, facts, notes), tuple(notes))


def _node(cell: _Cell, parameters: bool) -> dict[str, Any]:
    # not nbformat's new_code_cell: it validates each cell by itself, which takes half a millisecond
    more = {"execution_count": None, "outputs": []} if cell.kind == "code" else {}
    return {
        "id": cell.id,
        "cell_type": cell.kind,
        "metadata": {"tags": ["parameters"]} if parameters else {},
        "source": cell.source,
        **more,
    }


def _content(data: bytes, notes: list[str]) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        text = _("The file has {size:,} bytes; a notebook may have {most:,}.")
        raise Refused(TOO_LARGE, text.format(size=len(data), most=MAX_BYTES))
    if not data.strip():
        raise Refused(UNREADABLE, _("The file is empty."))
    for start, what in LOOKS:
        if data.startswith(start):
            raise _no_notebook(what)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = _("The file is not text in UTF-8 (byte {position}).")
        raise Refused(UNREADABLE, text.format(position=error.start)) from None
    if data.startswith(b"\xef\xbb\xbf"):
        notes.append(_("the file begins with a byte order mark; it was read all the same"))
    if not text.lstrip().startswith("{"):
        program = "import " in text or "def " in text
        raise _no_notebook(_("a Python program") if program else _("text"))
    try:
        content = parse.strictly(text, DEPTH)
    except ValueError as error:
        text = _("The file is not a whole notebook: {error}.")
        raise Refused(UNREADABLE, text.format(error=error)) from None
    return _upgraded(content, notes)


def _no_notebook(what: str) -> Refused:
    text = _("This is no notebook: it looks like {what}.")
    return Refused(UNREADABLE, text.format(what=what))


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
            raise Refused(UNREADABLE, text.format(version=version, error=error)) from None
        notes.append(_("the file is in an old notebook format; it was read all the same"))
    language = _language(content.get("metadata"))
    if language != "python":
        text = _("The notebook's language is {language}; the course is in Python.")
        raise Refused(NOT_PYTHON, text.format(language=language[:60]))
    return content


def _language(metadata: Any) -> str:
    for part, key in (("language_info", "name"), ("kernelspec", "language")):
        found = metadata.get(part) if isinstance(metadata, dict) else None
        name = found.get(key) if isinstance(found, dict) else None
        if isinstance(name, str) and name:
            return "python" if name.lower() in ("python", "ipython", "python3") else name
    return "python"


def _cells(content: dict[str, Any]) -> list[_Cell]:
    given = content.get("cells")
    if not isinstance(given, list):
        raise _no_notebook(NO_CELLS)
    if len(given) > MAX_CELLS:
        text = _("The notebook has {count:,} cells; it may have {most:,}.")
        raise Refused(TOO_LARGE, text.format(count=len(given), most=MAX_CELLS))
    cells = []
    for cell in given:
        if isinstance(cell, dict) and cell.get("cell_type") in ("code", "markdown"):
            source = cell.get("source", "")
            if isinstance(source, list):
                source = "".join(part for part in source if isinstance(part, str))
            if not isinstance(source, str):
                continue
            source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
            source = source.encode("utf-8", "replace").decode()  # half a surrogate pair
            metadata = cell.get("metadata")
            tags = metadata.get("tags") if isinstance(metadata, dict) else None
            known = (
                frozenset(tag for tag in tags if isinstance(tag, str))
                if isinstance(tags, list)
                else frozenset()
            )
            cells.append(_Cell(str(cell.get("id", "")), cell["cell_type"], source, known))
    if sum(len(cell.source) for cell in cells) > MAX_SOURCE:
        text = _("The cells have more than {most:,} characters.").format(most=MAX_SOURCE)
        raise Refused(TOO_LARGE, text)
    return cells


def _unlike(cells: list[_Cell]) -> list[_Cell]:
    """Each with an id of its own: the learner's where that is one and comes first."""
    seen: set[str] = set()
    found = []
    for number, cell in enumerate(cells, start=1):
        name = cell.id if ID.fullmatch(cell.id) and cell.id not in seen else f"cell-{number}"
        while name in seen:
            name += "-again"
        seen.add(name)
        found.append(_Cell(name, cell.kind, cell.source, cell.tags))
    return found


def _with_parameters(
    cells: list[_Cell], facts: Facts, notes: list[str]
) -> tuple[list[_Cell], _Cell | None]:
    """Our values go after the last cell that is the lesson's parameters, wherever it was put."""
    if not facts.names:
        return cells, None
    code = [cell for cell in cells if cell.kind == "code"]
    same = [cell for cell in code if bound(cell.source) >= facts.names]
    tagged = [cell for cell in code if "parameters" in cell.tags]
    if not same and not tagged:
        notes.append(_("the parameters cell is missing; the lesson's own was put in"))
        cell = _Cell("parameters-put-in", "code", facts.parameters, frozenset())
        place = next((i + 1 for i, each in enumerate(cells) if each.kind == "code"), 0)
        return [*cells[:place], cell, *cells[place:]], cell
    if len(same) > 1 or len(tagged) > 1:
        notes.append(_("there are several parameters cells; ours come after the last"))
    return cells, (same or tagged)[-1]


def _refuse_other_lesson(cells: list[_Cell], facts: Facts, seen: Mapping[str, int]) -> None:
    """A notebook that has exercises, but none of its lesson's, was handed in under a wrong name."""
    code = [cell.source for cell in cells if cell.kind == "code"]
    found = {name[:2] for source in code for name in CHECK.findall(source)}
    lesson = min(facts.expressions, default="")[:2]
    if found and not seen and lesson not in found:
        text = _("By its name it is lesson {lesson}, but its exercises are of lesson {others}.")
        others = ", ".join(sorted(found))
        raise Refused(UNKNOWN_LESSON, text.format(lesson=lesson, others=others))


def _owners(cells: list[_Cell], facts: Facts, notes: list[str]) -> dict[str, str]:
    owners: dict[str, str] = {}
    waiting: list[str] = []  # cells of the learner's own, that the next exercise may stand on
    seen: dict[str, int] = {}
    for cell in (cell for cell in cells if cell.kind == "code"):
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
