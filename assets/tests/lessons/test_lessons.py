"""The lint of every stored lesson, solved and derived; its rules: `tests.support.lessons.lint`."""

from __future__ import annotations

from collections import Counter

import nbformat
import pytest
from tests.support.lessons import lint
from tests.support.lessons.files import PATHS, place
from tests.support.lessons.prose import Lesson
from workbook.authoring import build
from workbook.authoring.lessons import find_lessons


@pytest.fixture(scope="module", params=PATHS, ids=place)
def lesson(request) -> Lesson:
    return Lesson(request.param, nbformat.read(request.param, as_version=4))


def test_there_is_at_least_one_lesson():
    assert PATHS, "no lessons: solutions/ and notebooks/ hold no NN_name.ipynb"


def test_two_lessons_never_have_one_number():
    numbers = Counter((path.parent.name, path.name[:2]) for path in PATHS)
    assert [number for number, count in numbers.items() if count > 1] == []


@pytest.mark.parametrize("number", sorted({path.name[:2] for path in PATHS}))
def test_a_derived_lesson_is_what_its_solution_says(number):
    found = [finding for one in find_lessons([number]) for finding in build.check(one)]
    assert found == []


def test_a_lesson_is_named_by_its_number_and_words(lesson):
    assert lint.file_name_has_the_pattern(lesson) == []


def test_cell_ids_are_words_each_used_once(lesson):
    assert lint.cell_ids_are_words(lesson) == []


def test_code_cells_are_short(lesson):
    assert lint.code_cells_are_short(lesson) == []


def test_code_is_ascii_where_no_tag_says_otherwise(lesson):
    assert lint.code_is_ascii(lesson) == []


def test_exactly_one_code_cell_has_the_parameters(lesson):
    assert lint.one_code_cell_has_the_parameters(lesson) == []


def test_no_tag_hides_a_cell_that_fails(lesson):
    assert lint.no_tag_hides_a_failure(lesson) == []


def test_an_ignored_output_says_why(lesson):
    assert lint.ignored_output_says_why(lesson) == []


def test_a_lesson_installs_nothing(lesson):
    assert lint.nothing_is_installed(lesson) == []


def test_the_first_code_cell_imports_workbook(lesson):
    assert lint.first_code_cell_imports_workbook(lesson) == []


def test_there_is_one_title_and_no_heading_level_is_skipped(lesson):
    assert lint.headings_step_by_one_from_one_title(lesson) == []


def test_headings_are_in_sentence_case(lesson):
    assert lint.headings_are_in_sentence_case(lesson) == []


def test_a_lesson_opens_and_closes_as_every_lesson_does(lesson):
    assert lint.skeleton_is_complete(lesson) == []


def test_the_quiz_has_three_questions(lesson):
    assert lint.quiz_has_three_questions(lesson) == []


def test_the_quiz_is_checked(lesson):
    assert lint.quiz_is_checked(lesson) == []


def test_every_exercise_has_a_heading_and_a_check_and_there_are_enough(lesson):
    assert lint.every_exercise_has_a_heading_and_a_check(lesson) == []


def test_every_objective_names_the_exercise_that_tests_it(lesson):
    assert lint.every_objective_names_its_exercise(lesson) == []


def test_the_recap_answers_every_objective(lesson):
    assert lint.recap_answers_the_objectives(lesson) == []


def test_figures_exist_and_their_alt_text_carries_the_content(lesson):
    assert lint.figures_exist_and_are_described(lesson) == []
