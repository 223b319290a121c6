"""Wrong answers, and right ones in another style, lesson by lesson."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest
from workbook.paths import ASSETS

SUPPORT = ASSETS / "tests" / "support"
# those that learners really give, and beside them unusual ones, right and wrong
MODULES = [
    f"tests.support.{path.parent.name}.{path.stem}"
    for pattern in ("answers/answers_[0-9][0-9].py", "unusual/lesson_[0-9][0-9].py")
    for path in sorted(SUPPORT.glob(pattern))
]


def _answers(module: str) -> ModuleType:
    return importlib.import_module(module)


WRONG = [
    pytest.param(exercise_id, answer, phrase, id=f"{exercise_id}-{phrase}")
    for module in MODULES
    for exercise_id, cases in _answers(module).WRONG.items()
    for answer, phrase in cases
]
ALSO_RIGHT = [
    (exercise_id, answer)
    for module in MODULES
    for exercise_id, answers in getattr(_answers(module), "ALSO_RIGHT", {}).items()
    for answer in answers
]
