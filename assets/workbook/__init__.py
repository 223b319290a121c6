"""What notebooks use: `check` and `hint` for exercises, `endpoint`, `watch` and `show` for runs."""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbook.kernel.checking import check, hint
    from workbook.kernel.doctor import doctor
    from workbook.kernel.endpoint import endpoint, http_of
    from workbook.kernel.folder import work_in
    from workbook.kernel.show import show
    from workbook.kernel.watch import watch

__all__ = ["check", "doctor", "endpoint", "hint", "http_of", "show", "watch", "work_in"]

# loaded when it is used: the command `workbook` has no need of kfp to say what it can do
MODULES = {
    "check": "checking",
    "doctor": "doctor",
    "endpoint": "endpoint",
    "hint": "checking",
    "http_of": "endpoint",
    "show": "show",
    "watch": "watch",
    "work_in": "folder",
}


def __getattr__(name: str) -> Any:
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if MODULES[name] == "checking" and find_spec("workbook.exercises"):
        _judge_here()
    return getattr(importlib.import_module(f"workbook.kernel.{MODULES[name]}"), name)


def _judge_here() -> None:
    """Not in the grader's sandbox, which has no judges."""
    from workbook.exercises import judging
    from workbook.kernel.checking import check_by

    check_by(judging)


if "ipykernel" in sys.modules:  # a lesson's first cell; the command and the tests don't need it
    from workbook.kernel.environment import prepare

    prepare()
