"""The lessons of the repository: where each is, in every edition."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbook.language import ENGLISH, KOREAN
from workbook.paths import REPOSITORY

LESSON_FILES = "[0-9][0-9]*.ipynb"


class BuildError(ValueError):
    """A lesson can't be found, derived, run or kept in step. The message says where and why."""


@dataclass(frozen=True)
class Lesson:
    """Where a lesson is; `root` is the folder of the repository."""

    root: Path
    file_name: str

    @property
    def number(self) -> str:
        return self.file_name[:2]

    @property
    def solution(self) -> Path:
        return self.root / "solutions" / self.file_name

    @property
    def notebook(self) -> Path:
        return self.root / "notebooks" / self.file_name

    def title(self, language: str = ENGLISH) -> str:
        """The lesson's title in an edition, without its number: the heading of its notebook."""
        path = self.notebook
        if language != ENGLISH:
            path = path.parent / language / self.file_name
        heading = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
        return heading.splitlines()[0].removeprefix(f"# {self.number}. ")

    def name_of(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def find_lessons(numbers: Sequence[str] = (), root: Path = REPOSITORY) -> list[Lesson]:
    """The lessons of which a solution or a derived notebook exists, in order.

    `numbers`: two digits each; none means all. Raises BuildError for a number without a lesson.
    """
    folders = [root / "solutions", root / "notebooks", root / "notebooks" / KOREAN]
    file_names = {path.name for folder in folders for path in folder.glob(LESSON_FILES)}
    lessons = [Lesson(root, name) for name in sorted(file_names)]
    known = {lesson.number for lesson in lessons}
    if not known:
        raise BuildError(f"there is no lesson in {folders[0]}")
    for number in numbers:
        if number not in known:
            raise BuildError(f"there is no lesson {number}; there are {', '.join(sorted(known))}")
    return [lesson for lesson in lessons if not numbers or lesson.number in numbers]
