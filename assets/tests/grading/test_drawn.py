"""Answers are judged on what is drawn: right is what gives there what the solution gives."""

from __future__ import annotations

import pytest
from tests.support.wrong_answers import ALSO_RIGHT, WRONG
from workbook.authoring.lessons import find_lessons
from workbook.exercises import EXERCISES
from workbook.exercises.model import NOT_YET, RIGHT
from workbook.grading.batch.reference import assignment_of
from workbook.grading.rubric.rubric import load_rubric
from workbook.grading.sandbox import bubblewrap
from workbook.grading.sandbox.warm import IF_POSSIBLE, first_of
from workbook.kernel import answers

pytestmark = pytest.mark.slow
SEED = 1


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Exercise -> the cases that a seed draws for it."""
    warm = first_of(bubblewrap.lay_out(tmp_path_factory.mktemp("drawn")), IF_POSSIBLE)
    rubric, limits = load_rubric(), bubblewrap.Limits()
    try:
        numbers = [lesson.number for lesson in find_lessons()]
        found = [assignment_of(number, warm, rubric, SEED, limits).cases for number in numbers]
    finally:
        warm.stop()
    return {exercise_id: cases for each in found for exercise_id, cases in each.items()}


def data(exercise_id, answer):
    return answers.KINDS[EXERCISES[exercise_id].kind](answer)


def test_every_exercise_whose_answer_is_run_has_cases(drawn):
    assert set(drawn) == {name for name, exercise in EXERCISES.items() if exercise.trial}


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        pytest.param(*case.values[:2], id=case.id)
        for case in WRONG
        if EXERCISES[case.values[0]].trial
    ],
)
def test_a_wrong_answer_is_not_yet_right_on_what_is_drawn(drawn, exercise_id, answer):
    try:
        handed_in = data(exercise_id, answer())
    except answers.WrongKind:
        return  # found before anything is run
    finding = EXERCISES[exercise_id].find(handed_in, {}, drawn[exercise_id])
    assert finding.verdict == NOT_YET, finding


@pytest.mark.parametrize(
    ("exercise_id", "answer"), [case for case in ALSO_RIGHT if EXERCISES[case[0]].trial]
)
def test_an_answer_that_is_right_in_another_way_is_right_on_what_is_drawn(
    drawn, exercise_id, answer
):
    finding = EXERCISES[exercise_id].find(data(exercise_id, answer), {}, drawn[exercise_id])
    assert finding.verdict == RIGHT, finding
