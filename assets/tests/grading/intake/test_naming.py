"""What the name of a file says: whose it is, and which lesson."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from workbook.authoring.lessons import find_lessons
from workbook.grading.intake.naming import Named, lesson_in_content, lesson_in_name, who

AT_NINE = Named("kim", again=20261130090000, time=datetime(2026, 11, 30, 9))
LESSONS = {"04": "compile_and_inspect", "05": "submit_and_run", "10": "capstone"}
MOODLE = "Kim Min_12345_assignsubmission_file_"


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("kim/04_compile_and_inspect.ipynb", Named("kim")),
        ("kim/week 4/04_compile_and_inspect.ipynb", Named("kim")),
        ("kim/lee_04.ipynb", Named("kim")),
        ("04_compile_and_inspect_kim.ipynb", Named("kim")),
        ("04_compile_and_inspect_kim_min.ipynb", Named("kim_min")),
        ("kim_04_compile_and_inspect.ipynb", Named("kim")),
        ("kim_04.ipynb", Named("kim")),
        ("04 kim min.ipynb", Named("kim min")),
        ("Kim-04-Compile-And-Inspect.ipynb", Named("Kim")),
        ("04_compile_and_inspect_kim (1).ipynb", Named("kim")),
        ("04_compile_and_inspect_kim-Copy1.ipynb", Named("kim")),
        ("04_compile_and_inspect_kim.ipynb.txt", Named("kim")),
        ("compile_and_inspect_kim.IPYNB", Named("kim")),
        ("김민수_04.ipynb", Named("김민수")),
        ("04_compile_and_inspect.ipynb", Named("")),
        ("04_compile_and_inspect-Copy2.ipynb", Named("")),
        ("kim.ipynb", Named("kim")),
        (f"{MOODLE}/04_compile_and_inspect.ipynb", Named("Kim Min", "12345")),
        (f"{MOODLE}/sub/04.ipynb", Named("Kim Min", "12345")),
        (f"export/{MOODLE}/04.ipynb", Named("Kim Min", "12345")),
        (f"{MOODLE}04_compile_and_inspect.ipynb", Named("Kim Min", "12345")),
        ("Kim_Min_9_assignsubmission_onlinetext_/onlinetext.html", Named("Kim_Min", "9")),
        ("kimmin_123_456_04_compile_and_inspect.ipynb", Named("kimmin", "123")),
        ("kimmin_LATE_123_456_04_compile_and_inspect.ipynb", Named("kimmin", "123", late=True)),
        ("kimmin_123_456_04_compile_and_inspect-2.ipynb", Named("kimmin", "123", 2)),
        ("kim/leeho_123_456_04.ipynb", Named("kim")),  # the folder wins
        (f"kim/{MOODLE}04.ipynb", Named("kim")),
        ("leeho_123_456_homework/04.ipynb", Named("leeho", "123")),
        ("kim/PS1_leeho_attempt_2026-11-30-09-00-00_04.ipynb", Named("kim")),
        (
            "PS 1_kim_attempt_2026-11-30-09-00-00_04.ipynb",
            AT_NINE,
        ),
        (
            "kim+ps1+2026-11-30 09:00:00 KST+x1/04.ipynb",
            AT_NINE,
        ),
        ("홍길동_04 - 복사본 (2).ipynb", Named("홍길동")),
        ("홍길동_04의 사본.ipynb", Named("홍길동")),
        ("홍길동_04 사본 2.ipynb", Named("홍길동")),
        ("Copy of kim_04.ipynb", Named("kim")),
        ("kim_04 copy.ipynb", Named("kim")),
        ("kim_04 - Copy (3).ipynb", Named("kim")),
        ("-rf_04.ipynb", Named("rf")),
        ("a\nb_04.ipynb", Named("a\nb")),
    ],
)
def test_whose_it_is(path, named):
    assert who(tuple(path.split("/")), LESSONS) == named


@pytest.mark.parametrize(
    ("name", "lesson"),
    [
        ("04_compile_and_inspect.ipynb", "04"),
        ("04-Compile and Inspect.ipynb", "04"),
        ("kim_compile_and_inspect_final.ipynb", "04"),
        ("kim-04.ipynb", "04"),
        ("kim04.ipynb", ""),
        ("04.ipynb", "04"),
        ("2026-04-10 kim.ipynb", ""),
        ("kim_99.ipynb", ""),
        ("04_submit_and_run.ipynb", ""),  # it contradicts itself: what is in it counts
        ("Untitled.ipynb", ""),
        ("kimmin_123_456_04_compile_and_inspect-10.ipynb", "04"),
        ("kim_04 (10).ipynb", "04"),
        ("kim_105_104_05.ipynb", "05"),
        ("홍길동_04 - 복사본 (10).ipynb", "04"),
        ("Copy of 04_compile_and_inspect.ipynb", "04"),
        ("PS 1_kim_attempt_2026-10-05-09-00-00_04.ipynb", "04"),
        (f"{MOODLE}05_submit_and_run.ipynb", "05"),
    ],
)
def test_which_lesson_it_is(name, lesson):
    assert lesson_in_name(name, LESSONS) == lesson


def test_the_names_of_this_repository_say_their_lesson():
    lessons = {lesson.number: lesson.file_name[3:-6] for lesson in find_lessons()}
    for lesson in find_lessons():
        assert lesson_in_name(lesson.file_name, lessons) == lesson.number
        assert who((f"kim_{lesson.file_name}",), lessons) == Named("kim")


@pytest.mark.parametrize("lesson", find_lessons(), ids=lambda lesson: lesson.number)
def test_a_notebook_says_its_lesson_even_without_its_title(lesson):
    known = [each.number for each in find_lessons()]
    text = lesson.notebook.read_text(encoding="utf-8")
    assert lesson_in_content([text.encode()], known) == lesson.number
    data = json.loads(text)
    del data["cells"][0]
    assert lesson_in_content([json.dumps(data).encode()], known) == lesson.number


@pytest.mark.parametrize(
    ("chunks", "lesson"),
    [
        ([], ""),
        ([b'{"source": "# 04. Comp', b'ile"}'], "04"),
        ([b'{"source": ["# 0', b'4. Compile"]}'], "04"),
        ([b'"# 77. Mine", "id": "exercise-05-1"'], "05"),
        ([b"check(\\\"04-1\\\", x) check('04-2', y) exercise 05-1"], "04"),
        ([b'check(\\"04-1\\") ', b'check(\\"05-1\\")'], ""),
        ([b'check(\\"77-1\\")'], ""),
        ([b"\x00\xff" * 1000], ""),
    ],
)
def test_what_is_in_it_says_the_lesson(chunks, lesson):
    assert lesson_in_content(chunks, LESSONS) == lesson


def test_reading_stops_at_the_title():
    def chunks():
        yield b'"# 04. Compile"'
        raise AssertionError("read on")

    assert lesson_in_content(chunks(), LESSONS) == "04"
