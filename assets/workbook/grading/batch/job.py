"""What is to be graded, for whoever grades it: this machine or a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbook.grading.facts.record import Submission
from workbook.grading.rubric.rubric import Rubric
from workbook.grading.sandbox.bubblewrap import Limits


@dataclass(frozen=True)
class Job:
    """`out`: the folder of results; `work`: an empty one, for as long as it takes. `jobs` at once.
    `anew`: what came of them before doesn't count."""

    submissions: Sequence[Submission]
    seed: int
    rubric: Rubric
    limits: Limits
    isolation: str
    jobs: int
    out: Path
    work: Path
    anew: bool = False


class Unfinished(RuntimeError):
    """Some were not graded, and the others were. The message is a sentence."""
