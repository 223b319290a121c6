"""A warm process that is late: tried again in the same sandbox, and never without one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from tests.support.handed_in_notebooks.submitted import FULL, LESSON, SOLVED, dump
from workbook.grading.batch.batch import grade
from workbook.grading.batch.desk import Desk
from workbook.grading.batch.settings import Settings
from workbook.grading.facts.record import GRADER_ERROR, Submission
from workbook.grading.rubric.rubric import load_rubric
from workbook.grading.sandbox import bubblewrap, session
from workbook.grading.sandbox.bubblewrap import Limits, Way
from workbook.grading.sandbox.session import NoSandbox, WorkerLost, Zygote
from workbook.grading.sandbox.warm import IF_POSSIBLE, Hearth

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("bwrap"), reason="there is no bubblewrap here"),
]


@pytest.fixture
def ways(monkeypatch):
    """In which way each warm process was started."""
    started = []
    begin = Zygote.__init__

    def noted(self, kind, layout, way):
        started.append(way)
        begin(self, kind, layout, way)

    monkeypatch.setattr(Zygote, "__init__", noted)
    return started


@pytest.fixture
def late(monkeypatch):
    """From now on, so many warm processes are not ready in time."""
    wait, left = Zygote.ready, []

    def ready(self):
        with monkeypatch.context() as patch:
            if left:
                left.pop()
                patch.setattr(session, "START_SECONDS", 1e-6)
            wait(self)

    monkeypatch.setattr(Zygote, "ready", ready)
    return left


@pytest.fixture
def hearth(tmp_path, ways):
    made = Hearth(bubblewrap.lay_out(tmp_path / "layout"), IF_POSSIBLE)
    yield made
    made.stop()


def submission(folder):
    place = folder / LESSON.file_name
    place.write_bytes(dump(SOLVED))
    return Submission("kim", "04", place, LESSON.file_name)


def test_a_batch_whose_first_process_is_late_is_graded_isolated(tmp_path, late, ways):
    late.append("the first")
    folder = tmp_path / "in" / "kim"
    folder.mkdir(parents=True)
    submission(folder)
    (record,) = grade(Settings(tmp_path / "in", tmp_path / "out", seed=1, progress=False))
    assert not late
    assert (record.points, record.isolated) == (FULL, True)
    assert None not in ways


def test_when_none_is_ready_in_time_nothing_is_graded(hearth, late, ways):
    late += range(8)
    with pytest.raises(WorkerLost, match="was not ready in"):
        hearth.shared()
    assert None not in ways


def test_one_that_is_late_in_the_middle_costs_nobody_a_point(tmp_path, hearth, late, ways):
    hearth.give_up(hearth.shared())
    late.append("the shared one")
    desk = Desk(hearth, load_rubric(), Limits(), seed=1)
    record = desk.mark(submission(tmp_path)).record
    assert not late
    assert (record.points, record.isolated) == (FULL, True)
    assert None not in ways


def test_one_that_is_always_late_is_a_grader_error(tmp_path, hearth, late, ways):
    hearth.give_up(hearth.shared())
    late += range(8)
    desk = Desk(hearth, load_rubric(), Limits(), seed=1)
    record = desk.mark(submission(tmp_path)).record
    assert record.verdict == GRADER_ERROR
    assert "was not ready in" in record.text
    assert None not in ways


FAILS_AND_LEAVES_A_CHILD = """\
import os, pathlib, sys, time
if child := os.fork():
    pathlib.Path(sys.argv[1]).write_text(str(child))
    sys.exit("bwrap: open /proc/32/ns/ns failed")
time.sleep(600)"""


def test_what_a_bubblewrap_that_failed_leaves_behind_is_ended(tmp_path, hearth, monkeypatch, until):
    """Where the caller's /proc is not that of its own processes, as in a process pod."""
    note = tmp_path / "child"
    line = [sys.executable, "-c", FAILS_AND_LEAVES_A_CHILD, str(note)]
    monkeypatch.setattr(bubblewrap, "command", lambda *_given: line)
    with pytest.raises(NoSandbox):
        Zygote("kernel", hearth.layout, Way()).ready()
    child = int(note.read_text())
    until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie")


HEARTH = """
import sys, tempfile
from pathlib import Path
from workbook.grading.sandbox import bubblewrap
from workbook.grading.sandbox.warm import ALWAYS, first_of
assert ".." in sys.executable
with tempfile.TemporaryDirectory() as folder:
    first_of(bubblewrap.lay_out(Path(folder) / "layout"), ALWAYS).stop()
"""


def test_a_python_that_is_called_from_elsewhere_is_isolated_as_well(tmp_path):
    python = os.path.relpath(Path(sys.prefix) / "bin/python", tmp_path)
    told = subprocess.run(
        [python, "-c", HEARTH], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
