"""Answers judged where they are given: what `check` and `hint` do in a lesson."""

from __future__ import annotations

from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

from IPython.display import display

from workbook.exercises import EXERCISES, progress
from workbook.exercises.model import (
    NOT_ATTEMPTED,
    NOT_YET,
    RIGHT,
    Exercise,
    Finding,
    not_attempted,
    not_yet,
)
from workbook.kernel import answers
from workbook.kernel.environment import before_a_person
from workbook.kernel.folder import notebook_folder
from workbook.language import _

# a sign for the eye, the words beside it for everybody; both colours are read on white and on black
SIGNS = {
    RIGHT: ("&#10003;", "#1a8f3c"),
    NOT_YET: ("&#10007;", "#c9510c"),
    NOT_ATTEMPTED: ("&#8230;", "#767676"),
}

_shown: Counter[str] = Counter()  # exercise -> hints given in this kernel


def check(exercise_id: str, answer: Any, given: dict[str, Any]) -> None:
    """Say whether the answer to an exercise is right, not yet, or not attempted, and in a working
    copy how far one is."""
    exercise = EXERCISES.get(str(exercise_id))
    if exercise is None:
        print(_no_such(exercise_id))
        return
    finding = find(exercise, answer, given)
    words = {
        RIGHT: _("right"),
        NOT_ATTEMPTED: _("not attempted"),
        NOT_YET: _("not yet: {text}").format(text=finding.text),
    }
    line = f"{exercise_id}  {words[finding.verdict]}"
    far = _how_far(exercise_id, finding.verdict, notebook_folder())
    if before_a_person():
        plain = "\n".join(filter(None, [line, far]))
        shown = {"text/plain": plain, "text/html": _as_html(line, far, finding.verdict)}
        display(shown, raw=True)
    else:
        print(*filter(None, [line, far]), sep="\n")


def _how_far(exercise_id: str, verdict: str, folder: Path) -> str:
    if not progress.is_kept(folder):
        return ""
    try:
        if verdict == RIGHT:
            progress.keep(folder, exercise_id)
    except OSError as error:
        return _("how far you are can't be kept in {folder}: {reason}").format(
            folder=folder, reason=error.strerror
        )
    return progress.sentence(progress.read(folder), EXERCISES, exercise_id)


def _as_html(line: str, far: str, verdict: str) -> str:
    """With styles that JupyterLab's sanitizer leaves in a notebook that isn't trusted."""
    sign, color = SIGNS[verdict]
    text = f'<span style="color: {color}; font-weight: bold">{sign}</span> {escape(line)}'
    return f"<div>{text}</div>" + (f"<div>{escape(far)}</div>" if far else "")


def find(exercise: Exercise, answer: Any, given: dict[str, Any]) -> Finding:
    """The finding on an answer as it lies in the kernel. Whatever goes wrong is a finding too."""
    try:
        if answers.untouched(answer):
            return not_attempted()
        return exercise.find(answers.KINDS[exercise.kind](answer), given)
    except answers.WrongKind as error:
        return not_yet(str(error))
    except Exception as error:  # a check that raises would stop the learner's notebook
        return not_yet(
            _("the answer can't be judged: {error}").format(
                error=f"{type(error).__name__}: {error}"
            )
        )


def hint(exercise_id: str) -> None:
    """Print the next of the three hints; after the third, all of them have been seen."""
    exercise = EXERCISES.get(str(exercise_id))
    if exercise is None:
        print(_no_such(exercise_id))
        return
    number = min(_shown[exercise_id], len(exercise.hints) - 1)
    _shown[exercise_id] += 1
    print(
        _("{id}, hint {number} of {count}: {text}").format(
            id=exercise_id,
            number=number + 1,
            count=len(exercise.hints),
            text=exercise.hints[number],
        )
    )


def _no_such(exercise_id: Any) -> str:
    if not isinstance(exercise_id, str):  # 04-1 without them is 3, and 08-1 a SyntaxError
        return _('Put the name of the exercise in quotation marks, like check("04-1", ...).')
    lesson = exercise_id[:2]
    known = [each for each in EXERCISES if each.startswith(f"{lesson}-")]
    if known:
        return _("There is no exercise {id!r}. Lesson {lesson} has {known}.").format(
            id=exercise_id, lesson=lesson, known=", ".join(known)
        )
    return _('There is no exercise {id!r}. They are called like "04-1".').format(id=exercise_id)
