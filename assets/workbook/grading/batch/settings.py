"""How a batch is graded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workbook.grading.sandbox.bubblewrap import Limits
from workbook.grading.sandbox.warm import IF_POSSIBLE

LIMITS = Limits()


@dataclass(frozen=True)
class Settings:
    """`source`: a folder or zip of what was handed in; `out`: the folder for the results. `seed`:
    None draws one, or goes on with that of the batch. `jobs` submissions at once. `lessons`: only
    these, if there are any. `resume`: go on with what is in `out`. `only`: grade this
    learner anew. `export`: `moodle` or `canvas`, with the table that it exported as `template`.
    `close`: write what was drawn into the learners' pages; nothing more is graded after that.
    `isolation`: `always` in a sandbox, `never`, or `if possible`. `roster`: a table of who should
    have handed in. `due`: when, in this machine's time. `progress`: show a bar."""

    source: Path
    out: Path
    seed: int | None = None
    jobs: int = 2
    lessons: tuple[str, ...] = ()
    resume: bool = False
    limits: Limits = LIMITS
    only: str = ""
    close: bool = False
    export: str = ""
    template: Path | None = None
    isolation: str = IF_POSSIBLE
    roster: Path | None = None
    due: datetime | None = None
    progress: bool = True
