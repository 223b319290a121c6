"""What a notebook costs in a batch: python assets/bench/grading.py [COPIES [LESSON] | mixed]

Copies of a lesson's solution (60 of lesson 04) are graded by `workbook grade` with two workers and
the sandbox on, and in the same run by nbgrader autograde, by papermill in a pool of two processes,
and by nbval with two. nbgrader and pytest-xdist go into a temporary environment that also sees this
one's packages. Prints seconds a notebook and the ratio to ours. The goals for lesson 04 are at most
0.20 s, and nbgrader at least 6 times that. A way that fails is named, with its last words.

`mixed` grades 300 submissions of three lessons, a quarter of them untouched, and prints the time
and the most memory that all its processes together had (PSS). Goal: under 600 MB.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import psutil
from workbook.authoring.derive import tags
from workbook.authoring.lessons import find_lessons
from workbook.grading.facts.lesson import CHECK

EXTRA = ("nbgrader==0.9.6", "pytest-xdist==3.8.0")
POOL = """\
import os, sys
from concurrent.futures import ProcessPoolExecutor
import papermill
def run(path):
    out, folder = path.replace(".ipynb", ".out"), os.path.dirname(path)
    papermill.execute_notebook(path, out, progress_bar=False, cwd=folder)
if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(run, sys.argv[1:]))
"""


def environment(folder: Path) -> Path:
    """The folder of the programs of a new environment with what the others need."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    site = Path(
        subprocess.run(
            [folder / "bin/python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    )
    ours = sysconfig.get_path("purelib")
    (site / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    subprocess.run([folder / "bin/python", "-m", "pip", "install", "-q", *EXTRA], check=True)
    return folder / "bin"


def copies(solution: Path, count: int, folder: Path, pattern: str) -> list[Path]:
    made = [folder / pattern.format(number=f"{i:03}", name=solution.name) for i in range(count)]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(solution.read_bytes())
    return made


def for_nbgrader(solution: Path, count: int, course: Path) -> None:
    """The same notebook as nbgrader has it: each cell with a check is a graded test."""
    notebook = nbformat.read(solution, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            if CHECK.search(cell.source):
                cell.metadata.nbgrader = {
                    "schema_version": 3,
                    "grade": True,
                    "locked": False,
                    "solution": True,
                    "task": False,
                    "points": 1,
                    "grade_id": cell.id,
                }
    for place in ("source/ps", *(f"submitted/learner-{i:03}/ps" for i in range(count))):
        (course / place).mkdir(parents=True)
        nbformat.write(notebook, course / place / solution.name)
    (course / "nbgrader_config.py").write_text("c = get_config()\n")


def measure(name: str, count: int, run: Callable[[], subprocess.CompletedProcess[str]]) -> float:
    begin = time.perf_counter()
    ended = run()
    seconds = (time.perf_counter() - begin) / count
    if ended.returncode:
        words = (ended.stdout + ended.stderr).strip().splitlines()[-3:]
        print(f"{name}: exit code {ended.returncode}: {' | '.join(words)}")
    return seconds


def mixed(numbers: tuple[str, ...] = ("00", "04", "11"), each: int = 100) -> None:
    """Grade `each` submissions of every lesson; the untouched ones lie among the others."""
    with tempfile.TemporaryDirectory(prefix="bench-grading-", ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        for lesson in find_lessons(numbers):
            for i in range(each):
                place = work / "in" / f"learner-{i:03}" / lesson.file_name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes((lesson.solution if i % 4 else lesson.notebook).read_bytes())
        begin = time.perf_counter()
        grader = psutil.Popen(ours(work), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        most = 0
        while grader.poll() is None:
            most = max(most, memory(grader))
            time.sleep(0.5)  # a look takes 50 ms of CPU
        seconds, count = time.perf_counter() - begin, each * len(numbers)
    print(
        f"{count} of lessons {', '.join(numbers)}: {seconds:.1f} s, {seconds / count:.2f} s a "
        f"notebook, at most {most / 1e6:.0f} MB, exit code {grader.returncode}"
    )


def memory(grader: psutil.Process) -> int:
    """Bytes (PSS) of the grader and all that it started."""
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in (grader, *grader.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += process.memory_full_info().pss
    return total


def ours(work: Path) -> list[str]:
    program = Path(sys.executable).with_name("workbook")
    words = [program, "grade", work / "in", "--out", work / "out", "--seed", 1, "--jobs", 2]
    return [str(word) for word in words]


def main(count: int, number: str) -> None:
    (lesson,) = find_lessons([number])
    assert any("parameters" in tags(c) for c in nbformat.read(lesson.solution, 4).cells)
    with tempfile.TemporaryDirectory(prefix="bench-grading-", ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        programs = environment(work / "env")
        path = f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"  # for dsl-compile
        variables = {**os.environ, "PATH": path}

        def go(*line: object, where: Path = work) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                list(map(str, line)), cwd=where, env=variables, capture_output=True, text=True
            )

        copies(lesson.solution, count, work / "in", "learner-{number}/{name}")
        pool = copies(lesson.solution, count, work / "pool", "{number}/{name}")
        nbval = copies(lesson.solution, count, work / "nbval", "{number}/{name}")
        for_nbgrader(lesson.solution, count, work / "course")
        (work / "pool.py").write_text(POOL)
        go("nbgrader", "generate_assignment", "ps", "--create", where=work / "course")
        lines = {
            "workbook grade, 2 workers": lambda: go(*ours(work)),
            "nbgrader autograde": lambda: go("nbgrader", "autograde", "ps", where=work / "course"),
            "papermill, pool of 2": lambda: go(programs / "python", "pool.py", *pool),
            "nbval -n 2": lambda: go(
                *(programs / "python", "-m", "pytest", "-q", "--nbval-lax", "-n", 2),
                *("--dist", "loadscope", "-c", os.devnull, "--rootdir", work / "nbval", *nbval),
            ),
        }
        print(
            f"lesson {number}, {count} copies, load {os.getloadavg()[0]:.1f}, "
            f"{psutil.cpu_count()} cores"
        )
        first = 0.0
        for name, run in lines.items():
            seconds = measure(name, count, run)
            first = first or seconds
            print(f"{name:28} {seconds:6.2f} s a notebook   {seconds / first:5.1f}", flush=True)


if __name__ == "__main__" and sys.argv[1:] == ["mixed"]:
    mixed()
elif __name__ == "__main__":
    main(int((sys.argv[1:] or ["60"])[0]), (sys.argv[2:] or ["04"])[0])
