"""What notebooks use: `check` and `hint` for exercises, `endpoint`, `watch` and `show` for runs."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from workbook.kernel.environment import prepare

if (
    "ipykernel" in sys.modules
):  # a lesson's first cell; the command line and the tests don't need it
    prepare()

from workbook.kernel.checking import check, check_by, hint
from workbook.kernel.doctor import doctor
from workbook.kernel.endpoint import endpoint, http_of
from workbook.kernel.watch import show, watch

if find_spec("workbook.exercises"):  # in the grader's sandbox there are no judges
    from workbook.exercises import judging

    check_by(judging)

__all__ = ["check", "doctor", "endpoint", "hint", "http_of", "show", "watch"]
