"""A batch that is stopped, killed or starved, and goes on: none is lost, none is graded twice."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
import time
from pathlib import Path

import papermill
import psutil
import pytest
import workbook.grading.journal
from catalogue import EMPTY, FULL, SOLVED, dump
from workbook.__main__ import main
from workbook.grading.batch import grade
from workbook.grading.journal import NAME
from workbook.grading.record import from_json
from workbook.grading.sandbox import Limits

pytestmark = pytest.mark.slow
COUNT = 6
WORKBOOK = Path(sys.executable).with_name("workbook")


def hand_in(folder: Path, count: int = COUNT, data: bytes | None = None) -> Path:
    for i in range(count):
        place = folder / f"learner-{i}" / "04_compile_and_inspect.ipynb"
        place.parent.mkdir(parents=True)
        place.write_bytes(data or dump(SOLVED))
    return folder


def start(folder: Path, out: Path, *more: str) -> subprocess.Popen[bytes]:
    line = [WORKBOOK, "grade", folder, "--out", out, "--seed", "1", "--jobs", "1", *more]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def journal(out: Path) -> list[str]:
    file = out / NAME
    return file.read_text().splitlines() if file.exists() else []


def once_some_are_graded(process: subprocess.Popen[bytes], out: Path, until) -> None:
    until(lambda: len(journal(out)) >= 2 or process.poll() is not None)
    assert process.poll() is None


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill-9"])
def test_a_batch_that_ended_too_soon_goes_on_without_loss(tmp_path, until, number):
    folder, out = hand_in(tmp_path / "in"), tmp_path / "out"
    process = start(folder, out)
    once_some_are_graded(process, out, until)
    started = family(process)
    process.send_signal(number)
    process.wait(60)
    until(lambda: not any(each.is_running() for each in started))
    before = journal(out)
    assert 0 < len(before) < COUNT
    assert start(folder, out, "--resume").wait(300) == 0
    records = [from_json(line) for line in journal(out)]
    assert sorted(record.learner for record in records) == [f"learner-{i}" for i in range(COUNT)]
    assert {record.points for record in records} == {FULL}
    assert start(folder, out, "--resume").wait(300) == 0
    assert len(journal(out)) == COUNT


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_worker_that_is_killed_costs_nobody_a_grade(tmp_path, until, jobs):
    folder, out = hand_in(tmp_path / "in"), tmp_path / "out"
    process = start(folder, out, "--jobs", jobs)
    once_some_are_graded(process, out, until)
    for worker in psutil.Process(process.pid).children():
        worker.kill()
    assert process.wait(300) == 0
    assert [from_json(line).points for line in journal(out)] == [FULL] * COUNT


def test_without_bubblewrap_it_grades_with_limits_only_and_says_so(tmp_path):
    folder = hand_in(tmp_path / "in", 1)
    (record,) = grade(folder, tmp_path / "out", seed=1, isolate=False, progress=False)
    assert not record.isolated
    assert record.points == FULL


def test_a_full_disk_is_said_and_what_was_graded_before_stays(tmp_path, monkeypatch, capsys):
    folder, out = hand_in(tmp_path / "in", 2), tmp_path / "out"

    def full(file: int) -> None:
        if len(journal(out)) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(workbook.grading.journal.os, "fsync", full)
    line = ["grade", str(folder), "--out", str(out), "--seed", "1", "--jobs", "1"]
    assert main(line) == 2
    assert "No space left" in capsys.readouterr().err
    monkeypatch.undo()
    assert main([*line, "--resume"]) == 0
    assert len(journal(out)) == 2


def test_some_that_need_a_person_make_the_exit_code_3(tmp_path):
    folder = hand_in(tmp_path / "in", 1, b"%PDF")
    assert start(folder, tmp_path / "out").wait(120) == 3


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
    records = grade(folder, tmp_path / "out", seed=1, jobs=1, lessons=["05"], progress=False)
    assert [(record.lesson, record.needs_a_person) for record in records] == [("", True)]
