"""What was handed in: a folder per learner, a flat folder with names, or a zip of either."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbook.grading.plain import plain_line
from workbook.grading.record import Submission


class IntakeError(ValueError):
    """There is nothing to grade, or it can't be read. The message is a sentence."""


@dataclass(frozen=True)
class Intake:
    """`submissions` in a stable order; `notes` are what was left out, a sentence each."""

    submissions: tuple[Submission, ...]
    notes: tuple[str, ...] = ()


def find_submissions(source: Path, work: Path) -> Intake:
    """The submissions in a folder or zip; at most one of each learner and lesson is not refused.

    `work` is an empty folder of ours: what lies in a zip is unpacked there, under names of ours.
    No link is followed. Raises IntakeError.
    """
    if not source.is_dir():
        raise IntakeError(f"{source} is neither a folder nor a zip file")
    found = tuple(
        Submission(plain_line(path.parent.name), path.name[:2], path, plain_line(path.name))
        for path in sorted(source.glob("*/[0-9][0-9]_*.ipynb"))
        if path.is_file() and not path.is_symlink()
    )
    if not found:
        raise IntakeError(f"there is no notebook in {source}")
    return Intake(found)
