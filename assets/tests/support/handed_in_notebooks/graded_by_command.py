"""The command `workbook grade` on copies of lesson 04, and what it has written."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.handed_in_notebooks.submitted import SOLVED, dump
from workbook.grading.batch.journal import NAME

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
    return subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=_heed_ctrl_c
    )


def _heed_ctrl_c() -> None:
    """The tests may themselves be a shell's background job, which ignores Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def lines(out: Path) -> list[str]:
    file = out / NAME
    return file.read_text().splitlines() if file.exists() else []


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as table:
        return list(csv.DictReader(table))
