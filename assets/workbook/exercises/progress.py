"""How far a learner is: the exercises found right, kept in the learner's own folder.

Only a working copy that `workbook start` made keeps it. Where lessons are built, tested or graded
nothing is kept, so that a check says the same there each time.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from workbook.language import _
from workbook.paths import EDITIONS

FILE = ".progress.json"


@dataclass(frozen=True)
class Count:
    """`lesson` is its number, empty for all of them; `following` the exercise to do next, empty if
    none is left."""

    lesson: str
    done: int
    exercises: int
    following: str


def is_kept(folder: Path) -> bool:
    return (folder / EDITIONS).exists()


def read(folder: Path) -> set[str]:
    """The exercises that were found right; a file that can't be read counts as none."""
    try:
        return {str(each) for each in json.loads((folder / FILE).read_text(encoding="utf-8"))}
    except (OSError, ValueError, TypeError):
        return set()


def keep(folder: Path, exercise_id: str) -> None:
    """Note an exercise as found right. Raises OSError."""
    done = read(folder)
    if exercise_id not in done:
        text = json.dumps(sorted({*done, exercise_id}), indent=1)
        unfinished = folder / f"{FILE}.new"
        unfinished.write_text(text + "\n", encoding="utf-8")
        unfinished.replace(folder / FILE)


def count(done: Collection[str], exercises: Iterable[str], lesson: str = "") -> Count:
    """`exercises` are all of them, in the order of the lessons."""
    asked = [each for each in exercises if each.startswith(f"{lesson}-" if lesson else "")]
    left = [each for each in asked if each not in done]
    return Count(lesson, len(asked) - len(left), len(asked), left[0] if left else "")


def sentence(done: Collection[str], exercises: Collection[str], exercise_id: str) -> str:
    """How far one is, after an answer to this exercise."""
    lesson = count(done, exercises, exercise_id.partition("-")[0])
    everything = count(done, exercises)
    following = lesson.following or everything.following
    said = _("{done} of {count} in this lesson, {all_done} of {all} in all").format(
        done=lesson.done, count=lesson.exercises, all_done=everything.done, all=everything.exercises
    )
    if not following:
        return _("{said}: that was the last").format(said=said)
    return _("{said}; next: {exercise}").format(said=said, exercise=following)
