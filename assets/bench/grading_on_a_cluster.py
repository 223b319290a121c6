"""What a share costs: python assets/bench/grading_on_a_cluster.py [COUNT ...]
(as root, with cgroups v1)

20, 40, 80 and 160 copies of lesson 04's solution are graded by `workbook grade` here, and
by what the Pods of the grading pipeline run, in 1, 2 and 4 shares through an S3 on this machine:
an intake, the shares at once, a step that gathers, each a process with one worker. So the shares
have this machine's cores between them, and what is seen is what the pipeline costs beside the
grading, not what more nodes bring. Prints seconds, and the processors' seconds of all that was
started, by a cgroup's count: what a sandbox forks is nobody's child at its end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from tests.support.handed_in_notebooks.object_store import BUCKET, object_store
from workbook.authoring.lessons import find_lessons
from workbook.grading.cluster import parcel
from workbook.grading.cluster.parcel import Batch
from workbook.grading.cluster.store import Store
from workbook.grading.intake.content import key, read
from workbook.grading.intake.submissions import find_submissions
from workbook.grading.rubric.rubric import RUBRIC
from workbook.grading.sandbox.warm import IF_POSSIBLE

COUNTS, SHARES = (20, 40, 80, 160), (1, 2, 4)
CGROUP = Path(f"/sys/fs/cgroup/cpuacct/grading-{os.getpid()}")
STEP = (sys.executable, "-m", "workbook.grading.cluster.step")


def hand_in(count: int, folder: Path) -> Path:
    (lesson,) = find_lessons(["04"])
    for number in range(count):
        place = folder / f"learner-{number:03}" / lesson.file_name
        place.parent.mkdir(parents=True)
        place.write_bytes(lesson.solution.read_bytes())
    return folder


def here(folder: Path, out: Path) -> None:
    program = Path(sys.executable).with_name("workbook")
    run(str(program), "grade", str(folder), "--out", str(out), "--seed", "1", "--jobs", "2")


def by_shares(folder: Path, work: Path, shares: int, options: str) -> None:
    url = f"s3://{BUCKET}/{uuid4().hex}?{options}"
    contents, submissions = {}, {}
    for each in find_submissions(folder, work).submissions:
        data = read(each)
        assert isinstance(data, bytes)
        contents[key(each, data)], submissions[key(each, data)] = data, each
    text = RUBRIC.read_text(encoding="utf-8")
    batch = Batch(uuid4().hex, 1, text, "en", IF_POSSIBLE, submissions)
    parcel.write_batch(Store(url), batch, contents)
    of = ("--of", str(shares))
    numbers, all_of = str(work / "numbers"), str(work / "of")
    run(*STEP, "intake", "--store", url, *of, "--numbers-to", numbers, "--of-to", all_of)
    line = (*STEP, "share", "--store", url, *of, "--jobs", "1", "--number")
    with ThreadPoolExecutor(shares) as pool:
        list(pool.map(lambda number: run(*line, str(number)), range(shares)))
    run(*STEP, "gather", "--store", url, "--table-to", str(work / "grades.csv"))
    graded = (work / "grades.csv").read_text(encoding="utf-8-sig").count("graded")
    assert graded == len(contents), f"{graded} of {len(contents)} were graded"


def run(*line: str) -> None:
    inside = ("sh", "-c", f'echo $$ > {CGROUP}/cgroup.procs && exec "$@"', "sh", *line)
    done = subprocess.run(inside, capture_output=True, text=True)
    assert not done.returncode, done.stderr


def measured(what: Callable[[], None]) -> tuple[float, float]:
    """Seconds, and those of all processors that what it started used."""
    begin, used = time.perf_counter(), spent()
    what()
    return time.perf_counter() - begin, spent() - used


def spent() -> float:
    return int((CGROUP / "cpuacct.usage").read_text()) / 1e9


@contextmanager
def counted() -> Iterator[None]:
    CGROUP.mkdir()
    try:
        yield
    finally:
        CGROUP.rmdir()


def main(counts: tuple[int, ...]) -> None:
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores; seconds (of processors)")
    print("count  this machine", *(f"{n} shares".rjust(14) for n in SHARES), sep="  ", flush=True)
    with counted(), object_store() as options:
        for count in counts:
            row = []
            for shares in (0, *SHARES):
                with tempfile.TemporaryDirectory(prefix="bench-shares-") as folder:
                    place = Path(folder)
                    source = hand_in(count, place / "in")
                    (place / "work").mkdir()
                    what = (
                        (lambda at=place, by=source: here(by, at / "out"))
                        if not shares
                        else lambda at=place, by=source, n=shares: by_shares(
                            by, at / "work", n, options
                        )
                    )
                    seconds, used = measured(what)
                row.append(f"{seconds:.0f} ({used:.0f})".rjust(14))
            print(f"{count:5}", *row, sep="  ", flush=True)


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or COUNTS)
