"""The files of the lessons, solved and handed out."""

from __future__ import annotations

from workbook.authoring.lessons import LESSON_FILES
from workbook.paths import REPOSITORY

PATHS = [
    path
    for folder in ("solutions", "notebooks")
    for path in sorted((REPOSITORY / folder).glob(LESSON_FILES))
]


def place(path):
    return path.relative_to(REPOSITORY).as_posix()
