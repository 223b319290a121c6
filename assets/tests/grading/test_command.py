"""What the whole command makes of what is handed in: exit codes, messages, and what it writes."""

from __future__ import annotations

import json
import os
import subprocess
import time
import zipfile
from pathlib import Path

import papermill
import pytest
from tests.support.handed_in_notebooks.graded_by_command import (
    WORKBOOK,
    hand_in,
    lines,
    rows,
    start,
)
from tests.support.handed_in_notebooks.handed_in import LINK, member
from tests.support.handed_in_notebooks.submitted import EMPTY, FULL, SOLVED, dump, exercise, first
from workbook.__main__ import main
from workbook.grading.batch import batch
from workbook.grading.batch.batch import grade
from workbook.grading.batch.settings import Settings
from workbook.grading.facts.record import from_json
from workbook.grading.intake.sources import MOST_BYTES
from workbook.grading.rubric.rubric import RUBRIC, TRIALS, read_rubric
from workbook.grading.sandbox.bubblewrap import Limits

pytestmark = pytest.mark.slow
LONG = "가" * 85  # 255 bytes, as long as a name can be


def test_a_draw_on_which_the_solution_fails_is_said_before_anything_is_graded(
    tmp_path, monkeypatch, capsys
):
    text = RUBRIC.read_text().replace("value_1: integer from 11 to 99", "value_1: one of some")
    rubric = read_rubric(text, TRIALS)
    monkeypatch.setattr(batch, "load_rubric", lambda: rubric)
    folder, out = hand_in(tmp_path / "in", 1), tmp_path / "out"
    assert main(["grade", str(folder), "--out", str(out), "--seed", "5"]) == 2
    said = capsys.readouterr().err
    assert "with what seed 5 draws, the solution of 04-4 is itself not right" in said
    assert "invalid int value: 'some'" in said
    assert lines(out) == []


def test_some_that_need_a_person_make_the_exit_code_3(tmp_path):
    folder = hand_in(tmp_path / "in", 1, b"%PDF")
    assert start(folder, tmp_path / "out").wait(120) == 3


def everything(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if "work" not in path.relative_to(folder).parts}


def test_a_hostile_zip_goes_through_the_whole_command(tmp_path):
    """Each learner of it is told, the honest one is graded, and nothing is written elsewhere."""
    deep, work = tmp_path / "a" / "b", tmp_path / "work"
    deep.mkdir(parents=True), work.mkdir()
    name = "04_compile_and_inspect.ipynb"
    source = deep / "batch.zip"
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in (
            f"Kim, Minsu_12345_assignsubmission_file_/{name}",
            f"../../../lee/{name}",
            f"/choi/{name}",
            f"-rf/{name}",
            f"new\nline/{name}",
            f"{LONG}/{name}",
        ):
            archive.writestr(path, dump(SOLVED))
        archive.writestr(member(f"bomb/{name}"), b"0" * (MOST_BYTES + 1), zipfile.ZIP_DEFLATED)
        archive.writestr(member(f"link/{name}", mode=LINK), "/etc/passwd")
        archive.write(source, "in a zip/in a zip.zip")
    before = everything(tmp_path)
    done = subprocess.run(
        [WORKBOOK, "grade", source, "--out", tmp_path / "a" / "out", "--seed", "1"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TMPDIR": str(work)},
    )
    assert done.returncode == 3, done.stderr
    assert "6 graded, 3 need a person" in done.stdout
    out = tmp_path / "a" / "out"
    found = {row["learner"]: row for row in rows(out)}
    good = ["Kim, Minsu", "lee", "choi", "'-rf", "new line", LONG]
    assert {float(found[learner]["points"]) for learner in good} == {FULL}
    why = {learner: found[learner]["why"] for learner in found.keys() - set(good)}
    assert why == {
        "bomb": "it unpacks to more than 200 times its size",
        "link": "it is a link, and links are not followed",
        "in a zip": "there is no notebook, but in a zip/in a zip.zip",
    }
    report = (out / "report.html").read_text()
    assert "its name leads out of the zip; taken without that" in report
    assert all(out in path.parents or path == out for path in everything(tmp_path) - before)
    assert list(work.iterdir()) == []


def test_names_and_hand_ins_that_surprise_go_through_the_whole_command(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    names = {"a\nb": EMPTY, LONG: SOLVED, "\udcff": SOLVED, "twice": EMPTY}
    for name, notebook in names.items():
        place = folder / name / "04_compile_and_inspect.ipynb"
        place.parent.mkdir(parents=True)
        place.write_bytes(dump(notebook))
        os.utime(place, (1000, 1000))
    again = folder / "twice" / "04_compile_and_inspect-Copy1.ipynb"
    again.write_bytes(dump(SOLVED))
    (folder / "empty").mkdir()
    assert start(folder, out).wait(120) == 0
    found = {row["learner"]: row for row in rows(out)}
    points = {name: float(row["points"]) for name, row in found.items()}
    assert points == {"a b": 0, LONG: FULL, "\ufffd": FULL, "twice": FULL}
    assert "the newest of 2 was graded" in found["twice"]["notes"]
    assert "empty: nothing was handed in" in (out / "report.html").read_text()
    for row in found.values():
        assert (out / row["feedback"]).is_file()
    # one of them hands in something else, and the batch goes on
    again.write_bytes(dump(EMPTY))
    assert start(folder, out, "--resume").wait(120) == 0
    found = {row["learner"]: row for row in rows(out)}
    assert (len(rows(out)), found["twice"]["points"]) == (len(names), "0")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "there is no notebook in "),
        (["--lesson", "05"], "there is no notebook of lesson 05 in "),
        (["--lesson", "4"], "There is no lesson 4; there are 00, 01"),
    ],
)
def test_what_can_not_be_graded_is_said_in_a_line(tmp_path, more, said):
    folder = tmp_path / "in"
    folder.mkdir()
    if more:
        hand_in(folder, 1)
    process = start(folder, tmp_path / "out", *more)
    _out, error = process.communicate(timeout=60)
    assert process.returncode == 2
    assert error.decode().startswith(f"workbook: {said}")
    assert error.count(b"\n") == 1


