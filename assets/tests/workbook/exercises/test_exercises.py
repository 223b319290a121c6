"""The both-ways gate: every stub is not attempted, every solution right, wrong answers are wrong.

What stub and solution give is read from the stored outputs of the notebooks, which nbval compares
with a run; what wrong answers give is found here.
"""

from __future__ import annotations

import re

import pytest
from tests.support.verdicts import of_lesson, printed
from tests.support.wrong_answers import ALSO_RIGHT, WRONG
from workbook import check, hint
from workbook.authoring.lessons import find_lessons
from workbook.exercises import EXERCISES
from workbook.exercises.judging import find
from workbook.exercises.model import NOT_YET, RIGHT

LESSONS = find_lessons()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.number)
def test_every_exercise_of_a_lesson_is_right_when_solved(lesson):
    verdicts = printed(lesson.solution)
    assert verdicts == dict.fromkeys(of_lesson(lesson.number), "right") != {}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.number)
def test_every_exercise_of_a_lesson_is_not_attempted_as_it_is_handed_out(lesson):
    verdicts = printed(lesson.notebook)
    assert verdicts == dict.fromkeys(of_lesson(lesson.number), "not attempted") != {}


@pytest.mark.parametrize(("exercise_id", "answer", "phrase"), WRONG)
def test_a_wrong_answer_is_not_yet_right_and_the_finding_names_the_cause(
    exercise_id, answer, phrase
):
    finding = find(EXERCISES[exercise_id], answer(), {})
    assert finding.verdict == NOT_YET, finding
    assert phrase in finding.text


@pytest.mark.parametrize(("exercise_id", "answer"), ALSO_RIGHT)
def test_an_answer_that_is_right_in_another_way_than_the_solution_is_right(exercise_id, answer):
    finding = find(EXERCISES[exercise_id], answer, {})
    assert finding.verdict == RIGHT, finding


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_every_exercise_has_two_wrong_answers_and_three_hints_of_which_the_first_asks(exercise_id):
    assert sum(case.values[0] == exercise_id for case in WRONG) >= 2
    hints = EXERCISES[exercise_id].hints
    assert len(hints) == 3
    assert all(hints)
    assert hints[0].endswith("?")


@pytest.mark.parametrize(
    "answer",
    [
        object(),
        lambda: 1 / 0,
        type,
        float("nan"),
        b"\xff",
        {1: {2: {3: ...}}},
        "no-such-file.yaml",
        "\x00",
        10**5000,
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_check_of_any_exercise_prints_one_line_and_never_raises(answer, capsys):
    for exercise_id in EXERCISES:
        check(exercise_id, answer)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" not ")[0].strip() for line in lines] == list(EXERCISES)


def test_a_list_that_holds_itself_is_an_answer_too(capsys):
    endless: list = []
    endless.append(endless)
    check("04-2", endless)
    assert capsys.readouterr().out.startswith("04-2  not yet")


def test_hints_come_one_by_one_and_the_last_stays(capsys):
    for _ in range(4):
        hint("04-2")
    numbers = re.findall(r"hint (\d) of 3", capsys.readouterr().out)
    assert numbers == ["1", "2", "3", "3"]


@pytest.mark.parametrize("ask", [hint, lambda exercise_id: check(exercise_id, 1)])
def test_an_unknown_exercise_is_said_to_be_unknown(ask, capsys):
    ask("99-9")
    assert "no exercise '99-9'" in capsys.readouterr().out
