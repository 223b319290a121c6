"""Quizzes: data, and the one judge of them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
        finding = not_yet(
            _("you gave {answer}; asked for is a dict with the keys {numbers}.").format(
                answer=f"{answer!r:.200}", numbers=", ".join(questions)
            )
        )
        return replace(finding, wrong=tuple(questions))
    chosen = {number: _letter(answer[number], questions[number]) for number in questions}
    wrong = [number for number, (key, _why) in questions.items() if chosen[number] != key]
    if not wrong:
        return right()
    return replace(_of_the_first(wrong, answer, chosen, questions), wrong=tuple(wrong))


def _letter(given: Any, question: tuple[str, Mapping[str, str]]) -> Any:
    """The choice that is meant; of a line copied from the quiz, `a: It waits.`, its letter."""
    key, reasons = question
    meant = choice(given)
    if not isinstance(given, str):
        return meant
    letter = choice(given.partition(":")[0])
    return letter if letter in {key, *reasons} else meant


def _of_the_first(
    wrong: list[str], answer: Mapping[str, Any], chosen: Mapping[str, Any], questions: Questions
) -> Finding:
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


@dataclass(frozen=True)
class Quiz:
    """The judge of a lesson's quiz."""

    questions: Questions

    def __call__(self, answer: Any) -> Finding:
        return judge_quiz(answer, self.questions)


def quiz(questions: Questions) -> Quiz:
    return Quiz(questions)
