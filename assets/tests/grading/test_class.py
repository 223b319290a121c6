"""A class: who should have handed in, when, and whose work looks like whose."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote

import pytest
from tests.support.handed_in_notebooks.graded import record
from workbook.__main__ import main
from workbook.grading.facts.lesson import facts
from workbook.grading.facts.record import UNKNOWN_LEARNER
from workbook.grading.intake.naming import who
from workbook.grading.intake.submissions import find_submissions
from workbook.grading.notebook.own import own
from workbook.grading.reports.alike import alike
from workbook.grading.reports.due import with_lateness
from workbook.grading.reports.export import CANVAS, export
from workbook.grading.reports.markup import columns
from workbook.grading.reports.report import report_html
from workbook.grading.reports.roster import Expected, compared, read_roster
from workbook.grading.reports.spreadsheet import SpreadsheetError
from workbook.grading.rubric.rubric import load_rubric


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        ("learner,id\nkim,7\n\nlee,\n", "utf-8", [("kim", "7"), ("lee", "")]),
        ("id,Learner\n7,kim\n", "utf-8-sig", [("kim", "7")]),
        ("홍길동\n김민수,2반\n", "cp949", [("홍길동", ""), ("김민수", "")]),
    ],
)
def test_a_roster_is_a_table_or_a_list_of_names(tmp_path, text, encoding, found):
    (tmp_path / "roster.csv").write_bytes(text.encode(encoding))
    assert [(each.name, each.id) for each in read_roster(tmp_path / "roster.csv")] == found


@pytest.mark.parametrize("text", ["", "learner,id\n", "\n\n"])
def test_a_roster_of_nobody_is_said(tmp_path, text):
    (tmp_path / "roster.csv").write_text(text)
    with pytest.raises(SpreadsheetError, match=r"roster\.csv names no learner"):
        read_roster(tmp_path / "roster.csv")


ROSTER = (Expected("Kim  Min"), Expected("lee", "12"), Expected("park"))


@pytest.mark.parametrize(
    ("learner", "platform_id", "known"),
    [
        ("kim min", "", True),
        ("ｋｉｍ min", "", True),
        ("somebody", "12", True),  # the platform's number says who it is
        ("lee", "", True),
        ("lee", "13", False),  # another of that name
        ("choi", "", False),
    ],
)
def test_a_name_that_is_not_on_the_roster_waits_for_a_person(learner, platform_id, known, tmp_path):
    given = record(learner, platform_id=platform_id)
    (found,), absent = compared([given], ROSTER)
    assert found.needs_a_person is not known
    assert (found.verdict == UNKNOWN_LEARNER) is not known
    assert "park: lesson 04 was not handed in" in absent
    assert len(absent) == 3 - known
    if not known:  # nothing of it goes to a platform
        table = "Student,ID,Lesson 04 (1)\nchoi,13,\n"
        (tmp_path / "t.csv").write_text(table)
        export(CANVAS, tmp_path / "t.csv", [found], tmp_path)
        assert (tmp_path / "canvas.csv").read_text("utf-8-sig").splitlines()[1] == "choi,13,"


DUE = datetime(2026, 11, 30, 23, 59)


@pytest.mark.parametrize(
    ("handed_in", "said"),
    [
        ("2026-11-30T23:59:00", None),
        ("2026-11-30T23:59:01", "late by 1 min: handed in at 2026-11-30 23:59:01"),
        ("2026-12-01T03:00:00", "late by 3 h: handed in at 2026-12-01 03:00:00"),
        ("2026-12-05T00:00:00", "late by 4 days: handed in at 2026-12-05 00:00:00"),
        ("", None),
    ],
)
def test_what_is_late_is_noted_and_costs_nothing(handed_in, said):
    given = record(handed_in=handed_in)
    (found,) = with_lateness([given], DUE)
    assert found.notes == ((said,) if said else ())
    assert found.points == given.points


@pytest.mark.parametrize(
    ("part", "when"),
    [
        ("HW_kim_attempt_2026-12-01-09-30-00_a.ipynb", datetime(2026, 12, 1, 9, 30)),
        ("kim+ps1+2026-12-01 09:30:00.12 UTC+abc", "2026-12-01T09:30:00+00:00"),
        ("kim+ps1+2026-12-01 09:30:00 Asia/Seoul", "2026-12-01T09:30:00+09:00"),
        ("HW_kim_attempt_2026-99-01-09-30-00_a.ipynb", None),
    ],
)
def test_a_platforms_time_is_in_the_name(part, when):
    found = who((part, "04.ipynb"), {"04": "compile_and_inspect"})
    assert found.learner == "kim"
    assert (found.time.isoformat() if isinstance(when, str) else found.time) == when


def test_a_files_own_time_is_taken_where_the_platform_says_none(tmp_path):
    place = tmp_path / "in" / "kim" / "04_compile_and_inspect.ipynb"
    place.parent.mkdir(parents=True)
    place.write_text("{}")
    (tmp_path / "work").mkdir()
    (found,) = find_submissions(tmp_path / "in", tmp_path / "work").submissions
    written = datetime.fromtimestamp(place.stat().st_mtime)
    assert abs((datetime.fromisoformat(found.handed_in) - written).total_seconds()) < 1


def test_a_time_that_is_none_is_said(capsys):
    with pytest.raises(SystemExit):
        main(["grade", "x", "--out", "y", "--due", "tomorrow"])
    assert "a time is like 2026-11-30T23:59" in capsys.readouterr().err


MINE = """\
total = 0
for number in range(value_1):
    if number % 3 == 0 or number % 5 == 0:
        total += number ** 2 - 7 * number  # {0}