PICTURE = """\
from IPython.display import Image, display
display(Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + bytes({}), format='png'))"""
HELPER = "def helper(given):\n    return given['nothing']"
ANSWER = '\ncheck("04-2", waits_for)'


def test_feedback_names_the_learners_own_line_and_what_was_omitted(tmp_path):
    """In Korean too, where the instructor asks for it."""
    helped = exercise(json.loads(first(SOLVED, HELPER)), 2, f"waits_for = helper({{}}){ANSWER}")
    own = 'def mine():\n    return {}["x"]\nwaits_for = mine()'
    handed_in = {
        "picture-2": first(SOLVED, PICTURE.format(2_000_000)),
        "picture-8": first(SOLVED, PICTURE.format(8_000_000)),
        "helper": helped,
        "own": exercise(SOLVED, 2, own + ANSWER),
        "silent": exercise(SOLVED, 2, f"waits_for = next(iter(())){ANSWER}"),
        "syntax": exercise(SOLVED, 2, f"waits_for = = 3{ANSWER}"),
        "set": exercise(SOLVED, 2, f"waits_for = {{1}}{ANSWER}"),
    }
    for name, data in handed_in.items():
        place = tmp_path / "in" / name / "04_compile_and_inspect.ipynb"
        place.parent.mkdir(parents=True)
        place.write_bytes(data)
    graded = {}
    for language in ("en", "ko"):
        out = tmp_path / language
        line = [WORKBOOK, "grade", tmp_path / "in", "--out", out, "--seed", "1"]
        environment = os.environ | {"WORKBOOK_LANGUAGE": language}
        subprocess.run(line, check=True, capture_output=True, env=environment)
        for record in map(from_json, lines(out)):
            graded[language, record.learner] = record
    for name, size in (("picture-2", "2.0"), ("picture-8", "8.0")):
        record = graded["en", name]
        said = f"image omitted ({size} MB)"
        assert record.points == FULL
        assert [note.rpartition(": ")[2] for note in record.notes] == [said]
        assert said in (tmp_path / "en" / record.notebook).read_text()
        page = (tmp_path / "en" / record.notebook).with_suffix(".html")
        assert said in page.read_text()
    failed = {
        name: (result.text, result.line)
        for (language, name), record in graded.items()
        for result in record.exercises
        if language == "en" and result.verdict == "failed"
    }
    assert failed == {
        "helper": ("KeyError: 'nothing'", "waits_for = helper({})"),
        "own": ("KeyError: 'x'", 'return {}["x"]'),
        "silent": ("StopIteration", "waits_for = next(iter(()))"),
        "syntax": ("SyntaxError: invalid syntax (line 1)", "waits_for = = 3"),
    }
    (korean,) = [r for r in graded["ko", "set"].exercises if r.verdict == "not yet"]
    assert "sorted(...)로 리스트를 만드세요" in korean.text  # said where the notebook ran
    assert korean.hint.startswith("무엇")


def test_papermill_finds_the_engine_by_its_name(tmp_path):
    notebook = tmp_path / "x.ipynb"
    notebook.write_bytes(dump(EMPTY))
    begin = time.monotonic()
    ran = papermill.execute_notebook(
        str(notebook), None, {"value_1": 6}, engine_name="workbook", progress_bar=False
    )
    assert time.monotonic() - begin < Limits().notebook_seconds
    texts = [o.get("text", "") for c in ran.cells for o in c.get("outputs", ())]
    assert any("04-1  There" in text or "There is no exercise" in text for text in texts)


def test_what_is_of_no_known_lesson_is_seen_whichever_lessons_are_graded(tmp_path):
    folder = hand_in(tmp_path / "in", 1)
    (folder / "learner-0" / "notes.ipynb").write_text("{}")
    records = grade(
        Settings(folder, tmp_path / "out", seed=1, jobs=1, lessons=("05",), progress=False)
    )
    assert [(record.lesson, record.needs_a_person) for record in records] == [("", True)]
