"""What notebooks use: `check` and `hint` for exercises, `endpoint`, `watch` and `show` for runs."""

from __future__ import annotations

import sys

from workbook.kernel.environment import prepare

if (
    "ipykernel" in sys.modules
):  # a lesson's first cell; the command line and the tests don't need it
    prepare()

from workbook.kernel.checking import check, hint
from workbook.kernel.doctor import doctor
from workbook.kernel.endpoint import endpoint, http_of
from workbook.kernel.watch import show, watch

__all__ = ["check", "doctor", "endpoint", "hint", "http_of", "show", "watch"]