print("the total is", total, "and its root", total ** 0.5)
words = sorted({{str(total), str(value_2)}}, key=len, reverse=True)
table = [[word.upper(), len(word), word[::-1]] for word in words if not word.isdigit()]
"""
RENAMED = MINE.replace("total", "amount").replace("number", "n").format("copied")
CHANGED = MINE.format("").replace("** 2 - 7", "** 3 - 7")
OTHER = """\
import math
roots = {n: math.isqrt(n) for n in (value_1, value_2)}
while roots and max(roots.values()) > 2:
    largest = max(roots, key=roots.get)
    roots[largest] //= 2
    print(largest, "is halved", sep=": ")
assert all(root <= 2 for root in roots.values()), roots
pairs = list(zip(roots, roots.values(), strict=True))
for left, right in pairs[::-1]:
    print(f"{left:>10}", end=" " if right else "")
"""


def noted(*sources):
    lesson = facts("04")
    given = [
        record(f"learner-{i}", own=own([*lesson.sources, source], lesson))
        for i, source in enumerate(sources)
    ]
    return alike(given)


def test_code_under_other_names_is_equal_and_code_of_ones_own_is_not():
    assert noted(MINE.format("mine"), OTHER, RENAMED) == [
        "learner-0, lesson 04: its own code is that of learner-2",
        "learner-2, lesson 04: its own code is that of learner-0",
    ]


def test_code_with_a_changed_line_is_nearly_equal():
    assert noted(MINE.format(""), CHANGED)[0].endswith("its own code is nearly that of learner-1")


def test_who_changed_nothing_or_little_is_like_nobody():
    assert noted("", "", "x = 1", "x = 1") == []


def test_what_many_have_comes_from_one_book_and_is_noted_at_nobody():
    found = noted(*[MINE.format("")] * 12, *[OTHER] * 2)
    assert [each.partition(",")[0] for each in found] == ["learner-12", "learner-13"]


def test_two_notebooks_of_one_learner_are_no_copies():
    lesson = facts("04")
    both = [record("kim", own=own([MINE.format("")], lesson), file=name) for name in "ab"]
    assert alike(both) == []


def test_the_picture_of_the_points_says_in_words_what_it_shows():
    picture = columns([("0 to 1", 3), ("2", 0)], "Submissions <by> points")
    assert 'alt="Submissions &lt;by&gt; points: 0 to 1: 3; 2: 0"' in picture
    assert unquote(picture).count("<rect") == 2
    assert "<" not in picture.partition('src="')[2].partition('"')[0]


def test_the_report_has_one_picture_for_a_lesson_and_how_many_were_right():
    records = [record("kim"), replace(record("lee"), lesson="05")]
    html = report_html(records, load_rubric())
    assert html.count('class="columns"') == 2
    assert "Right as a bar" in html
