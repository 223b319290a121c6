"""A batch that is stopped, killed or starved, and goes on: none is lost, none is graded twice."""

from __future__ import annotations

import contextlib
import errno
import shutil
import signal
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from tests.support.handed_in_notebooks.graded_by_command import (
    COUNT,
    WORKBOOK,
    hand_in,
    lines,
    rows,
    start,
)
from tests.support.handed_in_notebooks.submitted import EMPTY, FULL, SOLVED, exercise, first
from workbook.__main__ import main
from workbook.grading.batch import journal
from workbook.grading.batch.batch import grade
from workbook.grading.batch.settings import Settings
from workbook.grading.facts.record import from_json
from workbook.grading.intake.submissions import IntakeError
from workbook.grading.sandbox.bubblewrap import Limits
from workbook.grading.sandbox.warm import NEVER

pytestmark = pytest.mark.slow


def once_some_are_graded(process: subprocess.Popen[bytes], out: Path, until) -> None:
    until(lambda: len(lines(out)) >= 2 or process.poll() is not None)
    assert process.poll() is None


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def busy(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process of a submission has used a second of the processor, all in one cell."""
    for child in family(process):
        with contextlib.suppress(psutil.Error):
            if len(child.parents()) > 4 and child.cpu_times().user > 1:
                return True
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill-9"])
def test_a_batch_that_ended_too_soon_goes_on_without_loss(tmp_path, until, number):
    folder, out = hand_in(tmp_path / "in"), tmp_path / "out"
    process = start(folder, out)
    once_some_are_graded(process, out, until)
    started = family(process)
    process.send_signal(number)
    process.wait(60)
    until(lambda: not any(each.is_running() for each in started))
    before = lines(out)
    assert 0 < len(before) < COUNT
    assert start(folder, out, "--resume").wait(300) == 0
    records = [from_json(line) for line in lines(out)]
    assert sorted(record.learner for record in records) == [f"learner-{i}" for i in range(COUNT)]
    assert {record.points for record in records} == {FULL}
    assert start(folder, out, "--resume").wait(300) == 0
    assert len(lines(out)) == COUNT


def test_ctrl_c_does_not_wait_for_a_cell_that_never_ends(tmp_path, until):
    folder, out = hand_in(tmp_path / "in", 1, exercise(SOLVED, 2, "while True: pass")), tmp_path
    process = start(folder, out / "out")
    until(lambda: any("zygote" in " ".join(child.cmdline()) for child in family(process)))
    until(lambda: process.poll() is not None or busy(process))
    process.send_signal(signal.SIGINT)
    assert process.wait(Limits().cell_seconds / 2) == 2
    assert b"--resume" in process.stderr.read()
    assert lines(out / "out") == []


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_worker_that_is_killed_costs_nobody_a_grade(tmp_path, until, jobs):
    folder, out = hand_in(tmp_path / "in"), tmp_path / "out"
    process = start(folder, out, "--jobs", jobs)
    once_some_are_graded(process, out, until)
    for worker in psutil.Process(process.pid).children():
        worker.kill()
    assert process.wait(300) == 0
    assert [from_json(line).points for line in lines(out)] == [FULL] * COUNT


def test_without_bubblewrap_it_grades_with_limits_only_and_says_so(tmp_path):
    folder = hand_in(tmp_path / "in", 1)
    (record,) = grade(Settings(folder, tmp_path / "out", seed=1, isolation=NEVER, progress=False))
    assert not record.isolated
    assert record.points == FULL


def test_without_bubblewrap_nothing_stays_of_a_notebook_that_kills_its_keeper(tmp_path, until):
    mark = tmp_path / "stays"
    source = f"""\
import os, time
if os.fork() == 0:
    os.setsid()
    open({str(mark)!r}, "a").write(f"{{os.getpid()}} {{os.getcwd()}}\\n")
    time.sleep(600)
while not os.path.exists({str(mark)!r}) or not os.path.getsize({str(mark)!r}):
    pass
os.kill(os.getppid(), 9)
time.sleep(600)"""
    folder = hand_in(tmp_path / "in", 1, first(EMPTY, source))
    (record,) = grade(Settings(folder, tmp_path / "out", seed=1, isolation=NEVER, progress=False))
    assert record.needs_a_person
    assert not record.isolated
    left = [line.split() for line in mark.read_text().splitlines()]
    assert left
    assert not [pid for pid, _home in left if psutil.pid_exists(int(pid))]
    assert not [home for _pid, home in left if Path(home).exists()]


@pytest.mark.parametrize("last", ["", "os.kill(os.getppid(), 9)"], ids=["alive", "keeper-killed"])
def test_without_bubblewrap_folders_of_any_depth_are_swept(tmp_path, monkeypatch, last):
    source = f"""\
import os
home = os.getcwd()
for _ in range(1500):
    os.mkdir("d")
    os.chdir("d")
os.chdir(home)
{last}"""
    folder = hand_in(tmp_path / "in", 1, first(SOLVED, source))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (record,) = grade(Settings(folder, tmp_path / "out", seed=1, isolation=NEVER, progress=False))
    assert record.needs_a_person == bool(last)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_a_full_disk_is_said_and_what_was_graded_before_stays(tmp_path, monkeypatch, capsys):
    folder, out = hand_in(tmp_path / "in", 2), tmp_path / "out"

    def full(file: int) -> None:
        if len(lines(out)) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(journal.os, "fsync", full)
    line = ["grade", str(folder), "--out", str(out), "--seed", "1", "--jobs", "1"]
    assert main(line) == 2
    assert "No space left" in capsys.readouterr().err
    monkeypatch.undo()
    assert main([*line, "--resume"]) == 0
    assert len(lines(out)) == 2


SMALL_DISK = """
mount -t tmpfs -o size=100k none "$1" || exit 77
"$2" grade "$3" --out "$1" --seed 1 --jobs 2; echo "$?" > "$4"
cp "$1/journal.jsonl" "$4.jsonl"
mount -o remount,size=50m "$1"
"$2" grade "$3" --out "$1" --seed 1 --resume && cp -r "$1/." "$5"
"""


def test_on_a_disk_that_is_really_full_it_stops_and_goes_on_when_there_is_room(tmp_path):
    """In namespaces of its own, which any user may have on most systems."""
    folder, disk, kept = hand_in(tmp_path / "in"), tmp_path / "disk", tmp_path / "kept"
    disk.mkdir(), kept.mkdir()
    where = [disk, WORKBOOK, folder, tmp_path / "code", kept]
    line = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", SMALL_DISK, "sh", *where]
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare here")
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if not (tmp_path / "code").exists():
        pytest.skip(f"no small disk can be made here: {done.stderr}")
    assert (tmp_path / "code").read_text() == "2\n"
    assert "workbook: No space left on device: " in done.stderr
    assert "Traceback" not in done.stderr
    before = (tmp_path / "code.jsonl").read_text().count("\n")
    assert 0 < before < COUNT
    assert done.returncode == 0
    assert sorted(from_json(each).learner for each in lines(kept)) == [
        f"learner-{i}" for i in range(COUNT)
    ]
    assert len(rows(kept)) == COUNT


def test_one_learner_is_graded_anew_and_nobody_else(tmp_path):
    folder, out = hand_in(tmp_path / "in", 2, first(EMPTY, "x = 1")), tmp_path / "out"
    settings = Settings(folder, out, seed=1, jobs=1, progress=False)
    grade(settings)
    assert len(lines(out)) == 2
    again = replace(settings, resume=True, only="learner-1")
    grade(again)
    graded = [from_json(line).learner for line in lines(out)]
    assert sorted(graded[:2]) == ["learner-0", "learner-1"]
    assert graded[2:] == ["learner-1"]
    assert [row["learner"] for row in rows(out)] == ["learner-0", "learner-1"]
    with pytest.raises(IntakeError, match=r"There is no learner learner-9 in"):
        grade(replace(again, only="learner-9"))
