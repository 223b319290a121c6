"""The rubric: points for every exercise, what a seed draws, and errors that name the line."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import nbformat
import pytest
from workbook.authoring.lessons import find_lessons
from workbook.exercises import EXERCISES
from workbook.exercises.model import Trial
from workbook.grading.rubric.rubric import RUBRIC, RubricError, load_rubric, read_rubric

RUN = Trial(cases=(({"n": 1, "text": "a"}, "1 a"),), observe=lambda answer, arguments: answer)
MADE = replace(RUN, make=lambda dice: {"n": dice.below(100), "text": dice.word()})
EXERCISE_TRIALS = {"01-1": None, "01-2": RUN, "01-quiz": None, "02-1": None, "02-2": MADE}
GOOD = """\
"01":
  parameters:
    value_1: integer from 2 to 4
    kind: one of small, 7, 0.5, true
  points:
    01-1: 1
    01-2: 2.5
    01-quiz: 0
02:
  points: {02-1: 3, 02-2: 1}
"""
DRAWN = """\
  drawn:
    01-2:
    - as in check
    - n: integer from 5 to 900
      text: 2 to 4 words
    - n: one of 7
"""
GOOD = GOOD.replace("02:\n", DRAWN + "02:\n", 1) + "  drawn: {02-2: [made up, made up]}\n"


def read(text):
    return read_rubric(text, EXERCISE_TRIALS)


# ---- the one of this repository ------------------------------------------------------------------


def test_every_exercise_has_points_and_every_lesson_is_worth_something():
    rubric = load_rubric()
    assert [i for lesson in rubric.lessons for i in rubric.exercises(lesson)] == list(EXERCISES)
    assert all(rubric.possible(lesson) > 0 for lesson in rubric.lessons)


def test_what_is_drawn_are_parameters_of_the_notebook_and_not_its_own_values():
    rubric = load_rubric()
    for lesson in find_lessons():
        cells = nbformat.read(lesson.solution, as_version=4).cells
        source = next(c.source for c in cells if "parameters" in c.metadata.get("tags", ()))
        own: dict = {}
        exec(source, own)
        draws = rubric.lessons[lesson.number].draws
        assert draws, lesson.number
        assert draws.keys() <= own.keys()
        different = {n for n, what in draws.items() if own[n] not in what.values}
        assert different, f"lesson {lesson.number}: its own values may be drawn"


def test_what_is_drawn_for_an_answer_differs_from_seed_to_seed():
    rubric = load_rubric()
    for exercise_id, exercise in EXERCISES.items():
        if exercise.trial:
            cases = [rubric.arguments(exercise_id, exercise.trial, seed) for seed in range(20)]
            fixed = [dict(arguments) for arguments, _wanted in exercise.trial.cases]
            assert all(cases), exercise_id
            assert len({repr(case) for case in cases}) > 1, exercise_id
            assert all(
                set(one) == set(fixed[0]) or one.keys() < fixed[0].keys() for one in cases[0]
            )


def test_a_missing_rubric_is_a_sentence(tmp_path):
    with pytest.raises(RubricError, match="can't be read"):
        load_rubric(tmp_path / "none.yaml")


def test_git_keeps_the_rubric():
    ignored = subprocess.run(["git", "check-ignore", "-q", RUBRIC], cwd=RUBRIC.parent, check=False)
    assert ignored.returncode == 1


# ---- points and draws ----------------------------------------------------------------------------


def test_points_are_read_per_exercise_and_lesson():
    rubric = read(GOOD)
    assert rubric.exercises("01") == ("01-1", "01-2", "01-quiz")
    assert (rubric.points("01-2"), rubric.possible("01"), rubric.possible("02")) == (2.5, 3.5, 4)


def test_a_seed_draws_the_same_values_always_and_every_value_comes():
    rubric = read(GOOD)
    assert rubric.parameters("01", 1) == {"value_1": 2, "kind": 7}  # on any machine
    assert rubric.parameters("02", 1) == {}
    drawn = [rubric.parameters("01", seed) for seed in range(200)]
    assert {values["value_1"] for values in drawn} == {2, 3, 4}
    assert {repr(values["kind"]) for values in drawn} == {"'small'", "7", "0.5", "True"}


def test_the_cases_of_an_answer_come_in_order_and_those_of_the_check_apart():
    rubric = read(GOOD)
    (first, second) = rubric.arguments("01-2", RUN, 1)
    assert rubric.as_in_check("01-2")
    assert 5 <= first["n"] <= 900
    assert 2 <= len(first["text"].split()) <= 4
    assert second == {"n": 7}
    assert rubric.arguments("01-2", RUN, 1) == [first, second]
    made = rubric.arguments("02-2", MADE, 1)
    assert not rubric.as_in_check("02-2")
    assert made[0] != made[1]


def test_a_lesson_draws_apart_from_another():
    text = GOOD.replace("02:\n", "02:\n  parameters:\n    value_1: integer from 2 to 4\n")
    rubric = read(text)
    assert any(
        rubric.parameters("01", seed)["value_1"] != rubric.parameters("02", seed)["value_1"]
        for seed in range(50)
    )


# ---- what is wrong -------------------------------------------------------------------------------

SHAPES = "reads like 'integer from 2 to 9', 'one of 24, 48' or '2 to 4 words'"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("\n02:", "\n77:", "line 15: there is no lesson 77; there are 01, 02"),
        ("02-1:", "02-7:", "line 16: there is no exercise 02-7 in lesson 02; there are 02-1, 02-2"),
        ("02-1:", "01-1:", "line 16: there is no exercise 01-1 in lesson 02"),
        ("    01-2: 2.5\n", "", "line 5: exercise 01-2 has no points"),
        (GOOD[GOOD.index("02:\n") :], "", "line 1: lesson 02 is missing"),
        (
            "02-1: 3",
            "02-1: -3",
            "line 16: the points of 02-1 are a number from 0 to 1000, not '-3'",
        ),
        ("02-1: 3", "02-1: three", "not 'three'"),
        ("02-1: 3", "02-1: '3'", "not '3'"),
        ("02-1: 3", "02-1: true", "not 'true'"),
        ("02-1: 3", "02-1: !!int three", "not 'three'"),
        ("02-1: 3", "02-1: .nan", "not '.nan'"),
        ("02-1: 3", "02-1: .inf", "not '.inf'"),
        ("02-1: 3", "02-1: [3]", "not 'a sequence'"),
        ("02-1: 3", "02-1: ", "not ''"),
        ("    01-quiz: 0\n", "    01-1: 1\n", "line 8: 01-1 is there twice, first in line 6"),
        ("\n02:", '\n"01":', "line 15: 01 is there twice, first in line 1"),
        (
            "  points: {02-1: 3, 02-2: 1}",
            "  worth: 3",
            "line 16: lesson 02 has points, parameters, drawn, not",
        ),
        ("  points: {02-1: 3, 02-2: 1}", "  parameters: {}", "line 15: lesson 02 has no points"),
        (GOOD[GOOD.index("  points: {02") :], "  3\n", "line 16: lesson 02 must be a mapping"),
        (
            "  points: {02-1: 3, 02-2: 1}",
            "  points: 3",
            "line 16: the points of lesson 02 must be a mapping",
        ),
        ("\n02:", "\n? [02]\n:", "line 15: a key of the rubric must be text"),
        ("value_1:", "value 1:", "line 3: 'value 1' can't be the name of a parameter"),
        ("from 2 to 4", "from 4 to 2", f"line 3: what is drawn for value_1 {SHAPES}"),
        ("integer from 2 to 4", "whatever", f"line 3: what is drawn for value_1 {SHAPES}"),
        ("integer from 2 to 4", "[2, 4]", f"line 3: what is drawn for value_1 {SHAPES}"),
        ("one of small, 7", "one of small,, 7", f"line 4: what is drawn for kind {SHAPES}"),
        ("one of small, 7", "one of 2026-01-01, 7", f"line 4: what is drawn for kind {SHAPES}"),
        ("one of small, 7", "one of small, .inf", f"line 4: what is drawn for kind {SHAPES}"),
        ("02-2: 1}", "02-2: 1", "line 17: this is not YAML"),
        ("  points:\n", "\tpoints:\n", "line 5: this is not YAML"),
        ("small", "\x00", "this is not YAML"),
        ("2 to 4 words", "4 to 2 words", f"line 13: what is drawn for text {SHAPES}"),
        (
            "      text: 2",
            "      texts: 2",
            "line 13: 01-2 has no argument texts; there are n, text",
        ),
        (
            "as in check",
            "made up",
            "line 11: a case of 01-2 is 'as in check' or argument: draw, not",
        ),
        ("[made up, made up]", "[random]", "is 'as in check', 'made up' or argument: draw, not"),
        ("[made up, made up]", "made up", "line 17: what is drawn for 02-2 is a list of cases"),
        ("[made up, made up]", "[]", "line 17: what is drawn for 02-2 is a list of cases"),
        ("{02-2: [", "{02-1: [", "02-1 is no exercise whose answer is run; those are 02-2"),
        (DRAWN, "", "line 1: the answer to 01-2 is run: what is drawn for it?"),
        ("    01-2:\n    -", "    01-1:\n    -", "01-1 is no exercise whose answer is run"),
        ("integer from 2 to 4", "*nothing", "line 3: this is not YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old, new, said):
    assert old in GOOD
    with pytest.raises(RubricError) as error:
        read(GOOD.replace(old, new, 1))
    assert str(error.value).startswith("rubric.yaml")
    assert said in str(error.value)


@pytest.mark.parametrize(("text", "said"), [("", "empty"), ("- 1", "must be a mapping")])
def test_another_file_is_no_rubric(text, said):
    with pytest.raises(RubricError, match=said):
        read(text)
