"""`workbook doctor`: what of this machine and its endpoint is as the lessons need it."""

from __future__ import annotations

import argparse

from workbook.kernel.doctor import examine
from workbook.kernel.doctor.line import PROBLEM, table


def run(chosen: argparse.Namespace) -> int:
    lines = examine(chosen.host)
    print(table(lines))
    return 1 if any(line.word == PROBLEM for line in lines) else 0
