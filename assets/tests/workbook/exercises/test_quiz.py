"""Quizzes: a wrong choice is answered with its reason, and every choice of a lesson has one."""

from __future__ import annotations

import itertools
import re

import nbformat
import pytest
from workbook.authoring.lessons import find_lessons
from workbook.exercises import EXERCISES
from workbook.exercises.judges.quiz import judge_quiz
from workbook.exercises.judging import find
from workbook.exercises.model import NOT_YET, RIGHT

QUESTIONS = {
    "1": ("b", {"a": "nothing has run yet.", "c": "the compiler starts no Pod."}),
    "2": ("a", {"b": "a parameter is text."}),
    "3": ("c", {"a": "no.", "b": "no."}),
}


def test_all_choices_right_is_right():
    assert judge_quiz({"1": "b", "2": "a", "3": "c"}, QUESTIONS).verdict == RIGHT


@pytest.mark.parametrize(
    "answer",
    [
        {"1": "B", "2": " a", "3": "C"},
        {"1": "b)", "2": "(a)", "3": "c."},
        {"1": "ㅠ", "2": "ㅁ", "3": "ㅊ"},  # the keys b, a, c in Hangul mode
        {"1": "Ｂ", "2": "ａ", "3": "ｃ"},  # full width
    ],
)
def test_a_choice_is_meant_however_it_was_typed(answer):
    assert judge_quiz(answer, QUESTIONS).verdict == RIGHT


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"1": "a", "2": "a", "3": "c"}, "2 of 3 are right. Question 1, a: nothing has run yet."),
        ({"1": "b", "2": "b", "3": "a"}, "1 of 3 are right. Question 2, b: a parameter is text."),
        ({"1": "b", "2": "c", "3": "c"}, "question 2 has the choices a, b; you gave 'c'."),
        ({"1": "b", "2": "ㅠ", "3": "c"}, "2 of 3 are right. Question 2, b: a parameter is text."),
        ({"1": "b", "2": "ㅋ", "3": "c"}, "question 2 has the choices a, b; you gave 'ㅋ'."),
        ({"1": "b", "2": ["a"], "3": "c"}, "question 2 has the choices a, b; you gave ['a']."),
        ({"1": "b", "2": "a"}, "a dict with the keys 1, 2, 3."),
        (["b", "a", "c"], "a dict with the keys 1, 2, 3."),
    ],
)
def test_a_wrong_choice_gets_its_reason_and_another_answer_what_is_asked_for(answer, said):
    finding = judge_quiz(answer, QUESTIONS)
    assert finding.verdict == NOT_YET
    assert said in finding.text


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ({"1": "b", "2": "a", "3": "c"}, ()),
        ({"1": "a", "2": "a", "3": "b"}, ("1", "3")),
        ({"1": "b", "2": "z", "3": "c"}, ("2",)),
        ({"1": "b"}, ("1", "2", "3")),
    ],
)
def test_each_question_that_is_not_right_is_named(answer, wrong):
    assert judge_quiz(answer, QUESTIONS).wrong == wrong


@pytest.mark.parametrize("lesson", find_lessons(), ids=lambda lesson: lesson.number)
def test_one_answer_to_a_lessons_quiz_is_right_and_each_other_choice_has_its_reason(lesson):
    cells = nbformat.read(lesson.solution, as_version=4).cells
    prose = next(cell.source for cell in cells if "## Quiz\n" in cell.source)
    questions = re.split(r"^\d\. ", prose.partition("## Quiz\n")[2], flags=re.MULTILINE)[1:]
    choices = [re.findall(r"^ +- ([a-z])[:.] ", text, re.MULTILINE) for text in questions]
    quiz = EXERCISES[f"{lesson.number}-quiz"]
    findings = [
        find(quiz, dict(enumerate(answer, start=1)), {}) for answer in itertools.product(*choices)
    ]
    wrong = [finding.text for finding in findings if finding.verdict == NOT_YET]
    assert len(wrong) == len(findings) - 1 > 0
    assert [text for text in wrong if " are right. Question " not in text] == []
