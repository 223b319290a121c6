"""The places of a new exercise: each is there, and a gate refuses it until it is written."""

from __future__ import annotations

import ast
import shutil

import pytest
import yaml
from workbook.authoring.build import check, read_notebook
from workbook.authoring.lessons import BuildError, find_lessons
from workbook.authoring.new_exercise import make
from workbook.exercises import EXERCISES
from workbook.grading.rubric.rubric import TRIALS, RubricError, load_rubric
from workbook.paths import REPOSITORY

LESSONS = find_lessons()


@pytest.fixture
def copy(tmp_path):
    for folder in ("solutions", "notebooks", "assets/workbook/exercises", "assets/tests/support"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    return tmp_path


def unwritten(lesson):
    return f"{lesson.number}-99"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.number)
def test_each_lesson_can_have_one_more_exercise_and_no_place_passes_unwritten(lesson, copy):
    exercise_id = unwritten(lesson)
    solution, module, answers, rubric = make(exercise_id, copy)
    ids = [cell.id for cell in read_notebook(solution, "").cells]
    first = ids.index("exercise-99")
    assert ids[first : first + 3] == ["exercise-99", f"exercise-{exercise_id}", "hint-99"]
    (finding,) = check(*find_lessons([lesson.number], copy))
    assert "the solution is empty" in finding
    for file in (module, answers):
        ast.parse(file.read_text())
    assert f'"{exercise_id}": [],' in answers.read_text()
    assert f'NotImplementedError("write the judge of {exercise_id}")' in module.read_text()
    assert yaml.safe_load(rubric.read_text())[lesson.number]["points"][exercise_id] is None
    with pytest.raises(RubricError, match=exercise_id):
        load_rubric(rubric, {**TRIALS, exercise_id: None})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("4-5", "like 04-5"),
        ("04-quiz", "like 04-5"),
        ("99-1", "no lesson 99"),
        (next(iter(EXERCISES)), "already"),
    ],
)
def test_what_cannot_be_made_is_a_sentence_and_changes_nothing(asked, said, copy):
    before = {file: file.read_bytes() for file in copy.rglob("*") if file.is_file()}
    with pytest.raises(BuildError, match=said):
        make(asked, copy)
    assert {file: file.read_bytes() for file in copy.rglob("*") if file.is_file()} == before
