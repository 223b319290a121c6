"""What of an output is stored: the same of every run, and nothing else is touched."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from workbook.authoring.edition.korean import notebook_of
from workbook.authoring.lessons import find_lessons
from workbook.authoring.outputs import comparable
from workbook.language import LANGUAGES

RUN = "c3b69456-ba67-456f-8987-7206b34e985c"
LINK = '<a href="http://localhost:{port}/#/runs/details/{run}">Run details</a>.'


def stored(output):
    return comparable(new_notebook(cells=[new_code_cell(outputs=[output])])).cells[0].outputs[0]


def test_a_port_and_the_id_of_a_run_are_not_stored():
    shown = new_output("display_data", {"text/html": LINK.format(port=37651, run=RUN)})
    assert stored(shown).data["text/html"] == LINK.format(port="PORT", run="UUID")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"run {RUN} has ended\n", "run UUID has ended\n"),
        ("Overwriting add.py\n", "Writing add.py\n"),
        ("Overwriting is what write does\n", "Overwriting is what write does\n"),
        ("http://localhost:8080/pipeline\n", "http://localhost:8080/pipeline\n"),
    ],
)
def test_what_is_printed_keeps_all_that_says_something(text, wanted):
    assert stored(new_output("stream", text=text)).text == wanted


def test_a_picture_stays_byte_for_byte_and_the_notebook_given_is_not_changed():
    picture = new_output("display_data", {"image/png": RUN, "text/plain": RUN})
    assert stored(picture).data == {"image/png": RUN, "text/plain": "UUID"}
    assert picture.data["text/plain"] == RUN


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lesson", find_lessons(), ids=lambda lesson: lesson.number)
def test_every_lesson_is_stored_so(lesson, language):
    paths = [lesson.solution, lesson.notebook] if language == "en" else [notebook_of(lesson)]
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        assert comparable(notebook) == notebook
