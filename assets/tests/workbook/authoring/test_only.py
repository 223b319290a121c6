"""What only the Korean edition says: set behind its cell, and held to the edition's style."""

from __future__ import annotations

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from workbook.authoring.edition import korean
from workbook.authoring.edition.only import read_pieces, with_pieces, wrong_pieces
from workbook.authoring.edition.style import read_glossary
from workbook.authoring.lessons import find_lessons
from workbook.paths import REPOSITORY

GLOSSARY = read_glossary(REPOSITORY / korean.GLOSSARY)
LESSON = new_notebook(
    cells=[new_markdown_cell("## 퀴즈\n", id="quiz"), new_code_cell("check()", id="check")]
)


def test_a_piece_stands_behind_the_prose_of_its_cell_and_the_cells_stay(tmp_path):
    (tmp_path / "quiz.md").write_text("영문으로 쓰세요.\n", encoding="utf-8")
    there = with_pieces(LESSON, read_pieces(tmp_path))
    assert [cell.id for cell in there.cells] == ["quiz", "check"]
    assert there.cells[0].source == "## 퀴즈\n\n영문으로 쓰세요."
    assert LESSON.cells[0].source == "## 퀴즈\n"


def test_no_folder_no_pieces(tmp_path):
    assert read_pieces(tmp_path / "00") == {}


def test_a_piece_for_no_cell_of_prose_is_named():
    found = list(wrong_pieces(LESSON, {"gone": "있습니다.", "check": "있습니다."}, GLOSSARY))
    assert [one.cell for one in found] == ["gone", "check"]
    assert {one.what for one in found} == {"the lesson has no cell of prose with this id"}


def test_a_piece_is_held_to_the_style():
    (found,) = wrong_pieces(LESSON, {"quiz": "오늘은 안 됩니다."}, GLOSSARY)
    assert "'오늘' is not what we write" in found.what
    assert list(wrong_pieces(LESSON, {"quiz": "지금은 안 됩니다."}, GLOSSARY)) == []


def test_the_gate_finds_a_wrong_piece_of_the_repository(tmp_path, monkeypatch):
    lesson = find_lessons(["02"])[0]
    monkeypatch.setattr(korean, "only_korean", lambda _lesson: tmp_path)
    (tmp_path / "nowhere.md").write_text("있습니다.", encoding="utf-8")
    monkeypatch.setattr(type(lesson), "name_of", lambda _self, path: path.name)
    assert (
        "02_quick_start.ipynb, cell nowhere: in nowhere.md "
        "the lesson has no cell of prose with this id" in korean.check(lesson)
    )
