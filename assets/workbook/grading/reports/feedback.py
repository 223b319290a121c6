"""The page that a learner gets: points, what was seen, a hint, their own line that failed."""

from __future__ import annotations

import posixpath
from functools import cache
from typing import Any
from urllib.parse import quote

from workbook.authoring.lessons import find_lessons
from workbook.exercises.model import NOT_ATTEMPTED, NOT_YET, RIGHT
from workbook.grading.facts.places import stem
from workbook.grading.facts.plain import plain, plain_line
from workbook.grading.facts.record import (
    FAILED,
    GRADED,
    GRADER_ERROR,
    NOT_PYTHON,
    TOO_LARGE,
    UNKNOWN_LEARNER,
    UNKNOWN_LESSON,
    UNREADABLE,
    ExerciseResult,
    Record,
)
from workbook.grading.reports.markup import number, of, page, word
from workbook.language import _, spoken

LONGEST_LINE, LONGEST_CODE = 2000, 5000  # characters of a learner's code
LOOKS = {RIGHT: "good", FAILED: "bad", NOT_YET: "bad", NOT_ATTEMPTED: "none"}


def feedback_html(record: Record, closed: bool = False) -> str:
    """The page of one submission. It shows no seed; what was drawn, and the notebook as it was run,
    only when the batch is `closed`, so that they are of no use to anybody."""
    results = [_result(exercise, closed) for exercise in record.exercises]
    name = posixpath.basename(stem(record.learner, record.lesson, record.file))
    notebook = f"{name}.ipynb" if record.notebook and closed else ""
    score = _("Points: {points} of {possible}")
    return page(
        "feedback.html",
        title=_title(record.lesson),
        learner=record.learner,
        file=record.file,
        problem=_problem(record.verdict),
        reasons=[text for text in (record.text, _advice(record.verdict)) if text],
        score=score.format(points=number(record.points), possible=number(record.possible)),
        share=record.points / record.possible if record.possible else 0,
        notebook=quote(notebook),
        as_page=quote(f"{name}-as-it-was-run.html"),
        notes=record.notes,
        results=results,
    )


@cache
def _titles(language: str) -> dict[str, str]:
    return {lesson.number: lesson.title(language) for lesson in find_lessons()}


def _title(lesson: str) -> str:
    if name := _titles(spoken()).get(lesson):
        return _("Lesson {number}, {name}").format(number=lesson, name=name)
    return _("A notebook of an unknown lesson")


def _result(exercise: ExerciseResult, closed: bool) -> dict[str, Any]:
    verdict = word(exercise.verdict)
    exercise_id = plain_line(exercise.id)
    return {
        "id": exercise_id,
        "anchor": "exercise-" + quote(exercise_id, safe=""),
        "verdict": verdict,
        "look": LOOKS[exercise.verdict],
        "points": of(exercise.points, exercise.possible),
        "heading": f"{exercise_id}: {verdict}",
        "text": plain(exercise.text),
        "detail": plain(exercise.detail) if closed else "",
        "code": plain(exercise.code, LONGEST_CODE) if exercise.verdict != RIGHT else "",
        "line": plain(exercise.line, LONGEST_LINE),
        "hint": plain(exercise.hint),
        "more": exercise.verdict != RIGHT and bool(exercise.text or exercise.hint or exercise.line),
    }


def _problem(verdict: str) -> str:
    return {
        GRADED: "",
        UNREADABLE: _("This can't be read as a notebook."),
        TOO_LARGE: _("This is too large to be graded."),
        NOT_PYTHON: _("This notebook is not for Python."),
        UNKNOWN_LESSON: _("Which lesson this is can't be told."),
        UNKNOWN_LEARNER: _("Whose this is can't be told."),
        GRADER_ERROR: _("The grader failed on this notebook."),
    }[verdict]


def _advice(verdict: str) -> str:
    return {
        GRADED: "",
        UNREADABLE: _(
            "Hand in the notebook itself, the file that ends in .ipynb. If this was it, open it in "
            "JupyterLab, save it, and hand it in again."
        ),
        TOO_LARGE: _("Choose Edit, Clear Outputs of All Cells in JupyterLab, save, hand it in."),
        NOT_PYTHON: _("Choose Kernel, Change Kernel, Python 3 in JupyterLab, save, hand it in."),
        UNKNOWN_LESSON: _("Give the file its lesson's name again, and hand it in."),
        UNKNOWN_LEARNER: _("Your instructor sees it and looks at it."),
        GRADER_ERROR: _("It is not your fault; your instructor sees it and looks at it."),
    }[verdict]
