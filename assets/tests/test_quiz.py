"""The judge of a quiz: the first wrong choice is answered with its reason."""

from __future__ import annotations

import pytest
from workbook.exercise import NOT_YET, RIGHT
from workbook.judges import judge_quiz

QUESTIONS = {
    "1": ("b", {"a": "nothing has run yet.", "c": "the compiler starts no Pod."}),
    "2": ("a", {"b": "a parameter is text."}),
    "3": ("c", {"a": "no.", "b": "no."}),
}


def test_all_choices_right_is_right():
    assert judge_quiz({"1": "b", "2": "a", "3": "c"}, QUESTIONS).verdict == RIGHT


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"1": "a", "2": "a", "3": "c"}, "2 of 3 are right. Question 1, a: nothing has run yet."),
        ({"1": "b", "2": "b", "3": "a"}, "1 of 3 are right. Question 2, b: a parameter is text."),
        ({"1": "b", "2": "c", "3": "c"}, "question 2 has the choices a, b; you gave 'c'."),
        ({"1": "b", "2": ["a"], "3": "c"}, "question 2 has the choices a, b; you gave ['a']."),
        ({"1": "b", "2": "a"}, "a dict with the keys 1, 2, 3."),
        (["b", "a", "c"], "a dict with the keys 1, 2, 3."),
    ],
)
def test_a_wrong_choice_gets_its_reason_and_another_answer_what_is_asked_for(answer, said):
    finding = judge_quiz(answer, QUESTIONS)
    assert finding.verdict == NOT_YET
    assert said in finding.text
