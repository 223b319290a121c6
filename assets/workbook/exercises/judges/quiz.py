"""Quizzes: data, and the one judge of them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from workbook.exercises.model import Finding, not_yet, right
from workbook.language import _

# number of a question -> its right choice, a letter, and why each other choice is not so
Questions = Mapping[str, tuple[str, Mapping[str, str]]]


def judge_quiz(answer: Any, questions: Questions) -> Finding:
    """Judge the choices of a quiz, `{1: "b", 2: ...}` as the learner writes it. The finding gives
    the reason for the first wrong choice."""
    if not isinstance(answer, Mapping) or set(answer) != set(questions):
        return not_yet(
            _("you gave {answer}; asked for is a dict with the keys {numbers}.").format(
                answer=f"{answer!r:.200}", numbers=", ".join(questions)
            )
        )
    chosen = {number: _letter(answer[number]) for number in questions}
    wrong = [number for number, (key, _why) in questions.items() if chosen[number] != key]
    if not wrong:
        return right()
    first = wrong[0]
    key, reasons = questions[first]
    choice = chosen[first]
    if not isinstance(choice, str) or choice not in reasons:
        text = _("question {number} has the choices {choices}; you gave {answer}.").format(
            number=first, choices=", ".join(sorted({key, *reasons})), answer=f"{choice!r:.60}"
        )
        typed_in_korean = isinstance(choice, str) and not choice.isascii()
        cure = _("Switch the keyboard to English letters and type it again.")
        return not_yet(f"{text} {cure}" if typed_in_korean else text)
    return not_yet(
        _("{right} of {count} are right. Question {number}, {choice}: {reason}").format(
            right=len(questions) - len(wrong),
            count=len(questions),
            number=first,
            choice=choice,
            reason=reasons[choice],
        )
    )


def _letter(choice: Any) -> Any:
    return choice.strip().lower() if isinstance(choice, str) else choice


def quiz(questions: Questions) -> Callable[[Any], Finding]:
    """The judge of a lesson's quiz."""
    return partial(judge_quiz, questions=questions)
