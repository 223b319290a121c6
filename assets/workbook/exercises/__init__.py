"""The exercises of every lesson, one module each."""

from __future__ import annotations

import importlib
import pkgutil

from workbook.exercises.model import Exercise

EXERCISES: dict[str, Exercise] = {
    exercise.id: exercise
    for module in sorted(module.name for module in pkgutil.iter_modules(__path__))
    if module.startswith("lesson_")
    for exercise in importlib.import_module(f"{__name__}.{module}").EXERCISES
}
