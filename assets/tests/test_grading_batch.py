"""A batch that is stopped, killed or starved, and goes on: none is lost, none is graded twice."""

from __future__ import annotations

import contextlib
import csv
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import papermill
import psutil
import pytest
import workbook.grading.batch
import workbook.grading.journal
from catalogue import EMPTY, FULL, SOLVED, dump, exercise, first
from handed_in import LINK, member
from workbook.__main__ import main
from workbook.grading.batch import grade
from workbook.grading.journal import NAME
from workbook.grading.record import from_json
from workbook.grading.rubric import RUBRIC, TRIALS, read_rubric
from workbook.grading.sandbox import Limits
from workbook.grading.sources import MOST_BYTES

pytestmark = pytest.mark.slow
COUNT = 6
WORKBOOK = Path(sys.executable).with_name("workbook")
LONG = "가" * 85  # 255 bytes, as long as a name can be


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


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as table:
        return list(csv.DictReader(table))


def once_some_are_graded(process: subprocess.Popen[bytes], out: Path, until) -> None:
    until(lambda: len(journal(out)) >= 2 or process.poll() is not None)
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
    before = journal(out)
    assert 0 < len(before) < COUNT
    assert start(folder, out, "--resume").wait(300) == 0
    records = [from_json(line) for line in journal(out)]
    assert sorted(record.learner for record in records) == [f"learner-{i}" for i in range(COUNT)]
    assert {record.points for record in records} == {FULL}
    assert start(folder, out, "--resume").wait(300) == 0
    assert len(journal(out)) == COUNT


def test_ctrl_c_does_not_wait_for_a_cell_that_never_ends(tmp_path, until):
    folder, out = hand_in(tmp_path / "in", 1, exercise(SOLVED, 2, "while True: pass")), tmp_path
    process = start(folder, out / "out")
    until(lambda: any("zygote" in " ".join(child.cmdline()) for child in family(process)))
    until(lambda: process.poll() is not None or busy(process))
    process.send_signal(signal.SIGINT)
    assert process.wait(Limits().cell_seconds / 2) == 2
    assert b"--resume" in process.stderr.read()
    assert journal(out / "out") == []


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
    (record,) = grade(folder, tmp_path / "out", seed=1, isolate=False, progress=False)
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
    (record,) = grade(folder, tmp_path / "out", seed=1, isolate=False, progress=False)
    assert record.needs_a_person == bool(last)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


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


def test_a_draw_on_which_the_solution_fails_is_said_before_anything_is_graded(
    tmp_path, monkeypatch, capsys
):
    text = RUBRIC.read_text().replace("value_1: integer from 11 to 99", "value_1: one of some")
    rubric = read_rubric(text, TRIALS)
    monkeypatch.setattr(workbook.grading.batch, "load_rubric", lambda: rubric)
    folder, out = hand_in(tmp_path / "in", 1), tmp_path / "out"
    assert main(["grade", str(folder), "--out", str(out), "--seed", "5"]) == 2
    said = capsys.readouterr().err
    assert "with what seed 5 draws, the solution of 04-4 is itself not right" in said
    assert "invalid int value: 'some'" in said
    assert journal(out) == []


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
    assert sorted(from_json(each).learner for each in journal(kept)) == [
        f"learner-{i}" for i in range(COUNT)
    ]
    assert len(rows(kept)) == COUNT


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
        for record in map(from_json, journal(out)):
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
    assert "sorted(...)를 쓰면" in korean.text  # said where the notebook ran
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
    records = grade(folder, tmp_path / "out", seed=1, jobs=1, lessons=["05"], progress=False)
    assert [(record.lesson, record.needs_a_person) for record in records] == [("", True)]
