"""What notebooks use: `check` and `hint` for exercises, `endpoint`, `watch` and `show` for runs."""

from __future__ import annotations

import sys

from workbook.environment import prepare

if (
    "ipykernel" in sys.modules
):  # a lesson's first cell; the command line and the tests don't need it
    prepare()

from workbook.checking import check, hint
from workbook.endpoint import endpoint
from workbook.runs import show, watch

__all__ = ["check", "endpoint", "hint", "show", "watch"]
