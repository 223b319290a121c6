"""What a learner is shown of a submission, in which nothing that was drawn can be.

Whatever a notebook prints, raises or answers while it has drawn values may hold them: an exception
that is raised with one, an answer that is one. So what is shown comes of a second run, with the
values that the lesson is handed out with, which everybody knows. It costs time, and only for a
notebook that isn't right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbook.exercises.model import NOT_YET
from workbook.grading.batch.assignment import Assignment
from workbook.grading.batch.judged import judge
from workbook.grading.batch.words import notes_of
from workbook.grading.facts.record import FAILED, ExerciseResult
from workbook.grading.notebook.passage import RAISED, Passage
from workbook.grading.sandbox.bubblewrap import Limits
from workbook.grading.sandbox.warm import WarmProcesses
from workbook.language import _


@dataclass(frozen=True)
class Shown:
    """`results`: their texts are for the learner, their details for the instructor. `notes`: what
    failed outside of the exercises."""

    results: tuple[ExerciseResult, ...]
    notes: tuple[str, ...]


def needs_another_run(passage: Passage, results: Sequence[ExerciseResult]) -> bool:
    """Whether there is something to say, and a second run would end as the first one did: a
    notebook that was stopped once is not run again, what is said of it is what stopped it."""
    says = any(each.verdict in (NOT_YET, FAILED) for each in results) or notes_of(passage)
    return bool(says) and not _was_stopped(passage)


def of_another_run(
    passage: Passage,
    results: Sequence[ExerciseResult],
    assignment: Assignment,
    warm: WarmProcesses,
    limits: Limits,
) -> Shown:
    """`passage` is the second one; `results` are those of the first. Raises WorkerLost."""
    own = replace(assignment, values=assignment.facts.values, cases={})
    said = {each.id: each for each in judge(passage, own, warm.judges, limits)}
    merged = tuple(_merged(each, said[each.id], assignment) for each in results)
    return Shown(merged, tuple(notes_of(passage)))


def of_the_same(passage: Passage, results: Sequence[ExerciseResult]) -> Shown:
    """The texts that hold nothing of the learner's own making."""
    if not _was_stopped(passage):
        return Shown(tuple(results), ())
    stops = {cell: reply for cell, reply in passage.failures.items() if reply.how != RAISED}
    notes = notes_of(replace(passage, failures=stops))
    return Shown(tuple(_withheld(each, passage) for each in results), tuple(notes))


def _was_stopped(passage: Passage) -> bool:
    return any(reply.how != RAISED for reply in passage.failures.values())


def _merged(result: ExerciseResult, own: ExerciseResult, assignment: Assignment) -> ExerciseResult:
    if result.verdict not in (NOT_YET, FAILED):
        return result
    seen = result.detail or result.text
    if own.verdict in (NOT_YET, FAILED):
        return replace(result, text=own.detail or own.text, line=own.line, detail=seen)
    if result.verdict == FAILED:
        text = _("with the lesson's own values it runs, and with others it fails")
    elif result.id in assignment.facts.of_values:
        text = _("that is not what comes of the values with which your notebook was run")
    else:
        text = _("that is right for what `check` tries, and not for other values")
    return replace(result, text=text, line="", detail=seen)


def _withheld(result: ExerciseResult, passage: Passage) -> ExerciseResult:
    stopped = [
        reply
        for cell, reply in passage.failures.items()
        if reply.how != RAISED and passage.owners.get(cell) == result.id
    ]
    if result.verdict not in (NOT_YET, FAILED) or stopped:
        return result
    text = _("your notebook was stopped; what was seen of this is shown when the batch is closed")
    return replace(result, text=text, line="", detail=result.detail or result.text)
