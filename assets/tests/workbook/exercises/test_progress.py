"""How far a learner is: kept in a working copy and nowhere else, and said after each check."""

from __future__ import annotations

import pytest
from workbook import check
from workbook.__main__ import main
from workbook.exercises import progress
from workbook.paths import EDITIONS

EXERCISES = ("03-1", "03-2", "03-quiz", "04-1", "04-2")


@pytest.mark.parametrize(
    ("done", "exercise", "said"),
    [
        ((), "03-1", "0 of 3 in this lesson, 0 of 5 in all; next: 03-1"),
        (("03-1",), "03-1", "1 of 3 in this lesson, 1 of 5 in all; next: 03-2"),
        (
            ("03-1", "03-2", "03-quiz"),
            "03-quiz",
            "3 of 3 in this lesson, 3 of 5 in all; next: 04-1",
        ),
        (("04-1", "04-2"), "04-2", "2 of 2 in this lesson, 2 of 5 in all; next: 03-1"),
        (EXERCISES, "04-2", "2 of 2 in this lesson, 5 of 5 in all: that was the last"),
        (("03-1", "99-9"), "03-2", "1 of 3 in this lesson, 1 of 5 in all; next: 03-2"),
    ],
)
def test_how_far_one_is_in_the_lesson_and_in_all(done, exercise, said):
    assert progress.sentence(done, EXERCISES, exercise) == said


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A working copy, in which a kernel runs."""
    (tmp_path / EDITIONS).write_text("{}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_right_answer_is_kept_and_a_wrong_one_takes_nothing_away(copy, capsys):
    for answer in (3, 4, 3):
        check("01-1", answer)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" of ")[0] for line in lines[1::2]] == ["0", "1", "1"]
    assert lines[3].endswith("next: 01-2")
    assert progress.read(copy) == {"01-1"}


def test_outside_of_a_working_copy_nothing_is_kept_and_nothing_more_is_said(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    check("01-1", 4)
    assert capsys.readouterr().out == "01-1  right\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "[", "7", "\xff"])
def test_a_file_that_cannot_be_read_counts_as_none(copy, text, capsys):
    (copy / progress.FILE).write_text(text, encoding="latin-1")
    check("01-1", 4)
    assert "1 of 5 in this lesson" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_is_said_to_be_one(copy, capsys):
    (copy / f"{progress.FILE}.new").mkdir()
    check("01-1", 4)
    assert "01-1  right\nhow far you are can't be kept in" in capsys.readouterr().out


def test_before_a_person_a_check_has_a_sign_and_colour_and_always_the_words(copy, monkeypatch):
    shown = []
    monkeypatch.setenv("JPY_SESSION_NAME", "01_concepts.ipynb")
    monkeypatch.setattr("workbook.exercises.judging.display", lambda data, raw: shown.append(data))
    check("01-1", 4)
    check("01-1", "<b>4</b>")
    right, wrong = shown
    assert right["text/plain"].startswith("01-1  right\n1 of 5 in this lesson")
    assert "&#10003;" in right["text/html"]
    assert "01-1  right" in right["text/html"]
    assert "&#10007;" in wrong["text/html"]
    assert "&lt;b&gt;4&lt;/b&gt;" in wrong["text/html"]


def test_the_command_counts_each_lesson_where_it_is_called(copy, capsys):
    progress.keep(copy, "01-1")
    assert main(["progress"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "01  1 of 5  next: 01-2" in lines
    assert lines[-1].startswith("1 of ")


def test_the_command_says_that_a_folder_is_no_working_copy(tmp_path, capsys):
    assert main(["progress", str(tmp_path)]) == 2
    assert "is no working copy of the lessons" in capsys.readouterr().err
