"""Grades on their way back: to Moodle, to Canvas, and what a person decided on top."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from tests.support.handed_in_notebooks.graded import batch, exercise, record, usual
from workbook.exercises.model import NOT_YET
from workbook.grading.reports.export import CANVAS, MOODLE, export, moodle_feedback
from workbook.grading.reports.overrides import NAME, overridden, read_overrides
from workbook.grading.reports.spreadsheet import SpreadsheetError
from workbook.grading.reports.written import write_outcome
from workbook.grading.rubric.rubric import load_rubric

# the columns of https://docs.moodle.org/en/Assignment_settings, as a worksheet has them
WORKSHEET = """\
Identifier,Full name,Status,Grade,Maximum Grade,Last modified (submission),Feedback comments
Participant 12345,"Kim, Min",Submitted for grading,,100.00,"Monday, 30 November 2026, 9:00 AM",
Participant 12346,홍길동,Submitted for grading,,100.00,,
Participant 99999,Nobody,No submission,,100.00,-,
"""
GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Lesson 04 (771),Lesson 05 (772),Final Score
    Points Possible,,,,,10,10,(read only)
"Kim, Min",123,,kim,A,,,
홍길동,124,,hong,A,3,,
"Student, Test",,,x,A,,,
"""


def rows(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def template(folder, text, encoding="utf-8-sig"):
    path = folder / "template.csv"
    path.write_bytes(text.encode(encoding))
    return path


def of(name, number, worked=2):
    graded = usual(name, worked)
    more = {"platform_id": number, "platform_name": name}
    return record(name, exercises=graded.exercises, **more)


def test_moodles_worksheet_comes_back_with_grades_and_nothing_else_changed(tmp_path):
    records = [of("Kim, Min", "12345"), of("홍길동", "12346", 4), of("lee", "777")]
    notes = export(MOODLE, template(tmp_path, WORKSHEET), records, tmp_path)
    before, after = rows(WORKSHEET), rows((tmp_path / "moodle.csv").read_text("utf-8-sig"))
    grade = before[0].index("Grade")
    assert [row[grade] for row in after] == ["Grade", "40", "100", ""]
    for row in (*before, *after):
        del row[grade]
    assert after == before
    assert notes == ["lee: graded, and not in the table of Moodle"]


def test_moodles_feedback_has_the_folders_that_moodle_gave(tmp_path):
    records = [of("Kim, Min", "12345"), of("홍길동", "12346")]
    write_outcome(records, load_rubric(), tmp_path)
    moodle_feedback(records, tmp_path)
    with zipfile.ZipFile(tmp_path / "moodle_feedback.zip") as archive:
        assert archive.namelist() == [
            "Kim, Min_12345_assignsubmission_file_/04.html",
            "홍길동_12346_assignsubmission_file_/04.html",
        ]
        assert b"Points: 2 of 5" in archive.read(archive.namelist()[0])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp949"])
def test_canvass_gradebook_comes_back_with_one_column_filled(tmp_path, encoding):
    records = [of("kimmin", "123"), of("honggildong", "124", 4)]
    assert export(CANVAS, template(tmp_path, GRADEBOOK, encoding), records, tmp_path) == []
    before, after = rows(GRADEBOOK), rows((tmp_path / "canvas.csv").read_text("utf-8-sig"))
    assert [row[5] for row in after] == ["Lesson 04 (771)", "10", "4", "10", ""]
    for row in (*before, *after):
        del row[5]
    assert after == before


@pytest.mark.parametrize(
    ("platform", "text", "said"),
    [
        (MOODLE, GRADEBOOK, "no table of Moodle: it has no column Identifier, Grade"),
        (CANVAS, WORKSHEET, "no table of Canvas: it has no column Student, ID"),
        (CANVAS, GRADEBOOK.replace("Lesson 04", "Week 4"), "0 columns of the template name"),
        (CANVAS, GRADEBOOK.replace("Lesson 05", "04 again"), "2 columns of the template name"),
        (MOODLE, "", "no table of Moodle"),
    ],
)
def test_a_table_of_another_platform_is_said(tmp_path, platform, text, said):
    with pytest.raises(SpreadsheetError, match=said):
        export(platform, template(tmp_path, text), [of("kim", "123")], tmp_path)


# ---- what a person decides -----------------------------------------------------------------------


def test_a_persons_points_count_and_are_said(tmp_path):
    (tmp_path / NAME).write_text("learner,exercise,points,comment\nkim,04-2,0.5,half is right\n")
    kim = record("kim", exercises=(exercise(1), exercise(2, NOT_YET)))
    (changed,), left = overridden([kim], read_overrides(tmp_path))
    assert (changed.points, left) == (1.5, [])
    assert changed.notes == ("04-2: 0.5 points by your instructor. half is right",)


def test_an_override_that_fits_nobody_is_said(tmp_path):
    (tmp_path / NAME).write_text("learner,exercise,points,comment\nnobody,04-2,1,\n\n")
    records, left = overridden(batch(8), read_overrides(tmp_path))
    assert records == batch(8)
    assert left == ["overrides.csv, line 2: nobody has no graded exercise 04-2"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("learner,points\n", "overrides.csv has no column exercise"),
        ("learner,exercise,points\nkim,04-1,many\n", "line 2: 'many' is no number of points"),
        ("learner,exercise,points\nkim,04-1,nan\n", "line 2: 'nan' is no number"),
        ("learner,exercise,points\nkim,04-1,-1\n", "line 2: '-1' is no number"),
    ],
)
def test_overrides_that_cant_be_read_are_said(tmp_path, text, said):
    (tmp_path / NAME).write_text(text)
    with pytest.raises(SpreadsheetError, match=said):
        read_overrides(tmp_path)
