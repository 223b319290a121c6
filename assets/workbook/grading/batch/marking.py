"""One submission, from its bytes to a Record: rebuild, run, judge. Nothing is written here."""

from __future__ import annotations

import time
from dataclasses import dataclass

from nbformat import NotebookNode

from workbook.exercises import EXERCISES
from workbook.grading.batch.assignment import Assignment
from workbook.grading.batch.copied import copied_notes
from workbook.grading.batch.judged import judge
from workbook.grading.batch.shown import Shown, needs_another_run, of_another_run, of_the_same
from workbook.grading.facts.lesson import Facts
from workbook.grading.facts.record import GRADED, Record, Refusal, Refused, Submission
from workbook.grading.intake.content import key, read
from workbook.grading.notebook.own import own
from workbook.grading.notebook.passage import Passage
from workbook.grading.notebook.rebuild import Rebuilt, rebuild
from workbook.grading.notebook.values import INJECTED
from workbook.grading.sandbox.bubblewrap import Limits
from workbook.grading.sandbox.warm import WarmProcesses


@dataclass(frozen=True)
class Marked:
    """A Record, and the executed notebook if there is one."""

    record: Record
    notebook: NotebookNode | None = None


def refused(submission: Submission, refusal: Refusal, seed: int) -> Marked:
    """What comes of a submission that is not run."""
    record = Record(
        key=key(submission, read(submission)),
        learner=submission.learner,
        lesson=submission.lesson,
        file=submission.file,
        verdict=refusal.verdict,
        text=refusal.text,
        notes=submission.notes,
        seed=seed,
        platform_id=submission.platform_id,
        platform_name=submission.platform_name,
        handed_in=submission.handed_in,
    )
    return Marked(record)


def mark(
    submission: Submission,
    assignment: Assignment,
    warm: WarmProcesses,
    limits: Limits,
    seed: int,
) -> Marked:
    """Grade one submission. Raises WorkerLost when a warm process is gone, and OSError."""
    begin = time.monotonic()
    data = read(submission)
    if isinstance(data, Refusal):
        return refused(submission, data, seed)
    try:
        rebuilt = rebuild(data, assignment.facts, assignment.values)
    except Refused as error:
        return refused(submission, error.refusal, seed)
    lesson = assignment.facts
    passage = run(rebuilt, lesson, warm, limits)
    shown = _shown(data, passage, assignment, warm, limits)
    record = Record(
        key=key(submission, data),
        learner=submission.learner,
        lesson=submission.lesson,
        file=submission.file,
        verdict=GRADED,
        notes=(
            *submission.notes,
            *rebuilt.notes,
            *shown.notes,
            *copied_notes(passage.answers),
        ),
        exercises=shown.results,
        seconds=round(time.monotonic() - begin, 3),
        isolated=warm.isolated,
        seed=seed,
        platform_id=submission.platform_id,
        platform_name=submission.platform_name,
        handed_in=submission.handed_in,
        own=own([cell.source for cell in rebuilt.notebook.cells if _is_theirs(cell)], lesson),
    )
    return Marked(record, passage.notebook)


def _is_theirs(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and INJECTED not in cell.metadata.get("tags", ())


def _shown(
    data: bytes, passage: Passage, assignment: Assignment, warm: WarmProcesses, limits: Limits
) -> Shown:
    results = judge(passage, assignment, warm.judges, limits)
    lesson = assignment.facts
    if not needs_another_run(passage, results):
        return of_the_same(passage, results)
    again = run(rebuild(data, lesson, lesson.values), lesson, warm, limits)
    return of_another_run(again, results, assignment, warm, limits)


def run(rebuilt: Rebuilt, lesson: Facts, warm: WarmProcesses, limits: Limits) -> Passage:
    """Run a notebook. Raises WorkerLost."""
    passage = Passage(
        rebuilt.notebook,
        limits,
        kinds={name: EXERCISES[name].kind for name in lesson.expressions},
        expressions=lesson.expressions,
        owners=rebuilt.owners,
    )
    passage.run(warm.kernels)
    return passage
