"""Quizzes: data, and the one judge of them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from workbook.exercises.judges.typed import choice, with_keys
from workbook.exercises.model import Finding, not_yet, right
from workbook.language import _

# number of a question -> its right choice, a letter, and why each other choice is not so
Questions = Mapping[str, tuple[str, Mapping[str, str]]]


def judge_quiz(answer: Any, questions: Questions) -> Finding:
    """Judge the choices of a quiz, `{1: "b", 2: ...}` as the learner writes it. The finding gives
    the reason for the first wrong choice."""
    answer = with_keys(answer, questions)
    if not isinstance(answer, Mapping) or set(answer) != set(questions):
        return not_yet(
            _("you gave {answer}; asked for is a dict with the keys {numbers}.").format(
                answer=f"{answer!r:.200}", numbers=", ".join(questions)
            )
        )
    chosen = {number: choice(answer[number]) for number in questions}
    wrong = [number for number, (key, _why) in questions.items() if chosen[number] != key]
    if not wrong:
        return right()
    first = wrong[0]
    key, reasons = questions[first]
    given = chosen[first]
    if not isinstance(given, str) or given not in reasons:
        return not_yet(
            _("question {number} has the choices {choices}; you gave {answer}.").format(
                number=first,
                choices=", ".join(sorted({key, *reasons})),
                answer=f"{answer[first]!r:.60}",
            )
        )
    return not_yet(
        _("{right} of {count} are right. Question {number}, {choice}: {reason}").format(
            right=len(questions) - len(wrong),
            count=len(questions),
            number=first,
            choice=given,
            reason=reasons[given],
        )
    )


def quiz(questions: Questions) -> Callable[[Any], Finding]:
    """The judge of a lesson's quiz."""
    return partial(judge_quiz, questions=questions)
