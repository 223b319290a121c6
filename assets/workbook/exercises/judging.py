"""Answers judged where they are given: what `check` and `hint` do in a lesson."""

from __future__ import annotations

from collections import Counter
from typing import Any

from workbook.exercises import EXERCISES
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
from workbook.language import _

_shown: Counter[str] = Counter()  # exercise -> hints given in this kernel


def check(exercise_id: str, answer: Any, given: dict[str, Any]) -> None:
    """Print whether the answer to an exercise is right, not yet, or not attempted."""
    exercise = EXERCISES.get(exercise_id)
    if exercise is None:
        print(_no_such(exercise_id))
        return
    finding = find(exercise, answer, given)
    words = {
        RIGHT: _("right"),
        NOT_ATTEMPTED: _("not attempted"),
        NOT_YET: _("not yet: {text}").format(text=finding.text),
    }
    print(f"{exercise_id}  {words[finding.verdict]}")


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
    exercise = EXERCISES.get(exercise_id)
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


def _no_such(exercise_id: str) -> str:
    return _("There is no exercise {id!r}. This workbook has {known}.").format(
        id=exercise_id, known=", ".join(EXERCISES)
    )
