"""The Korean edition as it is stored: in step with the English, as it is handed out, described.

Links and what the Korean has to keep of the English are in the gate, `workbook build --check`.
"""

from __future__ import annotations

import re
import shlex

import nbformat
import pytest
from tests.support.lessons import lint
from tests.support.lessons.prose import Lesson
from tests.support.verdicts import of_lesson, printed
from workbook.__main__ import _parser
from workbook.authoring.edition import korean
from workbook.authoring.lessons import LESSON_FILES, find_lessons
from workbook.paths import REPOSITORY

FOLDER = REPOSITORY / "notebooks" / "ko"
LESSONS = [lesson for lesson in find_lessons() if korean.notebook_of(lesson).exists()]
README = (FOLDER / "README.md").read_text(encoding="utf-8")
ENGLISH_README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d\d) \| .* \| (\d+) \|$", re.MULTILINE)
COMMANDS = re.findall(r"^ *(.*\.venv/bin/(?:workbook|pytest) .*)$", README, re.MULTILINE)
# of the rules of every lesson those that do not read English
RULES = (
    lint.file_name_has_the_pattern,
    lint.cell_ids_are_words,
    lint.code_cells_are_short,
    lint.code_is_ascii,
    lint.one_code_cell_has_the_parameters,
    lint.no_tag_hides_a_failure,
    lint.ignored_output_says_why,
    lint.nothing_is_installed,
    lint.first_code_cell_imports_workbook,
    lint.headings_step_by_one_from_one_title,
    lint.quiz_is_checked,
    lint.figures_exist_and_are_described,
)


def test_there_is_at_least_one_korean_lesson():
    assert LESSONS, "no lessons: notebooks/ko holds no NN_name.ipynb"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.number)
def test_a_korean_lesson_and_its_messages_are_in_step_with_the_english(lesson):
    assert set(korean.check(lesson)) - set(korean.waiting(lesson)) == set()
    found = korean.check_messages(REPOSITORY, [lesson.number])
    assert set(found) - set(korean.waiting_messages(REPOSITORY, [lesson.number])) == set()


def test_the_messages_of_no_lesson_are_in_step_with_the_english():
    found = set(korean.check_messages(REPOSITORY)) - set(korean.waiting_messages(REPOSITORY))
    assert [one for one in found if "exercises/lesson_" not in one.partition(":")[0]] == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.number)
def test_every_exercise_of_a_korean_lesson_is_not_attempted_as_it_is_handed_out(lesson):
    verdicts = printed(korean.notebook_of(lesson))
    assert verdicts == dict.fromkeys(of_lesson(lesson.number), "아직 풀지 않음") != {}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.number)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_korean_lesson_keeps_the_rules_of_every_lesson(rule, lesson):
    path = korean.notebook_of(lesson)
    assert rule(Lesson(path, nbformat.read(path, as_version=4))) == []


def test_the_readme_has_every_lesson_with_its_minutes():
    rows = dict(ROW.findall(README))
    assert rows == dict(ROW.findall(ENGLISH_README))
    assert list(rows) == [path.name[:2] for path in sorted(english_lessons())]


@pytest.mark.parametrize("address", re.findall(r"\]\(([^)#:]+)\)", README))
def test_a_link_of_the_readme_leads_to_a_file(address):
    assert (FOLDER / address).exists()


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_readme_is_one_and_names_what_exists(line):
    words = shlex.split(line)
    program = max(n for n, word in enumerate(words) if word.startswith(".venv/bin/"))
    arguments = words[program + 1 :]
    if words[program] == ".venv/bin/pytest":
        assert [path for path in arguments if not (REPOSITORY / path).exists()] == []
        return
    known = _parser().parse_args(arguments)  # exits where it does not know a word
    assert known.command is not None
    english = {path.name[:2] for path in english_lessons()}
    assert {word for word in arguments if word.isdigit()} <= english


def test_the_readme_starts_as_the_english_one_does():
    start = next(line for line in ENGLISH_README.splitlines() if line.endswith("workbook start"))
    assert f"{start} --lang ko" in COMMANDS
    assert "](notebooks/ko/README.md)" in ENGLISH_README


def english_lessons():
    return (REPOSITORY / "solutions").glob(LESSON_FILES)
