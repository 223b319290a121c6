"""What bombs in a batch cost: python assets/bench/bombs.py [USER]   (as root, with cgroups v1)

Twenty submissions, a fork bomb, a thread bomb and a memory bomb among them, are graded by `workbook
grade`, and in the same run twenty good ones; with USER as that user. All of it is inside a pids and
a memory cgroup of its own: without them nothing is run. Prints for both batches the seconds, the
most processes and threads at once, the most memory, how many good ones got full marks and how many
processes were left. Goal: the ratio of the seconds is at most 3.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.handed_in_notebooks.bombs import bomb
from tests.support.handed_in_notebooks.submitted import FULL, LESSON, SOLVED, dump

CGROUPS = Path("/sys/fs/cgroup")
MOST_TASKS, MOST_MEMORY = 4000, 12 * 2**30  # of the cgroup, in processes with threads, and bytes
BOMBS = ("fork", "thread", "memory")
SUBMISSIONS = 20


@contextmanager
def limited() -> Iterator[tuple[Path, Path]]:
    """A pids and a memory cgroup. Raises OSError where there are none: then no bomb is run."""
    pids, memory = (CGROUPS / kind / f"bombs-{os.getpid()}" for kind in ("pids", "memory"))
    for group, name, most in (
        (pids, "pids.max", MOST_TASKS),
        (memory, "memory.limit_in_bytes", MOST_MEMORY),
    ):
        group.mkdir()
        (group / name).write_text(str(most))
    try:
        yield pids, memory
    finally:
        for group in (pids, memory):
            for pid in (group / "cgroup.procs").read_text().split():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), 9)
            end = time.monotonic() + 10
            while (group / "cgroup.procs").read_text().strip() and time.monotonic() < end:
                time.sleep(0.1)
            group.rmdir()


def hand_in(folder: Path, bombs: tuple[str, ...]) -> None:
    for number in range(SUBMISSIONS):
        name, data = f"{number:02}-good", dump(SOLVED)
        if number % 6 == 3 and number // 6 < len(bombs):
            name, data = f"{number:02}-{bombs[number // 6]}", bomb(bombs[number // 6])
        place = folder / name / LESSON.file_name
        place.parent.mkdir(parents=True)
        place.write_bytes(data)


def batch(home: Path, user: str, bombs: tuple[str, ...]) -> float:
    """The seconds of one; prints its line."""
    given, out = home / f"in-{len(bombs)}", home / f"out-{len(bombs)}"
    hand_in(given, bombs)
    out.mkdir()
    if user:
        for path in (home, *home.rglob("*")):
            shutil.chown(path, user)
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
    grade = [sys.executable, "-m", "workbook", "grade", str(given), "--out", str(out)]
    with limited() as (pids, memory):
        groups = " && ".join(f"echo $$ > {group}/cgroup.procs" for group in (pids, memory))
        command = ["sh", "-c", f'{groups} && exec "$@"', "sh", *become, *grade]
        begin, most, bytes_ = time.monotonic(), 0, 0
        with (home / "log").open("ab") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=home, env={**os.environ, "HOME": str(home)}
            )
            while process.poll() is None:
                most = max(most, int((pids / "pids.current").read_text()))
                bytes_ = max(bytes_, int((memory / "memory.usage_in_bytes").read_text()))
                time.sleep(0.02)
        seconds = time.monotonic() - begin
        end = time.monotonic() + 5  # what was killed last needs a moment
        while (left := (pids / "cgroup.procs").read_text().split()) and time.monotonic() < end:
            time.sleep(0.05)
    if process.returncode:
        raise SystemExit((home / "log").read_text()[-3000:])
    rows = list(csv.DictReader((out / "grades.csv").open(encoding="utf-8-sig")))
    full = sum(float(row["points"]) == FULL for row in rows if row["learner"].endswith("good"))
    print(
        f"{', '.join(bombs) or 'none'}: {seconds:.1f} s, {most} tasks, {bytes_ / 2**20:.0f} MiB, "
        f"{full} of {SUBMISSIONS - len(bombs)} good ones full marks, {len(left)} left",
        flush=True,
    )
    return seconds


def main(user: str = "") -> None:
    home = Path(tempfile.mkdtemp(prefix="bench-bombs-", dir="/var/tmp"))
    home.chmod(0o755)
    try:
        good, bad = batch(home, user, ()), batch(home, user, BOMBS)
        print(f"{user or 'root'}: ratio {bad / good:.2f}")
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main(*sys.argv[1:])
